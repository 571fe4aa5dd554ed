//! Why a page failed, or what is wrong with a response, in one line that says what went wrong.

use std::io;
use std::time::Duration;
use thiserror::Error;

/// What a part of the fetching of one page gives.
pub type Fetch<T> = Result<T, Failure>;

/// What ended the fetching of one page. It never ends another's.
#[derive(Debug, Error)]
pub enum Failure {
    #[error("{0}")]
    Resolve(String),
    #[error("cannot connect: {}", plain(.0))]
    Connect(io::Error),
    #[error("cannot send the request: {}", plain(.0))]
    Send(io::Error),
    #[error("the connection failed: {}", plain(.0))]
    Receive(io::Error),
    #[error("{0}")]
    Response(#[from] Fault),
    #[error("no secure connection: {0}")]
    Tls(String),
    #[error("timeout: no connection within {} s", .0.as_secs_f64())]
    ConnectTimeout(Duration),
    #[error("timeout: no whole page within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    #[error("more than {0} redirects")]
    Redirects(usize),
    #[error("redirect to nowhere: {0:?}")]
    Location(String),
    /// A redirect to a page that failed; why that one did.
    #[error("redirected: {0}")]
    Redirected(String),
    #[error("{0}")]
    Coding(String),
    #[error("robots.txt forbids it")]
    Forbidden,
    /// The server could not say what robots.txt allows; the kind of that failure, and its line.
    #[error("{1}")]
    Robots(&'static str, String),
    #[error("cannot save: {0}")]
    Save(io::Error),
    #[error("status {0}")]
    Status(u16),
    /// The server answered with this status, and wants to be left alone for longer than is waited.
    #[error("status {}, to be asked again in {} s", .0, .1.as_secs())]
    Later(u16, Duration),
    #[error("{0}")]
    Wrong(String),
}

impl Failure {
    /// The kind of failure in a word or two, for counting.
    pub fn kind(&self) -> &'static str {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset};
        match self {
            Failure::Resolve(_) => "unknown host",
            Failure::Connect(error) | Failure::Send(error) | Failure::Receive(error) => {
                match error.kind() {
                    ConnectionRefused => "refused",
                    ConnectionReset => "reset",
                    _ => "connection",
                }
            }
            Failure::Response(Fault::Truncated { .. } | Fault::NoHead { .. }) => "truncated",
            Failure::Response(Fault::BodyTooLarge(_) | Fault::HeadTooLarge(_)) => "too large",
            Failure::Response(_) | Failure::Coding(_) => "malformed",
            Failure::Tls(_) => "tls",
            Failure::ConnectTimeout(_) | Failure::Timeout(_) => "timeout",
            Failure::Redirects(_) | Failure::Location(_) | Failure::Redirected(_) => "redirect",
            Failure::Forbidden => "forbidden",
            Failure::Robots(kind, _) => kind,
            Failure::Save(_) => "not saved",
            Failure::Status(_) | Failure::Later(..) => "status",
            Failure::Wrong(_) => "wrong",
        }
    }

    pub fn is_without_connection(&self) -> bool {
        matches!(
            self,
            Failure::Resolve(_)
                | Failure::Connect(_)
                | Failure::ConnectTimeout(_)
                | Failure::Tls(_)
        )
    }

    /// The status that the server answered with, if that is the failure.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Status(status) | Failure::Later(status, _) => Some(*status),
            _ => None,
        }
    }
}

/// The system's words for an error, without its number and what was being done.
pub fn plain(error: &io::Error) -> String {
    let system = wakeful_reactor::os_code(error).map(io::Error::from_raw_os_error);
    let text = system.as_ref().unwrap_or(error).to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

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
