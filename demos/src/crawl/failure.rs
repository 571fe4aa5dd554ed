//! Why a page failed, in one line that says what went wrong.

use super::fault::Fault;
use std::io;
use std::time::Duration;
use thiserror::Error;

/// What ended the fetching of one page. It never ends another's.
#[derive(Debug, Error)]
pub enum Failure {
    /// The host's name has no address.
    #[error("{0}")]
    Resolve(String),
    /// No connection came about.
    #[error("cannot connect: {}", plain(.0))]
    Connect(io::Error),
    /// The request could not be sent.
    #[error("cannot send the request: {}", plain(.0))]
    Send(io::Error),
    /// The connection failed before the response was whole.
    #[error("the connection failed: {}", plain(.0))]
    Receive(io::Error),
    /// The response is malformed, truncated or too large.
    #[error("{0}")]
    Response(#[from] Fault),
    /// No encrypted connection came about.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// No connection came about in time.
    #[error("timeout: no connection within {} s", .0.as_secs_f64())]
    ConnectTimeout(Duration),
    /// No whole page came in time.
    #[error("timeout: no whole page within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// More redirects than allowed.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// A redirect without a usable target.
    #[error("redirect to nowhere: {0:?}")]
    Location(String),
    /// A redirect to a page that failed; why that one did.
    #[error("redirected: {0}")]
    Redirected(String),
    /// The body is packed in a way that cannot be unpacked.
    #[error("{0}")]
    Coding(String),
    /// robots.txt is against it.
    #[error("robots.txt forbids it")]
    Forbidden,
    /// The server could not say what robots.txt allows; the kind of that failure, and its line.
    #[error("{1}")]
    Robots(&'static str, String),
    /// The page cannot be saved.
    #[error("cannot save: {0}")]
    Save(io::Error),
    /// The server answered with this status.
    #[error("status {0}")]
    Status(u16),
    /// The server answered with this status, and wants to be left alone for longer than is waited.
    #[error("status {}, to be asked again in {} s", .0, .1.as_secs())]
    Later(u16, Duration),
    /// The page came whole but is not what it should be.
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

    /// Whether no connection came about.
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
