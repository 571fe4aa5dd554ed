//! Progress for people: a bar where the output is a terminal, plain lines where it is a file or a
//! pipe.

use crate::job::table::grouped;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A number of things, in words: `1 page`, `2,000 pages`.
pub fn counted(count: u64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", grouped(count))
}

/// One piece of work of known size. Shown on standard error, so that standard output stays clean.
pub struct Progress {
    name: String,
    unit: &'static str,
    total: u64,
    bar: Option<ProgressBar>,
    /// Quarters that were already said, in plain lines.
    quarters: u64,
}

impl Progress {
    /// Begins to show work of `total` parts, each called a `unit`.
    pub fn new(name: impl Into<String>, unit: &'static str, total: u64) -> Self {
        let name = name.into();
        let bar = std::io::stderr().is_terminal().then(|| bar(&name, unit, total));
        Progress { name, unit, total, bar, quarters: 0 }
    }

    /// The same for work that is found on the way, which has no quarters to tell of in plain lines.
    pub fn growing(name: impl Into<String>, unit: &'static str, total: u64) -> Self {
        Progress { quarters: 4, ..Progress::new(name, unit, total) }
    }

    /// So many parts are done.
    pub fn at(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            return bar.set_position(done);
        }
        let quarters = done.min(self.total) * 4 / self.total.max(1);
        if quarters > self.quarters && quarters < 4 {
            self.quarters = quarters;
            let (name, unit, total) = (&self.name, self.unit, self.total);
            eprintln!("{name}: {done} of {}", counted(total, unit));
        }
    }

    /// Shows a text behind the bar; it is not made where there is no bar.
    pub fn message(&self, text: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(text());
        }
    }

    /// The work grew or shrank.
    pub fn set_total(&mut self, total: u64) {
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total);
        }
    }

    /// Prints a line without tearing the bar.
    pub fn line(&self, text: &str) {
        self.around(|| eprintln!("{text}"));
    }

    /// Runs `print`, which writes lines, without tearing the bar.
    pub fn around<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// The work is over and the bar of no more use.
    pub fn close(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    /// The work is over: the bar stays where it is, with `last` behind it.
    pub fn finish(self, done: u64, last: &str) {
        match self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.finish_with_message(last.to_string());
            }
            None => {
                let (name, unit, total) = (&self.name, self.unit, self.total);
                eprintln!("{name}: {done} of {}, {last}", counted(total, unit));
            }
        }
    }
}

fn bar(name: &str, unit: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(30));
    let plural = if total == 1 { "" } else { "s" };
    let template =
        format!("  {{prefix:<16}} {{bar:36.cyan/238}} {{pos:>5}}/{{len}} {unit}{plural}  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar.set_prefix(name.to_string());
    bar
}
