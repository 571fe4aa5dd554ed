//! [`Group`]: borrowed futures driven as one, each polled only when it was woken.
//!
//! `join!` polls every branch whenever one of them was woken. A group gives each child a waker of
//! its own, whose words are a static, [`Wakes`], because a waker may live for ever. The children
//! themselves are borrowed: they may live on the stack and borrow each other's data.
//!
//! Woken children are queued as an executor's tasks are: see `run_queue`.
//!
//! # Invariants
//! - **Static words**: wakes are `'static`, so a pointer to them or to one of their words is valid for
//!   ever. Every such pointer is derived from one to the whole [`Wakes`].
//! - **One group**: the queue's owner is the group that claimed the wakes, which is neither `Send` nor
//!   `Sync`. Others only wake.

#![allow(unsafe_code)] // Wakers that point into a static.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, offset_of};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::atomic::{AtomicBool, Ordering};
use crate::queue::{Node, NodeRef, Queue};
use crate::run_queue::RunQueue;
use crate::state::Index;

/// The wake words of a [`Group`] of at most `N` children, in a `static`.
#[repr(C)]
pub struct Wakes<const N: usize> {
    hub: Hub,
    words: [Node; N],
}

/// What all wakes have, whatever their number.
#[repr(C)]
struct Hub {
    run_queue: RunQueue,
    is_claimed: AtomicBool,
}

// SAFETY: other threads reach `is_claimed`, which one of them wins, and `Node::mark` and `Queue::wake`,
// which are made for them. All else is the group's (One group).
unsafe impl<const N: usize> Sync for Wakes<N> {}

impl<const N: usize> Wakes<N> {
    /// Words for `N` children.
    pub const fn new() -> Self {
        const {
            assert!(N <= Index::MAX as usize / 2, "wakeful: a Group is not that large");
            assert!(offset_of!(Self, words) == WORDS);
        }
        let mut words = [const { Node::new(0) }; N];
        let mut index = 0;
        while index < N {
            words[index] = Node::new(2 * index as Index);
            index += 1;
        }
        let hub = Hub { run_queue: RunQueue::new(), is_claimed: AtomicBool::new(false) };
        Self { hub, words }
    }
}

impl<const N: usize> Default for Wakes<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for Wakes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wakes").field("children", &N).finish()
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
    wakes: &'static Wakes<N>,
    children: [Option<Child<'a>>; N],
    /// Children that are not ready yet.
    left: usize,
    on_one_thread: PhantomData<*const ()>,
}

impl<'a, const N: usize> Group<'a, N> {
    /// An empty group; `None` if another group uses these `wakes` now.
    pub fn new(wakes: &'static Wakes<N>) -> Option<Self> {
        // Acquire: pairs with the release in `drop`. Exchanged, not swapped: see `atomic`.
        let claimed = wakes.hub.is_claimed.compare_exchange(
            false,
            true,
            Ordering::Acquire,
            Ordering::Relaxed,
        );
        claimed.ok()?;
        let queue = &wakes.hub.run_queue.queue;
        queue.set_up();
        // Late wakes of the former group's children.
        while queue.pop().is_some() {}
        Some(Self { wakes, children: [const { None }; N], left: 0, on_one_thread: PhantomData })
    }

    /// Adds a child, as woken.
    ///
    /// # Errors
    /// All `N` places are taken by children that are not ready yet: the child comes back.
    pub fn add(&mut self, child: Child<'a>) -> Result<(), Child<'a>> {
        let Some(index) = self.children.iter().position(Option::is_none) else {
            return Err(child);
        };
        self.children[index] = Some(child);
        self.left += 1;
        WordRef::new(self.wakes, index).wake();
        Ok(())
    }

    /// How many children are not ready yet.
    pub fn len(&self) -> usize {
        self.left
    }

    /// Whether all children are ready.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Polls a child that was woken, if it is still there. A child that panics is gone.
    fn poll_child(&mut self, word: WordRef) {
        let index = word.node().payload() as usize / 2;
        let Some(mut child) = self.children[index].take() else {
            return;
        };
        self.left -= 1;
        let waker = word.waker();
        if child.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.children[index] = Some(child);
            self.left += 1;
        }
    }
}

impl<const N: usize> Future for Group<'_, N> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let run_queue = &self.wakes.hub.run_queue;
        run_queue.resume();
        loop {
            // What is woken from now on comes after this child, in the next poll.
            let newest = run_queue.queue.newest();
            let mut popped = None;
            while popped != newest {
                popped = run_queue.queue.pop();
                if let Some(node) = popped {
                    self.poll_child(WordRef::of(node));
                }
            }
            if self.left == 0 {
                return Poll::Ready(());
            }
            if !run_queue.queue.is_empty() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if run_queue.sleep(cx.waker()) {
                return Poll::Pending;
            }
        }
    }
}

impl<const N: usize> Drop for Group<'_, N> {
    fn drop(&mut self) {
        let hub = &self.wakes.hub;
        // Dropped last: a waker's drop may panic, and the wakes are to be free all the same.
        let _parent = hub.run_queue.leave();
        hub.run_queue.queue.disown();
        // Release: the next group sees the queue as this one left it.
        hub.is_claimed.store(false, Ordering::Release);
    }
}

impl<const N: usize> fmt::Debug for Group<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("left", &self.left).field("places", &N).finish()
    }
}

/// From the hub to the first word.
const WORDS: usize = offset_of!(Wakes<1>, words);

/// A pointer to a word (Static words). Its payload is twice its index.
#[derive(Clone, Copy)]
struct WordRef(NonNull<Node>);

impl WordRef {
    fn new<const N: usize>(wakes: &'static Wakes<N>, index: usize) -> Self {
        assert!(index < N);
        let whole = NonNull::from(wakes).cast::<Node>();
        // SAFETY: a pointer must stay in its allocation. There are `N` words.
        Self(unsafe { whole.byte_add(WORDS + index * size_of::<Node>()) })
    }

    /// The word of a node that came out of a group's queue.
    fn of(node: NodeRef) -> Self {
        Self(node.as_ptr())
    }

    fn node(&self) -> &Node {
        // SAFETY: a reference needs a living target. Words are static, and their fields allow shared
        // access (Static words, One group).
        unsafe { self.0.as_ref() }
    }

    /// Queues the child and, if the group sleeps, wakes its parent. From anywhere.
    fn wake(self) {
        let Some(payload) = Queue::mark(self.node()) else {
            return;
        };
        let offset = WORDS + payload as usize / 2 * size_of::<Node>();
        // SAFETY: a pointer must stay in its allocation. The hub is that far away.
        let hub = unsafe { self.0.byte_sub(offset) }.cast::<Hub>();
        // SAFETY: as in `node`.
        let hub = unsafe { hub.as_ref() };
        // SAFETY: the node must live for ever.
        hub.run_queue.wake(unsafe { NodeRef::new(self.0) });
    }

    /// The child's waker. Dropping it would do nothing.
    fn waker(self) -> ManuallyDrop<Waker> {
        let data = self.0.as_ptr().cast_const().cast();
        // SAFETY: the table's functions must be callable from any thread with this data. The pointer
        // is valid for ever, and other threads only wake through it.
        ManuallyDrop::new(unsafe { Waker::new(data, &VTABLE) })
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, ignore);

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &VTABLE)
}

fn wake(data: *const ()) {
    // SAFETY: the pointer must not be null. It came from `WordRef::waker`.
    WordRef(unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }).wake();
}

fn ignore(_: *const ()) {}
