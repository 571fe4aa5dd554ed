//! [`Group`]: borrowed futures driven as one, each polled only when it was woken.
//!
//! `join!` polls every branch whenever one of them was woken. A group is a small executor of its own,
//! whose tasks are pointers to its children. So each child has a waker of its own, and children are
//! queued as tasks are. The executor is a static, [`Wakes`], because a waker may live for ever. The
//! children are borrowed: they may live on the stack and borrow each other's data.
//!
//! # Invariants
//! - **One group**: a group that changes `is_claimed` from false to true owns the executor until its
//!   drop changes it back. A group is neither `Send` nor `Sync`. All others only wake.
//! - **Cleared**: a group's drop takes the pointers to its children out of the executor. If the group
//!   is forgotten instead, it owns the executor for ever, and nobody uses the pointers.

#![allow(unsafe_code)] // Pointers to borrowed futures in a static executor.

use core::future::Future;
use core::marker::PhantomData;
use core::mem::transmute;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::atomic::{AtomicBool, Ordering};
use crate::executor::{Executor, LocalExecutor};

/// Bytes of a pointer to a child.
const POINTER: usize = size_of::<Child<'static>>();

/// The memory of a [`Group`] of at most `N` children, in a `static`: an executor of tasks that hold
/// one pointer each, all zeros.
pub struct Wakes<const N: usize> {
    is_claimed: AtomicBool,
    executor: Executor<N, POINTER>,
}

impl<const N: usize> Wakes<N> {
    /// Memory for `N` children.
    pub const fn new() -> Self {
        Self { is_claimed: AtomicBool::new(false), executor: Executor::new() }
    }
}

impl<const N: usize> Default for Wakes<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// A group's child: borrowed, pinned, and without an output.
/// See [`Group`] for an example.
pub type Child<'a> = Pin<&'a mut (dyn Future<Output = ()> + 'a)>;

/// At most `N` borrowed futures driven as one, which is ready when all of them are.
///
/// A child is polled when it was woken, in the order of the wakes, and not otherwise.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use core::cell::Cell;
/// use core::pin::pin;
/// use wakeful_executor::{Group, Wakes, block_on, yield_now};
///
/// static WAKES: Wakes<2> = Wakes::new();
///
/// let total = Cell::new(0);
/// let ones = pin!(async {
///     for _ in 0..3 {
///         total.set(total.get() + 1);
///         yield_now().await;
///     }
/// });
/// let tens = pin!(async { total.set(total.get() + 10) });
///
/// let mut group = Group::new(&WAKES).expect("not in use");
/// assert!(group.add(ones).is_ok());
/// assert!(group.add(tens).is_ok());
/// block_on(group);
/// assert_eq!(total.get(), 13);
/// ```
///
/// # Panics
/// A child that panics is not polled again; the panic goes on through the group, and the others
/// are as before.
///
/// # Cancellation
/// Dropping the group stops driving the children, which stay as they are; a later group may go on
/// with them. The wakes can be used again.
#[must_use = "futures do nothing unless awaited"]
pub struct Group<'a, const N: usize> {
    is_claimed: &'static AtomicBool,
    /// Also what keeps the group on its thread.
    local: LocalExecutor<POINTER>,
    children: PhantomData<Child<'a>>,
}

impl<'a, const N: usize> Group<'a, N> {
    /// An empty group; `None` if another group uses these `wakes` now.
    pub fn new(wakes: &'static Wakes<N>) -> Option<Self> {
        let is_claimed = &wakes.is_claimed;
        // Acquire: pairs with the release in `drop`. Exchanged, not swapped: see `atomic`.
        let claimed =
            is_claimed.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        claimed.ok()?;
        // SAFETY: nobody else may use the executor. The last group has left it (One group).
        let local = unsafe { wakes.executor.steal() };
        // The last group may have been another thread's.
        local.core.run_queue.queue.set_owned(true);
        Some(Self { is_claimed, local, children: PhantomData })
    }

    /// Adds a child, as woken.
    ///
    /// # Errors
    /// The group has `N` children that are not ready yet: the child is given back.
    pub fn add(&mut self, child: Child<'a>) -> Result<(), Child<'a>> {
        // SAFETY: a pointer must not be used when its child is gone. The child outlives the group,
        // and the pointer goes with the group (Cleared).
        let child = unsafe { transmute::<Child<'a>, Child<'static>>(child) };
        let added = self.local.spawn_detached(child);
        added.map_err(|refused| refused.into_inner() as Child<'a>)
    }

    /// How many children are not ready yet.
    pub fn len(&self) -> usize {
        self.local.len()
    }

    /// Whether all children are ready.
    pub fn is_empty(&self) -> bool {
        self.local.is_empty()
    }
}

impl<const N: usize> Future for Group<'_, N> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.local.core.run_queue.resume();
        // A child that is woken from now on is polled in the next poll.
        self.local.tick(usize::MAX);
        if self.is_empty() {
            return Poll::Ready(());
        }
        if !self.local.core.run_queue.sleep(cx.waker()) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<const N: usize> Drop for Group<'_, N> {
    fn drop(&mut self) {
        self.local.clear();
        let run_queue = &self.local.core.run_queue;
        // Dropped last: a waker's drop may panic, and the wakes are to be free all the same.
        let _parent = run_queue.leave();
        run_queue.queue.set_owned(false);
        // Release: the next group sees the executor as this one left it.
        self.is_claimed.store(false, Ordering::Release);
    }
}
