//! System calls, counted: what a request, a wake and a source cost. By strace where it is
//! installed, and always by the reactor's own metrics.
//!
//! Each scenario runs in a process of its own, this test binary run again under strace. It marks
//! what counts by a `sched_yield` before and one after, a call that nothing else here makes.

use super::*;
use futures_lite::FutureExt;
use futures_lite::future::yield_now;
use std::future::poll_fn;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::atomic::AtomicU64;
use std::task::Poll;
use wakeful_tests::strace::{ONE_CALL, count, run};

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

#[test]
fn a_request_to_a_sleeping_server_costs_three_calls() -> io::Result<()> {
    let scenario = || {
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
            assert!(waits <= REQUESTS + 2, "{waits} waits for {REQUESTS} requests");
            Ok(())
        })
    };
    let Some(mut run) = run(&[], scenario)? else { return Ok(()) };
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
    let Some(calls) = run.calls()? else { return Ok(()) };
    let total = calls.len() as f64 / REQUESTS as f64;
    println!("{total} system calls a request");
    let most = if ONE_CALL { 3.1 } else { 8.1 };
    assert!(total <= most, "{total} system calls a request:\n{}", calls[..40].join("\n"));
    Ok(())
}

#[test]
fn promise_2_a_wake_from_the_reactor_s_own_thread_writes_nothing() -> io::Result<()> {
    let scenario = || {
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
            let notifies = Metrics::now().notifies - before.notifies;
            mark();
            assert_eq!(notifies, 0);
            Ok(())
        })
    };
    calls_of(&[], scenario, |calls| {
        assert_eq!(count(calls, &["write", "writev", "sendto"]), 0, "{calls:?}");
        if ONE_CALL {
            // Nothing but waits: one in nine polls, and at most three for each pair of timers.
            assert_eq!(calls.len(), count(calls, &WAITS), "{calls:?}");
            assert!(calls.len() <= 5_000 / 8 + 60, "{} waits", calls.len());
        }
    })
}

#[test]
fn promise_2_twenty_thousand_foreign_wakes_write_at_most_once_a_sleep() -> io::Result<()> {
    let scenario = || {
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
        assert!(after.notifies - before.notifies <= after.waits - before.waits);
        Ok(())
    };
    calls_of(&[], scenario, |calls| {
        let (writes, waits) = (count(calls, &["write"]), count(calls, &WAITS));
        assert!(writes <= waits, "{writes} writes, {waits} waits");
    })
}

const WAKES: u64 = 50;

#[test]
fn promise_8_a_wake_of_a_sleeping_owner_is_one_write_and_the_end_of_one_wait() -> io::Result<()> {
    let scenario = || {
        // The thread makes it odd, the owner even: who waits for a number has the other's turn.
        let turn = Arc::new(AtomicU64::new(0));
        let threads = turn.clone();
        block_on(async {
            // The thread is there before it counts, and stays until it no longer does.
            let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            let thread = thread::spawn(move || {
                let wait_for = |turn| {
                    while threads.load(Ordering::Acquire) < turn {
                        thread::sleep(MS);
                    }
                };
                threads.store(1, Ordering::Release);
                for wake in 1..=WAKES {
                    wait_for(2 * wake);
                    thread::sleep(2 * MS); // the owner sleeps by now
                    threads.store(2 * wake + 1, Ordering::Release);
                    waker.wake_by_ref();
                }
                wait_for(u64::MAX);
            });
            while turn.load(Ordering::Acquire) == 0 {
                sleep(MS).await;
            }
            mark();
            let before = Metrics::now();
            for wake in 1..=WAKES {
                turn.store(2 * wake, Ordering::Release);
                poll_fn(|_| match turn.load(Ordering::Acquire) > 2 * wake {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                })
                .await;
            }
            let after = Metrics::now();
            mark();
            let notifies = after.notifies - before.notifies;
            assert_eq!(after.events, before.events, "a notification is no event");
            // On a busy machine the owner may not sleep yet when it is woken.
            assert!(notifies <= WAKES && notifies > WAKES / 2, "{notifies}");
            turn.store(u64::MAX, Ordering::Release);
            thread.join().expect("it does not panic");
            Ok(())
        })
    };
    calls_of(&[], scenario, |calls| {
        if ONE_CALL {
            let of = |names: &[&str]| count(calls, names) as u64;
            let (writes, waits) = (of(&["write"]), of(&WAITS));
            assert!(writes <= WAKES && writes > WAKES / 2, "{writes} writes");
            assert!(waits <= writes + 1, "{waits} waits for {writes} writes");
            let total = calls.len() as u64;
            assert_eq!(total, writes + waits + of(&["clock_nanosleep"]), "{calls:?}");
        }
    })
}

const LONG: Duration = Duration::from_millis(400);

#[test]
fn promise_7_a_long_wait_is_cut_short_and_its_rest_waited_for() -> io::Result<()> {
    // The kernel ends a wait late by up to 0.5 % of it. How late a timer is is a figure of
    // BENCHMARKS.md; that no wait is long is what makes it so.
    let scenario = || {
        block_on(sleep(MS));
        mark();
        let begin = Instant::now();
        block_on(sleep(LONG));
        let late = begin.elapsed().checked_sub(LONG);
        mark();
        assert!(late.is_some(), "it is early");
        Ok(())
    };
    calls_of(&[], scenario, |calls| {
        if ONE_CALL {
            let nanos = |call: &String| {
                let (_, after) = call.split_once("tv_nsec=").expect("a timeout");
                let digits = after.split(|c: char| !c.is_ascii_digit()).next();
                digits.expect("digits").parse::<u64>().expect("a number")
            };
            let waits: Vec<_> = calls.iter().map(nanos).collect();
            // On a busy machine the first may end so late that nothing is left.
            assert!(waits.len() <= 2, "{calls:?}");
            let long = LONG.as_nanos() as u64;
            assert!(waits[0] <= long - long / 200, "{waits:?}");
            assert!(waits[0] >= long - long / 100, "{waits:?}");
            assert!(waits[1..].iter().all(|&rest| rest < 10_000_000), "{waits:?}");
        }
    })
}

