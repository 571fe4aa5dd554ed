//! The errors of a [`Channel`](super::Channel), which hand the value back.
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use wakeful_executor::block_on;
//! use wakeful_executor::sync::Channel;
//! use wakeful_executor::sync::error::{SendError, TryRecvError, TrySendError};
//!
//! let channel = Channel::<u8, 1>::new();
//! assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
//! assert_eq!(channel.try_send(1), Ok(()));
//! assert_eq!(channel.try_send(2), Err(TrySendError::Full(2)));
//! channel.close();
//! assert_eq!(block_on(channel.send(3)), Err(SendError(3)));
//! # }
//! ```

use core::fmt;

/// The channel is closed. This has the value that was not sent. See the [module](self)
/// for an example.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// Why [`Channel::try_send`](super::Channel::try_send) refused a value. This has the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room now.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

/// Why [`Channel::try_recv`](super::Channel::try_recv) has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryRecvError {
    /// There is no value now.
    Empty,
    /// The channel is closed and empty, so there will be no value.
    Closed,
}

impl<T> SendError<T> {
    /// The value that was not sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sending on a closed channel")
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "sending on a full channel",
            Self::Closed(_) => "sending on a closed channel",
        })
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "receiving from an empty channel",
            Self::Closed => "receiving from a closed and empty channel",
        })
    }
}

impl<T> core::error::Error for SendError<T> {}
impl<T> core::error::Error for TrySendError<T> {}
impl core::error::Error for TryRecvError {}
