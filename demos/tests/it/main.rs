//! The demos' tests: one program, a module for each subject. `cargo test -p wakeful-demos --test it`
//! runs all of them, `.. --test it goldens::` those of one module.

#[cfg(unix)]
#[path = "support/client_model.rs"]
mod client_model;
#[path = "support/example.rs"]
#[cfg(unix)]
mod example;
#[path = "support/program.rs"]
mod program;
#[path = "support/response_model.rs"]
mod response_model;
#[path = "support/server.rs"]
#[cfg(unix)]
mod server;

mod awaitable;
mod cores;
#[cfg(unix)]
mod crawl_client_model;
mod crawl_https;
mod crawl_job;
mod crawl_response;
mod crawl_response_model;
#[cfg(unix)]
mod crawl_sites;
#[cfg(unix)]
mod crawl_tool;
mod crawl_url;
mod gallery;
mod goldens;
#[cfg(unix)]
mod third_party;
mod timeline_record;
mod timelines;
