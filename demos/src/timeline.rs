//! Timelines: who ran when, recorded and drawn, for the main job and for the tutorials' programs.
//!
//! A *lane* is a task of an executor, a coroutine, or a thread. Its time is cut into stretches:
//!
//! - it *runs*: it was polled or resumed, or it is a thread that does its own work;
//! - it *blocks*: it keeps its thread, but the thread's CPU clock stands still: it sleeps, or other
//!   programs have the CPU;
//! - it *waits* for something, or, once it was woken, for its *turn*.
//!
//! Nothing of this is asked of the program that is shown. Tasks are seen by the executor's hooks
//! ([`Tasks`]), coroutines by their resumer ([`enter`], [`leave`]), threads by what they do
//! to tasks and by the lines that they print. A printed line belongs to the innermost lane that
//! runs on its thread. While a task runs, its thread's own lane is empty.
//!
//! There is one record in a process. Recording costs a few looks at the clock for each poll, so
//! runs that are measured are not recorded.

use crate::system;
use std::cell::{Cell, RefCell};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wakeful_executor::{Observe, TaskId};

pub mod svg;

/// Stretches after which recording ends, so that a program of millions of switches can be drawn.
const MOST: usize = 200_000;
/// A thread whose CPU clock stands still for less than this is not called blocked.
const BLOCKED: Duration = Duration::from_millis(1);

static RECORD: OnceLock<Record> = OnceLock::new();

/// The observer of executors whose tasks are to be drawn.
pub static TASKS: Tasks = Tasks;

struct Record {
    start: Instant,
    /// The name of the lane of this number, counted from 0; without a name it is not drawn.
    name: Box<dyn Fn(usize) -> Option<String> + Send + Sync>,
    log: Mutex<Log>,
}

/// What was recorded.
#[derive(Default, Clone)]
pub struct Log {
    pub lanes: Vec<Lane>,
    pub lines: Vec<Line>,
    /// The lane of each task, by its serial number, and how many lanes were asked for a name.
    pub tasks: Vec<usize>,
    named: usize,
    stretches: usize,
}

#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// `None` for a lane that is not drawn.
    name: Option<String>,
    pub stretches: Vec<Stretch>,
    /// Up to here its stretches go.
    at: Duration,
    woken: Option<Duration>,
    waits_for: Option<&'static str>,
    is_thread: bool,
    ended: bool,
    failed: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub from: Duration,
    pub to: Duration,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    Runs,
    Blocks,
    Waits(Option<&'static str>),
    /// Waits for its turn: it was woken, and others run.
    Turn,
}

/// A line that was printed.
#[derive(Debug, Clone)]
pub struct Line {
    lane: usize,
    /// Since the beginning of the record.
    pub at: Duration,
    /// Without the end of line.
    pub text: String,
}

thread_local! {
    static WAITING_FOR: Cell<Option<&'static str>> = const { Cell::new(None) };
    static THREAD: RefCell<Thread> = const { RefCell::new(Thread {
        running: Vec::new(), cpu: None, idle: false }) };
}

/// What runs on this thread: its own lane first, what it was interrupted for behind it.
struct Thread {
    running: Vec<usize>,
    /// The thread's CPU clock at the last moment that was recorded.
    cpu: Option<Duration>,
    idle: bool,
}

impl Drop for Thread {
    fn drop(&mut self) {
        with(|log, now| self.pass(log, now));
    }
}

/// Records from now on. `name` gives lanes their names, in the order in which tasks are spawned and
/// coroutines made: an empty one leaves it to the lane, and without one it is not drawn.
pub fn begin(name: impl Fn(usize) -> Option<String> + Send + Sync + 'static) {
    let (start, log) = (Instant::now(), Mutex::default());
    RECORD.get_or_init(|| Record { start, name: Box::new(name), log });
}

/// Says what the code of the present poll is about to wait for. The last word before the poll ends
/// counts; without one, the task goes on waiting for what it waited for before.
pub fn waiting_for(what: &'static str) {
    WAITING_FOR.set(Some(what));
}

/// Makes a lane that is no task's and no thread's; `fallback` is its name where it has no other.
pub fn lane(fallback: &str) -> Option<usize> {
    on_thread(|_, log, now| log.add(now, Some(fallback)))
}

