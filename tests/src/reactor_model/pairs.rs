//! A connected pair of streams against two byte queues.
//!
//! What is read must be what was written, in order; a poll may be pending only while there is
//! nothing to say; and whoever waits is woken in a turn once there is, and nobody else
//! ever is. (The reactor hears of news in turns: until then it may go by what it knows.)
//! Over a Unix pair all of this is immediate. Over TCP bytes may be on their way, so there a turn
//! is repeated until they have come.

mod end;

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use wakeful_reactor::{Async, Metrics, block_on};

use self::end::{End, Polled, Side, Sock};
use super::turn;
use crate::hand::WakeLog;
use crate::model::Choices;
use crate::sockets::async_tcp_pair;

/// What the queues carry: the byte at a place follows from the place alone. The period is prime, so
/// that a block that is lost or doubled shows.
const PERIOD: usize = 65_521;
static PATTERN: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..PERIOD * 3).map(|n| (n % PERIOD * 7 % 251) as u8).collect());

/// The bytes from a place on; at most two periods.
fn pattern(place: usize, len: usize) -> &'static [u8] {
    let start = place % PERIOD;
    &PATTERN[start..start + len]
}

/// Whether the system tells of news that nobody waits for. poll(2) is asked only while somebody
/// does, so there a poll may be pending until the next turn, whatever the queues say.
const TOLD_UNASKED: bool = cfg!(not(polling_test_poll_backend));

/// More than the system is told to hold of a Unix stream: little has to be copied until it is full.
const LARGEST: usize = 16_000;
const HELD: usize = 8_192;

/// Against a hang, not a measure.
const PATIENCE: Duration = Duration::from_secs(30);

/// What flows towards one end.
#[derive(Default)]
struct Queue {
    written: usize,
    read: usize,
    /// The other end has shut down its writing, or is gone.
    ended: bool,
    /// The other end went with bytes unread: the end of this queue is an error, once.
    reset: bool,
    /// Who read, or waited to, found nothing, and no turn has come since in which the reactor could hear of more.
    dry: bool,
    /// Who wrote, or waited to, found no room, and no turn has come since.
    full: bool,
}

impl Queue {
    fn has_news(&self) -> bool {
        self.written > self.read || self.ended
    }
}

struct Run<T: Sock> {
    buffer: Vec<u8>,
    ends: [End<T>; 2],
    /// The queue with an end's number flows towards it.
    queues: [Queue; 2],
    log: WakeLog,
    /// Bytes are there as soon as they are written.
    immediate: bool,
}

/// What a write may be of: a few bytes, or more than the system holds if it is repeated.
fn size(choice: usize) -> usize {
    [1, 3, 100, 1_000, 4_000, LARGEST][choice % 6]
}

impl<T: Sock> Run<T> {
    fn write(&mut self, at: usize, len: usize) {
        let other = 1 - at;
        if !self.immediate && self.ends[other].is_gone() {
            // The answer would be a reset, and when it comes is the network's affair.
            return;
        }
        let queue = &mut self.queues[other];
        match self.ends[at].write(pattern(queue.written, len), &self.log) {
            Polled::Ready(Ok(n)) => {
                assert!((1..=len).contains(&n), "wrote {n} of {len}");
                assert!(!queue.ended, "wrote after the end");
                queue.written += n;
            }
            Polled::Ready(Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
                assert!(queue.ended || self.ends[other].is_gone(), "a pipe that is whole");
            }
            Polled::Pending => {
                let unread = queue.written - queue.read;
                let hidden = !TOLD_UNASKED || queue.full;
                assert!(hidden || unread > 0, "no room though all has been read");
                queue.full = true;
            }
            Polled::GaveWay | Polled::Gone => {}
        }
    }

    /// Reads once; whether there may be more.
    fn read(&mut self, at: usize, len: usize) -> bool {
        let immediate = self.immediate;
        let queue = &mut self.queues[at];
        let unread = queue.written - queue.read;
        let buffer = &mut self.buffer[..len];
        match self.ends[at].read(buffer, &self.log) {
            Polled::Ready(Ok(0)) => {
                assert!(queue.ended && unread == 0, "an end with {unread} bytes unread");
                assert!(!queue.reset, "a reset that was not told");
                false
            }
            Polled::Ready(Ok(n)) => {
                assert!(n <= unread, "read {n}, but only {unread} were written");
                assert!(buffer[..n] == *pattern(queue.read, n), "other bytes than were written");
                queue.read += n;
                true
            }
            Polled::Ready(Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
                assert!(queue.reset && unread == 0, "a reset out of turn");
                queue.reset = false;
                true
            }
            Polled::Pending => {
                let hidden = !TOLD_UNASKED || !immediate || queue.dry;
                assert!(hidden || !queue.has_news(), "pending with {unread} bytes unread");
                queue.dry = true;
                false
            }
            Polled::GaveWay | Polled::Gone => false,
        }
    }

