//! The reactor's timers against a list of what is known of each, on virtual time.
//!
//! Which wakes a turn brings, and in which order, is exact; so is what each poll gives.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_lite::Stream;
use wakeful_reactor::{Clock, Metrics, Timer, VirtualClock, block_on};

use super::turn;
use crate::hand::{WakeLog, Woken};
use crate::model::Choices;

/// Timers in hand at most: their names are the numbers below.
const TIMERS: usize = 8;
/// Polls between two turns at most. After 128 timers that were due at once the reactor lets others
/// have a turn, which is not this model's subject.
const POLLS: usize = 100;

/// Nanoseconds since the run began; deadlines before that are negative.
type Nanos = i128;

/// What is known of one timer.
#[derive(Clone, Copy, Default)]
struct Known {
    when: Option<Nanos>,
    period: Option<Nanos>,
    /// The waker that a poll has left, until a turn has called it.
    waker: Option<Woken>,
    /// The number of its arming, while it is armed.
    order: Option<u64>,
    /// A turn has called the waker, and no poll has said so yet.
    fired: bool,
    polls: u32,
}

#[derive(Default)]
struct Model {
    now: Nanos,
    armings: u64,
    known: [Known; TIMERS],
}

impl Model {
    fn armed(&self) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(|known| known.order.is_some())
    }

    fn next(&self) -> Option<Nanos> {
        self.armed().filter_map(|known| known.when).min()
    }

    fn arm(&mut self, name: usize) {
        let known = &mut self.known[name];
        self.armings += 1;
        known.order = known.when.map(|_| self.armings);
    }

    fn drop(&mut self, name: usize) {
        self.known[name] = Known { polls: self.known[name].polls, ..Known::default() };
    }

    /// A waiting timer goes on waiting, for the new moment; one that has fired has not, any more.
    fn set(&mut self, name: usize, when: Option<Nanos>, period: Option<Nanos>) {
        let known = &mut self.known[name];
        (known.when, known.period, known.fired, known.order) = (when, period, false, None);
        if known.waker.is_some() {
            self.arm(name);
        }
    }

    fn poll(&mut self, name: usize) -> Option<Nanos> {
        let known = &mut self.known[name];
        known.polls += 1;
        if let Some(when) = known.when.filter(|&when| known.fired || self.now >= when) {
            (known.waker, known.fired, known.order) = (None, false, None);
            known.when = known.period.map(|period| when + period);
            return Some(when);
        }
        known.waker = Some((name, known.polls));
        if known.order.is_none() {
            self.arm(name);
        }
        None
    }

    /// Whom a turn wakes now: by deadline, and in the order of arming.
    fn expire(&mut self) -> Vec<Woken> {
        let is_due = |known: &&mut Known| known.order.is_some() && known.when <= Some(self.now);
        let mut due: Vec<_> = self.known.iter_mut().filter(is_due).collect();
        due.sort_by_key(|known| (known.when, known.order));
        let fire = |known: &mut Known| {
            (known.order, known.fired) = (None, true);
            known.waker.take()
        };
        due.into_iter().filter_map(fire).collect()
    }
}

/// Moments that tie often, and some that are far apart.
fn nanos(choice: usize) -> Nanos {
    let scale = [1, 1_000, 1_000_000, 3_600_000_000_000][choice / 8 % 4];
    (choice % 8) as Nanos * scale
}

fn span(nanos: Nanos) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).expect("not negative, and years at most"))
}

struct Run {
    model: Model,
    timers: [Option<Timer>; TIMERS],
    clock: VirtualClock,
    base: Instant,
    log: WakeLog,
    polls: usize,
}

impl Run {
    fn instant(&self, nanos: Nanos) -> Instant {
        if nanos < 0 { self.base - span(-nanos) } else { self.base + span(nanos) }
    }

    /// A moment for an `Instant`: before, at, or after now.
    fn moment(&self, choice: usize) -> Nanos {
        match choice % 2 {
            0 => self.model.now + nanos(choice / 2),
            _ => (self.model.now - nanos(choice / 2 % 24)).max(-1_000_000),
        }
    }

