//! Promises of the reactor that no other module's tests break on: waiting where nobody would wake, who
//! is always due or ready beside others, sources that are dropped while others wait for them, and that
//! who has heard all there is to hear does not keep the processor busy.

use super::*;
use futures_lite::Stream;
use futures_lite::future::block_on as park_on;
use std::pin::Pin;

/// What awaiting a future under another crate's `block_on` panics with.
fn said_outside<T>(future: impl Future<Output = T>) -> String {
    let waited = catch_unwind(AssertUnwindSafe(|| park_on(future)));
    let panic = waited.err().expect("it has to wait");
    (*panic.downcast::<&str>().expect("a message")).to_owned()
}

#[test]
fn promise_1_what_waits_outside_block_on_panics_and_says_so() -> io::Result<()> {
    let (mut stream, _peer) = tcp_pair()?;
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let socket = Async::<UdpSocket>::bind((Ipv4Addr::LOCALHOST, 0))?;
    for said in [
        said_outside(sleep(MS)),
        said_outside(Timer::never()),
        said_outside(timeout(MS, pending::<()>())),
        said_outside(stream.readable()),
        said_outside(poll_fn(|cx| stream.poll_readable(cx))),
        said_outside(stream.read(&mut [0; 8])),
        said_outside(listener.accept()),
        said_outside(listener.incoming().next()),
        said_outside(socket.recv(&mut [0; 8])),
    ] {
        assert!(said.contains("outside of `wakeful_reactor::block_on`"), "{said}");
    }
    // Inside, another crate's executor may run them, and after a panic all is as before.
    block_on(async {
        park_on(poll_once(sleep(MS)));
        timeout(SOON, sleep(MS)).await?;
        Ok(())
    })
}

#[test]
fn promise_1_what_need_not_wait_is_ready_outside_too() -> io::Result<()> {
    let (stream, mut peer) = tcp_pair()?;
    peer.write_all(b"!")?;
    std::thread::sleep(5 * MS);
    park_on(stream.readable())?;
    park_on(sleep(Duration::ZERO));
    assert_eq!(park_on((&stream).read(&mut [0; 8]))?, 1);
    Ok(())
}

#[test]
fn promise_1_a_nested_block_on_that_has_ended_leaves_the_outer_one_running() {
    block_on(async {
        block_on(sleep(MS));
        sleep(MS).await;
    });
    assert!(catch_unwind(|| block_on(async { panic!("on purpose") })).is_err());
    assert!(catch_unwind(|| park_on(sleep(MS))).is_err(), "a panic leaves it too");
}

#[test]
fn promise_4_a_timer_that_is_always_due_does_not_starve_io() -> io::Result<()> {
    let (mut stream, mut peer) = tcp_pair()?;
    let greedy = async {
        let mut always = Timer::interval(Duration::ZERO);
        loop {
            always.next().await;
        }
    };
    // Before the byte is there the read has to wait for an event.
    let read = async {
        let mut byte = [0; 1];
        let mut read = pin!(stream.read(&mut byte));
        assert!(poll_once(read.as_mut()).await.is_none());
        peer.write_all(b"!")?;
        read.await
    };
    assert_eq!(block_on(read.or(greedy))?, 1);
    Ok(())
}

#[test]
fn promise_4_a_waker_that_arms_a_due_timer_again_does_not_starve_io() -> io::Result<()> {
    // Each turn has somebody to wake, and none of it wakes the future that waits for the byte.
    thread_local! {
        static ALWAYS: Cell<Option<(Timer, TcpStream, u32)>> = const { Cell::new(None) };
    }
    fn again() {
        if let Some((mut timer, mut peer, wakes)) = ALWAYS.take() {
            if wakes == 100 {
                peer.write_all(b"!").expect("the reader is there"); // when all is in full swing
            }
            let waker = on_wake(again);
            let mut context = Context::from_waker(&waker);
            while Pin::new(&mut timer).poll_next(&mut context).is_ready() {}
            ALWAYS.set(Some((timer, peer, wakes + 1)));
        }
    }
    let (mut stream, peer) = tcp_pair()?;
    let read = block_on(async {
        let mut byte = [0; 1];
        let mut read = pin!(stream.read(&mut byte));
        assert!(poll_once(read.as_mut()).await.is_none());
        ALWAYS.set(Some((Timer::interval(Duration::ZERO), peer, 0)));
        again();
        let read = read.await;
        // Nor does it starve a future that wakes itself.
        for _ in 0..100 {
            yield_now().await;
        }
        read
    });
    drop(ALWAYS.take());
    assert_eq!(read?, 1);
    Ok(())
}

