//! UDP and Unix sockets, by path, by abstract name and in pairs.

use super::*;
use futures_lite::future::try_zip;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use wakeful_tests::trace::AtDrop;

/// A path in a folder that goes away with the second.
fn path(name: &str) -> io::Result<(PathBuf, AtDrop<impl FnMut()>)> {
    let folder = std::env::temp_dir().join(format!("wakeful-{name}-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let path = folder.join("socket");
    Ok((path, AtDrop(move || drop(std::fs::remove_dir_all(&folder)))))
}

/// A greeting each way between whoever listens at a path and whoever connects to it.
async fn greet_at(path: &Path) -> io::Result<()> {
    let listener = Async::<UnixListener>::bind(path)?;
    let client = async {
        let mut stream = Async::<UnixStream>::connect(path).await?;
        stream.write_all(b"hello").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let server = async {
        let (mut stream, _) = listener.accept().await?;
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await?;
        stream.write_all(b"howdy").await?;
        io::Result::Ok(greeting)
    };
    let (answer, greeting) = timeout(SOON, try_zip(client, server)).await??;
    assert_eq!((&answer, &greeting), (b"howdy", b"hello"));
    Ok(())
}

#[test]
fn unix_streams_connect_by_path_and_by_abstract_name() -> io::Result<()> {
    let (path, _folder) = path("stream")?;
    block_on(greet_at(&path))?;
    if cfg!(any(target_os = "linux", target_os = "android")) {
        block_on(greet_at(Path::new(&format!("\0wakeful-{}", std::process::id()))))?;
    }
    Ok(())
}

#[test]
fn connecting_to_a_socket_without_a_listener_is_refused() -> io::Result<()> {
    let (path, _folder) = path("refused")?;
    drop(Async::<UnixListener>::bind(&path)?);
    let error = block_on(Async::<UnixStream>::connect(&path)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let error = Async::<UnixListener>::bind(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    Ok(())
}

#[test]
fn a_full_listener_is_tried_again_until_there_is_room() -> io::Result<()> {
    let (path, _folder) = path("full")?;
    block_on(async {
        let listener = Async::<UnixListener>::bind(&path)?;
        rustix::net::listen(&listener, 0)?;
        let _first = Async::<UnixStream>::connect(&path).await?;
        {
            // Pauses of 1, 2, 4, ... milliseconds, and of 100 at most.
            let _clock = Clock::virtual_time();
            let before = Metrics::now().timers_fired;
            let second = timeout(1_000 * MS, Async::<UnixStream>::connect(&path));
            assert!(second.await.is_err(), "the queue is full");
            assert_eq!(Metrics::now().timers_fired - before, 7 + 8 + 1);
        }
        let mut second = Box::pin(Async::<UnixStream>::connect(&path));
        assert!(poll_once(second.as_mut()).await.is_none(), "the queue is full");
        let accept = async {
            sleep(5 * MS).await;
            listener.incoming().take(2).try_collect::<_, _, Vec<_>>().await
        };
        timeout(SOON, try_zip(second, accept)).await??;
        Ok(())
    })
}

#[test]
fn unix_datagrams_go_by_path_and_in_pairs() -> io::Result<()> {
    let (path, _folder) = path("datagram")?;
    block_on(async {
        let mut buffer = [0; 64];
        let named = Async::<UnixDatagram>::bind(&path)?;
        let nameless = Async::<UnixDatagram>::unbound()?;
        assert_eq!(nameless.send_to(b"to a path", &path).await?, 9);
        let (len, from) = named.recv_from(&mut buffer).await?;
        assert_eq!((&buffer[..len], from.is_unnamed()), (&b"to a path"[..], true));
        let missing = nameless.send_to(b"?", path.with_file_name("nobody")).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);

        let (a, b) = Async::<UnixDatagram>::pair()?;
        a.send(b"one").await?;
        a.send(b"two").await?;
        for expected in [b"one", b"two"] {
            let len = b.recv(&mut buffer).await?;
            assert_eq!(&buffer[..len], expected);
        }
        assert!(poll_once(b.recv(&mut buffer)).await.is_none());
        Ok(())
    })
}

fn udp() -> io::Result<Async<UdpSocket>> {
    Async::<UdpSocket>::bind((Ipv4Addr::LOCALHOST, 0))
}

#[test]
fn udp_sends_receives_and_peeks_with_and_without_a_peer() -> io::Result<()> {
    block_on(async {
        let (a, b) = (udp()?, udp()?);
        let (at_a, at_b) = (a.get_ref().local_addr()?, b.get_ref().local_addr()?);
        let mut buffer = [0; 64];
        a.send_to(b"first", at_b).await?;
        assert_eq!(timeout(SOON, b.peek_from(&mut buffer)).await??, (5, at_a));
        assert_eq!(timeout(SOON, b.recv_from(&mut buffer)).await??, (5, at_a));
        a.get_ref().connect(at_b)?;
        b.get_ref().connect(at_a)?;
        b.send(b"second").await?;
        assert_eq!(timeout(SOON, a.peek(&mut buffer)).await??, 6);
        assert_eq!(timeout(SOON, a.recv(&mut buffer)).await??, 6);
        assert_eq!(&buffer[..6], b"second");
        Ok(())
    })
}

#[test]
fn a_short_datagram_does_not_hide_the_next_one() -> io::Result<()> {
    // Only a stream's short read says that no more is there.
    block_on(async {
        let (a, b) = (udp()?, udp()?);
        let mut buffer = [0; 64];
        assert!(poll_once(b.recv(&mut buffer)).await.is_none());
        for byte in 0..10 {
            a.send_to(&[byte], b.get_ref().local_addr()?).await?;
        }
        for byte in 0..10 {
            assert_eq!(timeout(SOON, b.recv(&mut buffer)).await??, 1);
            assert_eq!(buffer[0], byte);
        }
        Ok(())
    })
}

#[test]
fn a_unix_stream_s_short_read_does_not_hide_what_is_behind_a_passed_descriptor() -> io::Result<()> {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;
    // The kernel ends a read after a message that carries a descriptor, whatever is behind it.
    let (a, mut b) = Async::<UnixStream>::pair()?;
    block_on(async {
        let mut buffer = [0; 64];
        assert!(poll_once(b.read(&mut buffer)).await.is_none());
        let fds = [a.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
        let part = [io::IoSlice::new(b"with a descriptor")];
        sendmsg(&a, &part, &mut control, SendFlags::empty())?;
        a.get_ref().write_all(b", and behind")?;
        let mut all = Vec::new();
        while !all.ends_with(b"behind") {
            let n = timeout(SOON, b.read(&mut buffer)).await??;
            all.extend_from_slice(&buffer[..n]);
        }
        assert_eq!(all, b"with a descriptor, and behind");
        Ok(())
    })
}
