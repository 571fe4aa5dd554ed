//! The crawler: from the bytes of a response up to a crawl of many sites.

pub mod chunked;
pub mod fault;
pub mod head;
pub mod response;
