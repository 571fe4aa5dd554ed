//! The reactor's tests: one program, a module for each part. None of them starts a process: until a
//! child runs its own program it holds a copy of every socket here, and closing one is not heard of
//! at its other end. Those that do are in `reactor_processes`.
#![cfg(unix)]

mod block_on;
mod cancel;
mod faults;
mod models;
mod pool;
mod promises;
mod readiness;
mod resolve;
mod sockets;
mod tcp;
mod thousand;
mod timer;
mod timer_heap;
