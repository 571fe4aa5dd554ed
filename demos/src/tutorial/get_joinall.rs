//! Three pages under `joinall` (tutorials S2 and S4: gevent).
//!
//! The idea: all three requests go out at once, the answers come when they come, and the whole
//! takes as long as the slowest, 3 seconds, not the sum, 6. The tutorial asks python.org, yahoo.com
//! and github.com; the stand-ins on loopback have their sizes and answer after 1, 3 and 2 seconds.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use wakeful_executor::Executor;
use wakeful_reactor::block_on;

use super::site_child::SiteChild;
use super::stage::{Clock, gather, lane, note, os_threads, say, seconds, watch};
use crate::crawl::failure::Failure;
use crate::crawl::fetch::fetch;

static EXECUTOR: Executor<3, 2048> = Executor::new();

async fn get(addr: SocketAddr, name: &str, size: u32, units: u32) -> Result<(), Failure> {
    say(format!("GET: https://{name}/"));
    let delay = seconds(units).as_millis();
    let page = fetch(addr, format!("/bytes/{size}?delay={delay}")).await?;
    say(format!(
        "{} bytes received from https://{name}/.",
        page.body.len()
    ));
    Ok(())
}

pub fn run() -> io::Result<()> {
    let site = SiteChild::start(Duration::ZERO)?;
    let clock = Clock::start();
    let local = watch(EXECUTOR.take().expect("taken once"));
    let pages = [
        ("www.python.org", 45_661, 1),
        ("www.yahoo.com", 304_034, 3),
        ("github.com", 14_823, 2),
    ];
    let one_by_one: u32 = pages.iter().map(|(_, _, units)| units).sum();
    let tasks = pages.map(|(name, size, units)| {
        let page = lane(name, get(site.addr, name, size, units));
        local.spawn(page).expect("three slots")
    });
    for result in block_on(local.run_until(gather(tasks))) {
        result.map_err(io::Error::other)?;
    }
    let (units, threads) = (clock.units(), os_threads()?);
    note(format!(
        "units = {units} (one after another: {one_by_one}), os threads = {threads}"
    ));
    Ok(())
}
