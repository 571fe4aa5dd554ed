//! Sockets.

mod connect;
mod incoming;
pub(crate) mod tcp;
mod udp;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_address;

pub use incoming::Incoming;
