//! The pieces of the `wakeful` binary.
#![deny(unsafe_code)] // `tutorial::tiny` has the one line that needs it; it says why.

pub mod cli;
#[cfg(unix)]
pub mod cores;
#[cfg(not(unix))]
#[path = "cores_absent.rs"]
pub mod cores;
pub mod crawl;
pub mod gallery;
pub mod job;
pub mod part;
pub mod progress;
pub mod site;
pub mod system;
pub mod timeline;
pub mod tutorial;
