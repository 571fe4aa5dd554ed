//! What can be wrong with a response: one variant for each way, and one clear line for each.

use std::fmt;

/// Why the bytes of a server are not a response, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection ended before the head did; so many bytes of it had come.
    NoHead {
        /// Bytes received, 0 when the server said nothing at all.
        got: usize,
    },
    /// The bytes are no HTTP/1 head.
    NotHttp(httparse::Error),
    /// The head is longer than the limit, in bytes.
    HeadTooLarge(usize),
    /// The `Content-Length` is no number, or there are two that differ.
    Length(String),
    /// A transfer coding other than `chunked`.
    TransferCoding(String),
    /// The chunks are malformed, in the named part.
    Chunk(&'static str),
    /// The body is longer than the limit, in bytes.
    BodyTooLarge(u64),
    /// The connection ended before the body did.
    Truncated {
        /// Bytes of the body received.
        got: u64,
        /// Bytes announced, where a `Content-Length` did so.
        of: Option<u64>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NoHead { got: 0 } => write!(f, "no answer: the server closed the connection"),
            Fault::NoHead { got } => write!(f, "truncated: the head ends after {got} bytes"),
            Fault::NotHttp(why) => write!(f, "not HTTP: {why}"),
            Fault::HeadTooLarge(limit) => write!(f, "the head is over {limit} bytes"),
            Fault::Length(text) => write!(f, "bad Content-Length: {text:?}"),
            Fault::TransferCoding(text) => write!(f, "unknown transfer coding: {text:?}"),
            Fault::Chunk(part) => write!(f, "malformed chunk: {part}"),
            Fault::BodyTooLarge(limit) => write!(f, "the body is over {limit} bytes"),
            Fault::Truncated { got, of: Some(of) } => write!(f, "truncated: got {got} of {of}"),
            Fault::Truncated { got, of: None } => {
                write!(f, "truncated: got {got}, the last chunk is missing")
            }
        }
    }
}

impl std::error::Error for Fault {}
