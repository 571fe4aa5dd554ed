//! Cancellation: futures dropped after some number of polls lose no connection and leave nothing
//! behind. That they lose no byte is the streams' model's.

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

#[test]
fn accepts_and_connects_cut_off_lose_no_connection() -> io::Result<()> {
    const CONNECTIONS: usize = 60;
    block_on(async {
        let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.get_ref().local_addr()?;
        // Attempts that are given up may still arrive: those end at once and are told apart by it.
        let mut cuts = [1, 2, 1, 3, 1, usize::MAX].into_iter().cycle();
        let mut polls = || cuts.next().expect("no end");
        let mut clients = Vec::new();
        while clients.len() < CONNECTIONS {
            let connect = async {
                let mut stream = Async::<TcpStream>::connect(address).await?;
                stream.write_all(b"!").await?;
                io::Result::Ok(stream)
            };
            clients.extend(timeout(SOON, at_most(polls(), connect)).await?.transpose()?);
        }
        let mut served = 0;
        while served < CONNECTIONS {
            let accepted = timeout(SOON, at_most(polls(), listener.accept())).await?;
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
