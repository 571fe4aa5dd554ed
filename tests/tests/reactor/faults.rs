//! What goes wrong in the world: resets, half-closes, no descriptors left, files, forks, closed
//! descriptors. Each ends its own operation, with an error that says what was being done.

use super::*;
use std::error::Error;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use wakeful_reactor::os_code;
use wakeful_tests::sockets::reset;

#[test]
fn a_reset_fails_the_read_that_waits_and_the_write_after_it() -> io::Result<()> {
    let (mut stream, peer) = tcp_pair()?;
    block_on(async {
        let close = async {
            sleep(2 * MS).await;
            reset(peer)
        };
        let (read, closed) = zip(timeout(SOON, stream.read(&mut [0; 8])), close).await;
        closed?;
        assert_eq!(read?.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let error = timeout(SOON, stream.write_all(b"?")).await?.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        Ok(())
    })
}

#[test]
fn a_writer_waits_out_a_closed_window_and_costs_nothing_meanwhile() -> io::Result<()> {
    let (mut stream, mut peer) = tcp_pair()?;
    let sent = vec![0; 8 << 20];
    block_on(async {
        let before = Metrics::now();
        let stuck = timeout(30 * MS, stream.write_all(&sent)).await;
        assert!(stuck.is_err(), "the peer reads nothing");
        let waits = Metrics::now().waits - before.waits;
        assert!(waits <= 100, "{waits} waits for a peer that does nothing");
        drop(stream);
        peer.read_to_end(&mut Vec::new()).map(drop)
    })
}

#[test]
fn promise_6_a_regular_file_is_refused_with_a_hint() -> io::Result<()> {
    let file = File::open(std::env::current_exe()?)?;
    let before = Metrics::now();
    for refused in [Async::new(file), Async::new(File::open("/")?)] {
        let error = refused.expect_err("a file is always ready");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("`unblock`"), "{error}");
    }
    assert_eq!(Metrics::now().sources, before.sources);
    Ok(())
}

/// A pipe's end takes the number over.
fn replace_by_a_pipe(stream: &Async<TcpStream>) -> io::Result<(io::PipeReader, io::PipeWriter)> {
    let pipe = std::io::pipe()?;
    // SAFETY: dup2 takes two numbers; that it replaces the second is what the test is about.
    let number = unsafe { libc::dup2(pipe.0.as_raw_fd(), stream.as_raw_fd()) };
    assert_eq!(number, stream.as_raw_fd());
    Ok(pipe)
}

#[test]
fn a_descriptor_closed_behind_the_reactor_s_back_is_an_error_not_a_hang() -> io::Result<()> {
    let (mut stream, _peer) = tcp_pair()?;
    let _pipe = replace_by_a_pipe(&stream)?;
    let error = block_on(timeout(SOON, stream.read(&mut [0; 8])))?.unwrap_err();
    assert!(os_code(&error).is_some(), "{error}");
    // poll(2) knows descriptors by number alone, so there the change goes unnoticed.
    assert_eq!(stream.into_inner().is_ok(), cfg!(polling_test_poll_backend));
    // And the reactor is as good as before.
    block_on(sleep(MS));
    Ok(())
}

#[test]
fn a_source_hears_nothing_that_is_told_of_its_predecessor() -> io::Result<()> {
    // The number is closed behind the reactor's back while a duplicate keeps the open file alive:
    // it cannot be deregistered any more, and the system goes on telling of it.
    let (stream, mut peer) = tcp_pair()?;
    let _duplicate = stream.get_ref().try_clone()?;
    let _pipe = replace_by_a_pipe(&stream)?;
    drop(stream);
    // What takes its place in the table waits, and goes on waiting.
    let (successor, _its_peer) = tcp_pair()?;
    block_on(async {
        let mut readable = pin!(successor.readable());
        assert!(poll_once(readable.as_mut()).await.is_none());
        peer.write_all(b"!")?;
        let before = Metrics::now();
        assert!(timeout(5 * MS, readable).await.is_err());
        assert_eq!(Metrics::now().wakes - before.wakes, 1, "the timeout's alone");
        Ok(())
    })
}

