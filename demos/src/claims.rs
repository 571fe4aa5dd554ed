//! `wakeful demo claims`: what the tutorials claim about threads and coroutines, measured here.
//!
//! Each claim gets a line with what was measured and whether that supports or refutes it. The
//! verdicts are worked out from the figures of this run, so another machine may come to another
//! one. What is measured runs in a process of its own ([`child`]), since memory and CPU time are a
//! process's.

use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use std::time::Duration;

use crate::crawl::blocking;
use crate::job::child::{Report, watch};
use crate::job::plan::Plan;
use crate::job::table::{grouped, ms};
use crate::job::ways::Way;
use crate::progress::Progress;
use crate::site::Site;
use crate::system;

pub mod child;
mod switch;

use child::{Held, Manner};

/// A claim, what was measured, and what that says of it.
struct Row {
    claim: String,
    measured: String,
    verdict: &'static str,
}

/// The word for a claim that the figures bear out, or do not.
fn verdict(holds: bool) -> &'static str {
    if holds { "supported" } else { "refuted" }
}

/// Measures everything and prints the table. `CONNECTIONS` in the environment says how many are to
/// be open at once (10,000).
///
/// # Errors
///
/// What the system refuses: sockets, processes, a file for counting.
pub fn run() -> io::Result<()> {
    if child::is_one()? {
        return Ok(());
    }
    let count = wanted()?;
    let mut progress = Progress::new("claims", "measurements", 8);
    let mut rows = Vec::new();
    overlap(&mut rows, &mut progress)?;
    connections(count, &mut rows, &mut progress)?;
    rows.push(switches()?);
    progress.at(6);
    rows.push(no_locks()?);
    progress.at(7);
    rows.push(cores()?);
    progress.close();
    for Row {
        claim,
        measured,
        verdict,
    } in rows
    {
        println!("{verdict:>9}: {claim}\n           {measured}");
    }
    Ok(())
}

/// 100 pages of 50 ms each, three ways.
fn overlap(rows: &mut Vec<Row>, progress: &mut Progress) -> io::Result<()> {
    let site = Site::start(Duration::from_millis(50))?;
    let plan = Plan {
        addr: site.addr(),
        pages: 100,
        concurrency: 100,
    };
    let mut reports = Vec::new();
    for (done, way) in Way::ALL.into_iter().enumerate() {
        reports.push(watch(way, &plan, |_| (), |page| eprintln!("{page}"))?);
        progress.at(done as u64 + 1);
    }
    let [sequential, threads, wakeful] = &reports[..] else {
        return Err(io::Error::other("there are three ways"));
    };
    let all = |report: &Report| report.failed == 0 && report.pages == plan.pages;
    let whole = reports.iter().all(all);
    let times = format!(
        "100 pages of 50 ms: {} one by one, {} with a thread each, {} on one thread of wakeful",
        ms(sequential.wall),
        ms(threads.wall),
        ms(wakeful.wall)
    );
    rows.push(Row {
        claim: "one thread that overlaps its waiting is many times faster than one that does not"
            .into(),
        verdict: verdict(whole && wakeful.wall * 4 < sequential.wall),
        measured: times,
    });
    rows.push(Row {
        claim: "where there is waiting, threads overlap it as well".into(),
        measured: format!(
            "CPU {} with {} threads, {} with {}",
            threads.cpu.map_or("-".into(), ms),
            threads.threads.map_or("-".into(), grouped),
            wakeful.cpu.map_or("-".into(), ms),
            wakeful.threads.map_or("-".into(), grouped)
        ),
        verdict: verdict(whole && threads.wall * 4 < sequential.wall),
    });
    Ok(())
}

/// How many connections are to be open at once.
fn wanted() -> io::Result<usize> {
    let wanted = match std::env::var("CONNECTIONS") {
        Ok(text) => match text.parse() {
            Ok(count @ 1..=child::MOST) => count,
            _ => {
                return Err(io::Error::other(format!(
                    "CONNECTIONS={text}: not 1 to 10000"
                )));
            }
        },
        Err(_) => child::MOST,
    };
    let count = wanted.min(system::descriptors().saturating_sub(100));
    if count < wanted {
        eprintln!("only {count} connections: a process may not open more files (`ulimit -n`)");
    }
    Ok(count)
}

