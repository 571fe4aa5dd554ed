//! A thousand connections to one thread. Half of them fail, each in one of five ways; every byte of
//! the other half is checked, and each failure ends its own connection with its own error.

use super::*;
use io::ErrorKind::{ConnectionReset, TimedOut, UnexpectedEof};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::net::Shutdown;
use wakeful_tests::sockets;

const CONNECTIONS: u32 = 1_000;
const CLIENT_THREADS: u32 = 10;
/// How long the server waits for a request, or for room for its answer: on virtual time, which is
/// held until the clients have done what they do.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a client that never reads asks for: more than all buffers hold.
const TOO_MUCH: u32 = 16 << 20;

static EXECUTOR: Executor<{ CONNECTIONS as usize + 1 }, 1024> = Executor::new();

/// Byte `i` of the answer to `seed`.
fn byte(seed: u32, i: u32) -> u8 {
    (seed.wrapping_mul(31).wrapping_add(i).wrapping_mul(2_654_435_761) >> 24) as u8
}

fn answer_len(seed: u32) -> u32 {
    1 + seed * 37 % 20_000
}

/// A request is `RQ`, a seed and a length; the answer is that many bytes of the seed's pattern.
fn request(seed: u32, len: u32) -> Vec<u8> {
    [b"RQ".as_slice(), &seed.to_le_bytes(), &len.to_le_bytes()].concat()
}

async fn serve(mut stream: Async<TcpStream>) -> io::Result<()> {
    let mut request = [0; 10];
    timeout(PATIENCE, stream.read_exact(&mut request)).await??;
    let [b'R', b'Q', a, b, c, d, e, f, g, h] = request else {
        return Err(ErrorKind::InvalidData.into());
    };
    let (seed, len) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    let mut part = Vec::with_capacity(4096);
    for start in (0..len).step_by(4096) {
        part.clear();
        part.extend((start..len.min(start + 4096)).map(|i| byte(seed, i)));
        timeout(PATIENCE, stream.write_all(&part)).await??;
    }
    // The client ends first; whoever does not, or says more, is not one of ours.
    match timeout(PATIENCE, stream.read(&mut [0; 1])).await?? {
        0 => Ok(()),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

/// One way to fail. What stays open is given back, to be closed when all is over.
fn fail(way: u32, mut stream: TcpStream, seed: u32) -> io::Result<Option<TcpStream>> {
    let whole = request(seed, if way < 3 { answer_len(seed) } else { TOO_MUCH });
    let said = [5, 5, 9, 10, 10][way as usize];
    stream.write_all(&whole[..said])?;
    if way == 4 {
        stream.read_exact(&mut [0; 1000])?;
    }
    match way {
        0 => {}                           // ends after half a request
        1 | 4 => sockets::reset(stream)?, // after half a request, in the middle of the answer
        _ => return Ok(Some(stream)),     // says all but the last byte, or never reads
    }
    Ok(None)
}

/// A whole request, in pieces, and every byte of its answer.
fn succeed(mut stream: TcpStream, seed: u32) -> io::Result<()> {
    let len = answer_len(seed);
    for piece in request(seed, len).chunks(1 + seed as usize % 10) {
        stream.write_all(piece)?;
    }
    if seed.is_multiple_of(3) {
        stream.shutdown(Shutdown::Write)?; // the answer still comes
    }
    let mut answer = vec![0; len as usize];
    stream.read_exact(&mut answer)?;
    match (0..len).find(|&i| answer[i as usize] != byte(seed, i)) {
        None => Ok(()),
        Some(at) => Err(io::Error::other(format!("byte {at} of the answer to {seed} is wrong"))),
    }
}

/// The connections of one client thread, all open at once. Those that are never ended come back.
fn clients(address: SocketAddr, seeds: impl Iterator<Item = u32>) -> io::Result<Vec<TcpStream>> {
    let open = seeds.map(|seed| Ok((seed, TcpStream::connect(address)?)));
    let open = open.collect::<io::Result<Vec<_>>>()?;
    let mut kept = Vec::new();
    for (seed, stream) in open {
        match seed % 2 {
            0 => succeed(stream, seed)?,
            _ => kept.extend(fail(seed / 2 % 5, stream, seed)?),
        }
    }
    Ok(kept)
}

#[test]
fn each_connection_of_a_thousand_fails_or_succeeds_by_itself() -> io::Result<()> {
    // Two descriptors a connection are more than the usual soft limit.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let local = EXECUTOR.take().expect("taken once");
    let _clock = Clock::virtual_time();
    let hold = Clock::hold();
    let outcomes = block_on(local.run_until(async {
        let listener = Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Accepted connections inherit it.
        rustix::net::sockopt::set_socket_send_buffer_size(&listener, 65_536)?;
        let (all_done, done) = UnixStream::pair()?;
        let mut all_done = Async::new(all_done)?;
        let address = listener.get_ref().local_addr()?;
        let threads: io::Result<Vec<_>> = (0..CLIENT_THREADS)
            .map(|first| {
                let seeds = (first..CONNECTIONS).step_by(CLIENT_THREADS as usize);
                let done = done.try_clone()?;
                Ok(thread::spawn(move || {
                    let kept = clients(address, seeds);
                    (&done).write_all(b".")?;
                    kept
                }))
            })
            .collect();
        let mut tasks = Vec::new();
        for _ in 0..CONNECTIONS {
            let (stream, _) = listener.accept().await?;
            tasks.push(local.spawn(serve(stream)).expect("there is room"));
        }
        all_done.read_exact(&mut [0; CLIENT_THREADS as usize]).await?;
        let kept: Vec<_> = threads?.into_iter().map(thread::JoinHandle::join).collect();
        // From here on nothing can happen but that the server loses its patience.
        drop(hold);
        let mut outcomes = BTreeMap::new();
        for task in tasks {
            let failure = task.await.err().map(|error| error.kind());
            *outcomes.entry(failure).or_insert(0_u32) += 1;
        }
        for kept in kept {
            kept.expect("no client panics")?;
        }
        io::Result::Ok(outcomes)
    }))?;
    // Five ways of a hundred each: an end and a reset before the request is whole, a silence, a
    // closed window, and a reset in the answer.
    let failed = [(ConnectionReset, 200), (TimedOut, 200), (UnexpectedEof, 100)];
    let failed = failed.map(|(kind, count)| (Some(kind), count));
    assert_eq!(outcomes, BTreeMap::from_iter(failed.into_iter().chain([(None, 500)])));
    let metrics = Metrics::now();
    assert_eq!((metrics.sources, metrics.timers), (0, 0));
    Ok(())
}
