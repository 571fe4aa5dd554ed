//! The pieces of the `wakeful` binary.
#![forbid(unsafe_code)]

pub mod claims;
pub mod cli;
pub mod cores;
pub mod crawl;
pub mod gallery;
pub mod job;
pub mod measure;
pub mod progress;
pub mod site;
pub mod timeline;
pub mod tutorial;
