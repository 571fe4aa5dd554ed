//! The core: what all executors have, whatever their sizes.

use core::cell::Cell;
use core::mem::offset_of;
use core::ops::Deref;
use core::ptr::NonNull;
use core::task::Waker;

#[cfg(not(feature = "std"))]
use super::Op;
#[cfg(feature = "std")]
use super::Vacant;
use super::{Header, Slot, SlotRef, UNIT};
use crate::atomic::{AtomicUsize, Ordering};
use crate::observe::Observers;
use crate::queue::Queue;
use crate::run_queue::RunQueue;
use crate::state::{Index, State};

/// What all executors have.
#[repr(C)]
pub(crate) struct Core {
    pub(crate) run_queue: RunQueue,
    /// How far a header behind the last slot would be, in bytes; 0 until the executor is taken.
    pub(crate) end: AtomicUsize,
    /// The waker of another executor that awaits a task: see `joiner_shared`.
    #[cfg_attr(feature = "std", allow(dead_code))]
    pub(crate) foreign: Cell<Option<Waker>>,
    /// The slot whose future is being polled.
    pub(crate) current: Cell<Option<SlotRef>>,
    /// What to do with it after the poll: drop the future, if the task was cancelled or cleared. A
    /// pointer, so that a program that does neither does not contain the code.
    pub(crate) after_poll: Cell<Option<fn(SlotRef)>>,
    pub(crate) is_driven: Cell<bool>,
    #[cfg(feature = "std")]
    pub(crate) free: Free,
    pub(crate) observers: Observers,
    /// For the future inside `run_until`, which is woken like a task.
    main: Header,
}

/// Which slots are free: see `free_list`.
#[cfg(feature = "std")]
pub(crate) struct Free {
    /// The slot that was freed last. Each free slot leads to the one that was freed before it.
    pub(crate) first: Cell<Option<Vacant>>,
    /// How many slots were ever used.
    pub(crate) touched: Cell<usize>,
    /// How many slots are in use.
    pub(crate) used: Cell<usize>,
    /// How many of them have a future.
    pub(crate) live: Cell<usize>,
}

const MAIN: Index = (offset_of!(Core, main) / UNIT) as Index;
const _: () = assert!(MAIN >= State::FIRST_DISTANCE);

impl Core {
    pub(crate) const fn new() -> Self {
        Self {
            run_queue: RunQueue::new(),
            end: AtomicUsize::new(0),
            foreign: Cell::new(None),
            current: Cell::new(None),
            after_poll: Cell::new(None),
            is_driven: Cell::new(false),
            #[cfg(feature = "std")]
            free: Free {
                first: Cell::new(None),
                touched: Cell::new(0),
                used: Cell::new(0),
                live: Cell::new(0),
            },
            observers: Observers::new(),
            main: Header::new(),
        }
    }
}

/// A pointer to an executor's core, valid for ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CoreRef(NonNull<Core>);

impl Deref for CoreRef {
    type Target = Core;

    fn deref(&self) -> &Core {
        // SAFETY: a reference needs a living target. Executors are never freed (Static), and their
        // fields are cells and atomics, which the owner uses alone (Owner calls).
        unsafe { self.0.as_ref() }
    }
}

impl CoreRef {
    fn end(self) -> usize {
        // Relaxed: the owner took the executor itself.
        self.end.load(Ordering::Relaxed)
    }

    /// # Safety
    /// The pointer is derived from one to a whole executor that is never moved nor freed. On another
    /// thread than the owner's, the caller only wakes a slot.
    pub(crate) unsafe fn new(core: NonNull<Core>) -> Self {
        Self(core)
    }

    /// The header of main.
    pub(crate) fn main(self) -> SlotRef {
        // SAFETY: the core has a header there.
        let main = unsafe { self.at(MAIN) };
        main.place(self);
        main
    }

    /// The slot that was woken first, which is queued no longer.
    pub(crate) fn pop(self) -> Option<SlotRef> {
        let node = self.run_queue.queue.pop()?;
        // A node of this queue is the first field of a header (`SlotRef::node_ref`).
        Some(SlotRef(node.as_ptr().cast()))
    }

    /// # Safety
    /// A header of this executor lies there.
    pub(super) unsafe fn at(self, distance: Index) -> SlotRef {
        // SAFETY: a pointer must stay in its allocation. The caller says so (Whole pointer).
        SlotRef(unsafe { self.0.byte_add(distance as usize * UNIT) }.cast())
    }
}

