//! Sockets while no descriptor is left, and after a fork.

use futures_lite::future::poll_once;
use futures_lite::{AsyncReadExt, StreamExt};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};
use wakeful_reactor::{Async, Metrics, Timer, block_on, os_code, timeout};
use wakeful_tests::child::alone;
use wakeful_tests::sockets::tcp_pair;

const MS: Duration = Duration::from_millis(1);
/// Against hangs only.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn promise_6_incoming_waits_out_a_shortage_of_descriptors() {
    alone(|| shortage().expect("the shortage is over"));
}

fn shortage() -> io::Result<()> {
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
            let error = timeout(SOON, incoming.next()).await?.expect("no end").unwrap_err();
            assert_eq!(os_code(&error), Some(libc::EMFILE), "{doublings}: {error}");
        }
        // Two pauses so far, of 10 and 20 milliseconds, and no spinning in them.
        assert!(begin.elapsed() >= 30 * MS);
        assert!(Metrics::now().waits - before.waits <= 8, "{:?}", Metrics::now());
        rustix::process::setrlimit(rustix::process::Resource::Nofile, whole)?;
        let accepted = timeout(SOON, incoming.next()).await?.expect("no end")?;
        assert_eq!(accepted.get_ref().peer_addr()?, client.local_addr()?);
        Ok(())
    })
}

#[test]
fn promise_6_a_forked_child_is_told_and_does_not_disturb_its_parent() {
    alone(|| fork().expect("the parent is not disturbed"));
}

fn fork() -> io::Result<()> {
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
    assert_eq!(status, 0, "the child was told, and had a reactor of its own");
    // What the child dropped was its copy: here both are heard of as before.
    peer.write_all(b"!")?;
    other_peer.write_all(b"!")?;
    block_on(async {
        timeout(SOON, stream.readable()).await??;
        timeout(SOON, dropped_in_child.readable()).await??;
        Ok(())
    })
}
