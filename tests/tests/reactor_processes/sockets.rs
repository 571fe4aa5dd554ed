//! Sockets while no descriptor is left, and after a fork.

use super::*;

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
        let free = u64::try_from(File::open("/dev/null")?.as_raw_fd()).expect("no error");
        let whole = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(free), ..whole })?;
        let begin = Instant::now();
        let before = Metrics::now();
        for doublings in 0..3 {
            let error = timeout(SOON, incoming.next()).await?.expect("no end").unwrap_err();
            assert_eq!(os_code(&error), Some(libc::EMFILE), "{doublings}: {error}");
        }
        // Two pauses so far, of 10 and 20 milliseconds, and no spinning in them.
        assert!(begin.elapsed() >= 30 * MS);
        assert!(Metrics::now().waits - before.waits <= 8, "{:?}", Metrics::now());
        setrlimit(Resource::Nofile, whole)?;
        let accepted = timeout(SOON, incoming.next()).await?.expect("no end")?;
        assert_eq!(accepted.get_ref().peer_addr()?, client.local_addr()?);
        Ok(())
    })
}

fn use_it() {
    block_on(sleep(MS));
}

/// Whether this thread's reactor says that it was made in another process.
fn is_told() -> bool {
    let told = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0));
    told.is_err_and(|error| error.to_string().contains("forked"))
}

#[test]
fn promise_6_a_forked_child_with_its_parents_process_id_is_told() -> io::Result<()> {
    // As where both are the first process of a container.
    let scenario = || {
        assert_eq!(std::process::id() == 1, faults_are_injected());
        use_it();
        mark();
        assert!(returns_in_a_fork(|| {
            std::thread::spawn(use_it).join().expect("no panic");
            assert!(is_told());
        }));
        mark();
        Ok(())
    };
    calls_of(&["inject=getpid:retval=1"], scenario, |_| ())
}

#[test]
fn promise_6_a_forked_child_is_told_and_does_not_disturb_its_parent() {
    alone(|| fork().expect("the parent is not disturbed"));
}

fn fork() -> io::Result<()> {
    let (stream, mut peer) = tcp_pair()?;
    let (other, mut other_peer) = tcp_pair()?;
    let mut other = Some(other);
    block_on(async {
        assert!(poll_once(stream.readable()).await.is_none());
        assert!(poll_once(other.as_ref().expect("kept").readable()).await.is_none());
    });
    let child = returns_in_a_fork(|| {
        assert!(is_told());
        drop(other.take()); // the child's copy
        // On a thread of its own the child has a reactor of its own.
        let own = std::thread::spawn(|| {
            use_it();
            let (mut stream, mut peer) = tcp_pair()?;
            peer.write_all(b"own")?;
            block_on(timeout(SOON, stream.read(&mut [0; 8])))?
        });
        assert_eq!(own.join().expect("no panic").expect("read"), 3);
        assert!(is_told());
    });
    assert!(child, "the child was told, and had a reactor of its own");
    // Here both are heard of as before.
    peer.write_all(b"!")?;
    other_peer.write_all(b"!")?;
    block_on(async {
        timeout(SOON, stream.readable()).await??;
        timeout(SOON, other.expect("kept").readable()).await??;
        Ok(())
    })
}