    fn wait(&mut self, at: usize, choice: usize) {
        // One who has to wait has found out as much as a read or a write would have.
        match self.ends[at].wait(choice, &self.log) {
            Some(Side::Read) => self.queues[at].dry = true,
            Some(Side::Write) => self.queues[1 - at].full = true,
            None => {}
        }
    }

    fn shut_down(&mut self, at: usize) {
        if self.ends[at].shut_down() {
            self.queues[1 - at].ended = true;
        }
    }

    fn drop(&mut self, at: usize) {
        let unread = self.queues[at].written > self.queues[at].read;
        if self.ends[at].is_gone() || (!self.immediate && unread) {
            return;
        }
        self.ends[at].drop();
        self.queues[1 - at].ended = true;
        self.queues[1 - at].reset = unread;
    }

    /// Whether an end that waits on a side has something to hear, be it that it was dropped.
    fn has_news(&self, at: usize, side: Side) -> bool {
        if self.ends[at].is_gone() {
            return true;
        }
        let towards = &self.queues[1 - at];
        match side {
            Side::Read => self.queues[at].has_news(),
            // When the reader has read everything there is room again, whatever the system's rule.
            Side::Write => towards.read == towards.written || self.ends[1 - at].is_gone(),
        }
    }

    /// A turn: who was woken did wait, and who has something to hear was woken.
    async fn turn(&mut self) {
        let begun = Instant::now();
        loop {
            turn().await;
            for woken in self.log.take() {
                let waited = self.ends.iter_mut().any(|end| end.was_woken(woken));
                assert!(waited, "{woken:?} was woken and did not wait");
            }
            let lost = [0, 1].into_iter().any(|at| {
                let waits = |side| self.ends[at].waits(side) && self.has_news(at, side);
                waits(Side::Read) || waits(Side::Write)
            });
            if !lost {
                break;
            }
            assert!(!self.immediate, "a wake was lost");
            assert!(begun.elapsed() < PATIENCE, "a wake was lost");
        }
        for at in [0, 1] {
            self.queues[at].dry &= !self.has_news(at, Side::Read);
            self.queues[1 - at].full &= !self.has_news(at, Side::Write);
        }
    }

    async fn step(&mut self, op: usize, at: usize, choice: usize) {
        match op {
            0..4 => self.write(at, size(choice)),
            4..8 => drop(self.read(at, size(choice))),
            8 => while self.read(at, size(choice)) {},
            9..12 => self.wait(at, choice),
            12 => self.ends[at].give_up(choice),
            13 if choice < 64 => self.shut_down(at),
            14 if choice < 64 => self.drop(at),
            _ => self.turn().await,
        }
    }
}

async fn run_pair<T: Sock>(pair: (Async<T>, Async<T>), immediate: bool, choices: &mut Choices<'_>) {
    let mut run = Run {
        buffer: vec![0; LARGEST],
        ends: [End::new(0, pair.0), End::new(1, pair.1)],
        queues: Default::default(),
        log: WakeLog::default(),
        immediate,
    };
    while let (Some(op), Some(at), Some(choice)) =
        (choices.pick(16), choices.pick(2), choices.pick(256))
    {
        run.step(op, at, choice).await;
    }
    // Nothing is lost on the way: what was written can be read to the last byte.
    for at in [0, 1] {
        while !run.ends[at].is_gone() && run.queues[at].has_news() {
            let more = run.read(at, LARGEST);
            if !more && run.queues[at].read == run.queues[at].written {
                break;
            }
            run.turn().await;
        }
    }
    run.turn().await;
}

/// Runs a pair of streams and its model side by side: TCP where the first byte says so.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let sources = Metrics::now().sources;
    block_on(async {
        match choices.pick(8) {
            Some(0) => {
                let pair = async_tcp_pair().await.expect("loopback has room");
                for end in [&pair.0, &pair.1] {
                    end.get_ref().set_nodelay(true).expect("a connected socket");
                }
                run_pair(pair, false, &mut choices).await;
            }
            _ => {
                let pair = Async::<UnixStream>::pair().expect("descriptors are left");
                for end in [&pair.0, &pair.1] {
                    sockopt::set_socket_send_buffer_size(end, HELD).expect("a small buffer");
                }
                run_pair(pair, true, &mut choices).await;
            }
        }
    });
    assert_eq!(Metrics::now().sources, sources, "a dropped stream is deregistered");
}
