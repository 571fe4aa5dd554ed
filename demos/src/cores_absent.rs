//! Stands in for `cores` where listeners cannot be shared nor inherited: it says so.

use std::io;

/// What the user can change: nothing.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// A process of the measurement: there is none.
#[derive(Debug, clap::Args)]
pub struct PartOptions {}

/// Says that this system lacks what is measured.
pub fn run(_: &Options) -> io::Result<()> {
    let what = "cores needs a system with SO_REUSEPORT and inherited descriptors, a Unix";
    Err(io::Error::new(io::ErrorKind::Unsupported, what))
}

/// The same.
pub fn run_part(_: &PartOptions) -> io::Result<()> {
    run(&Options {})
}
