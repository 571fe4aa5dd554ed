//! What a demo's timeline is drawn from: who ran from when to when, and what was said meanwhile.
//!
//! An *actor* is a task, a coroutine or a thread. Tasks are seen by the executor's own hooks
//! ([`Observe`]), coroutines by [`Lane`], threads by what they say. Everything said belongs to the
//! innermost actor that is running on the thread. Nothing is kept before [`begin`] was called, and
//! at most [`MOST`] entries, so that a demo of sixty thousand switches does not draw them all.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use wakeful_executor::{Observe, TaskId};

/// The most entries that are kept.
const MOST: usize = 1_000;

static LOG: OnceLock<Mutex<Log>> = OnceLock::new();

thread_local! {
    /// Who runs on this thread, the outermost first.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Everything that was recorded.
#[derive(Debug, Clone)]
pub(super) struct Log {
    start: Instant,
    pub actors: Vec<Actor>,
    pub entries: Vec<Entry>,
    /// How many entries were left out.
    pub omitted: usize,
}

/// A task, a coroutine or a thread.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub name: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Thread(ThreadId),
    Coroutine,
    /// Told apart by the executor's serial number; `named` once its lane gave it a name.
    Task {
        id: TaskId,
        named: bool,
    },
}

/// One moment.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Since the beginning.
    pub at: Duration,
    pub actor: usize,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// A poll begins.
    Begin,
    /// A poll ends.
    End,
    /// A line was printed.
    Said(String),
    /// The actor has ended.
    Over,
}

/// Records from now on.
pub(super) fn begin() {
    let empty = Log {
        start: Instant::now(),
        actors: Vec::new(),
        entries: Vec::new(),
        omitted: 0,
    };
    LOG.get_or_init(|| Mutex::new(empty));
    with(|log| log.thread()); // The main thread's column is the first.
}

/// What was recorded until now, if [`begin`] was called.
pub(super) fn log() -> Option<Log> {
    with(|log| log.clone())
}

/// A line was printed.
pub(super) fn said(text: &str) {
    with(|log| {
        let actor = current().unwrap_or_else(|| log.thread());
        log.push(actor, What::Said(text.to_string()));
    });
}

fn with<T>(work: impl FnOnce(&mut Log) -> T) -> Option<T> {
    let log = LOG.get()?;
    Some(work(
        &mut log.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

fn current() -> Option<usize> {
    RUNNING.with_borrow(|running| running.last().copied())
}

impl Log {
    fn add(&mut self, name: String, kind: Kind) -> usize {
        self.actors.push(Actor { name, kind });
        self.actors.len() - 1
    }

    fn push(&mut self, actor: usize, what: What) {
        if self.entries.len() == MOST {
            self.omitted += 1;
        } else {
            self.entries.push(Entry {
                at: self.start.elapsed(),
                actor,
                what,
            });
        }
    }

    fn thread(&mut self) -> usize {
        let me = thread::current();
        let kind = Kind::Thread(me.id());
        match self.actors.iter().position(|actor| actor.kind == kind) {
            Some(known) => known,
            None => self.add(me.name().unwrap_or("thread").to_string(), kind),
        }
    }

    fn task(&mut self, id: TaskId) -> usize {
        let known = |actor: &Actor| matches!(actor.kind, Kind::Task { id: its, .. } if its == id);
        match self.actors.iter().position(known) {
            Some(known) => known,
            None => self.add(
                format!("task {}", id.serial),
                Kind::Task { id, named: false },
            ),
        }
    }

    /// Names the actor if it is a task that has no name yet.
    fn adopt(&mut self, actor: usize, name: &str) -> bool {
        match &mut self.actors[actor] {
            Actor {
                name: its,
                kind:
                    Kind::Task {
                        named: named @ false,
                        ..
                    },
            } => {
                (*its, *named) = (name.to_string(), true);
                true
            }
            _ => false,
        }
    }
}

/// The observer of the demos' executors.
pub(super) struct Tasks;

/// The main future of a run has slot 0; it counts as the thread's own doing.
impl Observe for Tasks {
    fn spawned(&self, id: TaskId) {
        with(|log| log.task(id));
    }

    fn poll_begin(&self, id: TaskId) {
        if id.slot > 0 {
            let actor = with(|log| {
                let actor = log.task(id);
                log.push(actor, What::Begin);
                actor
            });
            RUNNING.with_borrow_mut(|running| running.extend(actor));
        }
    }

    fn poll_end(&self, id: TaskId) {
        if id.slot > 0 {
            RUNNING.with_borrow_mut(|running| running.pop());
            with(|log| {
                let actor = log.task(id);
                log.push(actor, What::End);
            });
        }
    }

    fn completed(&self, id: TaskId) {
        with(|log| {
            let actor = log.task(id);
            log.push(actor, What::Over);
        });
    }
}

pin_project! {
    /// A future with a name. In a task it names the task; elsewhere it is an actor of its own.
    ///
    /// # Cancellation
    /// Dropping it drops the future inside; the actor ends there.
    pub(super) struct Lane<F> {
        name: Option<String>,
        actor: Option<usize>,
        #[pin]
        future: F,
    }

    impl<F> PinnedDrop for Lane<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(actor) = this.actor {
                with(|log| log.push(actor, What::Over));
            }
        }
    }
}

impl<F> Lane<F> {
    pub fn new(name: &str, future: F) -> Self {
        Self {
            name: LOG.get().map(|_| name.to_string()),
            actor: None,
            future,
        }
    }
}

impl<F: Future> Future for Lane<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(name) = this.name.take() {
            *this.actor = with(|log| match current() {
                Some(task) if log.adopt(task, &name) => None,
                _ => Some(log.add(name, Kind::Coroutine)),
            })
            .flatten();
        }
        let Some(actor) = *this.actor else {
            return this.future.poll(cx);
        };
        with(|log| log.push(actor, What::Begin));
        RUNNING.with_borrow_mut(|running| running.push(actor));
        let poll = this.future.poll(cx);
        RUNNING.with_borrow_mut(|running| running.pop());
        with(|log| log.push(actor, What::End));
        poll
    }
}
