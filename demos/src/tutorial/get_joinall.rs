//! Three pages under `joinall` (tutorials S2 and S4: gevent).
//!
//! The idea: all three requests go out at once, the answers come when they come, and the whole
//! takes as long as the slowest, 3 seconds, not the sum, 6. The tutorial asks python.org, yahoo.com
//! and github.com; the stand-ins on loopback have their sizes and answer after 1, 3 and 2 seconds.

use super::stage::seconds;
use crate::crawl::failure::Failure;
use crate::crawl::fetch::fetch;
use std::io;
use std::net::SocketAddr;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::block_on;

pub static EXECUTOR: Executor<3, 2048> = Executor::new();

async fn get(site: SocketAddr, name: &str, size: u32, units: u32) -> Result<(), Failure> {
    println!("GET: https://{name}/");
    let delay = seconds(units).as_millis();
    let page = fetch(site, format!("/bytes/{size}?delay={delay}")).await?;
    println!("{} bytes received from https://{name}/.", page.body.len());
    Ok(())
}

/// Gives the units that the pages would take one after another.
pub fn run(local: LocalExecutor<2048>, site: SocketAddr) -> io::Result<u32> {
    let python = get(site, "www.python.org", 45_661, 1);
    let yahoo = get(site, "www.yahoo.com", 304_034, 3);
    let github = get(site, "github.com", 14_823, 2);
    let pages = [local.spawn(python), local.spawn(yahoo), local.spawn(github)];
    block_on(local.run_until(async {
        for page in pages {
            page.expect("three slots").await.map_err(io::Error::other)?;
        }
        Ok(1 + 3 + 2)
    }))
}