#[test]
fn promise_9_taking_out_what_is_in_a_handle_wakes_both_poll_slots() -> io::Result<()> {
    let (stream, _peer) = tcp_pair()?;
    let counts: [Arc<Wakes>; 2] = Default::default();
    let [reader, writer] = counts.clone().map(Waker::from);
    block_on(async {
        while stream.get_ref().write(&[0; 65_536]).is_ok() {}
        let read = stream.poll_readable(&mut Context::from_waker(&reader));
        let write = stream.poll_writable(&mut Context::from_waker(&writer));
        assert!(read.is_pending() && write.is_pending());
        let before = Metrics::now().sources;
        drop(stream.into_inner()?);
        assert_eq!(Metrics::now().sources, before - 1);
        sleep(MS).await;
        assert_eq!(counts.each_ref().map(|count| count.count()), [1, 1]);
        Ok(())
    })
}

#[test]
fn promise_9_a_wake_by_a_drop_may_come_from_inside_a_turn() -> io::Result<()> {
    // The timer's waker drops the handle, whose waiter has to be woken in the same turn or later.
    let handle = Rc::new(Cell::new(None));
    let dropped = handle.clone();
    let dropper = on_wake(move || drop(dropped.take()));
    let (stream, _peer) = tcp_pair()?;
    let count = Wakes::new();
    let _clock = Clock::virtual_time(); // or the timer may be due already
    let mut timer = Timer::after(MS);
    block_on(async {
        let waker = Waker::from(count.clone());
        assert!(stream.poll_readable(&mut Context::from_waker(&waker)).is_pending());
        handle.set(Some(stream));
        let polled = Pin::new(&mut timer).poll(&mut Context::from_waker(&dropper));
        assert!(polled.is_pending());
        sleep(5 * MS).await;
    });
    assert_eq!(count.count(), 1);
    Ok(())
}

#[test]
fn promise_4_the_128th_operation_in_a_row_is_the_last() -> io::Result<()> {
    let (stream, _peer) = tcp_pair()?;
    block_on(async {
        for _ in 0..3 {
            let mut operations = 0;
            while poll_once(stream.read_with(|_| Ok(()))).await.is_some() {
                operations += 1;
            }
            assert_eq!(operations, 128);
        }
    });
    Ok(())
}

#[test]
fn promise_4_what_is_always_ready_gives_way_to_the_others() -> io::Result<()> {
    // One byte that nobody takes: a wait for it and a look at it are over at once.
    let (stream, mut peer) = tcp_pair()?;
    peer.write_all(b"!")?;
    for way in 0..3 {
        let turns = Cell::new(0);
        block_on(async {
            let greedy = async {
                while turns.get() < 10 {
                    match way {
                        0 => poll_fn(|cx| stream.poll_readable(cx)).await?,
                        1 => stream.readable().await?,
                        _ => assert_eq!(stream.peek(&mut [0; 8]).await?, 1),
                    }
                }
                io::Result::Ok(())
            };
            let modest = async {
                while turns.get() < 10 {
                    turns.set(turns.get() + 1);
                    yield_now().await;
                }
            };
            timeout(SOON, zip(greedy, modest)).await?.0
        })?;
    }
    Ok(())
}

#[test]
fn a_hang_up_is_heard_once_and_does_not_spin() -> io::Result<()> {
    let (mut stream, peer) = tcp_pair()?;
    drop(peer);
    block_on(async {
        assert_eq!(stream.read(&mut [0; 8]).await?, 0);
        let before = Metrics::now();
        sleep(10 * MS).await;
        assert!(Metrics::now().waits - before.waits <= 3);
        Ok(())
    })
}

#[test]
fn an_error_that_was_told_and_taken_does_not_spin() -> io::Result<()> {
    // A datagram to nobody comes back as an error on the socket; taken, it leaves nothing to read.
    let socket = Async::<UdpSocket>::bind(([127, 0, 0, 1], 0))?;
    let nobody = UdpSocket::bind(("127.0.0.1", 0))?.local_addr()?;
    socket.get_ref().connect(nobody)?;
    block_on(async {
        socket.send(b"?").await?;
        let error = timeout(SOON, socket.recv(&mut [0; 8])).await?.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let before = Metrics::now();
        assert!(timeout(10 * MS, socket.recv(&mut [0; 8])).await.is_err());
        assert!(Metrics::now().waits - before.waits <= 3);
        Ok(())
    })
}