#[test]
fn a_handle_that_is_taken_out_can_be_registered_again() -> io::Result<()> {
    let (stream, mut peer) = tcp_pair()?;
    let plain: TcpStream = stream.into_inner()?;
    assert_eq!(Metrics::now().sources, 0);
    let plain = TcpStream::try_from(Async::<TcpStream>::try_from(plain)?)?;
    let fd: OwnedFd = Async::<TcpStream>::try_from(plain)?.try_into()?;
    let mut stream = Async::<TcpStream>::try_from(fd)?;
    peer.write_all(b"again")?;
    let mut buffer = [0; 5];
    block_on(timeout(SOON, stream.read_exact(&mut buffer)))??;
    assert_eq!(&buffer, b"again");
    Ok(())
}

#[test]
fn a_duplicate_of_a_dropped_handle_wakes_nobody() -> io::Result<()> {
    // The duplicate keeps the open file alive, so the system would go on telling of it.
    type Way = fn(&mut Async<TcpStream>) -> io::Result<TcpStream>;
    let ways: [Way; 7] = [
        |stream| stream.get_ref().try_clone(),
        |stream| AsRef::as_ref(stream).try_clone(),
        |stream| Ok(stream.as_fd().try_clone_to_owned()?.into()),
        // SAFETY: the handle is duplicated, not replaced.
        |stream| unsafe { stream.get_mut() }.try_clone(),
        |stream| block_on(stream.read_with(TcpStream::try_clone)),
        |stream| block_on(stream.write_with(TcpStream::try_clone)),
        |stream| {
            let duplicate = stream.as_fd().try_clone_to_owned()?;
            let taken_out = std::mem::replace(stream, Async::try_from(TcpStream::from(duplicate))?);
            taken_out.into_inner() // duplicated before the stream was registered
        },
    ];
    let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.get_ref().local_addr()?;
    for duplicate in ways {
        let mut peer = TcpStream::connect(address)?;
        let (mut stream, _) = block_on(listener.accept())?;
        let duplicate = duplicate(&mut stream)?;
        drop(stream);
        let before = Metrics::now();
        peer.write_all(b"!")?;
        block_on(sleep(5 * MS));
        assert_eq!(Metrics::now().events, before.events);
        // And it can be registered itself, under whatever number.
        let mut again = Async::<TcpStream>::try_from(duplicate)?;
        assert_eq!(block_on(timeout(SOON, again.read(&mut [0; 8])))??, 1);
    }
    Ok(())
}

#[test]
fn a_connection_that_nobody_answers_times_out_and_says_where() -> io::Result<()> {
    // A listener whose queue is full drops what comes: the connection stays on its way.
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    rustix::net::listen(&listener, 0)?;
    let address = listener.local_addr()?;
    let _in_the_queue = TcpStream::connect(address)?;
    let begin = Instant::now();
    let error = block_on(Async::<TcpStream>::connect_timeout(address, 30 * MS))
        .expect_err("the queue is full");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().starts_with(&format!("connecting to {address}: ")), "{error}");
    assert!(begin.elapsed() >= 30 * MS);
    assert_eq!(Metrics::now().sources, 0, "the attempt is given up");
    Ok(())
}

#[test]
fn promise_6_binding_where_another_listens_says_where() -> io::Result<()> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = taken.local_addr()?;
    let error = Async::<TcpListener>::bind(address).expect_err("it is taken");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().starts_with(&format!("listening at {address}: ")), "{error}");
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    assert_eq!(cause.and_then(io::Error::raw_os_error), Some(libc::EADDRINUSE));
    let missing = block_on(Async::<UnixStream>::connect("/nowhere/at all")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("/nowhere/at all"), "{missing}");
    Ok(())
}
