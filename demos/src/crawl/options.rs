//! What `wakeful crawl` can be told.

use super::response::Limits;
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
    /// Pages under way at once on one server
    #[arg(long, value_name = "N", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub per_host: u32,
    /// Seconds for a page, from its request to its last byte, redirects included
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Seconds for a connection
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub connect_timeout: Duration,
    /// Redirects to follow for one page
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub redirects: usize,
    /// Fetch also what robots.txt forbids
    #[arg(long)]
    pub no_robots: bool,
    /// Largest body of a page, in bytes, unpacked
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body)]
    pub max_body: u64,
    /// Largest head of a response, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().head)]
    pub max_head: usize,
}

impl Options {
    /// What a server may say.
    pub fn limits(&self) -> Limits {
        Limits {
            head: self.max_head,
            body: self.max_body,
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
