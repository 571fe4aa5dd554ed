//! The site that the demos crawl, in a process of its own: this program, as `serve-site`.
//!
//! It is a child so that the demo's threads are the demo's own: some demos count them. It ends when
//! its standard input does, so it cannot outlive the demo. Not a demo of its own.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running site.
pub(super) struct SiteChild {
    child: Child,
    pub addr: SocketAddr,
}

impl SiteChild {
    /// Starts a site on a free port of 127.0.0.1 that thinks so long before each answer.
    pub fn start(think: Duration) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve-site", "--delay", &think.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let addr = line.trim_end().strip_prefix("listening ").map(str::parse);
        match addr {
            Some(Ok(addr)) => Ok(Self { child, addr }),
            _ => {
                child.wait()?;
                Err(io::Error::other(format!("the site said {line:?} instead of where it listens")))
            }
        }
    }
}

impl Drop for SiteChild {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Nothing is left to be done if it cannot be waited for.
        let _ = self.child.wait();
    }
}
