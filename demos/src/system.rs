//! What is a matter of the operating system: one small module a system, the same functions in each.
//!
//! What a system does not report is `None`, and the tables show a dash. What it lacks altogether
//! (`wakeful cores`, the demo `subprocess_pipe`) is left out of the program there, with a line that
//! says so.

#[cfg(not(unix))]
#[path = "system/other.rs"]
mod this;
#[cfg(unix)]
#[path = "system/unix.rs"]
mod this;

pub use this::*;
