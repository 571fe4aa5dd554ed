//! What is around a demo: its printed lines, the length of a second, and the runner's part.
//!
//! - In a demo `println!` is this crate's: the line goes out in one write, so that the lines of two
//!   threads never mix, and into the timeline.
//! - *A unit* is a tutorial's second. It lasts `SCALE` real seconds, an environment variable, 0.05
//!   when it is not set. A demo asks for [`seconds`], [`units`] and [`now`].
//! - The *runner* (the rows of [`REGISTRY`](super::REGISTRY)) hands a demo its executor,
//!   observed, and its site, and prints below it what the tutorial does not: threads, units.

use crate::part::Part;
use crate::{system, timeline};
use std::collections::HashSet;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wakeful_executor::{Executor, LocalExecutor};

static SCALE: OnceLock<(f64, Instant, SystemTime)> = OnceLock::new();
static FIRST_ERROR: Mutex<Option<io::Error>> = Mutex::new(None);
static MOST_THREADS: AtomicU64 = AtomicU64::new(0);

/// Prints one line. A reader who has gone away has seen enough; any other failure is what the demo
/// ends with.
pub fn say(text: &str) {
    MOST_THREADS.fetch_max(system::os_threads().unwrap_or(0), Relaxed);
    let print = || io::stdout().lock().write_all(format!("{text}\n").as_bytes());
    if let Err(error) = timeline::line(text, print) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            first_error().get_or_insert(error);
        }
    }
}

fn first_error() -> std::sync::MutexGuard<'static, Option<io::Error>> {
    FIRST_ERROR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The length of so many of the tutorials' seconds.
pub fn seconds(count: impl Into<f64>) -> Duration {
    Duration::from_secs_f64(count.into() * scale().0)
}

/// Whole seconds of the tutorials since then. A twentieth short counts as whole, as in the oracle.
pub fn units(since: Instant) -> u64 {
    (since.elapsed().as_secs_f64() / seconds(1).as_secs_f64() + 0.05) as u64
}

/// The time of day (UTC) as the tutorials print it, by a clock on which a tutorial's second is one.
pub fn now() -> String {
    let (scale, began, time_of_day) = scale();
    let then = time_of_day.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let day = then + (began.elapsed().as_secs_f64() / scale) as u64;
    format!("{:02}:{:02}:{:02}", day / 3_600 % 24, day / 60 % 60, day % 60)
}

/// How long a tutorial's second lasts, and when the demo began.
fn scale() -> &'static (f64, Instant, SystemTime) {
    SCALE.get_or_init(|| (0.05, Instant::now(), SystemTime::now()))
}

/// What a demo's runner works with.
pub struct Stage {
    began: Instant,
    site: Option<Part>,
}

impl Stage {
    /// Reads `SCALE` and begins to record, with these names for the tasks and coroutines.
    pub fn open(names: &'static [&'static str]) -> io::Result<Self> {
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
        let (_, began, _) = SCALE.get_or_init(|| (scale, Instant::now(), SystemTime::now()));
        timeline::begin(move |number| Some(names.get(number).unwrap_or(&"").to_string()));
        Ok(Stage { began: *began, site: None })
    }

    /// What went wrong with the output, if anything did.
    pub fn close(self) -> io::Result<()> {
        first_error().take().map_or(Ok(()), Err)
    }

    /// The handle of a demo's executor, its tasks recorded.
    pub fn take<const TASKS: usize, const BYTES: usize>(
        &self,
        executor: &'static Executor<TASKS, BYTES>,
    ) -> LocalExecutor<BYTES> {
        let local = executor.take().expect("a demo runs once");
        local.observe(&timeline::TASKS);
        local
    }

    /// A site that thinks so long before each answer. The demo's clock starts when it is there.
    ///
    /// It is a process of its own, so that the demo's threads are the demo's: some demos count them.
    pub fn site(&mut self, think: Duration) -> io::Result<SocketAddr> {
        let mut part = Part::start(["serve-site", "--delay", &think.as_millis().to_string()])?;
        let addr = part.said()?;
        self.began = Instant::now();
        self.site = Some(part);
        Ok(addr)
    }

    /// Units since the demo began, or since this was last asked.
    pub fn units(&mut self) -> u64 {
        let units = units(self.began);
        self.began = Instant::now();
        units
    }

    /// The most OS threads that there were when a line was printed.
    pub fn threads(&self) -> String {
        match MOST_THREADS.load(Relaxed) {
            0 => "not counted on this system".to_string(),
            count => count.to_string(),
        }
    }

    pub fn note_threads(&self) {
        println!("# os threads = {}", self.threads());
    }

    pub fn note_units(&mut self) {
        println!("# units = {}", self.units());
    }

    /// Which Bye came at which unit after the first line.
    pub fn note_byes(&self) {
        let lines = timeline::recorded().0.lines;
        let began = lines.first().map_or(Duration::ZERO, |line| line.at);
        let bye = |line: &timeline::Line| {
            let n = line.text.strip_prefix("Bye.. ")?.split(' ').next()?.to_string();
            let unit = (line.at - began).as_secs_f64() / seconds(1).as_secs_f64() + 0.05;
            Some(format!("{n}@{}", unit as u64))
        };
        let mut byes: Vec<String> = lines.iter().filter_map(bye).collect();
        byes.sort_unstable();
        println!("# Bye at units: {}", byes.join(" "));
    }

    /// What became of so many pages, of which these have ended.
    pub fn note_pages(&self, count: usize, ended: &[io::Result<usize>]) {
        for error in ended.iter().filter_map(|page| page.as_ref().err()) {
            println!("failed: {error}");
        }
        let (failed, left) = (ended.len() - ended.iter().flatten().count(), count - ended.len());
        let (bytes, threads) = (ended.iter().flatten().sum::<usize>(), self.threads());
        println!(
            "# pages = {count}, failed = {failed}, bytes = {bytes}, tasks left = {left}, \
             os threads = {threads}"
        );
    }
}

/// How many different ones there are.
pub fn count<T: Eq + std::hash::Hash>(items: impl IntoIterator<Item = T>) -> usize {
    items.into_iter().collect::<HashSet<_>>().len()
}