const SOURCES: usize = 50;

#[test]
fn promise_3_a_source_is_registered_once_in_its_life() -> io::Result<()> {
    let scenario = || {
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
        assert_eq!((metrics.registrations, metrics.sources), (SOURCES as u64, 0));
        Ok(())
    };
    calls_of(&[], scenario, |calls| {
        let of = |what: &str| {
            let is = |call: &&String| call.starts_with("epoll_ctl(") && call.contains(what);
            calls.iter().filter(is).count()
        };
        if ONE_CALL {
            let counts = [of("EPOLL_CTL_ADD"), of("EPOLL_CTL_MOD"), of("EPOLL_CTL_DEL")];
            assert_eq!(counts, [SOURCES, 0, SOURCES]);
            // The event says that the connect succeeded.
            assert_eq!(count(calls, &["getsockopt"]), 0);
        }
    })
}

const PAGES: u64 = 50;

#[test]
fn a_page_over_a_new_connection_costs_eight_calls_besides_the_waits() -> io::Result<()> {
    let scenario = || {
        block_on(async {
            let listener = listen()?;
            let (mut order, _) = listener.accept().await?;
            // Read with room to spare: a read that is filled would be followed by one that blocks.
            let mut said = [0; 8];
            assert_eq!(order.read(&mut said).await?, 2);
            let site = (Ipv4Addr::LOCALHOST, u16::from_be_bytes([said[0], said[1]]));
            let mut page = Vec::with_capacity(1024);
            mark();
            for _ in 0..PAGES {
                let mut stream = Async::<TcpStream>::connect(site).await?;
                stream.write_all(b"GET").await?;
                // By then the page has come, and its end.
                assert_eq!(order.read(&mut said).await?, 1);
                page.clear();
                stream.read_to_end(&mut page).await?;
                assert_eq!(page, [b'x'; 500]);
            }
            mark();
            assert_eq!(Metrics::now().sources, 2);
            Ok(())
        })
    };
    let Some(mut run) = run(&[], scenario)? else { return Ok(()) };
    let site = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut order = TcpStream::connect(run.address())?;
    order.write_all(&site.local_addr()?.port().to_be_bytes())?;
    for _ in 0..PAGES {
        let (mut stream, _) = site.accept()?;
        stream.read_exact(&mut [0; 3])?;
        stream.write_all(&[b'x'; 500])?;
        drop(stream);
        order.write_all(b"!")?;
    }
    let Some(calls) = run.calls()? else { return Ok(()) };
    let names = ["socket", "connect", "epoll_ctl", "sendto", "recvfrom", "close"];
    let each = names.map(|name| count(&calls, &[name]) as f64 / PAGES as f64);
    println!("{names:?}: {each:?}");
    let waits = count(&calls, &WAITS) as u64;
    if ONE_CALL {
        // Registration and deregistration; the page, its end, and the order, which is not part of
        // the page.
        assert_eq!(each, [1.0, 1.0, 2.0, 1.0, 3.0, 1.0]);
        // std looks at each descriptor that it closes, in builds with debug assertions.
        let looks = count(&calls, &["fcntl"]) as u64;
        let total = calls.len() as u64 - waits - looks;
        assert_eq!(total, 9 * PAGES, "{}", calls[..40].join("\n"));
    }
    Ok(())
}

#[test]
fn waits_that_signals_interrupt_go_on() -> io::Result<()> {
    // strace ends every other wait before it begins, as a signal would.
    let faults = ["inject=epoll_pwait2:error=EINTR:when=1+2", "inject=ppoll:error=EINTR:when=2+2"];
    let scenario = || {
        let (mut a, mut b) = Async::<UnixStream>::pair()?;
        block_on(async {
            mark();
            let mut byte = [0; 1];
            for round in 0..20 {
                let begin = Instant::now();
                let read = async { a.read_exact(&mut byte).await };
                let write = async {
                    sleep(MS).await;
                    b.write_all(&[round]).await
                };
                let (read, written) = zip(read, write).await;
                read.and(written)?;
                assert_eq!(byte, [round]);
                assert!(begin.elapsed() >= MS, "an interrupted wait is no deadline");
                b.readable().or(async { Ok(()) }).await?;
            }
            mark();
            Ok(())
        })
    };
    calls_of(&faults, scenario, |calls| {
        let interrupted = calls.iter().filter(|call| call.contains("EINTR"));
        assert!(interrupted.count() >= 10, "{calls:?}");
    })
}

#[test]
fn a_kernel_without_the_wait_is_named() -> io::Result<()> {
    let scenario = || {
        mark();
        // Long, so that it is not over before the wait.
        let waited = std::panic::catch_unwind(|| block_on(sleep(100 * MS)));
        mark();
        let injected = faults_are_injected();
        let said = waited.map_err(|panic| *panic.downcast::<String>().expect("a message"));
        let named = said.is_err_and(|said| said.contains("Linux 5.11"));
        assert_eq!(named, injected && ONE_CALL);
        Ok(())
    };
    calls_of(&["inject=epoll_pwait2:error=ENOSYS"], scenario, |_| ())
}
