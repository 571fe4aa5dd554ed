//! [`Group`]: borrowed futures driven as one, each polled only when it was woken.
//!
//! `join!` polls every branch whenever one of them was woken. A group gives each child a waker of
//! its own, whose words are a static, [`Wakes`], because a waker may live for ever. The children
//! themselves are borrowed: they may live on the stack and borrow each other's data.
//!
//! The queue of woken children is the one of the executor: see `queue_one_door`.
//!
//! # Invariants
//! - **Static words**: wakes are `'static`, so a pointer to them or one of their words is valid for
//!   ever.
//! - **Whole pointer**: every such pointer is derived from one to the whole [`Wakes`].
//! - **One group**: the queue's consumer side and the parent's register belong to the group that
//!   claimed the wakes, which is neither `Send` nor `Sync`.

#![allow(unsafe_code)] // Wakers that point into a static.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, offset_of};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::atomic::{AtomicBool, Index, Ordering};
use crate::inbox::{MOST, Pushed, index_of, link_of};
use crate::parent::{Parent, Registered};
use crate::queue_one_door::{Node, Nodes, Queue};

/// The wake words of a [`Group`] of at most `N` children, in a `static`.
#[repr(C)]
pub struct Wakes<const N: usize> {
    hub: Hub,
    words: [Word; N],
}

/// What all wakes have, whatever their number.
#[repr(C)]
struct Hub {
    queue: Queue,
    parent: Parent,
    claimed: AtomicBool,
}

/// A child's word; a waker points to it.
#[repr(C)]
struct Word {
    index: Cell<Index>,
    node: Node,
}

// SAFETY: other threads reach `claim`, which one of them wins, and `Queue::wake` and
// `Parent::tell`, which are made for them. `index` is written by `new` and read afterwards; all
// else is the group's (One group).
unsafe impl<const N: usize> Sync for Wakes<N> {}

impl<const N: usize> Wakes<N> {
    /// Words for `N` children.
    pub const fn new() -> Self {
        const {
            assert!(N < MOST, "wakeful: a Group is not that large");
            assert!(offset_of!(Self, words).is_multiple_of(align_of::<Word>()));
        }
        let mut words = [const {
            Word {
                index: Cell::new(0),
                node: Node::new(),
            }
        }; N];
        let mut index = 0;
        while index < N {
            words[index].index = Cell::new(index as Index);
            index += 1;
        }
        let hub = Hub {
            queue: Queue::new(),
            parent: Parent::new(),
            claimed: AtomicBool::new(false),
        };
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
        // Acquire: pairs with the release in `drop`.
        let claimed =
            wakes
                .hub
                .claimed
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        if claimed.is_err() {
            return None;
        }
        let children = [const { None }; N];
        let group = Self {
            wakes,
            children,
            left: 0,
            on_one_thread: PhantomData,
        };
        wakes.hub.queue.adopt();
        // Late wakes of the former group's children.
        while group.pop().is_some() {}
        Some(group)
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
        let (words, index) = (self.words(), index as Index);
        // A former child may have left a wake; the new one is woken now.
        if words.word(index).word().node.is_queued() {
            self.wakes.hub.queue.remove(words, link_of(index));
        }
        words.word(index).wake();
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

    fn words(&self) -> HubRef {
        HubRef(NonNull::from(self.wakes).cast())
    }

    /// The child that was woken first.
    fn pop(&self) -> Option<Index> {
        self.wakes.hub.queue.pop(self.words()).map(index_of)
    }

    /// Polls a child that was woken, if it is still there.
    fn poll_child(&mut self, index: Index) {
        let Some(mut child) = self.children[index as usize].take() else {
            return;
        };
        // If the poll panics, this child is gone.
        self.left -= 1;
        let waker = self.words().word(index).waker();
        if child
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            self.children[index as usize] = Some(child);
            self.left += 1;
        }
    }
}

impl<const N: usize> Future for Group<'_, N> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let hub = &self.wakes.hub;
        hub.parent.come_back(|| hub.queue.inbox.unpark());
        for _ in 0..hub.queue.ready(self.words(), N) {
            if let Some(index) = self.pop() {
                self.poll_child(index);
            }
        }
        if self.left == 0 {
            return Poll::Ready(());
        }
        if !hub.parent.knows(cx.waker()) {
            let new = cx.waker().clone();
            match hub.parent.register(new) {
                // An earlier waker of the same parent: only the latest one is told.
                Registered::Kept { pushed_out } => drop(pushed_out),
                Registered::Busy(new) => {
                    new.wake();
                    return Poll::Pending;
                }
            }
        }
        // A wake may have come since: look again.
        if hub.queue.park() {
            hub.parent.park();
        } else {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<const N: usize> Drop for Group<'_, N> {
    fn drop(&mut self) {
        let hub = &self.wakes.hub;
        hub.parent.come_back(|| hub.queue.inbox.unpark());
        hub.parent.forget();
        // Release: the next group sees the queue as this one left it.
        hub.claimed.store(false, Ordering::Release);
    }
}

impl<const N: usize> fmt::Debug for Group<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("left", &self.left)
            .field("places", &N)
            .finish()
    }
}

/// A pointer to a hub, derived from the whole [`Wakes`].
#[derive(Clone, Copy)]
struct HubRef(NonNull<Hub>);

/// A pointer to a word, derived likewise.
#[derive(Clone, Copy)]
struct WordRef(NonNull<Word>);

/// From the hub to the first word.
const WORDS: usize = offset_of!(Wakes<1>, words);

impl HubRef {
    fn word(self, index: Index) -> WordRef {
        // SAFETY: a pointer must stay in its allocation; indices are less than `N`.
        WordRef(unsafe { self.0.byte_add(WORDS + index as usize * size_of::<Word>()) }.cast())
    }

    fn hub(self) -> &'static Hub {
        // SAFETY: wakes are static, and their fields allow shared access (Static words).
        unsafe { self.0.as_ref() }
    }
}

impl Nodes for HubRef {
    fn node(&self, link: Index) -> &Node {
        // SAFETY: as in `hub`.
        &unsafe { self.word(index_of(link)).0.as_ref() }.node
    }
}

impl WordRef {
    fn word(self) -> &'static Word {
        // SAFETY: as in `HubRef::hub`.
        unsafe { self.0.as_ref() }
    }

    /// Queues the child and, if the group sleeps, tells its parent.
    fn wake(self) {
        let index = self.word().index.get();
        let offset = WORDS + index as usize * size_of::<Word>();
        // SAFETY: this goes back to where `HubRef::word` came from (Whole pointer).
        let hub = HubRef(unsafe { self.0.byte_sub(offset) }.cast());
        let pushed = hub.hub().queue.wake(&self.word().node, hub, link_of(index));
        if pushed == Some(Pushed::WasParked) {
            hub.hub().parent.tell();
        }
    }

    /// The child's waker. Dropping it would do nothing.
    fn waker(self) -> ManuallyDrop<Waker> {
        // SAFETY: the table's functions are thread-safe, and the pointer is good for ever.
        ManuallyDrop::new(unsafe { Waker::new(self.0.as_ptr().cast_const().cast(), &VTABLE) })
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, ignore);

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &VTABLE)
}

fn wake(data: *const ()) {
    // SAFETY: this function is reached only through a waker that `WordRef::waker` made.
    WordRef(unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }).wake();
}

fn ignore(_: *const ()) {}
