//! The stage that every demo plays on: printing, the length of a second, clocks, and lanes.
//!
//! - *A line is one write.* [`say`] hands a whole line over at once, so that the lines of two
//!   threads never mix. What the tutorials do not print (threads, units) goes through [`note`].
//! - *A unit is a tutorial's second.* It lasts `SCALE` real seconds, an environment variable, 0.05
//!   when it is not set. [`Clock::units`] counts whole units.
//! - *A lane* is who did it: [`lane`] names a task or coroutine for the timeline.

use std::fmt::Display;
use std::fs;
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wakeful_executor::{LocalExecutor, Task};

use super::record::{self, Lane, Tasks};

static SCALE: OnceLock<f64> = OnceLock::new();
static FIRST_ERROR: Mutex<Option<io::Error>> = Mutex::new(None);

/// Reads `SCALE`. A demo starts with it.
pub(super) fn open() -> io::Result<()> {
    let scale = match std::env::var("SCALE") {
        Err(_) => 0.05,
        Ok(text) => match text.parse() {
            Ok(seconds) if (0.001..=3600.0).contains(&seconds) => seconds,
            _ => {
                let what = format!("SCALE={text}: not a number of seconds from 0.001 to 3600");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        },
    };
    SCALE.get_or_init(|| scale);
    Ok(())
}

/// What went wrong with the output, if anything did. A demo ends with it.
pub(super) fn close() -> io::Result<()> {
    match FIRST_ERROR
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
    {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Prints one line, in one write. A reader who has gone away has seen enough; any other failure is
/// what the demo ends with.
pub fn say(text: impl Display) {
    let line = format!("{text}\n");
    record::said(line.trim_end());
    if let Err(error) = io::stdout().lock().write_all(line.as_bytes()) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            let mut first = FIRST_ERROR.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error);
        }
    }
}

/// Prints a line about something that the tutorial itself does not print.
pub fn note(text: impl Display) {
    say(format_args!("# {text}"));
}

/// Gives `future` a lane of this name in the timeline, where one is drawn.
pub fn lane<F: Future>(name: &str, future: F) -> impl Future<Output = F::Output> + use<F> {
    Lane::new(name, future)
}

/// Shows the tasks of `local` in the timeline, where one is drawn.
pub fn watch<const BYTES: usize>(local: LocalExecutor<BYTES>) -> LocalExecutor<BYTES> {
    local.observe(&Tasks);
    local
}

/// Awaits every task, in order, and gives what they return. (asyncio's `gather`.)
pub async fn gather<T>(tasks: impl IntoIterator<Item = Task<T>>) -> Vec<T> {
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await);
    }
    results
}

/// What tells the present task from every other one: where its slot is. (A waker points there.)
pub async fn current_task() -> *const () {
    poll_fn(|context| Poll::Ready(context.waker().data())).await
}

/// The length of `count` of the tutorials' seconds.
pub fn seconds(count: impl Into<f64>) -> Duration {
    Duration::from_secs_f64(count.into() * SCALE.get().copied().unwrap_or(0.05))
}

/// Counts the tutorials' seconds since it was made.
#[derive(Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock at zero.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Whole seconds of the tutorials. A twentieth short counts as whole, as in the oracle.
    pub fn units(self) -> u64 {
        (self.0.elapsed().as_secs_f64() / seconds(1).as_secs_f64() + 0.05) as u64
    }
}

/// The time of day (UTC) as the tutorials print it.
pub fn now() -> String {
    let of_day = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs() % 86_400);
    format!(
        "{:02}:{:02}:{:02}",
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// How many threads this process has, counted by the operating system (Linux).
pub fn os_threads() -> io::Result<usize> {
    let tasks = fs::read_dir("/proc/self/task").map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("counting threads in /proc/self/task: {error}"),
        )
    })?;
    Ok(tasks.count())
}
