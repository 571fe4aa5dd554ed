//! Cancellation: every future dropped after each number of polls, and not a byte nor a
//! connection is lost by it.

use super::*;

/// Polls a future at most `polls` times, each time it is woken, then drops it.
async fn at_most<F: Future>(mut polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Goes round the numbers of polls, so that a future is cut off early and late, and let through.
struct Cuts(usize);

impl Cuts {
    fn next(&mut self) -> usize {
        self.0 += 1;
        [1, 2, 1, 3, 1, usize::MAX][self.0 % 6]
    }
}

#[test]
fn reads_cut_off_after_each_poll_deliver_every_byte_once() -> io::Result<()> {
    static EXECUTOR: Executor<2, 1024> = Executor::new();
    let local = EXECUTOR.take().expect("taken once");
    let sent: Vec<u8> = (0..20_000_u32).map(|i| (i % 251) as u8).collect();
    let received = block_on(local.run_until(async {
        let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.get_ref().local_addr()?;
        let bytes = sent.clone();
        let writer = local.spawn(async move {
            let mut stream = Async::<TcpStream>::connect(address).await?;
            for (i, part) in bytes.chunks(97).enumerate() {
                stream.write_all(part).await?;
                if i % 5 == 0 {
                    sleep(MS / 10).await;
                }
            }
            io::Result::Ok(())
        });
        let writer = writer.expect("there is room");
        let (stream, _) = listener.accept().await?;
        let mut received = Vec::new();
        let mut cuts = Cuts(0);
        for turn in 0_usize.. {
            let mut buffer = [0; 64];
            let cut = cuts.next();
            // By the poll slot, by a queued waiter, and by looking first.
            let read = async {
                match turn % 3 {
                    0 => at_most(cut, (&stream).read(&mut buffer)).await,
                    1 => {
                        let read = |mut io: &TcpStream| io::Read::read(&mut io, &mut buffer);
                        at_most(cut, stream.read_with(read)).await
                    }
                    _ => {
                        at_most(cut, stream.readable()).await.transpose()?;
                        None
                    }
                }
                .transpose()
            };
            match timeout(SOON, read).await?? {
                Some(0) => break,
                Some(n) => received.extend_from_slice(&buffer[..n]),
                None => {}
            }
        }
        writer.await?;
        io::Result::Ok(received)
    }))?;
    assert!(received == sent, "{} of {} bytes", received.len(), sent.len());
    Ok(())
}

#[test]
fn accepts_and_connects_cut_off_lose_no_connection() -> io::Result<()> {
    const CONNECTIONS: usize = 60;
    block_on(async {
        let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.get_ref().local_addr()?;
        // Attempts that are given up may still arrive: those end at once and are told apart by it.
        let mut cuts = Cuts(0);
        let mut clients = Vec::new();
        while clients.len() < CONNECTIONS {
            let connect = async {
                let mut stream = Async::<TcpStream>::connect(address).await?;
                stream.write_all(b"!").await?;
                io::Result::Ok(stream)
            };
            clients.extend(timeout(SOON, at_most(cuts.next(), connect)).await?.transpose()?);
        }
        let mut served = 0;
        while served < CONNECTIONS {
            let accepted = timeout(SOON, at_most(cuts.next(), listener.accept())).await?;
            if let Some((mut stream, _)) = accepted.transpose()? {
                served += timeout(SOON, stream.read(&mut [0; 2])).await??;
            }
        }
        drop(clients);
        Ok(())
    })
}

#[test]
fn a_future_dropped_at_any_poll_leaves_nothing_registered() -> io::Result<()> {
    // It waits three times: for the connection, for the timer, and for a byte that never comes.
    for polls in 1..=3 {
        block_on(async {
            let cut = at_most(polls, async {
                let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
                let address = listener.get_ref().local_addr()?;
                let client = timeout(SOON, Async::<TcpStream>::connect(address)).await??;
                let (mut server, _) = listener.accept().await?;
                sleep(MS).await;
                let _never = server.read(&mut [0; 8]).await?;
                drop(client);
                io::Result::Ok(())
            });
            assert!(cut.await.is_none());
            io::Result::Ok(())
        })?;
        let metrics = Metrics::now();
        assert_eq!((metrics.sources, metrics.timers), (0, 0), "after {polls} polls");
    }
    Ok(())
}