    /// Makes a timer (the first six operations) or sets one.
    fn set(&mut self, name: usize, op: usize, at: usize) {
        let (now, length, moment) = (self.model.now, nanos(at % 32), self.moment(at));
        let (span, instant) = (span(length), self.instant(moment));
        let place = &mut self.timers[name];
        match (op, &mut *place) {
            (0, _) => *place = Some(Timer::after(span)),
            (1, _) => *place = Some(Timer::at(instant)),
            (2, _) => *place = Some(Timer::interval(span)),
            (3, _) => *place = Some(Timer::interval_at(instant, span)),
            (4, _) => *place = Some(Timer::after(Duration::MAX)),
            (5, _) => *place = Some(Timer::never()),
            (_, None) => return,
            (6, Some(timer)) => timer.set_after(span),
            (7, Some(timer)) => timer.set_at(instant),
            (8, Some(timer)) => timer.set_interval(span),
            (9, Some(timer)) => timer.set_interval_at(instant, span),
            (_, Some(timer)) => timer.clear(),
        }
        if op < 6 {
            self.model.drop(name);
        }
        let (when, period) = match op % 6 {
            0 => (Some(now + length), None),
            1 => (Some(moment), None),
            2 => (Some(now + length), Some(length)),
            3 => (Some(moment), Some(length)),
            _ => (None, None),
        };
        self.model.set(name, when, period);
    }

    fn poll(&mut self, name: usize) {
        let Some(timer) = &mut self.timers[name] else { return };
        let expected = self.model.poll(name);
        let waker = self.log.waker((name, self.model.known[name].polls));
        let polled = match Pin::new(timer).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(instant) => instant,
            Poll::Pending => None,
        };
        let expected = expected.map(|nanos| self.instant(nanos));
        assert_eq!(polled, expected, "timer {name}");
        self.polls += 1;
    }

    async fn turn(&mut self) {
        turn().await;
        self.polls = 0;
        let woken = self.model.expire();
        assert_eq!(self.log.take(), woken, "woken in a turn");
    }

    /// Nothing can run: the clock jumps to the next moment.
    async fn jump(&mut self) {
        let Some(next) = self.model.next() else { return };
        self.model.now = self.model.now.max(next);
        self.log.wake().await;
        self.polls = 0;
        let woken = self.model.expire();
        assert_eq!(self.log.take(), woken, "woken by a jump");
        assert_eq!(Clock::now(), self.instant(self.model.now), "the clock after a jump");
    }

    async fn step(&mut self, op: usize, name: usize, at: usize) {
        match op {
            0..11 => self.set(name, op, at),
            11..18 => self.poll(name),
            18 => {
                self.timers[name] = None;
                self.model.drop(name);
            }
            19 => {
                self.clock.advance(span(nanos(at % 32)));
                self.model.now += nanos(at % 32);
            }
            20 | 21 => self.jump().await,
            _ => self.turn().await,
        }
        if self.polls > POLLS {
            self.turn().await;
        }
        let will_fire = self.timers[name].as_ref().is_some_and(Timer::will_fire);
        assert_eq!(will_fire, self.model.known[name].when.is_some());
        assert_eq!(Metrics::now().timers, self.model.armed().count(), "timers armed");
    }
}

/// Runs timers and their model side by side.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let clock = Clock::virtual_time();
    let mut run = Run {
        model: Model::default(),
        timers: [const { None }; TIMERS],
        clock,
        base: Clock::now(),
        log: WakeLog::default(),
        polls: 0,
    };
    block_on(async {
        // What an earlier run on this thread has used up of the reactor's patience is its own.
        turn().await;
        while let (Some(op), Some(name), Some(at)) =
            (choices.pick(24), choices.pick(TIMERS), choices.pick(256))
        {
            run.step(op, name, at).await;
        }
    });
    drop(run.timers);
    assert_eq!(Metrics::now().timers, 0, "a dropped timer is disarmed");
}
