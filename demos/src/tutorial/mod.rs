//! The tutorials' programs, one file each, rebuilt on wakeful.
//!
//! [`REGISTRY`] lists them in the order in which the guide (`demos/README.md`) tells them. Each
//! prints what the tutorial's program prints, and computes what it prints. What is around it is here:
//! the names of its lanes in the timeline, and the closure that hands it its executor and its site
//! and prints what the tutorial does not.

use crate::timeline;
use stage::{Stage, seconds};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// In the demos a printed line also goes into the timeline.
macro_rules! println {
    ($($text:tt)*) => {
        $crate::tutorial::stage::say(&format!($($text)*))
    };
}

mod coroutine;
mod stage;

mod ab_interleave;
mod awaitable;
mod compute_sum;
mod consumer_produce;
mod consumer_produce_sleep;
mod crawl;
mod crawl_errors;
mod delayed_calls;
mod dinner;
mod event_backend;
mod fetch_steps;
mod fib;
mod gen_prime;
mod gen_trace;
mod get_joinall;
mod glossary;
mod greenlet_interleave;
mod greenlet_one_thread;
mod greenlet_seq;
mod hello_async;
mod hello_blocking;
mod hello_gevent;
mod hello_thread;
mod hello_yield_from;
mod knuth;
mod message_loop;
mod multicore;
mod naive_nonblocking;
mod no_locks;
mod run_in_executor;
mod run_in_executor_as_written;
mod stop_at_three;
#[cfg(unix)]
mod subprocess_pipe;
mod sync_primitives;
mod sync_vs_async_io;
mod tcp_protocol;
mod tiny;
#[cfg(feature = "https")]
mod tls_echo;
mod traditional_queue;
mod udp_echo;
mod wsgi_same_app;
mod yield_from;

#[derive(Debug, Clone, Copy)]
pub struct Demo {
    pub name: &'static str,
    /// The part of the system that it shows.
    pub group: &'static str,
    /// What it shows, in a line.
    pub about: &'static str,
    pub source: &'static str,
    /// The names of its tasks and coroutines, in the order in which it makes them.
    lanes: &'static [&'static str],
    run: fn(&mut Stage) -> io::Result<()>,
}

/// `wakeful demo`: runs the demo of this name, or lists them all, group by group. With `timeline`,
/// draws the run into that file.
pub fn command(name: Option<&str>, picture: Option<&Path>) -> io::Result<()> {
    let Some(name) = name else { return list() };
    if let Some(what) = absent().into_iter().find(|what| what.starts_with(name)) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, what));
    }
    let demo = REGISTRY.iter().find(|demo| demo.name == name);
    let demo = demo.ok_or_else(|| io::Error::other(format!("no demo is called {name:?}")))?;
    let mut stage = Stage::open(demo.lanes)?;
    (demo.run)(&mut stage)?;
    if let Some(file) = picture {
        let unit = seconds(1).as_secs_f64() * 1e3;
        let below = format!("{}. A tutorial's second lasts {unit:.3} ms.", demo.about);
        timeline::write(file, demo.name, &below)?;
    }
    stage.close()
}

/// The demos that this program was built without, and why.
fn absent() -> Vec<&'static str> {
    let https = "tls_echo needs the feature https, which this program was built without";
    let absent = [(cfg!(feature = "https"), https), (cfg!(unix), "subprocess_pipe needs a Unix")];
    absent.into_iter().filter(|(is_there, _)| !is_there).map(|(_, what)| what).collect()
}

fn list() -> io::Result<()> {
    let mut out = Vec::new();
    let widest = REGISTRY.iter().map(|demo| demo.name.len()).max().unwrap_or(0);
    for group in groups() {
        let gap = if out.is_empty() { "" } else { "\n" };
        writeln!(out, "{gap}{}", group[0].group)?;
        for Demo { name, about, .. } in group {
            writeln!(out, "  {name:widest$}  {about}")?;
        }
    }
    for what in absent() {
        writeln!(out, "\nNot built in: {what}")?;
    }
    io::stdout().write_all(&out)
}

