//! The crawler: from the bytes of a response up to a crawl of many sites.

pub mod client;
pub mod failure;
pub mod fetch;
pub mod frontier;
pub mod head;
pub mod json;
pub mod links;
pub mod options;
pub mod page;
pub mod ration;
pub mod report;
pub mod response;
pub mod robots;
pub mod run;
pub mod store;
#[cfg(feature = "https")]
pub mod tls;
#[cfg(not(feature = "https"))]
#[path = "tls_absent.rs"]
pub mod tls;
pub mod url;
pub mod wire;
