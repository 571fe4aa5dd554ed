//! TCP over the reactor: what arrives, in which order, and what happens when a side ends.

use super::*;
use wakeful_reactor::{Hold, Incoming, Readable, Timeout, VirtualClock, Writable};
use wakeful_tests::sockets::async_tcp_pair;

#[test]
fn connecting_where_nobody_listens_is_refused_and_says_where() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    drop(listener);
    let error = block_on(Async::<TcpStream>::connect(address)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().starts_with(&format!("connecting to {address}: ")), "{error}");
    Ok(())
}

#[test]
fn incoming_yields_one_connection_after_the_other() -> io::Result<()> {
    block_on(async {
        let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
        let address = listener.get_ref().local_addr()?;
        let mut incoming = pin!(listener.incoming());
        for i in 0..3 {
            let mut client = TcpStream::connect(address)?;
            client.write_all(&[i])?;
            let mut server = incoming.next().await.expect("it does not end")?;
            let mut byte = [9];
            server.read_exact(&mut byte).await?;
            assert_eq!(byte, [i]);
        }
        // An error that is no shortage: the next accept is tried without a pause.
        rustix::net::shutdown(listener.get_ref(), rustix::net::Shutdown::Both)?;
        for _ in 0..2 {
            let error = poll_once(incoming.next()).await.expect("at once").expect("no end");
            let error = error.expect_err("it listens no more");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().starts_with("accepting a connection: "), "{error}");
        }
        Ok(())
    })
}

#[test]
fn a_second_registration_is_refused_and_the_first_goes_on() -> io::Result<()> {
    block_on(async {
        let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
        let error = Async::new(&listener).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let address = listener.get_ref().local_addr()?;
        let (accepted, connected) =
            zip(listener.accept(), Async::<TcpStream>::connect(address)).await;
        accepted?;
        connected?;
        Ok(())
    })
}

#[test]
fn new_makes_a_handle_non_blocking_and_new_nonblocking_takes_your_word_for_it() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let is_nonblocking = |io: &TcpListener| -> io::Result<bool> {
        let flags = rustix::fs::fcntl_getfl(io)?;
        Ok(flags.contains(rustix::fs::OFlags::NONBLOCK))
    };
    let listener = Async::new_nonblocking(listener)?;
    assert!(!is_nonblocking(listener.get_ref())?, "it was left alone");
    let listener = Async::new(listener.into_inner()?)?;
    assert!(is_nonblocking(listener.get_ref())?);
    // And it stays so when it is taken out.
    assert!(is_nonblocking(&listener.into_inner()?)?);
    Ok(())
}

#[test]
fn an_event_for_writing_does_not_keep_a_reader_from_seeing_that_nothing_is_there() -> io::Result<()>
{
    block_on(async {
        let (a, b) = async_tcp_pair().await?;
        // No room for a, and b about to make some.
        while a.get_ref().write(&[1; 65_536]).is_ok() {}
        assert!(poll_once(a.writable()).await.is_none());
        let mut reads = 0;
        let read = a.read_with(|mut io| {
            reads += 1;
            let blocked = io::Read::read(&mut io, &mut [0; 8]);
            if reads == 1 {
                // The writer's event comes while the read is finding nothing.
                let mut drained = vec![0; 1 << 20];
                block_on(async {
                    while let Some(n) = poll_once((&b).read(&mut drained)).await {
                        n?;
                        sleep(MS).await;
                    }
                    io::Result::Ok(())
                })?;
            }
            blocked
        });
        let feed = async {
            sleep(2 * MS).await;
            (&b).write_all(b"late").await
        };
        let (read, fed) = zip(read, feed).await;
        fed?;
        assert_eq!((read?, reads), (4, 2), "once in vain, once for the data");
        Ok(())
    })
}

/// Two ways to find `answer` where the type is `Send`, so that naming it does not compile there.
trait StaysOnItsThread<Way> {
    fn answer() -> bool {
        true
    }
}
struct IfSend;
impl<T: ?Sized> StaysOnItsThread<()> for T {}
impl<T: ?Sized + Send> StaysOnItsThread<IfSend> for T {}

#[test]
fn handles_timers_and_their_futures_stay_on_their_thread() {
    // That this compiles is the test.
    fn stays<Way, T: StaysOnItsThread<Way> + ?Sized>() -> bool {
        T::answer()
    }
    assert!(stays::<_, Async<TcpStream>>() && stays::<_, Timer>() && stays::<_, Timeout<()>>());
    assert!(stays::<_, Readable<'_, TcpStream>>() && stays::<_, Writable<'_, TcpStream>>());
    assert!(stays::<_, Incoming<'_, TcpListener>>());
    assert!(stays::<_, VirtualClock>() && stays::<_, Hold>());
}

#[test]
fn vectored_reads_and_writes_move_all_parts() -> io::Result<()> {
    block_on(async {
        let (stream, peer) = async_tcp_pair().await?;
        let parts = [io::IoSlice::new(b"three "), io::IoSlice::new(b"four")];
        assert_eq!((&peer).write_vectored(&parts).await?, 10);
        let (mut first, mut second) = ([0; 6], [0; 16]);
        let mut parts = [io::IoSliceMut::new(&mut first), io::IoSliceMut::new(&mut second)];
        assert_eq!((&stream).read_vectored(&mut parts).await?, 10);
        assert_eq!((&first[..], &second[..4]), (&b"three "[..], &b"four"[..]));
        Ok(())
    })
}
