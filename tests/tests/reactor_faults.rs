//! What goes wrong in the world: resets, half-closes, no descriptors left, files, forks, closed
//! descriptors. Each ends its own operation, with an error that says what was being done.

use futures_lite::future::{poll_once, zip};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::time::{Duration, Instant};
use wakeful_reactor::{Async, Metrics, Timer, block_on, os_code, sleep, timeout};

const MS: Duration = Duration::from_millis(1);
/// Against hangs only.
const SOON: Duration = Duration::from_secs(20);

fn tcp_pair() -> io::Result<(Async<TcpStream>, TcpStream)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let peer = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0.try_into()?, peer))
}

/// Closes with a reset instead of an end.
fn reset(stream: TcpStream) -> io::Result<()> {
    let linger = Some(Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(&stream, linger)?;
    drop(stream);
    Ok(())
}

#[test]
fn a_reset_fails_the_read_that_waits_and_the_write_after_it() -> io::Result<()> {
    let (mut stream, peer) = tcp_pair()?;
    block_on(async {
        let read = async {
            let mut buffer = [0; 8];
            timeout(SOON, stream.read(&mut buffer)).await?
        };
        let close = async {
            sleep(2 * MS).await;
            reset(peer)
        };
        let (read, closed) = zip(read, close).await;
        closed?;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let error = timeout(SOON, stream.write_all(b"?")).await?.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        Ok(())
    })
}

#[test]
fn a_half_closed_connection_still_carries_the_other_half() -> io::Result<()> {
    let (mut stream, mut peer) = tcp_pair()?;
    peer.shutdown(Shutdown::Write)?;
    block_on(async {
        assert_eq!(timeout(SOON, stream.read(&mut [0; 8])).await??, 0);
        timeout(SOON, stream.write_all(b"still here")).await??;
        stream.get_ref().shutdown(Shutdown::Write)?;
        let mut heard = String::new();
        peer.read_to_string(&mut heard)?;
        assert_eq!(heard, "still here");
        Ok(())
    })
}

#[test]
fn a_writer_waits_out_a_closed_window_and_costs_nothing_meanwhile() -> io::Result<()> {
    let (mut stream, mut peer) = tcp_pair()?;
    let sent = vec![3; 8 << 20];
    block_on(async {
        let before = Metrics::now();
        let stuck = timeout(30 * MS, stream.write_all(&sent)).await;
        assert!(stuck.is_err(), "the peer reads nothing");
        let waits = Metrics::now().waits - before.waits;
        assert!(waits <= 100, "{waits} waits for a peer that does nothing");
        drop(stream);
        let mut all = Vec::new();
        peer.read_to_end(&mut all)?;
        assert!(!all.is_empty() && all.iter().all(|&byte| byte == 3));
        Ok(())
    })
}

#[test]
fn a_regular_file_is_refused_with_a_hint() -> io::Result<()> {
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

#[test]
fn a_descriptor_closed_behind_the_reactor_s_back_is_an_error_not_a_hang() -> io::Result<()> {
    let (mut stream, _peer) = tcp_pair()?;
    // A pipe's end takes the number over, and stays open so that no other test gets it.
    let (other, _end) = std::io::pipe()?;
    let number = stream.as_raw_fd();
    assert_eq!(unsafe_dup2(other.as_raw_fd(), number), number);
    block_on(async {
        let error = timeout(SOON, stream.read(&mut [0; 8])).await?.unwrap_err();
        assert!(os_code(&error).is_some(), "{error}");
        io::Result::Ok(())
    })?;
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
    let (other, _end) = std::io::pipe()?;
    unsafe_dup2(other.as_raw_fd(), stream.as_raw_fd());
    drop(stream);
    // What takes its place in the table waits, and goes on waiting.
    let (successor, _its_peer) = tcp_pair()?;
    block_on(async {
        let mut readable = pin!(successor.readable());
        assert!(poll_once(readable.as_mut()).await.is_none());
        peer.write_all(b"!")?;
        let before = Metrics::now();
        assert!(timeout(5 * MS, readable).await.is_err());
        let after = Metrics::now();
        assert_eq!(after.wakes - before.wakes, 1, "the timeout's alone");
        Ok(())
    })
}

fn unsafe_dup2(from: i32, to: i32) -> i32 {
    // SAFETY: dup2 takes two numbers; that it replaces `to` is what the test is about.
    unsafe { libc::dup2(from, to) }
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
    assert!(
        error
            .to_string()
            .starts_with(&format!("connecting to {address}: ")),
        "{error}"
    );
    assert!(begin.elapsed() >= 30 * MS);
    assert_eq!(Metrics::now().sources, 0, "the attempt is given up");
    Ok(())
}

#[test]
fn binding_where_another_listens_says_where() -> io::Result<()> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.into_raw_fd();
    // SAFETY: the descriptor was given up in the line above.
    let taken = unsafe { TcpListener::from_raw_fd(taken) };
    let address = taken.local_addr()?;
    let error = Async::<TcpListener>::bind(address).expect_err("it is taken");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(
        error
            .to_string()
            .starts_with(&format!("listening at {address}: ")),
        "{error}"
    );
    let missing = block_on(Async::<UnixStream>::connect("/nowhere/at all")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("/nowhere/at all"), "{missing}");
    Ok(())
}

/// In a process of its own, because the limit is the process's.
#[test]
fn incoming_waits_out_a_shortage_of_descriptors() -> io::Result<()> {
    const INSIDE: &str = "WAKEFUL_TEST_SHORTAGE";
    if std::env::var_os(INSIDE).is_none() {
        let output = std::process::Command::new(std::env::current_exe()?)
            .args([
                "--exact",
                "incoming_waits_out_a_shortage_of_descriptors",
                "--nocapture",
            ])
            .env(INSIDE, "1")
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(said.contains("recovered"), "{said}");
        return Ok(());
    }
    block_on(async {
        let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
        let client = TcpStream::connect(listener.get_ref().local_addr()?)?;
        let mut incoming = listener.incoming();
        // Every descriptor below the lowest free one is taken, so this leaves none.
        let free = File::open("/dev/null")?;
        let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        limit.current = Some(free.as_raw_fd() as u64);
        drop(free);
        let whole = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        rustix::process::setrlimit(rustix::process::Resource::Nofile, limit)?;
        let begin = Instant::now();
        let before = Metrics::now();
        for doublings in 0..3 {
            let error = timeout(SOON, incoming.next())
                .await?
                .expect("no end")
                .unwrap_err();
            assert_eq!(os_code(&error), Some(libc::EMFILE), "{doublings}: {error}");
        }
        // Two pauses so far, of 10 and 20 milliseconds, and no spinning in them.
        assert!(begin.elapsed() >= 30 * MS);
        assert!(
            Metrics::now().waits - before.waits <= 8,
            "{:?}",
            Metrics::now()
        );
        rustix::process::setrlimit(rustix::process::Resource::Nofile, whole)?;
        let accepted = timeout(SOON, incoming.next()).await?.expect("no end")?;
        assert_eq!(accepted.get_ref().peer_addr()?, client.local_addr()?);
        println!("recovered");
        Ok(())
    })
}

/// In a process of its own, because a forked test harness has lost its threads.
#[test]
fn a_forked_child_is_told_and_does_not_disturb_its_parent() -> io::Result<()> {
    const INSIDE: &str = "WAKEFUL_TEST_FORK";
    if std::env::var_os(INSIDE).is_none() {
        let output = std::process::Command::new(std::env::current_exe()?)
            .args([
                "--exact",
                "a_forked_child_is_told_and_does_not_disturb_its_parent",
            ])
            .args(["--nocapture", "--test-threads", "1"])
            .env(INSIDE, "1")
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return Ok(());
    }
    let (stream, mut peer) = tcp_pair()?;
    let (dropped_in_child, mut other_peer) = tcp_pair()?;
    block_on(async {
        assert!(poll_once(stream.readable()).await.is_none());
        assert!(poll_once(dropped_in_child.readable()).await.is_none());
    });
    // SAFETY: the child runs this thread alone and ends by _exit; it takes no lock that another
    // thread of the harness may hold but the allocator's, which fork keeps sound.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let told = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0));
        let told = told.is_err_and(|error| error.to_string().contains("forked"));
        drop(dropped_in_child);
        // On a thread of its own the child has a reactor of its own.
        let own = std::thread::spawn(|| {
            block_on(async { Timer::after(MS).await });
            let (mut stream, mut peer) = tcp_pair()?;
            peer.write_all(b"own")?;
            block_on(timeout(SOON, stream.read(&mut [0; 8])))?
        });
        let own = own.join().is_ok_and(|read| read.is_ok_and(|n| n == 3));
        // SAFETY: ends the child without running what belongs to the parent's harness.
        unsafe { libc::_exit(if told && own { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: waits for the child that this test made.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(
        status, 0,
        "the child was told, and had a reactor of its own"
    );
    // What the child dropped was its copy: here both are heard of as before.
    peer.write_all(b"!")?;
    other_peer.write_all(b"!")?;
    block_on(async {
        timeout(SOON, stream.readable()).await??;
        timeout(SOON, dropped_in_child.readable()).await??;
        Ok(())
    })
}