/// The demos, group by group.
pub fn groups() -> impl Iterator<Item = &'static [Demo]> {
    REGISTRY.chunk_by(|one, other| one.group == other.group)
}

const CORE: &str = "Core: suspend and resume";
const EXECUTOR: &str = "Executor: tasks that take turns";
const TIME: &str = "Message loop and time";
const REACTOR: &str = "Reactor: the operating system's events";
const CLAIMS: &str = "Threads, processes, claims";

/// One row: the module has the demo's name, and its file is the source. It is run as it is, or with
/// its executor, and what the tutorial does not print is noted behind it; or a closure does that.
macro_rules! demo {
    ($group:expr, $name:ident, $about:literal, $lanes:tt $(, then $($note:ident)*)?) => {
        demo! { $group, $name, $about, $lanes, |_stage| {
            $name::run().ended()?;
            $($(_stage.$note();)*)?
            Ok(())
        } }
    };
    ($group:expr, $name:ident, $about:literal, $lanes:tt, EXECUTOR $(, then $($note:ident)*)?) => {
        demo! { $group, $name, $about, $lanes, |stage| {
            $name::run(stage.take(&$name::EXECUTOR)).ended()?;
            $($(stage.$note();)*)?
            Ok(())
        } }
    };
    ($group:expr, $name:ident, $about:literal, $lanes:tt, $run:expr) => {
        Demo {
            name: stringify!($name),
            group: $group,
            about: $about,
            source: include_str!(concat!(stringify!($name), ".rs")),
            lanes: &$lanes,
            run: $run,
        }
    };
}

/// What a demo may end with.
trait Ended {
    fn ended(self) -> io::Result<()>;
}

impl Ended for () {
    fn ended(self) -> io::Result<()> {
        Ok(())
    }
}

impl Ended for io::Result<()> {
    fn ended(self) -> io::Result<()> {
        self
    }
}

const GREETS: [&str; 3] = ["greet(0)", "greet(1)", "greet(2)"];
const GREENLETS: [&str; 3] = ["G1", "G2", "G3"];
const PAGES: [&str; 10] = [
    "/page/0", "/page/1", "/page/2", "/page/3", "/page/4", "/page/5", "/page/6", "/page/7",
    "/page/8", "/page/9",
];

