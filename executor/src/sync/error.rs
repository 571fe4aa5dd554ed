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

/// Implements the traits of an error that carries a value of any type, which is not printed.
/// For each variant: what `Debug` prints, and what `Display` prints.
macro_rules! error_with_value {
    ($error:ident { $($variant:pat => $name:literal, $reason:literal;)+ }) => {
        impl<T> core::fmt::Debug for $error<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $($variant => $name,)+ })
            }
        }

        impl<T> core::fmt::Display for $error<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $($variant => $reason,)+ })
            }
        }

        impl<T> core::error::Error for $error<T> {}
    };
}
pub(crate) use error_with_value;

error_with_value!(SendError {
    Self(_) => "SendError(..)", "sending on a closed channel";
});

error_with_value!(TrySendError {
    Self::Full(_) => "Full(..)", "sending on a full channel";
    Self::Closed(_) => "Closed(..)", "sending on a closed channel";
});

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "receiving from an empty channel",
            Self::Closed => "receiving from a closed and empty channel",
        })
    }
}

impl core::error::Error for TryRecvError {}
