//! System calls, counted: what a request, a wake and a source cost. By strace where it is
//! installed, and always by the reactor's own metrics.
//!
//! Each scenario runs in a process of its own, this test binary run again under strace. It marks
//! what counts by a `sched_yield` before and one after, a call that nothing else here makes.

use futures_lite::future::{yield_now, zip};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::future::poll_fn;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;
use wakeful_reactor::{Async, Metrics, block_on, sleep};

const SCENARIO: &str = "WAKEFUL_TEST_SCENARIO";
const MS: Duration = Duration::from_millis(1);
/// Whether the wait under test is the one-call wait: elsewhere `polling` decides what it costs.
const ONE_CALL: bool = cfg!(all(
    target_os = "linux",
    not(wakeful_portable_wait),
    not(polling_test_poll_backend)
));

fn mark() {
    thread::yield_now();
}

/// A run of a scenario: the process, and where its trace will be.
struct Run {
    child: Child,
    trace: Option<std::path::PathBuf>,
}

/// Starts `test` again as a scenario. `None` inside the scenario itself.
fn run(test: &str) -> io::Result<Option<Run>> {
    if std::env::var_os(SCENARIO).is_some() {
        return Ok(None);
    }
    let strace = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    let trace = std::env::temp_dir().join(format!("wakeful-{test}-{}", std::process::id()));
    let exe = std::env::current_exe()?;
    let mut command = match strace {
        true => {
            let mut command = Command::new("strace");
            command
                .args(["-f", "-qq", "-s", "0", "-o"])
                .arg(&trace)
                .arg(exe);
            command
        }
        false => Command::new(exe),
    };
    command.args(["--exact", test, "--nocapture", "--test-threads", "1"]);
    command.env(SCENARIO, "1").stdout(Stdio::piped());
    let child = command.spawn()?;
    let trace = strace.then_some(trace);
    Ok(Some(Run { child, trace }))
}

impl Run {
    /// The first line of the scenario's output that is an address.
    fn address(&mut self) -> SocketAddr {
        let output = self.child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once("listening at ")?;
            address.parse().ok()
        });
        // The rest is read too, so that the scenario can go on talking.
        thread::spawn(move || lines.for_each(drop));
        address.expect("the scenario says where it listens")
    }

    /// The calls between the marks, by name; `None` without strace.
    fn calls(mut self) -> io::Result<Option<Vec<String>>> {
        if let Some(mut output) = self.child.stdout.take() {
            output.read_to_string(&mut String::new())?;
        }
        assert!(self.child.wait()?.success(), "the scenario failed");
        let Some(trace) = self.trace else {
            eprintln!("strace is not installed: the reactor's own counts alone were checked");
            return Ok(None);
        };
        let text = std::fs::read_to_string(&trace)?;
        std::fs::remove_file(&trace)?;
        let marks = text
            .lines()
            .filter(|line| line.contains("sched_yield("))
            .count();
        assert_eq!(marks, 2, "the marks");
        let lines = text
            .lines()
            .skip_while(|line| !line.contains("sched_yield("))
            .skip(1);
        let lines = lines.take_while(|line| !line.contains("sched_yield("));
        // Only beginnings: a call that is interrupted by another thread's shows up twice.
        let begun = lines.filter(|line| line.contains('(') && !line.contains("resumed>"));
        let call = |line: &str| line.split_once(' ').map(|(_, call)| call.trim().to_owned());
        Ok(Some(begun.filter_map(call).collect()))
    }
}

fn count(calls: &[String], names: &[&str]) -> usize {
    let is = |call: &&String| {
        names
            .iter()
            .any(|name| call.starts_with(&format!("{name}(")))
    };
    calls.iter().filter(is).count()
}

const WAITS: [&str; 5] = ["epoll_wait", "epoll_pwait", "epoll_pwait2", "ppoll", "poll"];

fn listen() -> io::Result<Async<TcpListener>> {
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("\nlistening at {}", listener.get_ref().local_addr()?);
    Ok(listener)
}

const REQUESTS: u64 = 200;

/// How many threads this process has.
fn threads() -> io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

fn echo_scenario() -> io::Result<()> {
    let alone = threads()?;
    block_on(async {
        let listener = listen()?;
        let (mut stream, _) = listener.accept().await?;
        let mut buffer = [0; 256];
        stream.read_exact(&mut buffer[..1]).await?; // the client's go
        mark();
        let before = Metrics::now();
        for _ in 0..REQUESTS {
            let n = stream.read(&mut buffer).await?;
            stream.write_all(&buffer[..n]).await?;
        }
        let waits = Metrics::now().waits - before.waits;
        mark();
        assert_eq!(threads()?, alone, "nobody helps");
        assert!(
            waits <= REQUESTS + 2,
            "{waits} waits for {REQUESTS} requests"
        );
        Ok(())
    })
}

