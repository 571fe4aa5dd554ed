//! The load on an echo server: `connections` of them, each sending 64 bytes again as soon as its
//! answer is whole, or, paced, one request after a pause, so that the server sleeps in between.
//!
//! It also holds idle connections. Its process reads the server's CPU time before and after, while
//! both sides are quiet.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::floor::EVENTS;
use crate::probe::{cpu_ns_of, resident_bytes_of};
use crate::work::Outcome;

/// The size of a request and of its answer.
const BYTES: usize = 64;

/// The pause between two paced requests: enough for any server to fall asleep.
const PAUSE: Duration = Duration::from_micros(400);

/// How long a server is left alone before its counters are read.
const QUIET: Duration = Duration::from_millis(60);

struct Connection {
    stream: TcpStream,
    received: usize,
}

/// Sends `requests` over `connections`, and gives the CPU time of server `pid` for each.
pub fn echo(to: SocketAddr, pid: u32, connections: usize, requests: usize) -> io::Result<Outcome> {
    let mut all = open(to, connections)?;
    flood(&mut all, connections * 4)?;
    thread::sleep(QUIET);
    let before = cpu_ns_of(pid)?;
    let start = Instant::now();
    flood(&mut all, requests)?;
    let wall = start.elapsed();
    thread::sleep(QUIET);
    let cpu = cpu_ns_of(pid)? - before;
    let each = |nanos: f64| nanos / requests as f64;
    Ok(Outcome::default()
        .and("cpu_ns", each(cpu as f64))
        .and("wall_ns", each(wall.as_nanos() as f64)))
}

/// Sends `requests` over one connection with a pause after each.
pub fn paced(to: SocketAddr, requests: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    let mut answer = [0; BYTES];
    for _ in 0..requests {
        stream.write_all(&[7; BYTES])?;
        stream.read_exact(&mut answer)?;
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Sends `requests` over `connections`, all of them busy: the load behind a count of system calls.
pub fn busy(to: SocketAddr, connections: usize, requests: usize) -> io::Result<()> {
    flood(&mut open(to, connections)?, requests)
}

/// Opens `connections`, each answered once, and gives what the server grew by for each.
pub fn idle(to: SocketAddr, pid: u32, connections: usize) -> io::Result<Outcome> {
    open(to, 8)?;
    thread::sleep(QUIET);
    let before = resident_bytes_of(pid)?;
    let all = open(to, connections)?;
    thread::sleep(QUIET);
    let grown = resident_bytes_of(pid)?.saturating_sub(before);
    drop(all);
    Ok(Outcome::default().and("bytes", grown as f64 / connections as f64))
}

/// Opens connections one after the other, and has each answered, so that the listener's short queue
/// never overflows (a lost SYN is sent again after a second).
fn open(to: SocketAddr, count: usize) -> io::Result<Vec<Connection>> {
    (0..count)
        .map(|_| {
            let mut stream = TcpStream::connect(to)?;
            stream.set_nodelay(true)?;
            stream.write_all(&[7; BYTES])?;
            stream.read_exact(&mut [0; BYTES])?;
            stream.set_nonblocking(true)?;
            Ok(Connection { stream, received: 0 })
        })
        .collect()
}

/// Keeps one request under way on each connection until `requests` were answered.
fn flood(all: &mut [Connection], requests: usize) -> io::Result<()> {
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    let (mut sent, mut answered) = (0, 0);
    for (index, connection) in all.iter_mut().enumerate() {
        let data = EventData::new_u64(index as u64);
        epoll::add(&poll, &connection.stream, data, EventFlags::IN)?;
        if sent < requests {
            connection.stream.write_all(&[7; BYTES])?;
            sent += 1;
        }
    }
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
    let mut buffer = [0; BYTES];
    while answered < requests {
        events.clear();
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            let connection = &mut all[event.data.u64() as usize];
            let length = connection.stream.read(&mut buffer)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            connection.received += length;
            if connection.received < BYTES {
                continue;
            }
            connection.received -= BYTES;
            answered += 1;
            if sent < requests {
                connection.stream.write_all(&[7; BYTES])?;
                sent += 1;
            }
        }
    }
    Ok(())
}
