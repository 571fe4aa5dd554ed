//! What is a matter of the operating system: one small module a system, the same functions in each.
//!
//! What a system does not report is `None`, and the tables show a dash. What it lacks altogether
//! (`wakeful cores`, the demo `subprocess_pipe`) is left out of the program there, with a line that
//! says so.

use std::io;
use std::path::Path;

#[cfg(not(unix))]
#[path = "system/other.rs"]
mod this;
#[cfg(unix)]
#[path = "system/unix.rs"]
mod this;

pub use this::*;

/// How many connections there can be at once; the rest of the descriptors is for the reactor's own,
/// the files that are written, and the resolver's. Raises the process's limit as far as it may go.
pub fn connections() -> usize {
    const RESERVE: usize = 16;
    // The system's folder of them, where it has one; reading it takes another.
    let open = std::fs::read_dir("/dev/fd").map_or(RESERVE, Iterator::count);
    descriptors().saturating_sub(open + RESERVE).clamp(1, 1 << 20)
}

/// The error, with the file that it is about.
pub fn at(file: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", file.display()))
}

/// Whether the file can be written; leaves what is in it.
pub fn writable(file: &Path) -> io::Result<()> {
    std::fs::OpenOptions::new().append(true).create(true).open(file).map(drop)
}
