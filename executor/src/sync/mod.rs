//! Primitives for tasks that wait for each other: [`Event`], [`Semaphore`], [`Mutex`], [`Condvar`],
//! [`Channel`], [`Oneshot`]. And [`Signal`], by which an interrupt or another thread reaches a task.
//!
//! All but `Signal` are for tasks on one thread, under any executor. Nothing here allocates, and any
//! number of tasks can wait: a waiter is part of the future that waits, and a list links the waiters.
//!
//! The primitives for one thread have these properties:
//!
//! - **First come, first served.** Waiters are served in the order of their first polls. What was set
//!   aside for a waiter nobody else can take, also not by a `try_` function.
//! - **Cancel-safe.** Every future can be dropped at any time. If something was set aside for it, the
//!   next waiter gets that. The exception is a future that is forgotten (`mem::forget`) while it
//!   waits: it keeps its place, and what is set aside for it is lost.
//! - **Nothing is lost.** A value that could not be delivered is handed back.
//! - **Code that is called may call back.** Wakers are called and values dropped only when the
//!   primitive's own state is in order.
//!
//! Each is a plain value with a `const fn new`, and its futures borrow it. Tasks share it through an
//! `Rc`, or, without a heap, from a `static` through a [`TakeCell`]. For channels between threads or
//! with an interrupt use those of `embassy-sync`, which run on this executor unchanged.

pub mod error;

mod channel;
mod claim;
mod condvar;
mod event;
mod mutex;
mod oneshot;
mod semaphore;
mod signal;
mod take_cell;
mod wait;
mod wait_list;

pub use channel::{Channel, ChannelRecv, ChannelSend};
pub use condvar::{Condvar, CondvarWait};
pub use error::{SendError, TryRecvError, TrySendError};
pub use event::{Event, EventWait};
pub use mutex::{Lock, Mutex, MutexGuard};
pub use oneshot::{Oneshot, OneshotTake};
pub use semaphore::{Acquire, Permit, Semaphore};
pub use signal::{Signal, SignalWait};
pub use take_cell::TakeCell;
pub use wait::Wait;
