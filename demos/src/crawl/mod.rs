//! The crawler: from the bytes of a response up to a crawl of many sites.

pub mod blocking;
pub mod chunked;
pub mod failure;
pub mod fault;
pub mod fetch;
pub mod furture;
pub mod head;
pub mod response;
pub mod url;

/// Bytes asked of a connection at once.
pub const PIECE: usize = 16 * 1024;
