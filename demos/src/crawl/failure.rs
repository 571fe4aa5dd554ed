//! Why a page failed, in one line that says what went wrong.

use super::fault::Fault;
use std::fmt;
use std::io;
use std::time::Duration;

/// What ended the fetching of one page. It never ends another's.
#[derive(Debug)]
pub enum Failure {
    /// The host's name has no address.
    Resolve(io::Error),
    /// No connection came about.
    Connect(io::Error),
    /// The request could not be sent.
    Send(io::Error),
    /// The connection failed before the response was whole.
    Receive(io::Error),
    /// The response is malformed, truncated or too large.
    Response(Fault),
    /// No encrypted connection came about.
    Tls(String),
    /// No connection came about in time.
    ConnectTimeout(Duration),
    /// No whole page came in time.
    Timeout(Duration),
    /// More redirects than allowed.
    Redirects(usize),
    /// A redirect without a usable target.
    Location(String),
    /// A redirect to a page that failed; why that one did.
    Redirected(String),
    /// The body is packed in a way that cannot be unpacked.
    Coding(String),
    /// robots.txt is against it.
    Forbidden,
    /// The server could not say what robots.txt allows.
    Robots(String),
    /// The page cannot be saved.
    Save(io::Error),
    /// The server answered with this status.
    Status(u16),
    /// The server answered with this status, and wants to be left alone for longer than is waited.
    Later(u16, Duration),
    /// The page came whole but is not what it should be.
    Wrong(String),
}

impl Failure {
    /// The kind of failure in a word or two, for counting.
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Resolve(_) => "unknown host",
            Failure::Connect(error) | Failure::Send(error) | Failure::Receive(error) => {
                match error.kind() {
                    io::ErrorKind::ConnectionRefused => "refused",
                    io::ErrorKind::ConnectionReset => "reset",
                    _ => "connection",
                }
            }
            Failure::Response(Fault::Truncated { .. } | Fault::NoHead { .. }) => "truncated",
            Failure::Response(Fault::BodyTooLarge(_) | Fault::HeadTooLarge(_)) => "too large",
            Failure::Response(_) => "malformed",
            Failure::Tls(_) => "tls",
            Failure::ConnectTimeout(_) | Failure::Timeout(_) => "timeout",
            Failure::Redirects(_) | Failure::Location(_) | Failure::Redirected(_) => "redirect",
            Failure::Coding(_) => "malformed",
            Failure::Forbidden => "forbidden",
            Failure::Robots(_) => "robots.txt",
            Failure::Save(_) => "not saved",
            Failure::Status(_) | Failure::Later(..) => "status",
            Failure::Wrong(_) => "wrong",
        }
    }
}

impl Failure {
    /// The status that the server answered with, if that is the failure.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Status(status) | Failure::Later(status, _) => Some(*status),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Resolve(error) => write!(f, "{error}"),
            Failure::Connect(error) => write!(f, "cannot connect: {}", plain(error)),
            Failure::Send(error) => write!(f, "cannot send the request: {}", plain(error)),
            Failure::Receive(error) => write!(f, "the connection failed: {}", plain(error)),
            Failure::Response(fault) => write!(f, "{fault}"),
            Failure::Tls(why) => write!(f, "no secure connection: {why}"),
            Failure::ConnectTimeout(limit) => {
                write!(f, "timeout: no connection within {} s", limit.as_secs_f64())
            }
            Failure::Timeout(limit) => {
                write!(f, "timeout: no whole page within {} s", limit.as_secs_f64())
            }
            Failure::Redirects(limit) => write!(f, "more than {limit} redirects"),
            Failure::Location(text) => write!(f, "redirect to nowhere: {text:?}"),
            Failure::Redirected(why) => write!(f, "redirected: {why}"),
            Failure::Coding(why) => write!(f, "{why}"),
            Failure::Forbidden => write!(f, "robots.txt forbids it"),
            Failure::Robots(why) => {
                write!(
                    f,
                    "what robots.txt allows is not known, so nothing is: {why}"
                )
            }
            Failure::Save(error) => write!(f, "cannot save: {error}"),
            Failure::Status(status) => write!(f, "status {status}"),
            Failure::Later(status, time) => {
                write!(
                    f,
                    "status {status}, to be asked again in {} s",
                    time.as_secs()
                )
            }
            Failure::Wrong(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Response(fault)
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
