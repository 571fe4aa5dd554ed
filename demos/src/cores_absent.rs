//! Stands in for `cores` where listeners cannot share a port: it says so.

use std::io;

#[derive(Debug, clap::Args)]
pub struct Options {}

#[derive(Debug, clap::Args)]
pub struct PartOptions {}

pub fn run(_: &Options) -> io::Result<()> {
    let what = "cores needs a system with SO_REUSEPORT, a Unix";
    Err(io::Error::new(io::ErrorKind::Unsupported, what))
}

pub fn run_part(_: &PartOptions) -> io::Result<()> {
    run(&Options {})
}
