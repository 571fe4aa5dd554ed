//! A tiny waker-based executor: `no_std`, no heap, stable Rust, no macros, fixed memory.
//!
//! The same code runs on a Cortex-M0 and drives 100,000 tasks on a host. Spawn any async block
//! into a static, await its output, cancel it, borrow on the stack; know at every moment what it
//! costs. It meets the rest of the world only in [`Future`] and [`Waker`]: block on it with
//! a thread, a reactor, a sleep instruction, or as a task of another executor.
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! use wakeful_executor::{Executor, block_on, yield_now};
//!
//! // 8 tasks of at most 256 bytes: all the memory there is, zeroed, in .bss.
//! static EXECUTOR: Executor<8, 256> = Executor::new();
//!
//! let local = EXECUTOR.take().expect("taken once");
//! let answer = local.spawn(async {
//!     yield_now().await;
//!     6 * 7
//! })?; // a full executor gives the future back
//! let ticking = local.spawn(async { loop { yield_now().await } })?;
//!
//! assert_eq!(block_on(local.run_until(answer)), 42);
//! assert!(ticking.cancel().is_none()); // its future is dropped here
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # The parts
//!
//! | part | what it is |
//! |---|---|
//! | [`Executor`], [`LocalExecutor`], [`Task`] | memory, the right to use it, the handle of a spawned future |
//! | [`block_on_with`] and [`Park`]; `block_on` with feature `std` | a loop around one future |
//! | [`Storage`] | a static for one big future, so that slots stay small |
//! | [`Group`] | borrowed futures on the stack, each polled only when it was woken |
//! | [`coroutine`] | generators that are resumed by hand, with values both ways |
//! | [`sync`] | event, semaphore, mutex, condition variable, channel, one-shot, and [`sync::Signal`] from interrupts |
//! | [`timers`] | sleeping where there is no operating system |
//!
//! # Promises
//!
//! Each is held by the tests named `promise_N_..` in the repository's `tests/tests/executor/promises`,
//! which fail when it is broken.
//!
//! 1. **Order.** Tasks run in the order in which they were woken: FIFO, also across threads as far
//!    as wakes are ordered. One exception: a task that is spawned into a slot that is still queued
//!    takes that place in the queue.
//! 2. **No wake is lost.** Wakes of a task that is queued already count as one, with the place of
//!    the first. A task may be polled without a wake of its own (a *spurious* poll), for example after
//!    a wake by the waker of its slot's former task.
//! 3. **Waking is free of surprises.** `wake` is lock-free (with `critical-section`, it masks
//!    interrupts for a few instructions), allocates and frees nothing, and may be called from any
//!    thread or interrupt, at any time, also after the task, its slot's next task, or its run is
//!    gone. Cloning and dropping a waker do nothing. Excluded is a POSIX signal handler on the
//!    executor's own thread. A wake that finds the executor asleep also wakes its *parent*: the task or
//!    the thread that polls the run. This costs what the parent's own waker costs.
//! 4. **Nothing is polled inside `wake`**, and no borrow is held while user code runs (a poll, a
//!    drop, a waker's function). So all of these may call the executor.
//! 5. **Passes are bounded.** A tick polls each task at most once, and at most what was ready when it
//!    began; a run gives way to its parent after 256 polls.
//! 6. **Capacity is known.** `spawn` on a full executor returns the future; nothing panics in
//!    `wake`.
//! 7. **Dropped once.** Futures and outputs are dropped exactly once, on the executor's thread: at
//!    completion, at cancel, by `clear`, or never.
//! 8. **A panic stays where it is.** A panic in one task unwinds out of the run, drops that task's
//!    future, leaves every other task as it was, and running again continues. Awaiting the panicked
//!    task panics and says so. Its slot is free at once if it was detached, else with its handle.
//! 9. **Everything is static.** Memory is what the type says, `Executor::new()` is all zeros, and
//!    `take` touches no slot, so a large executor costs a host only the slots in use.
//! 10. **One driver.** A run drives its executor from its first poll until it is ready or dropped,
//!     also after a poll unwound; `tick` and `poll_run` during the call; `run_with_idle` for ever.
//!     Any other driver meanwhile, nested or between polls, panics before it changes anything.
//!     Spawn, cancel, clear, `len`, wake and making a run are allowed everywhere. A run that is
//!     forgotten after its first poll drives for ever. Runs one after the other are fine, and so are
//!     different executors inside each other.
//!
//! # How to read the source
//!
//! In this order. Each file's head gives its idea, its terms and its invariants; imports go from the
//! top of the list to the bottom.
//!
//! ```text
//!   executor         the memory; `executor/local`: the right to spawn tasks on it, and `executor/drive`
//!                    to run them
//!   task             the join handle
//!   run              the future that polls tasks, and why there is one driver
//!   step             compiled once for each type of task: polls its future and ends its task
//!   slot/end         what happens when a task ends, and when a handle is dropped or detached
//!   joiner           which waker the end of a task wakes
//!   waker            the vtable: what a wake does
//!   slot             headers and bodies, the core, and how to find one from the other
//!   slot/free_*      which slots are free: a list on hosts, a scan on microcontrollers
//!   state            what a slot may be, and its transitions
//!   queue/run_queue  how an executor goes to sleep, and how a wake notifies its parent
//!   queue            woken slots: `local` on hosts, `cs` under a critical section, `atomic`
//!                    elsewhere; `queue/inbox` has the orderings and why no wake is lost
//! ```
//!
//! A wake from another thread reaches a poll like this: the waker finds its slot (`waker`), marks it
//! and pushes it into the inbox (`queue/inbox`); if the executor sleeps, it wakes the parent
//! (`queue/run_queue`); the parent polls the run, which pops the slot and clears its mark
//! (`run`, `queue`), and calls the step of the slot's task (`slot`, `step`).
//!
//! # Recipes
//!
//! **Spawn from another thread or an interrupt.** There is no such call on purpose: a future that
//! may move between threads is another contract. Send what is to be done through a
//! [`sync::Signal`] or a channel to a task that spawns:
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! use wakeful_executor::sync::Signal;
//! use wakeful_executor::{Executor, block_on};
//!
//! static EXECUTOR: Executor<4, 64> = Executor::new();
//! static JOBS: Signal<u32> = Signal::new();
//!
//! let local = EXECUTOR.take().expect("taken once");
//! let elsewhere = std::thread::spawn(|| JOBS.set(7));
//! let spawner = local.spawn(async move {
//!     let job = JOBS.wait().await;
//!     let task = local.spawn(async move { job * 6 }).expect("there is room");
//!     task.await
//! })?;
//! assert_eq!(block_on(local.run_until(spawner)), 42);
//! # elsewhere.join().expect("no panic");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! **Two priorities.** Take one executor in the main loop and another in an interrupt handler, and
//! poll the second with [`LocalExecutor::poll_run`] and a waker that pends the interrupt: the same
//! waker every time. The higher preempts the lower; each wakes the other's tasks.
//!
//! **Awaiting a task from elsewhere.** With a waker of the same executor a join costs nothing. Any
//! other waker (another executor's, a `FuturesUnordered`'s) is cloned. With `std`, each slot has room
//! for one. Without, all such wakers share one register, and a second one replaces the first and wakes
//! it: correct, but several of them poll each other for ever.
//!
//! # What is not here on purpose
//!
//! Work stealing, a `Send` executor, timers and sockets of an operating system (that is a
//! reactor's part), interrupt-safe channels (`embassy-sync`'s run on any executor).
//!
//! # Features
//!
//! None by default.
//! - `alloc`: `Executor::leak`, `spawn_any`.
//! - `std`: `block_on`; a wake from the executor's own thread takes a plain list instead of the inbox;
//!   spawning costs the same however many slots there are.
//! - `observe`: `Observe`, which is called for what tasks do.
//! - `critical-section`: the queue for microcontrollers, the smallest, and the only one for
//!   processors without compare-and-swap. With `std` it changes nothing.
//!
//! [`Future`]: core::future::Future
//! [`Waker`]: core::task::Waker
#![no_std]
#![deny(missing_docs, unsafe_code, unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod executor;
mod task;

mod run;
mod step;

mod joiner;

mod slot;
mod state;
mod waker;

mod atomic;
mod queue;

#[cfg(feature = "std")]
mod block_on;
mod group;
mod park;
#[cfg(feature = "alloc")]
mod spawn_any;
mod storage;
mod yield_now;

#[cfg_attr(feature = "observe", path = "observe_on.rs")]
#[cfg_attr(not(feature = "observe"), path = "observe_off.rs")]
mod observe;

pub mod coroutine;
pub mod sync;
pub mod timers;

#[cfg(feature = "std")]
pub use block_on::block_on;
pub use executor::{Executor, LocalExecutor, SpawnError};
pub use group::{Child, Group, Wakes};
#[cfg(feature = "observe")]
pub use observe::{Observe, TaskId};
pub use park::{Park, block_on_with};
pub use run::Tick;
pub use storage::{PlaceError, Placed, Storage};
pub use task::Task;
pub use yield_now::yield_now;
