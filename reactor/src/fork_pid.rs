//! Which process a reactor was made in, by asking for the process id.

use std::io;

/// The process in which a reactor was made.
#[derive(Debug)]
pub(crate) struct Birth(u32);

impl Birth {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the other way of knowing can fail"
    )]
    pub(crate) fn now() -> io::Result<Birth> {
        Ok(Birth(std::process::id()))
    }

    /// Whether this is still that process.
    pub(crate) fn is_here(&self) -> bool {
        self.0 == std::process::id()
    }
}
