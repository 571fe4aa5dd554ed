//! wakeful-reactor.
#![deny(missing_docs)]
#![deny(unsafe_code)]
#![deny(
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

mod pool;

pub use pool::{Job, Panicked, Refused, ThreadPool, Unblock, unblock};
