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