/// Thousands of connections at once, on one thread and on as many threads.
fn connections(count: usize, rows: &mut Vec<Row>, progress: &mut Progress) -> io::Result<()> {
    let tasks = hold(Manner::Tasks, count)?;
    progress.at(4);
    let threads = hold(Manner::Threads, count)?;
    progress.at(5);
    let describe = |(held, most): &(Held, u64)| {
        format!(
            "{} of {} pages, {} open at once, {} threads, {:.1} KiB each, {} CPU, {}",
            grouped(held.right),
            grouped(count as u64),
            grouped(*most),
            grouped(held.threads),
            held.kib as f64 / count as f64,
            ms(held.cpu),
            ms(held.wall)
        )
    };
    let whole = |(held, _): &(Held, u64)| held.right == count as u64;
    rows.push(Row {
        claim: format!("one thread can hold {} connections", grouped(count as u64)),
        measured: describe(&tasks),
        verdict: verdict(whole(&tasks) && tasks.1 == count as u64),
    });
    rows.push(Row {
        claim: format!("{} threads crash the system", grouped(count as u64)),
        measured: describe(&threads),
        verdict: verdict(!whole(&threads)),
    });
    rows.push(Row {
        claim: "the strength of coroutines is what each of many connections costs".into(),
        measured: format!(
            "memory {:.1} times, CPU {:.1} times as much with threads",
            threads.0.kib as f64 / tasks.0.kib.max(1) as f64,
            threads.0.cpu.as_secs_f64() / tasks.0.cpu.as_secs_f64().max(1e-9)
        ),
        verdict: verdict(threads.0.kib > tasks.0.kib && threads.0.cpu > tasks.0.cpu),
    });
    Ok(())
}

/// Has a child hold so many connections to a site, and asks the site how many there were at once.
fn hold(manner: Manner, count: usize) -> io::Result<(Held, u64)> {
    let site = Site::start(Duration::ZERO)?;
    // Long enough that all are open before the first answer comes.
    let patience = Duration::from_millis(1_000 + count as u64 * 2 / 5);
    let held = child::hold(manner, count, site.addr(), patience)?;
    Ok((held, most_at_once(site.addr())?))
}

fn most_at_once(site: SocketAddr) -> io::Result<u64> {
    let stats = blocking::fetch(site, "/stats").map_err(io::Error::other)?;
    let text = String::from_utf8_lossy(&stats.body).into_owned();
    let most = text
        .split_whitespace()
        .skip_while(|word| *word != "most")
        .nth(1);
    most.and_then(|most| most.parse().ok())
        .ok_or_else(|| io::Error::other(format!("the site said {text:?}")))
}

fn switches() -> io::Result<Row> {
    let (task, thread) = (switch::tasks(), switch::threads());
    Ok(Row {
        claim: "switching coroutines costs less than switching threads".into(),
        measured: format!("{task:.1} ns between tasks, {thread:.0} ns between threads"),
        verdict: verdict(task * 2.0 < thread),
    })
}

/// The counts of the demo `no_locks`: as they should be, with a switch in between, with a lock.
fn no_locks() -> io::Result<Row> {
    let run = Command::new(std::env::current_exe()?)
        .args(["demo", "no_locks"])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&run.stdout);
    let counts = text
        .lines()
        .filter_map(|line| line.split_once(": ")?.1.parse().ok());
    let counts: Vec<u32> = counts.collect();
    let [plain, switched, locked] = counts[..] else {
        return Err(io::Error::other(format!("the demo no_locks said {text:?}")));
    };
    Ok(Row {
        claim: "coroutines need no locks".into(),
        measured: format!(
            "of 1,000 increments {} are kept without a lock, {switched} if a switch lies between \
             reading and writing, {} under a lock",
            grouped(plain.into()),
            grouped(locked.into())
        ),
        verdict: match (plain, switched, locked) {
            (1_000, 1_000, _) => "supported",
            (1_000, _, 1_000) => "in part",
            _ => "refuted",
        },
    })
}

/// The same computing in one process and in one for each core. Where one process had to wait for its
/// core, others are at work here, and the cores cannot be had.
fn cores() -> io::Result<Row> {
    let count = available_parallelism()?.get();
    let (one, cpu) = child::compute(1, count)?;
    let (each, _) = child::compute(count, 1)?;
    let gain = one.as_secs_f64() / each.as_secs_f64().max(1e-9);
    let busy = one > cpu.mul_f64(1.25);
    Ok(Row {
        claim: "for several cores, take several processes with coroutines in each".into(),
        measured: format!(
            "{} in one process, {} in {count}: {gain:.1} times faster{}",
            ms(one),
            ms(each),
            if busy {
                "; but this machine is busy"
            } else {
                ""
            }
        ),
        verdict: if count == 1 || busy {
            "open"
        } else {
            verdict(gain > 1.2)
        },
    })
}
