//! The workloads, one file each. A measured process runs one of them on one backend and prints what
//! it found as `name value` lines.

pub mod channel;
pub mod crawl;
pub mod echo;
pub mod hyper;
pub mod lateness;
pub mod remote_wake;
pub mod sleeps;
pub mod spawn_join;
pub mod timeout;
pub mod wake_random;
pub mod yields;

use crate::probe::Span;

/// What one process found: named figures, a row of `name value` lines on its standard output.
#[derive(Default)]
pub struct Outcome(pub Vec<(String, f64)>);

/// What every measured function returns; the error says why a backend cannot do the work.
pub type Found = Result<Outcome, String>;

impl Outcome {
    /// CPU and wall nanoseconds each, over `count` operations.
    pub fn each(span: Span, count: usize) -> Self {
        let each = |nanos: u128| nanos as f64 / count as f64;
        Self(vec![
            ("cpu_ns".into(), each(span.cpu.as_nanos())),
            ("wall_ns".into(), each(span.wall.as_nanos())),
        ])
    }

    /// Adds a figure.
    pub fn and(mut self, name: &str, value: f64) -> Self {
        self.0.push((name.into(), value));
        self
    }
}

/// Runs `workload` on `backend`: `size` is what may grow (tasks, timers, connections), `count` how
/// many operations are done.
pub fn measure(workload: &str, backend: &str, size: usize, count: usize) -> Found {
    match workload {
        "spawn_join" => spawn_join::on(backend, count),
        "yield" => yields::on(backend, size, count),
        "channel" => channel::on(backend, count),
        "wake_random" => wake_random::on(backend, size, count),
        "sleeps_at_once" => sleeps::at_once_on(backend, size),
        "sleeps_spread" => sleeps::spread_on(backend, size),
        "timeout" => timeout::on(backend, size, count),
        "lateness" => lateness::on(backend, size, count),
        "remote_wake" => remote_wake::on(backend, count),
        "crawl" => crawl::on(backend, size, count),
        other => Err(format!("no workload is called {other}")),
    }
}

/// A place for what a workload's main finds, since a backend's `run` gives nothing back.
pub type Place<T> = std::rc::Rc<std::cell::Cell<Option<T>>>;

/// Takes what main left in its place.
pub fn take<T>(place: &Place<T>) -> Result<T, String> {
    place.take().ok_or_else(|| "main ended without a figure".into())
}
