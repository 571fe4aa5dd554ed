//! `wakeful cores`: one executor and one reactor for each core, as threads and as processes.
//!
//! A task never leaves its thread, so more cores are used by having more of everything: each worker
//! has an executor, a reactor and a share of the work, and workers share nothing. Each listens at
//! the same port (`SO_REUSEPORT`), and the system deals out the connections. Workers are measured as
//! the threads of one process, and as processes of one thread, against a single one.
//!
//! The work is an echo server's and the crawler's, each bare and with some work of its own for each
//! request. The clients, and the site that is crawled, need CPU time of the same machine: where they
//! are the bottleneck, more workers cannot help, and the table shows that too.

use crate::part::Part;
use crate::progress::{Progress, grouped};
use crate::site::Site;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

mod parts;

pub use parts::run as run_part;

/// How often everything is measured.
const ROUNDS: u64 = 3;

/// What the user can change.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Workers [default: one a core, at least two]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=256))]
    workers: Option<u64>,
    /// How long each of the echo server's measurements lasts, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 300,
          value_parser = clap::value_parser!(u64).range(1..=60_000))]
    echo_ms: u64,
    /// Pages of each of the crawler's measurements
    #[arg(long, value_name = "N", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pages: u64,
    /// Work of a server's or crawler's own for each request, in microseconds
    #[arg(long, value_name = "US", default_value_t = 200,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    work_us: u64,
}

/// A process of the measurement.
#[derive(Debug, clap::Args)]
pub struct PartOptions {
    #[arg(value_enum)]
    kind: Kind,
    /// Where the server or the site is
    at: SocketAddr,
    /// Milliseconds of the clients, pages of the crawlers
    amount: u64,
    threads: u64,
    /// Of CPU time for each request
    work_us: u64,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Echo,
    Clients,
    Crawl,
}

/// A way of having workers: so many processes of so many threads.
type Way = (u64, u64);

pub fn run(options: &Options) -> io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let workers = options.workers.unwrap_or(cores.max(2));
    let site = Site::start(Duration::ZERO)?;
    let ways: [Way; 3] = [(1, 1), (1, workers), (workers, 1)];
    // Each with the microseconds of work for each request, and the best rate of each way.
    let mut rows = [
        ("echo, bare", "requests", 0, [0.0; 3]),
        ("echo, with work", "requests", options.work_us, [0.0; 3]),
        ("crawl, bare", "pages", 0, [0.0; 3]),
        ("crawl, with work", "pages", options.work_us, [0.0; 3]),
    ];
    let mut progress = Progress::new("cores", "measurement", ROUNDS * 12);
    let mut done = 0;
    // Round by round, so that whatever else the machine does meets all alike; the best of each
    // counts, since others can only take away from it.
    for _ in 0..ROUNDS {
        for (_, unit, work, rates) in &mut rows {
            for (way, best) in ways.iter().zip(rates) {
                let rate = match *unit {
                    "pages" => crawl_rate(*way, *work, site.addr(), options.pages)?,
                    _ => echo_rate(*way, *work, options.echo_ms)?,
                };
                *best = rate.max(*best);
                done += 1;
                progress.at(done);
            }
        }
    }
    progress.close();
    println!(
        "{cores} cores, {workers} workers; \"with work\" is {} us of CPU a request\n\n  \
         {:<18}{:>22}{:>30}{:>30}",
        options.work_us, "a second", "one thread", "a thread per core", "a process per core"
    );
    for (name, unit, _, rates) in rows {
        let cell = |rate: f64| format!("{} {unit}", grouped(rate as u64));
        print!("  {name:<18}{:>22}", cell(rates[0]));
        for rate in &rates[1..] {
            let times = rate / rates[0].max(f64::MIN_POSITIVE);
            print!("{:>30}", format!("{} ({times:.2} x)", cell(*rate)));
        }
        println!();
    }
    println!("\n  clients and site run on the same cores: bare, it is they who are measured");
    Ok(())
}

fn start(kind: &str, at: SocketAddr, numbers: [u64; 3]) -> io::Result<Part> {
    let words = ["core-part".to_string(), kind.to_string(), at.to_string()];
    Part::start(words.into_iter().chain(numbers.map(|number| number.to_string())))
}

fn echo_rate((processes, threads): Way, work: u64, ms: u64) -> io::Result<f64> {
    let held = parts::held(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let at = held.local_addr()?;
    let servers: io::Result<Vec<Part>> =
        (0..processes).map(|_| start("echo", at, [0, threads, work])).collect();
    let mut servers = servers?;
    for server in &mut servers {
        // It listens.
        server.said::<SocketAddr>()?;
    }
    let answers: u64 = start("clients", at, [ms, 1, 0])?.said()?;
    Ok(answers as f64 * 1e3 / ms as f64)
}

fn crawl_rate((processes, threads): Way, work: u64, at: SocketAddr, pages: u64) -> io::Result<f64> {
    let begun = Instant::now();
    let shares = parts::shares(pages, processes);
    let crawlers: io::Result<Vec<Part>> =
        shares.map(|share| start("crawl", at, [share, threads, work])).collect();
    let right: u64 = crawlers?.iter_mut().map(Part::said::<u64>).sum::<io::Result<u64>>()?;
    if right < pages {
        let why = format!("only {right} of {pages} pages came right");
        return Err(io::Error::other(why));
    }
    Ok(pages as f64 / begun.elapsed().as_secs_f64())
}
