//! This program once more, as a process of its own that does a part of the work: what the system
//! says of its CPU time, memory and threads is then that part's alone.
//!
//! A part tells what it has to tell in lines on its standard output. Its standard input ends when
//! the one who started it does, however that ends.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::thread;

pub struct Part {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Part {
    /// Starts this program with these words.
    pub fn start<T: ToString>(args: impl IntoIterator<Item = T>) -> io::Result<Part> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(args.into_iter().map(|word| word.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| io::Error::other("a pipe was asked for"))?;
        Ok(Part { child, out: BufReader::new(out) })
    }

    /// The next line, as what it must be.
    pub fn said<T: FromStr>(&mut self) -> io::Result<T> {
        let line = self.lines().next().transpose()?.unwrap_or_default();
        let why = |_| io::Error::other(format!("a process of this program said {line:?}"));
        line.parse().map_err(why)
    }

    /// The lines that it still says.
    pub fn lines(&mut self) -> impl Iterator<Item = io::Result<String>> {
        self.out.by_ref().lines()
    }

    pub fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A part says a line.
pub fn say(text: impl ToString) -> io::Result<()> {
    writeln!(io::stdout(), "{}", text.to_string())
}

/// Waits for the end of whoever started this part.
pub fn until_left_alone() -> io::Result<()> {
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// Ends this part with whoever started it.
pub fn end_with_starter() {
    thread::spawn(|| {
        // An input that cannot be read tells as much.
        let _ = until_left_alone();
        std::process::exit(1);
    });
}
