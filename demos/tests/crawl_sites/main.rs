//! `wakeful crawl` on small sites: links, robots.txt, packed and saved pages, lines for programs,
//! and Control-C.
#![cfg(unix)]

#[path = "../support/program.rs"]
mod program;
#[path = "../support/server.rs"]
mod server;

mod folder;
mod links;
mod output;
mod pages;
mod site;
