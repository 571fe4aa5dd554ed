//! The reactor's tests that start processes, fork, or catch signals. One that needs its process for
//! itself runs in a child of this one (`wakeful_tests::child::alone`).
#![cfg(unix)]

mod pool_fork;
mod process;
mod process_descriptors;
mod process_orphans;
mod signal;
mod sockets;
mod syscalls;
