//! `wakeful cores`: one executor and one reactor for each core, as threads and as processes.
//!
//! A task never leaves its thread, so more cores are used by having more of everything: each worker
//! has an executor, a reactor and a share of the work, and workers share nothing. There are two
//! ways to share what comes in:
//!
//! - **thread per core**: each thread listens at the same port (`SO_REUSEPORT`), and the system
//!   deals out the connections;
//! - **process per core** (prefork): one listener is opened first and inherited by each process,
//!   which all accept from it.
//!
//! Both are measured against one worker, for an echo server and for the crawler, each bare and with
//! some work of its own for each request. The clients, and the site that is crawled, need
//! CPU time of the same machine: where they are the bottleneck, more workers cannot help, and the
//! table shows that too.

use crate::job::table::grouped;
use crate::progress::Progress;
use crate::site::Site;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

mod labour;
mod parts;

/// How often everything is measured.
const ROUNDS: u64 = 3;
/// How often a part looks whether the measurement still runs.
const LOOK: Duration = Duration::from_millis(50);

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
    /// Which process measures
    parent: u32,
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// Echo servers as threads, each with a listener of its own
    Echo { workers: u64, rounds: u64 },
    /// One echo server, whose listener is its standard input
    EchoInherited { rounds: u64 },
    /// Clients of an echo server
    Clients { at: SocketAddr, ms: u64 },
    /// Crawlers as threads
    Crawl { at: SocketAddr, pages: u64, workers: u64, rounds: u64 },
}

/// Runs one part, as the child of a measurement, and ends with it however that ends.
pub fn run_part(options: &PartOptions) -> io::Result<()> {
    let parent = options.parent;
    thread::spawn(move || {
        let is_there = || std::os::unix::process::parent_id() == parent;
        while is_there() {
            thread::sleep(LOOK);
        }
        std::process::exit(1);
    });
    match options.part {
        Part::Echo { workers, rounds } => parts::echo(workers, rounds),
        Part::EchoInherited { rounds } => parts::inherited_echo(rounds),
        Part::Clients { at, ms } => parts::clients(at, Duration::from_millis(ms)),
        Part::Crawl { at, pages, workers, rounds } => parts::crawl(at, pages, workers, rounds),
    }
}

/// A way of having workers: so many processes of so many threads.
type Way = (u64, u64);

/// One kind of work, and the best rate of each way of having workers.
struct Row {
    name: &'static str,
    unit: &'static str,
    rounds: u64,
    rates: [f64; 3],
}

/// Measures and prints the table.
///
/// # Errors
/// A process cannot be started, or does not do its part.
pub fn run(options: &Options) -> io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let workers = options.workers.unwrap_or(cores.max(2));
    let work = labour::rounds_for(Duration::from_micros(options.work_us));
    let site = Site::start(Duration::ZERO)?;
    let ways: [Way; 3] = [(1, 1), (1, workers), (workers, 1)];
    let row = |name, unit, rounds| Row { name, unit, rounds, rates: [0.0; 3] };
    let mut rows = [
        row("echo, bare", "requests", 0),
        row("echo, with work", "requests", work),
        row("crawl, bare", "pages", 0),
        row("crawl, with work", "pages", work),
    ];
    let mut progress = Progress::new("cores", "measurement", ROUNDS * 12);
    let mut done = 0;
    // Round by round, so that whatever else the machine does meets all alike; the best of each
    // counts, since others can only take away from it.
    for _ in 0..ROUNDS {
        for row in &mut rows {
            for (way, best) in ways.iter().zip(&mut row.rates) {
                let rate = match row.unit {
                    "pages" => crawl_rate(*way, row.rounds, site.addr(), options.pages)?,
                    _ => echo_rate(*way, row.rounds, options.echo_ms)?,
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
    for Row { name, unit, rates, .. } in rows {
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

/// A part that is ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(part: &str, args: &[u64], at: Option<SocketAddr>, stdin: Stdio) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["core-part", &std::process::id().to_string(), part]);
        command.args(at.map(|at| at.to_string()));
        command.args(args.iter().map(u64::to_string));
        Ok(Running(command.stdin(stdin).stdout(Stdio::piped()).spawn()?))
    }

    /// The one line that it says.
    fn said<T: std::str::FromStr>(&mut self) -> io::Result<T> {
        let mut line = String::new();
        if let Some(out) = self.0.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let why = |_| io::Error::other(format!("a part of the measurement said {line:?}"));
        line.trim().parse().map_err(why)
    }
}

fn echo_rate((processes, threads): Way, rounds: u64, ms: u64) -> io::Result<f64> {
    let mut servers = Vec::new();
    let at = if processes == 1 {
        let mut server = Running::start("echo", &[threads, rounds], None, Stdio::null())?;
        let at = server.said()?;
        servers.push(server);
        at
    } else {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        for _ in 0..processes {
            let inherited = OwnedFd::from(listener.try_clone()?).into();
            servers.push(Running::start("echo-inherited", &[rounds], None, inherited)?);
        }
        listener.local_addr()?
    };
    let answers: u64 = Running::start("clients", &[ms], Some(at), Stdio::null())?.said()?;
    Ok(answers as f64 * 1e3 / ms as f64)
}

fn crawl_rate(
    (processes, threads): Way,
    rounds: u64,
    at: SocketAddr,
    pages: u64,
) -> io::Result<f64> {
    let start = Instant::now();
    let mut crawlers = Vec::new();
    for share in labour::shares(pages, processes) {
        let args = [share, threads, rounds];
        crawlers.push(Running::start("crawl", &args, Some(at), Stdio::null())?);
    }
    let mut right: u64 = 0;
    for crawler in &mut crawlers {
        right += crawler.said::<u64>()?;
    }
    if right < pages {
        let why = format!("only {right} of {pages} pages came right");
        return Err(io::Error::other(why));
    }
    Ok(pages as f64 / start.elapsed().as_secs_f64())
}
