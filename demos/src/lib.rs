//! The pieces of the `wakeful` binary.
#![deny(unsafe_code)] // `tutorial::tiny` has the one line that needs it; it says why.

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
