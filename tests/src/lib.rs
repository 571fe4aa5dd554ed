//! The kit: what the integration tests share.

pub mod mask;

pub mod child;
pub mod hand;
#[cfg(feature = "loom")]
pub mod loom_atomic;
pub mod model;
#[cfg(unix)]
pub mod reactor_model;
#[cfg(unix)]
pub mod sockets;
#[cfg(unix)]
pub mod strace;
pub mod trace;

/// The code in the READMEs, compiled and run.
#[cfg(doctest)]
mod readmes {
    #[doc = include_str!("../../README.md")]
    struct Project;

    #[doc = include_str!("../../executor/README.md")]
    struct Executor;

    #[doc = include_str!("../../reactor/README.md")]
    struct Reactor;
}

/// `core` and `std` for the executor's sources on the model checker, which compile under
/// `extern crate wakeful_tests as core`: `Cell` is checked, and a thread is one of the checker's.
#[cfg(feature = "loom")]
pub use std::{any, convert, error, fmt, future, iter, marker, mem, ops, panic, pin, ptr, task};

#[cfg(feature = "loom")]
pub mod cell {
    pub use crate::loom_atomic::Cell;
    pub use std::cell::UnsafeCell;
}

#[cfg(feature = "loom")]
pub use loom;

/// `std::thread_local!`, on the model checker.
#[cfg(feature = "loom")]
#[macro_export]
macro_rules! thread_local {
    ($(#[$attribute:meta])* static $name:ident: $value:ty = const { $initial:expr };) => {
        $crate::loom::thread_local! {
            $(#[$attribute])* static $name: $value = $initial;
        }
    };
}