/// For `joiner_shared`.
#[cfg(not(feature = "std"))]
impl CoreRef {
    /// Has main's next turn wake the waker in `foreign`. Gives main.
    pub(crate) fn wake_foreign_at_turn(self) -> SlotRef {
        let main = self.main();
        main.step.set(Some(wake_foreign));
        main
    }
}

/// Wakes the waker in `foreign`. A step of main, which has no future in a slot.
///
/// # Safety
/// It asks for nothing: it is unsafe because steps are.
#[cfg(not(feature = "std"))]
unsafe fn wake_foreign(main: SlotRef, _: Op) {
    main.step.set(None);
    if let Some(waker) = main.core().foreign.take() {
        waker.wake();
    }
}

impl SlotRef {
    pub(crate) fn core(self) -> CoreRef {
        self.core_at(self.node.payload())
    }

    /// Queues the slot unless it is queued, and wakes the parent of an executor that sleeps. From any
    /// thread or interrupt.
    pub(crate) fn wake(self) {
        let Some(distance) = Queue::mark(&self.node) else {
            return;
        };
        let core = self.core_at(distance);
        if core.run_queue.wake(self.node_ref()) {
            core.observers.woken(&self.serial);
        }
    }

    fn core_at(self, distance: Index) -> CoreRef {
        // SAFETY: a pointer must stay in its allocation. The core is as far away as the node's payload
        // says, which is what both callers pass (Whole pointer).
        CoreRef(unsafe { self.0.byte_sub(distance as usize * UNIT) }.cast())
    }

    /// Sets the distance, unless it was set before: other threads may read it then.
    pub(super) fn place(self, core: CoreRef) {
        if self.node.payload() == 0 {
            let distance = self.0.as_ptr().addr() - core.0.as_ptr().addr();
            self.node.set_payload((distance / UNIT) as Index);
        }
    }
}

/// The slots of an executor.
#[derive(Clone, Copy)]
pub(crate) struct Slots {
    pub(crate) core: CoreRef,
    stride: usize,
}

impl Slots {
    /// How far the first slot is from the core, in bytes. Its body is aligned as the executor is.
    pub(crate) const FIRST: usize = {
        let body =
            (size_of::<Core>() + super::TAIL + super::BODY).next_multiple_of(super::MOST_ALIGNED);
        body - super::TAIL - super::BODY
    };

    /// What lies between the core and the first slot.
    pub(crate) const GAP: usize = Self::FIRST - size_of::<Core>();

    /// What `Core::end` is for so many slots.
    pub(crate) const fn end<const BYTES: usize>(tasks: usize) -> usize {
        Self::FIRST + super::TAIL + tasks * size_of::<Slot<BYTES>>()
    }

    /// # Safety
    /// The slots of this core are of this size.
    pub(crate) unsafe fn new<const BYTES: usize>(core: CoreRef) -> Self {
        Self { core, stride: size_of::<Slot<BYTES>>() }
    }

    /// How many there are.
    pub(crate) fn capacity(self) -> usize {
        (self.core.end() - Self::FIRST) / self.stride
    }

    /// The number of a slot, from 1. They are numbered from the end.
    #[cfg_attr(not(feature = "observe"), allow(dead_code))]
    pub(crate) fn number(self, slot: SlotRef) -> usize {
        (self.core.end() - slot.node.payload() as usize * UNIT) / self.stride
    }

    /// The slot of this number, which was never used before.
    #[cfg(feature = "std")]
    pub(crate) fn fresh(self, number: usize) -> Option<Vacant> {
        let (slot, _) = self.after(self.core.end() - (number - 1) * self.stride)?;
        slot.vacant()
    }

    /// All of them, by their numbers.
    pub(crate) fn iter(self) -> impl Iterator<Item = SlotRef> {
        let mut at = self.core.end();
        core::iter::from_fn(move || {
            let slot;
            (slot, at) = self.after(at)?;
            Some(slot)
        })
    }

    /// The slot in front of this distance in bytes, and its own distance.
    fn after(self, at: usize) -> Option<(SlotRef, usize)> {
        if at < Self::FIRST + self.stride {
            return None;
        }
        let at = at - self.stride;
        // SAFETY: a pointer must stay in its allocation. There is a header (`new`, Whole pointer).
        let header = unsafe { self.core.0.byte_add(at) };
        Some((SlotRef(header.cast()), at))
    }
}
