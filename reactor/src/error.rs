//! Errors that say what was being done.

use std::{error::Error, fmt, io};

/// The payload of this crate's `io::Error`s: what was being done, and the system's error as its
/// source.
#[derive(Debug)]
struct Context {
    doing: String,
    error: io::Error,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.error)
    }
}

impl Error for Context {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// The error, with what was being done before it.
pub(crate) fn context(doing: impl fmt::Display, error: io::Error) -> io::Error {
    let doing = doing.to_string();
    io::Error::new(error.kind(), Context { doing, error })
}

/// The operating system's code of an error, also where this crate has wrapped the error in what was
/// being done.
///
/// ```
/// # use wakeful_reactor::{os_code, Async};
/// # use std::net::TcpListener;
/// let taken = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
/// let error = Async::<TcpListener>::bind(taken.get_ref().local_addr()?).unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
/// assert!(os_code(&error).is_some());
/// # std::io::Result::Ok(())
/// ```
pub fn os_code(error: &io::Error) -> Option<i32> {
    let wrapped = || error.get_ref()?.downcast_ref::<Context>();
    error.raw_os_error().or_else(|| os_code(&wrapped()?.error))
}
