//! What was being done when an error came.

use std::error::Error;
use std::fmt;
use std::io;

/// The payload of the `io::Error`s of this crate: what was being done, and the system's error as
/// its source.
#[derive(Debug)]
pub(crate) struct While {
    doing: String,
    error: io::Error,
}

impl While {
    pub(crate) fn new(doing: String, error: io::Error) -> While {
        While { doing, error }
    }
}

impl fmt::Display for While {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.error)
    }
}

impl Error for While {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// The operating system's code of an error, also if it is wrapped in what was being done, as this
/// crate's errors are when they name an address.
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
    let wrapped = || error.get_ref()?.downcast_ref::<While>();
    error.raw_os_error().or_else(|| os_code(&wrapped()?.error))
}
