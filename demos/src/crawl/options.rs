//! What `wakeful crawl` can be told.

use super::client::Settings;
use super::response::Limits;
use std::path::PathBuf;
use std::time::Duration;

/// The arguments of `wakeful crawl`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where to begin
    #[arg(required = true, value_name = "URL")]
    pub urls: Vec<String>,
    /// Pages under way at once
    #[arg(short, long, value_name = "N", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: u32,
    /// Pages under way at once on one server, and connections kept for it
    #[arg(long, value_name = "N", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub per_host: u32,
    /// Follow links so many steps from the given URLs
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    pub depth: usize,
    /// Follow links to other servers too
    #[arg(long)]
    pub any_host: bool,
    /// Fetch no more pages than this
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub max_pages: u64,
    /// Fetch also what robots.txt forbids
    #[arg(long)]
    pub no_robots: bool,
    /// Save each page in a file below this folder
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print a line of JSON for each page
    #[arg(long)]
    pub json: bool,
    /// Trust the certificates in this PEM file in place of the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Seconds for a page, from its request to its last byte, redirects included
    #[arg(short, long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Seconds for a connection to each address of a server
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub connect_timeout: Duration,
    /// Redirects to follow for one page
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub redirects: usize,
    /// Largest body of a page, in bytes, unpacked
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body)]
    pub max_body: u64,
    /// Largest head of a response, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().head)]
    pub max_head: usize,
    /// Most bytes of the bodies that are under way, all pages together
    #[arg(long, value_name = "BYTES", default_value_t = 512 * 1024 * 1024)]
    pub max_memory: usize,
}

impl Options {
    /// What the client has to know of them.
    pub fn settings(&self) -> Settings {
        Settings {
            limits: Limits {
                head: self.max_head,
                body: self.max_body,
            },
            memory: self.max_memory,
            connect_timeout: self.connect_timeout,
            kept_per_server: self.per_host as usize,
        }
    }
}

/// A positive number of seconds, fractions allowed.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is no number of seconds"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("it must be more than 0".to_string()),
    }
}