#[test]
fn a_request_to_a_sleeping_server_costs_three_calls() -> io::Result<()> {
    let Some(mut run) = run("a_request_to_a_sleeping_server_costs_three_calls")? else {
        return echo_scenario();
    };
    let mut stream = TcpStream::connect(run.address())?;
    stream.set_nodelay(true)?;
    stream.write_all(b"!")?;
    let mut buffer = [0; 64];
    for _ in 0..REQUESTS {
        thread::sleep(MS); // it sleeps by now, with nothing left to read
        stream.write_all(&buffer)?;
        stream.read_exact(&mut buffer)?;
    }
    drop(stream);
    let Some(calls) = run.calls()? else {
        return Ok(());
    };
    let total = calls.len() as f64 / REQUESTS as f64;
    println!("{total} system calls a request");
    let most = if ONE_CALL { 3.1 } else { 8.1 };
    assert!(
        total <= most,
        "{total} system calls a request:\n{}",
        calls[..40].join("\n")
    );
    Ok(())
}

fn self_wake_scenario() -> io::Result<()> {
    block_on(async {
        sleep(MS).await; // whatever is made at first need is made
        mark();
        let before = Metrics::now();
        for _ in 0..5_000 {
            yield_now().await;
        }
        for _ in 0..20 {
            zip(sleep(MS), sleep(MS / 2)).await;
        }
        let rings = Metrics::now().rings - before.rings;
        mark();
        assert_eq!(rings, 0);
        Ok(())
    })
}

#[test]
fn a_wake_from_the_reactor_s_own_thread_writes_nothing() -> io::Result<()> {
    let Some(run) = run("a_wake_from_the_reactor_s_own_thread_writes_nothing")? else {
        return self_wake_scenario();
    };
    let Some(calls) = run.calls()? else {
        return Ok(());
    };
    assert_eq!(
        count(&calls, &["write", "writev", "sendto"]),
        0,
        "{calls:?}"
    );
    if ONE_CALL {
        // Nothing but waits: one in nine polls, and at most three for each pair of timers.
        assert_eq!(calls.len(), count(&calls, &WAITS), "{calls:?}");
        assert!(calls.len() <= 5_000 / 8 + 60, "{} waits", calls.len());
    }
    Ok(())
}

fn foreign_scenario() -> io::Result<()> {
    const WAKES: u64 = 20_000;
    let counter = Arc::new(AtomicU64::new(0));
    let (tell, told) = std::sync::mpsc::channel::<std::task::Waker>();
    let counted = counter.clone();
    let thread = thread::spawn(move || {
        let waker = told.recv().expect("it is sent");
        for _ in 0..WAKES {
            counted.fetch_add(1, Ordering::Relaxed);
            waker.wake_by_ref();
        }
    });
    block_on(sleep(MS));
    mark();
    let before = Metrics::now();
    let mut first = true;
    block_on(poll_fn(|cx| {
        if std::mem::take(&mut first) {
            tell.send(cx.waker().clone()).expect("the thread listens");
        }
        match counter.load(Ordering::Relaxed) {
            WAKES => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }));
    thread.join().expect("it does not panic");
    let after = Metrics::now();
    mark();
    assert!(after.rings - before.rings <= after.waits - before.waits);
    Ok(())
}

#[test]
fn twenty_thousand_foreign_wakes_write_at_most_once_a_sleep() -> io::Result<()> {
    let Some(run) = run("twenty_thousand_foreign_wakes_write_at_most_once_a_sleep")? else {
        return foreign_scenario();
    };
    let Some(calls) = run.calls()? else {
        return Ok(());
    };
    let (writes, waits) = (count(&calls, &["write"]), count(&calls, &WAITS));
    assert!(writes <= waits, "{writes} writes, {waits} waits");
    Ok(())
}

const SOURCES: usize = 50;

fn sources_scenario() -> io::Result<()> {
    let peers = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = peers.local_addr()?;
    block_on(sleep(MS));
    mark();
    block_on(async {
        for _ in 0..SOURCES {
            let mut stream = Async::<TcpStream>::connect(address).await?;
            let (mut peer, _) = peers.accept()?;
            for _ in 0..5 {
                // Waits on both sides, again and again, and still one registration.
                let read = async {
                    let mut buffer = [0; 4];
                    stream.read_exact(&mut buffer).await?;
                    stream.writable().await?;
                    stream.write_all(&buffer).await
                };
                let feed = async {
                    yield_now().await;
                    peer.write_all(b"ping")
                };
                let (read, fed) = zip(read, feed).await;
                read.and(fed)?;
                peer.read_exact(&mut [0; 4])?;
            }
        }
        io::Result::Ok(())
    })?;
    let metrics = Metrics::now();
    mark();
    assert_eq!(
        (metrics.registrations, metrics.sources),
        (SOURCES as u64, 0)
    );
    Ok(())
}

#[test]
fn a_source_is_registered_once_in_its_life() -> io::Result<()> {
    let Some(run) = run("a_source_is_registered_once_in_its_life")? else {
        return sources_scenario();
    };
    let Some(calls) = run.calls()? else {
        return Ok(());
    };
    let of = |what: &str| {
        let is = |call: &&String| call.starts_with("epoll_ctl(") && call.contains(what);
        calls.iter().filter(is).count()
    };
    if ONE_CALL {
        let counts = [
            of("EPOLL_CTL_ADD"),
            of("EPOLL_CTL_MOD"),
            of("EPOLL_CTL_DEL"),
        ];
        assert_eq!(counts, [SOURCES, 0, SOURCES]);
    }
    Ok(())
}
