//! Fairness: nobody who is always ready keeps the rest waiting, and nobody who has heard all there
//! is to hear keeps the processor busy.

use futures_lite::AsyncReadExt;
use futures_lite::future::{poll_once, yield_now, zip};
use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, Write};
use wakeful_reactor::{Async, Metrics, block_on, sleep, timeout};
use wakeful_tests::sockets::{MS, SOON, tcp_pair};

#[test]
fn promise_4_an_always_ready_socket_gives_way_to_the_others() -> io::Result<()> {
    // The peer floods; a task that never finds nothing to read must not keep the rest from running.
    let (mut stream, mut peer) = tcp_pair()?;
    peer.set_nonblocking(true)?;
    let flood = [1; 65_536];
    let turns = Cell::new(0_u32);
    block_on(async {
        let greedy = async {
            let mut one = [0; 1];
            while turns.get() < 10 {
                // Topped up before each read, so that it never blocks.
                let _sent = peer.write(&flood);
                stream.read_exact(&mut one).await?;
            }
            io::Result::Ok(())
        };
        let modest = async {
            while turns.get() < 10 {
                turns.set(turns.get() + 1);
                yield_now().await;
            }
        };
        zip(greedy, modest).await.0
    })
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
fn promise_4_waiting_again_and_again_for_what_is_always_ready_gives_way_too() -> io::Result<()> {
    // One byte that nobody reads: every wait for it is over at once.
    let (stream, mut peer) = tcp_pair()?;
    peer.write_all(b"!")?;
    for by_the_slot in [false, true] {
        let turns = Cell::new(0);
        block_on(async {
            let greedy = async {
                while turns.get() < 10 {
                    match by_the_slot {
                        true => poll_fn(|cx| stream.poll_readable(cx)).await?,
                        false => stream.readable().await?,
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
        let after = Metrics::now();
        assert!(after.waits - before.waits <= 3, "{before:?} {after:?}");
        Ok(())
    })
}

#[test]
fn an_error_that_was_told_and_taken_does_not_spin() -> io::Result<()> {
    // A datagram to nobody comes back as an error on the socket; taken, it leaves nothing to read.
    let socket = Async::<std::net::UdpSocket>::bind(([127, 0, 0, 1], 0))?;
    let nobody = std::net::UdpSocket::bind(("127.0.0.1", 0))?.local_addr()?;
    socket.get_ref().connect(nobody)?;
    block_on(async {
        socket.send(b"?").await?;
        let error = timeout(SOON, socket.recv(&mut [0; 8])).await?.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let before = Metrics::now();
        assert!(timeout(10 * MS, socket.recv(&mut [0; 8])).await.is_err());
        assert!(Metrics::now().waits - before.waits <= 3);
        Ok(())
    })
}
