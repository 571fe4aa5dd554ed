//! Readiness: told once by the system, kept on the source, never lost, never taken for another's. Of
//! poll slots, ends and short reads of one stream the model has more (`models::streams_..`).

use super::*;
use wakeful_tests::hand::WakeLog;
use wakeful_tests::strace::ONE_CALL;

/// What proves that a stream is empty saves a call: nothing is read before the next event.
#[test]
fn a_short_vectored_read_waits_for_the_next_event_too() -> io::Result<()> {
    let (mut stream, mut peer) = tcp_pair()?;
    block_on(async {
        for _ in 0..3 {
            peer.write_all(b"four")?;
            stream.readable().await?;
            let mut parts = [[0; 3]; 2];
            let [first, second] = parts.each_mut().map(|part| io::IoSliceMut::new(part));
            assert_eq!(stream.read_vectored(&mut [first, second]).await?, 4);
            peer.write_all(b"more")?;
            while stream.get_ref().peek(&mut [0]).is_err() {}
            let mut all = [0; 4];
            let mut read = pin!(stream.read(&mut all));
            let at_once = poll_once(&mut read).await;
            assert_eq!(at_once.is_none(), ONE_CALL);
            assert_eq!(if let Some(read) = at_once { read } else { read.await }?, 4);
        }
        Ok(())
    })
}

#[test]
fn a_write_that_blocks_does_not_hide_the_end_that_was_reported() -> io::Result<()> {
    // The end comes with the data, and a write finds no room before either is read.
    let (mut stream, mut peer) = tcp_pair()?;
    peer.write_all(b"data")?;
    peer.shutdown(std::net::Shutdown::Write)?;
    block_on(async {
        sleep(5 * MS).await; // one event reports both
        let full = async { while stream.write(&[7; 65_536]).await.is_ok() {} };
        assert!(poll_once(full).await.is_none(), "there is always room");
        let mut buffer = [0; 64];
        assert_eq!(timeout(SOON, stream.read(&mut buffer)).await??, 4);
        assert_eq!(timeout(SOON, stream.read(&mut buffer)).await??, 0);
        Ok(())
    })
}

