//! Progress for people: a bar where standard error is a terminal, plain lines where it is a file or
//! a pipe.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A number with its thousands apart.
pub fn grouped(number: u64) -> String {
    HumanCount(number).to_string()
}

/// A number of things, in words: `1 page`, `2,000 pages`.
pub fn counted(count: u64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", grouped(count))
}

/// One piece of work. Shown on standard error, so that standard output stays clean.
pub struct Progress {
    /// Hidden where there is no terminal.
    bar: ProgressBar,
    unit: &'static str,
    /// Quarters that were already said, in plain lines.
    quarters: u64,
}

impl Progress {
    /// Begins to show work of `total` parts, each called a `unit`.
    pub fn new(name: &str, unit: &'static str, total: u64) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(30);
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let plural = if total == 1 { "" } else { "s" };
        let template = format!(
            "  {{prefix:<16}} {{bar:36.cyan/238}} {{pos:>5}}/{{len}} {unit}{plural}  {{msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(name.to_string());
        Progress { bar, unit, quarters: 0 }
    }

    /// So many parts are done.
    pub fn at(&mut self, done: u64) {
        self.bar.set_position(done);
        let total = self.bar.length().unwrap_or_default();
        let quarters = done.min(total) * 4 / total.max(1);
        if self.bar.is_hidden() && quarters > self.quarters && quarters < 4 {
            self.quarters = quarters;
            self.plain(done, "");
        }
    }

    /// The same of work that is found on the way, with a text behind the bar.
    pub fn at_of(&mut self, done: u64, total: u64, text: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_length(total);
            self.bar.set_message(text());
            self.bar.set_position(done);
        }
    }

    /// Prints a line without tearing the bar.
    pub fn line(&self, text: &str) {
        self.around(|| eprintln!("{text}"));
    }

    /// Runs `print`, which writes lines, without tearing the bar.
    pub fn around<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// The work is over and the bar of no more use.
    pub fn close(self) {
        self.bar.finish_and_clear();
    }

    /// The work is over: the bar stays where it is, with `last` behind it.
    pub fn finish(self, done: u64, last: &str) {
        self.bar.set_position(done);
        self.bar.finish_with_message(last.to_string());
        if self.bar.is_hidden() {
            self.plain(done, &format!(", {last}"));
        }
    }

    fn plain(&self, done: u64, last: &str) {
        let total = counted(self.bar.length().unwrap_or_default(), self.unit);
        eprintln!("{}: {done} of {total}{last}", self.bar.prefix());
    }
}
