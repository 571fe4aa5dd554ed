//! The tutorials' programs, one file each, rebuilt on wakeful.
//!
//! [`registry`] lists them in the order in which the guide (`demos/README.md`) tells them. Each has
//! `run`, which prints what the tutorial's program prints, and computes what it prints.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::claims;

pub mod stage;

mod greeter;
mod picture;
mod record;
mod site_child;

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
mod subprocess_pipe;
mod sync_primitives;
mod sync_vs_async_io;
mod tcp_protocol;
#[cfg(feature = "https")]
mod tls_echo;
mod traditional_queue;
mod udp_echo;
mod wsgi_same_app;
mod yield_from;

/// One program of the tutorials.
#[derive(Debug, Clone, Copy)]
pub struct Demo {
    /// What `wakeful demo` calls it.
    pub name: &'static str,
    /// The part of the system that it shows.
    pub group: &'static str,
    /// What it shows, in a line.
    pub about: &'static str,
    /// Its text.
    pub source: &'static str,
    /// Runs it. [`play`](Demo::play) is this with the checks around it.
    pub run: fn() -> io::Result<()>,
}

impl Demo {
    /// Runs the demo on standard output.
    ///
    /// # Errors
    ///
    /// A `SCALE` that is no number, an output that cannot be written to, and what the demo itself
    /// says (a socket refused by the system, no `/proc`).
    pub fn play(&self) -> io::Result<()> {
        stage::open()?;
        (self.run)()?;
        stage::close()
    }
}

/// All demos, group by group.
pub fn registry() -> &'static [Demo] {
    REGISTRY
}

/// `wakeful demo`: runs the demo of this name, or lists them all, group by group. With `timeline`,
/// draws the run into that file.
///
/// # Errors
///
/// An unknown name, and what [`Demo::play`] says.
pub fn command(name: Option<&str>, timeline: Option<&Path>) -> io::Result<()> {
    let Some(name) = name else { return list() };
    if name == "claims" && timeline.is_none() {
        return claims::run();
    }
    if name == "tls_echo" && cfg!(not(feature = "https")) {
        let what = "tls_echo needs the feature https, which this program was built without";
        return Err(io::Error::new(io::ErrorKind::Unsupported, what));
    }
    let Some(demo) = find(name) else {
        let what = format!("no demo is called {name:?}; `wakeful demo --list` names them");
        return Err(io::Error::new(io::ErrorKind::NotFound, what));
    };
    if timeline.is_some() {
        record::begin();
    }
    demo.play()?;
    if let (Some(file), Some(log)) = (timeline, record::log()) {
        fs::write(file, picture::draw(demo.name, &log)).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", file.display()))
        })?;
    }
    Ok(())
}

fn list() -> io::Result<()> {
    let mut out = String::new();
    let widest = REGISTRY
        .iter()
        .map(|demo| demo.name.len())
        .max()
        .unwrap_or(0);
    let mut group = "";
    for demo in REGISTRY {
        if demo.group != group {
            let gap = if group.is_empty() { "" } else { "\n" };
            group = demo.group;
            out += &format!("{gap}{group}\n");
        }
        out += &format!("  {:widest$}  {}\n", demo.name, demo.about);
    }
    if cfg!(not(feature = "https")) {
        out += "\nNot built in: tls_echo (feature https)\n";
    }
    let (name, about) = (
        "claims",
        "what the tutorials claim, measured here; half a minute",
    );
    out += &format!("\nMeasured\n  {name:widest$}  {about}\n");
    io::stdout().write_all(out.as_bytes())
}

/// The demo of this name.
pub fn find(name: &str) -> Option<&'static Demo> {
    REGISTRY.iter().find(|demo| demo.name == name)
}

const CORE: &str = "Core: suspend and resume";
const EXECUTOR: &str = "Executor: tasks that take turns";
const TIME: &str = "Message loop and time";
const REACTOR: &str = "Reactor: the operating system's events";
const CLAIMS: &str = "Threads, processes, claims";

