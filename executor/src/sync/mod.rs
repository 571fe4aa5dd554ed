//! Tasks that wait for each other: [`Event`], [`Semaphore`], [`Mutex`], [`Condvar`], [`Channel`],
//! [`Oneshot`]; and [`Signal`], by which an interrupt or another thread reaches a task.
//!
//! All but `Signal` are for tasks on one thread, under any executor. Nothing here allocates, and
//! waiting has no capacity to run out of: a waiter is part of the future that waits, and the
//! waiters are linked into a line.
//!
//! What holds for those on one thread:
//!
//! - **First come, first served.** Who waits is served in the order of its first poll, and what was
//!   set aside for it nobody else can snatch, not even by a `try_` form.
//! - **Cancel-safe.** Any future here can be dropped at any time. One that had been chosen passes
//!   its turn on to the next in line. The exception is a future that is forgotten (`mem::forget`)
//!   while it waits: it keeps its place, and a turn that comes to it is lost.
//! - **Nothing is lost.** A value that could not be delivered is handed back.
//! - **Nothing is held while other code runs.** Wakers are called, and values dropped, when the
//!   part's own state is in order; they may call back into it.
//!
//! Each is a plain value with a `const fn new`, borrowed by its futures. Tasks share it through an
//! `Rc`, or, without a heap, from a `static` through a [`TakeCell`]. Channels between threads or
//! with an interrupt exist elsewhere: those of `embassy-sync` run on this executor unchanged.

pub mod error;

mod channel;
mod condvar;
mod event;
mod mutex;
mod oneshot;
mod semaphore;
mod signal;
mod take_cell;
mod wait_list;
mod waiter;

pub use channel::{Channel, ChannelRecv, ChannelSend};
pub use condvar::{Condvar, CondvarWait};
pub use error::{SendError, TryRecvError, TrySendError};
pub use event::{Event, EventWait};
pub use mutex::{Lock, Mutex, MutexGuard};
pub use oneshot::{Oneshot, OneshotTake};
pub use semaphore::{Acquire, Permit, Semaphore};
pub use signal::{Signal, SignalWait};
pub use take_cell::TakeCell;