/// The lane runs from now on, on this thread.
pub fn enter(lane: Option<usize>) {
    on_thread(|thread, log, now| {
        let Some(lane) = lane else { return };
        log.wait(lane, now);
        thread.running.push(lane);
    });
}

/// What runs on this thread stops, and what it interrupted goes on.
pub fn leave() {
    on_thread(|thread, log, now| {
        if let Some(lane) = thread.running.pop() {
            let lane = &mut log.lanes[lane];
            lane.waits_for = WAITING_FOR.take().or(lane.waits_for);
        }
        if let Some(outer) = thread.running.last() {
            log.lanes[*outer].at = now;
        }
    });
}

/// The lane is over: nothing of it is drawn from here on.
pub fn end(lane: Option<usize>) {
    on_thread(|_, log, now| lane.map(|lane| log.end(lane, now)));
}

/// Runs `print`, which prints a line; the line belongs to the lane that runs on this thread.
pub fn line<T>(text: &str, print: impl FnOnce() -> T) -> T {
    let lane = on_thread(|thread, log, now| {
        let lane = thread.running.last().copied().unwrap_or_default();
        let text = text.to_string();
        log.lines.push(Line { lane, at: now, text });
        lane
    });
    let result = print();
    // However short it was: it ran.
    with(|log, now| lane.map(|lane| log.pass(lane, now, What::Runs)));
    result
}

/// What was recorded so far, and the time since the beginning.
pub fn recorded() -> (Log, Duration) {
    with(|log, now| (log.clone(), now)).unwrap_or_default()
}

/// Marks a task as failed, by its number, counted from 0 in the order of spawning.
pub fn failed(number: usize) {
    with(|log, now| {
        if let Some(lane) = log.tasks.get(number).copied() {
            log.lanes[lane].failed = true;
            log.end(lane, now);
        }
    });
}

/// The picture of what was recorded so far, with a line below its title.
fn draw(title: &str, below: &str) -> String {
    let drawn = on_thread(|_, log, now| {
        let mut log = log.clone();
        // A task that has not ended still waits. Of a thread only its recorded moments are known.
        let tasks = (0..log.lanes.len()).filter(|lane| !log.lanes[*lane].is_thread);
        tasks.collect::<Vec<_>>().into_iter().for_each(|lane| log.end(lane, now));
        log.begin_with_the_first_act();
        svg::draw(title, below, &log.lanes, &log.lines)
    });
    drawn.unwrap_or_default()
}

/// Draws what was recorded so far into a file.
pub fn write(file: &Path, title: &str, below: &str) -> io::Result<()> {
    fs::write(file, draw(title, below)).map_err(|error| unwritable(file, error))
}

/// Whether the picture can be written there, asked before the work that it shows.
pub fn probe(file: &Path) -> io::Result<()> {
    system::writable(file).map_err(|error| unwritable(file, error))
}

fn unwritable(file: &Path, error: io::Error) -> io::Error {
    let kind = error.kind();
    io::Error::new(kind, format!("cannot write the timeline {}", system::at(file, error)))
}

fn with<T>(work: impl FnOnce(&mut Log, Duration) -> T) -> Option<T> {
    let record = RECORD.get()?;
    // A poisoned lock still holds a usable record: each entry is made whole.
    let mut log = record.log.lock().unwrap_or_else(PoisonError::into_inner);
    Some(work(&mut log, record.start.elapsed()))
}

/// Closes the stretch in which this thread is, and goes on with `work`.
fn on_thread<T>(work: impl FnOnce(&mut Thread, &mut Log, Duration) -> T) -> Option<T> {
    with(|log, now| {
        // A thread that is being torn down is not recorded any more.
        let passed = THREAD.try_with(|thread| {
            let thread = &mut thread.borrow_mut();
            thread.pass(log, now);
            work(thread, log, now)
        });
        passed.ok()
    })
    .flatten()
}

