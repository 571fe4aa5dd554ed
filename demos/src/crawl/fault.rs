//! What can be wrong with a response: one variant for each way, and one clear line for each.

use thiserror::Error;

/// Why the bytes of a server are not a response, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The connection ended before the head did; so many bytes of it had come, if any.
    #[error("{}", match .got {
        0 => "no answer: the server closed the connection".to_string(),
        got => format!("truncated: the head ends after {got} bytes"),
    })]
    NoHead { got: usize },
    #[error("not HTTP: {0}")]
    NotHttp(httparse::Error),
    #[error("the head is over {0} bytes")]
    HeadTooLarge(usize),
    /// The `Content-Length` is no number, or there are two that differ.
    #[error("bad Content-Length: {0:?}")]
    Length(String),
    #[error("unknown transfer coding: {0:?}")]
    TransferCoding(String),
    #[error("malformed chunk: {0}")]
    Chunk(&'static str),
    #[error("the body is over {0} bytes")]
    BodyTooLarge(u64),
    /// The connection ended before the body did, of which so many bytes had come, of those that a
    /// `Content-Length` announced or of chunks.
    #[error("truncated: got {got}{}", match .of {
        Some(of) => format!(" of {of}"),
        None => ", the last chunk is missing".to_string(),
    })]
    Truncated { got: u64, of: Option<u64> },
}