#[test]
fn data_behind_urgent_data_is_read_although_the_read_before_it_was_short() -> io::Result<()> {
    // Also if the end has come too, and if the urgent byte was taken before anybody told of it.
    for (ended, taken) in [(false, false), (true, false), (true, true)] {
        let (mut stream, mut peer) = tcp_pair()?;
        block_on(async {
            let mut buffer = [0; 64];
            assert!(poll_once(stream.read(&mut buffer)).await.is_none());
            peer.write_all(b"before")?;
            rustix::net::send(&peer, b"!", rustix::net::SendFlags::OOB)?;
            peer.write_all(b"behind")?;
            if ended {
                peer.shutdown(std::net::Shutdown::Write)?;
            }
            if taken {
                rustix::net::recv(stream.get_ref(), &mut buffer, rustix::net::RecvFlags::OOB)?;
            }
            sleep(5 * MS).await; // one event tells of all three
            let mut all = Vec::new();
            while !all.ends_with(b"behind") {
                let n = timeout(SOON, stream.read(&mut buffer)).await??;
                assert!(n > 0, "the end before {:?}", all.len());
                all.extend_from_slice(&buffer[..n]);
            }
            assert_eq!(all, b"beforebehind");
            io::Result::Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn readable_is_not_satisfied_by_what_others_have_read_already() -> io::Result<()> {
    // A user who reads with the std handle never tells the reactor that it would block.
    let (stream, mut peer) = tcp_pair()?;
    block_on(async {
        for round in 0..3 {
            assert!(poll_once(stream.readable()).await.is_none(), "round {round}");
            let waiting = poll_fn(|cx| stream.poll_readable(cx));
            assert!(poll_once(waiting).await.is_none(), "round {round}");
            peer.write_all(b"x")?;
            timeout(SOON, stream.readable()).await??;
            timeout(SOON, stream.readable()).await??; // still: nobody has read it
            timeout(SOON, poll_fn(|cx| stream.poll_readable(cx))).await??;
            assert_eq!(stream.get_ref().read(&mut [0; 8])?, 1);
        }
        Ok(())
    })
}

#[test]
fn promise_5_every_waiter_hears_of_readiness_and_of_its_own_side_only() -> io::Result<()> {
    let (a, b) = Async::<UnixStream>::pair()?;
    while a.get_ref().write(&[7; 4096]).is_ok() {}
    let log = WakeLog::default();
    let mut reads = [0, 1, 2].map(|name| log.hand(name, a.readable()));
    let mut writes = [3, 4, 5].map(|name| log.hand(name, a.writable()));
    block_on(async {
        assert!(reads.iter_mut().all(|read| read.poll().is_none()));
        assert!(writes.iter_mut().all(|write| write.poll().is_none()));
        b.get_ref().write_all(b"!")?;
        sleep(2 * MS).await;
        assert_eq!(log.names(), [0, 1, 2]);
        while b.get_ref().read(&mut [0; 65_536]).is_ok() {}
        sleep(2 * MS).await;
        assert_eq!(log.names(), [3, 4, 5]);
        Ok(())
    })
}

#[test]
fn an_event_during_an_operation_is_not_taken_back_by_it() -> io::Result<()> {
    // The operation would block, but before it says so a loop inside it takes in the event.
    let (stream, mut peer) = tcp_pair()?;
    let (first, before) = (Cell::new(true), Metrics::now());
    let n = block_on(timeout(
        SOON,
        stream.read_with(|mut io| {
            let blocked = io.read(&mut [0; 8]);
            if first.take() {
                assert!(blocked.is_err());
                peer.write_all(b"now")?;
                block_on(sleep(2 * MS));
            }
            blocked
        }),
    ))??;
    assert_eq!(n, 3);
    assert!(Metrics::now().events > before.events);
    Ok(())
}

#[test]
fn promise_4_a_wake_may_drop_the_next_source_of_the_same_batch() -> io::Result<()> {
    let streams = Rc::new(RefCell::new(Vec::new()));
    let all = streams.clone();
    let waker = on_wake(move || drop(all.take()));
    let mut peers = Vec::new();
    for _ in 0..4 {
        let (stream, peer) = tcp_pair()?;
        let mut context = Context::from_waker(&waker);
        block_on(async { assert!(stream.poll_readable(&mut context).is_pending()) });
        streams.borrow_mut().push(stream);
        peers.push(peer);
    }
    for peer in &mut peers {
        peer.write_all(b"!")?; // all in one batch
    }
    let before = Metrics::now();
    assert_eq!(before.sources, 4);
    block_on(async {
        sleep(2 * MS).await;
        // What takes their places hears nothing of them.
        let (mut fresh, mut peer) = tcp_pair()?;
        assert!(timeout(5 * MS, fresh.readable()).await.is_err());
        peer.write_all(b"mine")?;
        let mut buffer = [0; 8];
        assert_eq!(timeout(SOON, fresh.read(&mut buffer)).await??, 4);
        assert_eq!(Metrics::now().sources, 1);
        Ok(())
    })
}

#[test]
fn writing_nothing_and_flushing_wait_for_no_room() -> io::Result<()> {
    let (stream, _peer) = tcp_pair()?;
    while stream.get_ref().write(&[7; 4096]).is_ok() {}
    block_on(async {
        assert!(poll_once(stream.writable()).await.is_none());
        assert_eq!(poll_once((&stream).write(&[])).await.transpose()?, Some(0));
        // Flushing a socket is nothing to the system, so it does not wait for room.
        assert_eq!(poll_once((&stream).flush()).await.transpose()?, Some(()));
        Ok(())
    })
}
