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
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

mod crawl;
mod echo;
mod labour;

/// How often everything is measured.
const ROUNDS: u64 = 3;

/// What the user can change.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Workers [default: one a core, at least two]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    workers: Option<u32>,
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
    part: Part,
    #[arg(long)]
    at: Option<SocketAddr>,
    #[arg(long, default_value_t = 1)]
    workers: usize,
    #[arg(long, default_value_t = 0)]
    rounds: u64,
    #[arg(long, default_value_t = 0)]
    ms: u64,
    #[arg(long, default_value_t = 0)]
    pages: u64,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Part {
    /// Echo servers as threads of one process, each with a listener of its own
    Echo,
    /// One echo server, whose listener is its standard input
    EchoInherited,
    /// Clients of an echo server
    Clients,
    /// Crawlers as threads of one process
    Crawl,
}

/// Runs one part, as the child of a measurement.
pub fn run_part(options: &PartOptions) -> io::Result<()> {
    let PartOptions {
        part,
        at,
        workers,
        rounds,
        ms,
        pages,
    } = *options;
    let at = at.ok_or_else(|| io::Error::other("--at is missing"));
    match part {
        Part::Echo => echo::threads(workers, rounds),
        Part::EchoInherited => echo::inherited(rounds),
        Part::Clients => echo::clients(at?, Duration::from_millis(ms)),
        Part::Crawl => crawl::threads(at?, pages, workers, rounds),
    }
}

/// How the workers are made.
#[derive(Clone, Copy)]
enum How {
    Threads(usize),
    Processes(usize),
}

/// Measures and prints the table.
///
/// # Errors
/// A process cannot be started, or does not do its part.
pub fn run(options: &Options) -> io::Result<()> {
    let cores = available_parallelism().map_or(1, usize::from);
    let workers = options
        .workers
        .map_or(cores.max(2), |workers| workers as usize);
    let rounds = labour::rounds_for(Duration::from_micros(options.work_us));
    let site = Site::start(Duration::ZERO)?;
    let hows = [
        How::Threads(1),
        How::Threads(workers),
        How::Processes(workers),
    ];
    let mut rows: Vec<Row> = Row::all(rounds).into();
    let mut progress = Progress::new("cores", "measurement", ROUNDS * 12);
    let mut done = 0;
    // Round by round, so that whatever else the machine does meets all alike; the best of each
    // counts, since others can only take away from it.
    for _ in 0..ROUNDS {
        for row in &mut rows {
            for (how, best) in hows.iter().zip(&mut row.rates) {
                let rate = match row.is_crawl {
                    true => crawl_rate(*how, row.rounds, site.addr(), options.pages)?,
                    false => echo_rate(*how, row.rounds, options.echo_ms)?,
                };
                *best = rate.max(*best);
                done += 1;
                progress.at(done);
            }
        }
    }
    progress.close();
    println!(
        "{cores} cores, {workers} workers; \"with work\" is {} us of CPU a request\n",
        options.work_us
    );
    show(&rows);
    Ok(())
}

fn show(rows: &[Row]) {
    let heads = ["one thread", "a thread per core", "a process per core"];
    println!(
        "  {:<18}{:>22}{:>30}{:>30}",
        "a second", heads[0], heads[1], heads[2]
    );
    for Row {
        name,
        is_crawl,
        rates,
        ..
    } in rows
    {
        let unit = if *is_crawl { "pages" } else { "requests" };
        print!(
            "  {name:<18}{:>22}",
            format!("{} {unit}", grouped(rates[0] as u64))
        );
        for rate in &rates[1..] {
            let times = rate / rates[0].max(f64::MIN_POSITIVE);
            print!(
                "{:>30}",
                format!("{} {unit} ({times:.2} x)", grouped(*rate as u64))
            );
        }
        println!();
    }
    println!("\n  clients and site run on the same cores: bare, it is they who are measured");
}

/// One kind of work, and the best rate of each way of having workers.
struct Row {
    name: &'static str,
    is_crawl: bool,
    rounds: u64,
    rates: [f64; 3],
}

impl Row {
    fn all(rounds: u64) -> [Row; 4] {
        let row = |name, is_crawl, rounds| Row {
            name,
            is_crawl,
            rounds,
            rates: [0.0; 3],
        };
        [
            row("echo, bare", false, 0),
            row("echo, with work", false, rounds),
            row("crawl, bare", true, 0),
            row("crawl, with work", true, rounds),
        ]
    }
}

/// A child of this program that is ended when it is let go.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn part(name: &str) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["core-part", name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    Ok(command)
}

/// The first line that a child says.
fn said(child: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line)?;
    }
    Ok(line.trim().to_string())
}

fn number<T: std::str::FromStr>(text: &str) -> io::Result<T> {
    let why = |_| io::Error::other(format!("a part of the measurement said {text:?}"));
    text.parse().map_err(why)
}

fn echo_rate(how: How, rounds: u64, ms: u64) -> io::Result<f64> {
    let rounds = rounds.to_string();
    let mut servers = Vec::new();
    let addr: SocketAddr = match how {
        How::Threads(workers) => {
            let workers = workers.to_string();
            let args = ["--workers", &workers, "--rounds", &rounds];
            servers.push(Kept(part("echo")?.args(args).spawn()?));
            number(&said(&mut servers[0].0)?)?
        }
        How::Processes(workers) => {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            for _ in 0..workers {
                let inherited = OwnedFd::from(listener.try_clone()?);
                let mut server = part("echo-inherited")?;
                server.args(["--rounds", &rounds]).stdin(inherited);
                servers.push(Kept(server.spawn()?));
            }
            listener.local_addr()?
        }
    };
    let args = ["--at", &addr.to_string(), "--ms", &ms.to_string()];
    let mut clients = Kept(part("clients")?.args(args).spawn()?);
    let requests: u64 = number(&said(&mut clients.0)?)?;
    Ok(requests as f64 * 1e3 / ms as f64)
}

fn crawl_rate(how: How, rounds: u64, addr: SocketAddr, pages: u64) -> io::Result<f64> {
    let (processes, threads) = match how {
        How::Threads(threads) => (1, threads),
        How::Processes(processes) => (processes, 1),
    };
    let start = Instant::now();
    let mut crawlers = Vec::new();
    for share in labour::shares(pages, processes) {
        let mut crawler = part("crawl")?;
        crawler.args(["--at", &addr.to_string(), "--pages", &share.to_string()]);
        crawler.args([
            "--workers",
            &threads.to_string(),
            "--rounds",
            &rounds.to_string(),
        ]);
        crawlers.push(Kept(crawler.spawn()?));
    }
    let mut right = 0;
    for crawler in &mut crawlers {
        right += number::<u64>(&said(&mut crawler.0)?)?;
    }
    let took = start.elapsed().as_secs_f64();
    if right < pages {
        return Err(io::Error::other(format!(
            "only {right} of {pages} pages came right"
        )));
    }
    Ok(pages as f64 / took)
}