impl Thread {
    /// The stretch in which the thread is ends now.
    fn pass(&mut self, log: &mut Log, now: Duration) {
        let before = std::mem::replace(&mut self.cpu, system::thread_cpu_time());
        let Some(lane) = self.running.last().copied() else {
            // It acts for the first time, and its lane begins.
            let name = thread::current().name().unwrap_or("thread").to_string();
            let (name, at, is_thread) = (Some(name), now, true);
            log.lanes.push(Lane { name, at, is_thread, ..Lane::default() });
            self.running.push(log.lanes.len() - 1);
            return;
        };
        let wall = now.saturating_sub(log.lanes[lane].at);
        let used =
            self.cpu.zip(before).map_or(wall, |(after, before)| after.saturating_sub(before));
        let what = match std::mem::take(&mut self.idle) {
            true => What::Waits(Some("an event")),
            false if wall > BLOCKED && used < wall / 2 => What::Blocks,
            false => What::Runs,
        };
        log.pass(lane, now, what);
    }
}

impl Log {
    fn add(&mut self, now: Duration, fallback: Option<&str>) -> usize {
        let mut name = RECORD.get().and_then(|record| (record.name)(self.named));
        self.named += 1;
        if name.as_deref() == Some("") {
            name = Some(fallback.map_or(format!("task {}", self.named), str::to_string));
        }
        self.lanes.push(Lane { name, at: now, ..Lane::default() });
        self.lanes.len() - 1
    }

    /// The lane did this until now.
    fn pass(&mut self, lane: usize, now: Duration, what: What) {
        let lane = &mut self.lanes[lane];
        let from = lane.at;
        lane.at = now.max(from);
        if lane.ended || lane.name.is_none() || now <= from || self.stretches >= MOST {
            return;
        }
        match lane.stretches.last_mut() {
            Some(last) if last.what == what && last.to == from => last.to = now,
            _ => {
                lane.stretches.push(Stretch { from, to: now, what });
                self.stretches += 1;
            }
        }
    }

    /// The lane waited until now.
    fn wait(&mut self, lane: usize, now: Duration) {
        let Lane { at, woken, waits_for, .. } = &mut self.lanes[lane];
        let (since, waits_for) = (*at, *waits_for);
        let woken = woken.take().unwrap_or(now).clamp(since, now.max(since));
        self.pass(lane, woken, What::Waits(waits_for));
        self.pass(lane, now, What::Turn);
    }

    /// Moves the zero of time to where the first stretch begins.
    fn begin_with_the_first_act(&mut self) {
        let stretches = self.lanes.iter_mut().flat_map(|lane| &mut lane.stretches);
        let times = stretches.flat_map(|stretch| [&mut stretch.from, &mut stretch.to]);
        let times: Vec<_> = times.chain(self.lines.iter_mut().map(|line| &mut line.at)).collect();
        let zero = times.iter().map(|time| **time).min().unwrap_or_default();
        times.into_iter().for_each(|time| *time -= zero);
    }

    fn end(&mut self, lane: usize, now: Duration) {
        self.wait(lane, now);
        self.lanes[lane].ended = true;
    }
}

/// Records the tasks of the executors that it observes.
pub struct Tasks;

/// The lane of a task. The main future of a run is the thread's own doing.
fn of(task: TaskId) -> Option<usize> {
    let place = task.serial.checked_sub(1)?;
    with(|log, _| log.tasks.get(place).copied()).flatten()
}

impl Observe for Tasks {
    fn spawned(&self, task: TaskId) {
        on_thread(|_, log, now| {
            let lane = log.add(now, None);
            log.tasks.resize(log.tasks.len().max(task.serial), lane);
            log.tasks[task.serial - 1] = lane;
            log.lanes[lane].woken = Some(now); // Queued from the start.
        });
    }

    fn woken(&self, task: TaskId) {
        let lane = of(task);
        on_thread(|_, log, now| {
            lane.map(|lane| *log.lanes[lane].woken.get_or_insert(now));
        });
    }

    fn poll_begin(&self, task: TaskId) {
        WAITING_FOR.set(None);
        enter(of(task));
    }

    fn poll_end(&self, task: TaskId) {
        if task.serial > 0 {
            leave();
        }
    }

    fn completed(&self, task: TaskId) {
        end(of(task));
    }

    fn idle(&self) {
        on_thread(|thread, _, _| thread.idle = true);
    }
}