/// One row: the module has the demo's name, and its file is the source.
macro_rules! demo {
    ($group:expr, $name:ident, $about:literal) => {
        Demo {
            name: stringify!($name),
            group: $group,
            about: $about,
            source: include_str!(concat!(stringify!($name), ".rs")),
            run: $name::run,
        }
    };
}

const REGISTRY: &[Demo] = &[
    demo! { CORE, gen_trace, "a generator gives and takes a value at each yield" },
    demo! { CORE, gen_prime, "start, send too early, send too late, close" },
    demo! { CORE, ab_interleave, "A never calls B, yet their lines interleave" },
    demo! { CORE, yield_from, "a nested coroutine's values pass through its caller" },
    demo! { CORE, knuth, "a subroutine is a coroutine that never yields" },
    demo! { CORE, fib, "an endless series of which only what is asked for is computed" },
    demo! { CORE, consumer_produce, "producer and consumer without lock, queue or thread" },
    demo! { CORE, consumer_produce_sleep, "the same pair when the consumer blocks" },
    demo! { CORE, stop_at_three, "the main program watches two coroutines and stops both" },
    demo! { EXECUTOR, glossary, "coroutine, task, future and event loop, made visible" },
    demo! { EXECUTOR, hello_async, "three coroutines greet, sleep and take leave on one thread" },
    demo! { EXECUTOR, hello_yield_from, "the same as generators that yield what they wait for" },
    demo! { EXECUTOR, greenlet_interleave, "tasks that give way take turns, first in, first out" },
    demo! { EXECUTOR, greenlet_seq, "tasks that never give way run one after another" },
    demo! { EXECUTOR, greenlet_one_thread, "sixty thousand switches on one OS thread" },
    demo! { EXECUTOR, awaitable, "a future written by hand; what is none does not compile" },
    demo! { TIME, message_loop, "get a message, process it, repeat; a slow handler delays all" },
    demo! { TIME, dinner, "neither, concurrent, parallel: the phone rings during dinner" },
    demo! { TIME, compute_sum, "a coroutine awaits a coroutine" },
    demo! { TIME, delayed_calls, "call soon, later, at; cancel; time out" },
    demo! { TIME, hello_blocking, "the mistake: a coroutine that blocks, blocks everybody" },
    demo! { REACTOR, sync_vs_async_io, "a read that stops the thread, and one that stops a task" },
    demo! { REACTOR, naive_nonblocking, "non-blocking sockets without waiting, and with" },
    demo! { REACTOR, fetch_steps, "where one page's coroutine stops and what wakes it" },
    demo! { REACTOR, crawl, "ten pages at once on Furture, Task and loop" },
    demo! { REACTOR, crawl_errors, "each failure ends its own page" },
    demo! { REACTOR, event_backend, "the system's own poller, and a wake from another thread" },
    demo! { REACTOR, get_joinall, "three pages at once take as long as the slowest" },
    demo! { REACTOR, tcp_protocol, "transports and protocols: callbacks over TCP, in order" },
    demo! { REACTOR, udp_echo, "datagrams there and back, borders kept" },
    demo! { REACTOR, subprocess_pipe, "a child's pipes and exit status while a timer runs" },
    #[cfg(feature = "https")]
    demo! { REACTOR, tls_echo, "an echo over TLS, and a client that refuses" },
    demo! { CLAIMS, hello_thread, "a thread each: three greet, sleep and take leave" },
    demo! { CLAIMS, hello_gevent, "the same in gevent's manner: a task calls itself a thread" },
    demo! { CLAIMS, run_in_executor, "blocking work on a pool's thread, awaited by the loop" },
    demo! { CLAIMS, run_in_executor_as_written, "the tutorial's slip: a sleep that nobody awaits" },
    demo! { CLAIMS, sync_primitives, "lock, event, condition, semaphore, queue between coroutines" },
    demo! { CLAIMS, no_locks, "where coroutines need no lock, and where they do" },
    demo! { CLAIMS, traditional_queue, "the classic pair: two threads, a queue, a lock" },
    demo! { CLAIMS, multicore, "two processes with an executor each" },
    demo! { CLAIMS, wsgi_same_app, "one application, served one at a time and concurrently" },
];
