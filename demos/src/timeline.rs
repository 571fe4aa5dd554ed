//! Timelines: who ran when, and who waited for what, recorded and drawn.
//!
//! A [`Recorder`] has *lanes*, one a task (or thread). [`Recorder::watch`] wraps a future so that
//! each of its polls is recorded in a lane of its own; what lies between two polls is a *wait*. The
//! code being polled may say what it is about to wait for ([`waiting_for`]), and the wait gets that
//! name and a colour. [`Recorder::svg`] draws the lanes.
//!
//! Recording costs two looks at the clock a poll. Runs that are measured are not recorded.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

mod svg;

/// Collects what happens in a run. Clones share one record; it may be used from several threads.
#[derive(Clone)]
pub struct Recorder {
    start: Instant,
    record: Arc<Mutex<Record>>,
}

/// What was recorded: the title and the lanes, in the order of their first entry.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// What the picture is about.
    pub title: String,
    /// One a task or thread.
    pub lanes: Vec<Lane>,
}

/// One row of the picture. Times count from the recorder's making.
#[derive(Debug, Clone)]
pub struct Lane {
    /// The label at its left.
    pub name: String,
    /// When it came to be, by a spawn or otherwise.
    pub born: Duration,
    /// Each poll, in order of time.
    pub polls: Vec<Span>,
    /// When its future was ready or dropped; `None` while it lives.
    pub ended: Option<Duration>,
    /// How the lane ended, where someone said so.
    pub outcome: Outcome,
}

/// How a lane ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is known against it.
    Fine,
    /// Its work failed.
    Failed,
    /// It was dropped before it was ready.
    Dropped,
}

/// One poll, and what the lane waited for after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When the poll began.
    pub begin: Duration,
    /// When the poll ended.
    pub end: Duration,
    /// What the code said it would wait for after this poll.
    pub then: Option<&'static str>,
}

thread_local! {
    static WAITING_FOR: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Says what the code of the present poll is about to wait for. The last word before the poll ends
/// counts; without one, the lane goes on waiting for what it waited for before. Costs one store
/// where nothing is recorded.
pub fn waiting_for(what: &'static str) {
    WAITING_FOR.set(Some(what));
}

/// Names a lane of a recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneId(usize);

impl Recorder {
    /// An empty record whose clock starts now.
    pub fn new(title: impl Into<String>) -> Self {
        let record = Record {
            title: title.into(),
            lanes: Vec::new(),
        };
        Recorder {
            start: Instant::now(),
            record: Arc::new(Mutex::new(record)),
        }
    }

    /// Adds a lane that begins now.
    pub fn lane(&self, name: impl Into<String>) -> LaneId {
        let born = self.start.elapsed();
        let mut record = self.lock();
        let (name, polls) = (name.into(), Vec::new());
        record.lanes.push(Lane {
            name,
            born,
            polls,
            ended: None,
            outcome: Outcome::Fine,
        });
        LaneId(record.lanes.len() - 1)
    }

    /// Wraps `future` so that its polls are recorded in a new lane of this name.
    pub fn watch<F: Future>(&self, name: impl Into<String>, future: F) -> Watched<F> {
        let (recorder, lane) = (self.clone(), self.lane(name));
        Watched {
            recorder,
            lane,
            last: None,
            ready: false,
            future: Box::pin(future),
        }
    }

    /// Records that the lane ran from `begin` until now, then waits for `then`. For threads and for
    /// programs that drive their own steps; watched futures do it by themselves.
    pub fn ran(&self, lane: LaneId, begin: Instant, then: Option<&'static str>) {
        let begin = begin.saturating_duration_since(self.start);
        let end = self.start.elapsed();
        self.lock().lanes[lane.0]
            .polls
            .push(Span { begin, end, then });
    }

    /// Says that the lane is over, and how.
    pub fn ended(&self, lane: LaneId, outcome: Outcome) {
        let now = self.start.elapsed();
        let mut record = self.lock();
        let lane = &mut record.lanes[lane.0];
        lane.ended = lane.ended.or(Some(now));
        if lane.outcome == Outcome::Fine {
            lane.outcome = outcome;
        }
    }

    /// A copy of what was recorded so far.
    pub fn record(&self) -> Record {
        self.lock().clone()
    }

    /// The picture of what was recorded so far.
    pub fn svg(&self) -> String {
        svg::draw(&self.record())
    }

    /// A poisoned lock still holds a usable record: each entry is pushed whole.
    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A future whose polls are recorded. See [`Recorder::watch`].
///
/// # Cancellation
/// Dropping it drops the future inside; the lane ends there and is marked as dropped.
pub struct Watched<F> {
    recorder: Recorder,
    lane: LaneId,
    last: Option<&'static str>,
    ready: bool,
    future: Pin<Box<F>>,
}

impl<F> Watched<F> {
    /// The lane its polls go to.
    pub fn lane(&self) -> LaneId {
        self.lane
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // A watched future may poll another inside: what the inner one waits for is not the outer
        // one's word.
        let outer = WAITING_FOR.take();
        let begin = Instant::now();
        let result = self.future.as_mut().poll(cx);
        self.last = WAITING_FOR.replace(outer).or(self.last);
        self.recorder.ran(self.lane, begin, self.last);
        if result.is_ready() {
            self.ready = true;
            self.recorder.ended(self.lane, Outcome::Fine);
        }
        result
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if !self.ready {
            self.recorder.ended(self.lane, Outcome::Dropped);
        }
    }
}
