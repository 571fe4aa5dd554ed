//! Everything wakeful claims to be cheap at, measured beside what people would pick instead.
//!
//! `cargo run --release` runs all of it in rounds (under 15 minutes) and writes BENCHMARKS.md and
//! the charts; `cargo run --release -- --quick` prints one short round (under 2);
//! `-- --only NAME` measures the rows whose name contains NAME, and prints them.
//!
//! The program starts itself again for each measurement: `measure` runs a workload, `serve` is a
//! server, `load` its client. Rooms: `backends` are the contestants behind the traits of `backend`,
//! `work` the workloads, `wire` the other ends, `probe` the clocks, `conduct` everything else.

#![deny(unsafe_code)]

use std::env;
use std::net::TcpListener;
use std::process::ExitCode;

mod backend;
mod backends;
mod conduct;
mod probe;
mod wire;
mod work;

/// What a workload says to a backend that it has no figures for.
fn unknown_backend(name: &str) -> String {
    format!("{name} does not do this work")
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match act(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn act(words: &[&str]) -> Result<(), String> {
    match *words {
        ["measure", workload, backend, size, count] => {
            print(work::measure(workload, backend, number(size)?, number(count)?))
        }
        ["serve", "site"] => wire::site::serve(door()?).map_err(|error| error.to_string()),
        ["serve", "hyper", backend] => work::hyper::serve(backend, door()?),
        ["serve", "echo", backend] => work::echo::serve(backend, door()?),
        ["load", kind, address, pid, connections, requests] => {
            load(kind, address, pid, number(connections)?, number(requests)?)
        }
        _ => conduct::run(&asked(words)?),
    }
}

fn asked(words: &[&str]) -> Result<conduct::Asked, String> {
    let mut asked = conduct::Asked::default();
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "--quick" => asked.quick = true,
            "--only" => asked.only = words.next().map(ToString::to_string),
            other => return Err(format!("{other}? There are --quick and --only NAME")),
        }
    }
    Ok(asked)
}

fn number(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}

fn print(found: work::Found) -> Result<(), String> {
    found?.0.iter().for_each(|(name, value)| println!("{name} {value}"));
    Ok(())
}

/// A listener on loopback, its address announced.
fn door() -> Result<TcpListener, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    conduct::child::announce(listener.local_addr().map_err(|error| error.to_string())?)?;
    Ok(listener)
}

fn load(
    kind: &str,
    to: &str,
    pid: &str,
    connections: usize,
    requests: usize,
) -> Result<(), String> {
    let to = to.parse().map_err(|_| format!("{to} is no address"))?;
    let pid = pid.parse().map_err(|_| format!("{pid} is no process"))?;
    let found = match kind {
        "echo" => wire::load::echo(to, pid, connections, requests),
        "idle" => wire::load::idle(to, pid, connections),
        "paced" => wire::load::paced(to, requests).map(|()| work::Outcome::default()),
        "busy" => wire::load::busy(to, connections, requests).map(|()| work::Outcome::default()),
        other => return Err(format!("no load is called {other}")),
    };
    print(found.map_err(|error| error.to_string()))
}