#[allow(clippy::unit_arg, reason = "most demos cannot fail and end with nothing")]
pub const REGISTRY: &[Demo] = &[
    demo! { CORE, gen_trace, "a generator gives and takes a value at each yield", [] },
    demo! { CORE, gen_prime, "start, send too early, send too late, close", ["echo", "closed"] },
    demo! { CORE, ab_interleave, "A never calls B, yet their lines interleave", ["A", "B"] },
    demo! { CORE, yield_from, "a nested coroutine's values pass through its caller",
    ["middle, leaf"] },
    demo! { CORE, knuth, "a subroutine is a coroutine that never yields",
    ["no yield", "one yield"] },
    demo! { CORE, fib, "an endless series of which only what is asked for is computed",
    ["fib(10)", "first 5", "fib(0)", "item 93", "item 94"] },
    demo! { CORE, consumer_produce, "producer and consumer without lock, queue or thread",
    ["consumer", "closed", "sent a 0"], |stage| {
        consumer_produce::run();
        stage.note_threads();
        consumer_produce::ends().ended()
    } },
    demo! { CORE, consumer_produce_sleep, "the same pair when the consumer blocks", [],
    then note_units },
    demo! { CORE, stop_at_three, "the main program watches two coroutines and stops both", [] },
    demo! { EXECUTOR, glossary, "coroutine, task, future and event loop, made visible",
    ["body", "callback", "call_soon", "victim", "raises"], EXECUTOR },
    demo! { EXECUTOR, hello_async, "three coroutines greet, sleep and take leave on one thread",
    GREETS, EXECUTOR, then note_threads note_byes },
    demo! { EXECUTOR, hello_yield_from, "the same as generators that yield what they wait for",
    ["greet(1)", "greet(2)", "greet(3)"], EXECUTOR, then note_threads note_byes },
    demo! { EXECUTOR, greenlet_interleave, "tasks that give way take turns, first in, first out",
    GREENLETS, EXECUTOR },
    demo! { EXECUTOR, greenlet_seq, "tasks that never give way run one after another",
    GREENLETS, EXECUTOR },
    demo! { EXECUTOR, greenlet_one_thread, "sixty thousand switches on one OS thread",
    GREENLETS, |stage| {
        let rounds = std::env::var("ROUNDS").map_or(Ok(20_000), |text| text.parse());
        let rounds = rounds.map_err(|error| io::Error::other(format!("ROUNDS: {error}")))?;
        greenlet_one_thread::run(stage.take(&greenlet_one_thread::EXECUTOR), rounds).ended()
    } },
    demo! { EXECUTOR, awaitable, "a future written by hand; what is none does not compile", [] },
    demo! { TIME, message_loop, "get a message, process it, repeat; a slow handler delays all",
    ["io disk"], EXECUTOR },
    demo! { TIME, dinner, "neither, concurrent, parallel: the phone rings during dinner",
    ["meal", "call", "meal", "call"] },
    demo! { TIME, compute_sum, "a coroutine awaits a coroutine", ["print_sum"], |stage| {
        compute_sum::run(stage.take(&compute_sum::EXECUTOR));
        stage.note_units();
        compute_sum::after_close().ended()
    } },
    demo! { TIME, delayed_calls, "call soon, later, at; cancel; time out",
    ["third", "first", "never", "second", "soon a", "soon b"], EXECUTOR },
    demo! { TIME, hello_blocking, "the mistake: a coroutine that blocks, blocks everybody",
    GREETS, EXECUTOR, then note_byes },
    demo! { REACTOR, sync_vs_async_io, "a read that stops the thread, and one that stops a task",
    ["read", "other work", "wait 1", "wait 2", "wait 3"], |stage| {
        let local = stage.take(&sync_vs_async_io::EXECUTOR);
        sync_vs_async_io::synchronous()?;
        sync_vs_async_io::asynchronous(local)?;
        stage.units();
        sync_vs_async_io::three_waits_synchronous();
        println!("# three 1-unit waits, synchronous: units = {}", stage.units());
        sync_vs_async_io::three_waits_asynchronous(local);
        println!("# three 1-unit waits, asynchronous: units = {}", stage.units()).ended()
    } },
    demo! { REACTOR, naive_nonblocking, "non-blocking sockets without waiting, and with",
    ["fetch"], |stage| {
        let site = stage.site(seconds(4))?;
        naive_nonblocking::run(stage.take(&naive_nonblocking::EXECUTOR), site)
    } },
    demo! { REACTOR, fetch_steps, "where one page's coroutine stops and what wakes it",
    ["fetch"], |stage| {
        let site = stage.site(seconds(1))?;
        fetch_steps::run(stage.take(&fetch_steps::EXECUTOR), site).ended()
    } },
    demo! { REACTOR, tiny, "Furture, Task and Loop in one file, on std and polling alone", [], |stage| {
        let site = stage.site(Duration::ZERO)?;
        let ended = tiny::run(site, adler2::adler32_slice)?;
        stage.note_pages(10, &ended).ended()
    } },
    demo! { REACTOR, crawl, "the same, its parts replaced by wakeful's", PAGES, |stage| {
        let site = stage.site(Duration::ZERO)?;
        let local = stage.take(&crawl::EXECUTOR);
        let ended = crawl::run(local, site, adler2::adler32_slice);
        stage.note_pages(10, &ended).ended()
    } },
    demo! { REACTOR, crawl_errors, "each failure ends its own page", [
        "/page/5", "/reset/9", "/trunc/5", "/redirect/8", "/status/404", "/slow/5", "/nolen/5",
        "/noreply/1", "/bytes/0", "/closed-port",
    ], |stage| {
        let site = stage.site(Duration::ZERO)?;
        crawl_errors::run(stage.take(&crawl_errors::EXECUTOR), site)
    } },
    demo! { REACTOR, event_backend, "the system's own poller, and a wake from another thread",
    ["receive"], |stage| {
        event_backend::run(stage.take(&event_backend::EXECUTOR))?;
        println!("# woken at unit {}", stage.units()).ended()
    } },
    demo! { REACTOR, get_joinall, "three pages at once take as long as the slowest",
    ["www.python.org", "www.yahoo.com", "github.com"], |stage| {
        let site = stage.site(Duration::ZERO)?;
        let sum = get_joinall::run(stage.take(&get_joinall::EXECUTOR), site)?;
        let (units, threads) = (stage.units(), stage.threads());
        println!("# units = {units} (one after another: {sum}), os threads = {threads}").ended()
    } },
    demo! { REACTOR, tcp_protocol, "transports and protocols: callbacks over TCP, in order",
    ["server", "client"], EXECUTOR },
    demo! { REACTOR, udp_echo, "datagrams there and back, borders kept",
    ["server", "client"], EXECUTOR },
    #[cfg(unix)]
    demo! { REACTOR, subprocess_pipe, "a child's pipes and exit status while a timer runs",
    ["ticker", "talk"], EXECUTOR },
    #[cfg(feature = "https")]
    demo! { REACTOR, tls_echo, "an echo over TLS, and a client that refuses",
    ["server", "clients"], EXECUTOR },
    demo! { CLAIMS, hello_thread, "a thread each: three greet, sleep and take leave", [],
    then note_byes },
    demo! { CLAIMS, hello_gevent, "the same in gevent's manner: a task calls itself a thread",
    GREETS, |stage| {
        let threads = hello_gevent::run(stage.take(&hello_gevent::EXECUTOR));
        println!("# os threads that ran them = {threads}");
        stage.note_byes().ended()
    } },
    demo! { CLAIMS, run_in_executor, "blocking work on a pool's thread, awaited by the loop",
    ["main coroutine"], EXECUTOR, then note_threads note_units },
    demo! { CLAIMS, run_in_executor_as_written, "the tutorial's slip: a sleep that nobody awaits",
    ["main coroutine"], EXECUTOR },
    demo! { CLAIMS, sync_primitives, "lock, event, condition, semaphore, queue between coroutines", [
        "lock a", "lock b", "lock c", "waiter 0", "waiter 1", "waiter 2", "taker", "user 0",
        "user 1", "user 2", "user 3", "user 4", "user 5", "put", "get",
    ], |stage| {
        sync_primitives::run(stage.take(&sync_primitives::EXECUTOR));
        match stage.threads().as_str() {
            "1" => println!("# all five are FIFO and work on one thread"),
            count => println!("# threads: {count}"),
        }
        Ok(())
    } },
    demo! { CLAIMS, no_locks, "where coroutines need no lock, and where they do", [
        "bump", "bump", "bump", "bump", "bump", "bump", "bump", "bump", "bump", "bump", "across",
        "across", "across", "across", "across", "across", "across", "across", "across", "across",
        "locked", "locked", "locked", "locked", "locked", "locked", "locked", "locked", "locked",
        "locked",
    ], EXECUTOR },
    demo! { CLAIMS, traditional_queue, "the classic pair: two threads, a queue, a lock", [] },
    demo! { CLAIMS, multicore, "two processes with an executor each", [] },
    demo! { CLAIMS, wsgi_same_app, "one application, served one at a time and concurrently", [
        "one at a time", "client 0", "client 1", "client 2", "client 3", "client 4", "client 5",
        "client 6", "client 7", "greenlet each", "client 0", "client 1", "client 2", "client 3",
        "client 4", "client 5", "client 6", "client 7", "handle", "handle", "handle", "handle",
        "handle", "handle", "handle", "handle",
    ], |stage| {
        let local = stage.take(&wsgi_same_app::EXECUTOR);
        stage.units();
        wsgi_same_app::run(local, "one at a time", false)?;
        let one = stage.units();
        wsgi_same_app::run(local, "greenlet each", true)?;
        println!("# units: {one} against {}", stage.units()).ended()
    } },
];
