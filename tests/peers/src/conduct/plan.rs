//! What is measured: one [`Row`] a table of the report, with the figures it has to reach.

use super::rows;

/// Whose figures the others are compared with.
pub const OURS: &str = "wakeful";

/// How a row's measurement is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One process runs the workload.
    Process,
    /// The same under callgrind, at two lengths.
    Instructions,
    /// A server, and a load on it from another process.
    Echo,
    /// System calls of a server that sleeps between two requests.
    PacedCalls,
    /// System calls of a server with all its connections busy.
    BusyCalls,
    /// Bytes that a server grows by for an idle connection.
    Idle,
    /// A crawler, and the site in another process.
    Crawl,
    /// System calls of a crawler.
    PageCalls,
    /// System calls of two threads, one of which wakes the other.
    WakeCalls,
    /// A server in hyper, and wrk's load on it.
    Hyper,
    /// What building costs.
    Pay,
    /// Images for a microcontroller: their bytes, and the instructions that QEMU executes.
    Firmware,
}

/// The limit a figure is held against.
#[derive(Clone, Copy)]
pub enum Target {
    None,
    AtMost(f64),
    /// Of the floor in the same round.
    OfFloor(f64),
    /// No more than any peer.
    Best,
}

/// One figure of a row.
#[derive(Clone, Copy)]
pub struct Figure {
    /// Under this name the measured process prints it.
    pub key: &'static str,
    pub title: &'static str,
    /// The printed value is divided by this.
    pub scale: f64,
    pub target: Target,
}

/// One table of the report.
#[derive(Clone)]
pub struct Row {
    pub id: String,
    pub title: String,
    pub kind: Kind,
    pub workload: &'static str,
    pub size: usize,
    pub count: usize,
    pub rounds: usize,
    pub backends: &'static [&'static str],
    /// Whether Python's loops take part where they are installed.
    pub python: bool,
    /// The first is the row's own; the others stand beside it.
    pub figures: Vec<Figure>,
    /// Others of ours that the first figure is asked of as well.
    pub also: Vec<(&'static str, Target)>,
}

impl Row {
    /// The backends of this row, Python's among them if it has them.
    pub fn all_backends(&self, python: &[&'static str]) -> Vec<&'static str> {
        let extra = python.iter().filter(|_| self.python);
        self.backends.iter().chain(extra).copied().collect()
    }
}

/// Every row, in the report's order.
pub fn rows(quick: bool) -> Vec<Row> {
    let mut rows = rows::executors();
    rows.extend(rows::timers());
    rows.extend(rows::wires());
    rows.extend(rows::counted());
    rows.push(rows::pay());
    rows.extend(rows::firmware());
    if quick {
        rows.retain(|row| !matches!(row.kind, Kind::Pay | Kind::Firmware));
        rows.iter_mut().for_each(shorten);
    }
    rows
}

/// One short round of everything.
fn shorten(row: &mut Row) {
    row.rounds = 1;
    row.python = false;
    row.count = match row.kind {
        Kind::Process | Kind::Crawl | Kind::PageCalls => row.count / 5,
        Kind::Echo | Kind::BusyCalls | Kind::PacedCalls => row.count / 10,
        _ => row.count,
    };
    if row.kind == Kind::Instructions {
        row.backends =
            if row.workload == "timeout" { rows::CLOCKS } else { &[OURS, "embassy", "tokio"] };
    }
}
