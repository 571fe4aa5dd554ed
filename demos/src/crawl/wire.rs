//! What carries a request and its response: bytes both ways, encrypted or not.

use futures_lite::{AsyncRead, AsyncWrite};

/// A connection, of whatever kind.
pub trait Wire: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Wire for T {}
