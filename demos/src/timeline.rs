//! Timelines: who ran when, and who waited for what, recorded and drawn.
//!
//! A [`Recorder`] is an executor's observer: it has a *lane* for each task, in which each poll is
//! recorded, and when the task was woken before. What lies between two polls is a *wait*, in two
//! parts: until the wake the task waits for something, from there on for its turn. What for, the
//! code being polled may say ([`waiting_for`]), and that part gets its name and a colour.
//! [`Recorder::svg`] draws the lanes.
//!
//! Recording costs two looks at the clock a poll, and one a wake. Runs that are measured are not
//! recorded.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wakeful_executor::{Observe, TaskId};

mod svg;

/// Collects what the tasks of an executor do. Times count from its making.
pub struct Recorder {
    start: Instant,
    title: String,
    name: fn(u64) -> String,
    lanes: Mutex<Vec<Lane>>,
}

/// One row of the picture.
#[derive(Debug, Clone, Default)]
struct Lane {
    /// When the task was spawned.
    born: Duration,
    /// Its polls, in order of time.
    polls: Vec<Poll>,
    /// When the poll began in which it is now.
    begun: Option<Duration>,
    /// When it was woken, since its last poll began.
    woken: Option<Duration>,
    /// When it was over; `None` while it lives.
    ended: Option<Duration>,
    failed: bool,
}

/// One poll, and the wait after it.
#[derive(Debug, Clone, Copy)]
struct Poll {
    begin: Duration,
    end: Duration,
    /// What the code said it would wait for.
    then: Option<&'static str>,
    /// When that was over and the wait for its turn began.
    woken: Option<Duration>,
}

thread_local! {
    static WAITING_FOR: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Says what the code of the present poll is about to wait for. The last word before the poll ends
/// counts; without one, the task goes on waiting for what it waited for before. Costs one store
/// where nothing is recorded.
pub fn waiting_for(what: &'static str) {
    WAITING_FOR.set(Some(what));
}

impl Recorder {
    /// An empty record whose clock starts now. `name` gives a lane its label, by the number of its
    /// task, counted from 0 in the order of spawning.
    pub fn new(title: String, name: fn(u64) -> String) -> Self {
        Recorder {
            start: Instant::now(),
            title,
            name,
            lanes: Mutex::default(),
        }
    }

    /// Marks a task as failed, here and now.
    pub fn failed(&self, number: u64) {
        let now = self.start.elapsed();
        if let Some(lane) = self.lock().get_mut(number as usize) {
            lane.failed = true;
            lane.ended = Some(now);
        }
    }

    /// The picture of what was recorded so far.
    pub fn svg(&self) -> String {
        let lanes = self.lock();
        let named = lanes
            .iter()
            .zip(0..)
            .map(|(lane, number)| ((self.name)(number), lane));
        svg::draw(&self.title, &named.collect::<Vec<_>>())
    }

    /// A poisoned lock still holds a usable record: each entry is made whole.
    fn lock(&self) -> MutexGuard<'_, Vec<Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a task's lane. The main future of a run has none.
    fn with(&self, task: TaskId, change: impl FnOnce(&mut Lane, Duration)) {
        let now = self.start.elapsed();
        let mut lanes = self.lock();
        if let Some(lane) = task
            .serial
            .checked_sub(1)
            .and_then(|number| lanes.get_mut(number))
        {
            change(lane, now);
        }
    }
}

impl Observe for Recorder {
    fn spawned(&self, task: TaskId) {
        let born = self.start.elapsed();
        let mut lanes = self.lock();
        let count = lanes.len().max(task.serial);
        lanes.resize_with(count, Lane::default);
        lanes[task.serial - 1].born = born;
    }

    fn woken(&self, task: TaskId) {
        self.with(task, |lane, now| lane.woken = lane.woken.or(Some(now)));
    }

    fn poll_begin(&self, task: TaskId) {
        WAITING_FOR.set(None);
        self.with(task, |lane, now| {
            let woken = lane.woken.take();
            if let Some(last) = lane.polls.last_mut() {
                last.woken = woken;
            }
            lane.begun = Some(now);
        });
    }

    fn poll_end(&self, task: TaskId) {
        self.with(task, |lane, end| {
            let before = lane.polls.last().and_then(|poll| poll.then);
            let then = WAITING_FOR.take().or(before);
            let begin = lane.begun.take().unwrap_or(end);
            lane.polls.push(Poll {
                begin,
                end,
                then,
                woken: None,
            });
        });
    }

    fn completed(&self, task: TaskId) {
        self.with(task, |lane, now| lane.ended = lane.ended.or(Some(now)));
    }
}
