//! The core: what all executors have, whatever their sizes.

use core::cell::Cell;
use core::mem::offset_of;
use core::ops::Deref;
use core::ptr::NonNull;

use super::body;
use super::free::Free;
use super::{Header, Slot, SlotRef, Step, UNIT};
use crate::atomic::{AtomicUsize, Ordering};
use crate::observe::Observers;
use crate::queue::RunQueue;
use crate::state::{Index, State};

/// What all executors have.
#[repr(C)]
pub(crate) struct Core {
    pub(crate) run_queue: RunQueue,
    /// How far a header behind the last slot would be, in bytes; 0 until the executor is taken.
    pub(crate) end: AtomicUsize,
    /// The waker of another executor that awaits a task: see `joiner`.
    #[cfg(not(feature = "std"))]
    foreign: Cell<Option<core::task::Waker>>,
    /// Wakes the foreign waker that awaits a task. A pointer, as below.
    pub(crate) wake_foreign: Cell<Option<fn(SlotRef)>>,
    /// The slot whose future is being polled.
    pub(crate) current: Cell<Option<SlotRef>>,
    /// What to do with it after the poll: drop the future, if the task was cancelled or cleared. A
    /// pointer, so that a program that does neither does not contain the code.
    pub(crate) after_poll: Cell<Option<fn(SlotRef)>>,
    pub(crate) is_driven: Cell<bool>,
    pub(super) free: Free,
    pub(crate) observers: Observers,
    /// For the future inside `run_until`, which is woken like a task.
    main: Header,
}

const MAIN: Index = (offset_of!(Core, main) / UNIT) as Index;
const _: () = assert!(MAIN >= State::FIRST_DISTANCE);

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

    /// # Safety
    /// A header of this executor lies there.
    pub(super) unsafe fn at(self, distance: Index) -> SlotRef {
        // SAFETY: a pointer must stay in its allocation. The caller says so (Whole pointer).
        SlotRef(unsafe { self.0.byte_add(distance as usize * UNIT) }.cast())
    }
}

impl SlotRef {
    pub(crate) fn core(self) -> CoreRef {
        // SAFETY: a pointer must stay in its allocation. The core is that far away (Whole pointer).
        CoreRef(unsafe { self.0.byte_sub(self.distance() as usize * UNIT) }.cast())
    }

    /// Queues the slot unless it is queued, and wakes the parent of an executor that sleeps. From any
    /// thread or interrupt.
    pub(crate) fn wake(self) {
        if self.core().run_queue.wake(self) {
            self.observe(Observers::woken);
        }
    }

    /// Sets the distance, unless it was set before: other threads may read it then.
    pub(super) fn place(self, core: CoreRef) {
        if self.distance() == 0 {
            let distance = self.0.as_ptr().addr() - core.0.as_ptr().addr();
            // Relaxed: nobody else has a pointer to the header yet.
            self.tag.store((distance / UNIT) as Index, Ordering::Relaxed);
        }
    }

    /// The poll of the slot's task is over, if it was being polled, although it is still on the stack.
    pub(crate) fn end_poll(self) {
        let core = self.core();
        if core.current.get() == Some(self) {
            core.current.set(None);
            core.after_poll.set(None);
        }
    }

    /// The end of the task is to wake this slot, or a foreign waker. `false`: the task has ended.
    pub(crate) fn join(self, joiner: Option<SlotRef>) -> bool {
        if self.is_over() {
            return false;
        }
        self.state.set(joiner.map_or(State::HANDLE, |joiner| State(joiner.distance())));
        true
    }

    /// Where the waker of another executor is kept.
    #[cfg(not(feature = "std"))]
    pub(crate) fn foreign(&self) -> &Cell<Option<core::task::Waker>> {
        // SAFETY: a reference needs a living target. Executors are never freed (Static).
        &unsafe { self.core().0.as_ref() }.foreign
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
            (size_of::<Core>() + body::TAIL + body::BODY).next_multiple_of(body::MOST_ALIGNED);
        body - body::TAIL - body::BODY
    };

    /// What lies between the core and the first slot.
    pub(crate) const GAP: usize = Self::FIRST - size_of::<Core>();

    /// What `Core::end` is for so many slots.
    pub(crate) const fn end<const BYTES: usize>(tasks: usize) -> usize {
        Self::FIRST + body::TAIL + tasks * size_of::<Slot<BYTES>>()
    }

    /// # Safety
    /// The slots of this core are of this size.
    pub(crate) unsafe fn new<const BYTES: usize>(core: CoreRef) -> Self {
        Self { core, stride: size_of::<Slot<BYTES>>() }
    }

    /// Moves a future into a vacant slot.
    ///
    /// # Errors
    /// There is none: the future is given back.
    ///
    /// # Safety
    /// The future and its output fit into a slot and need no larger alignment, and the step was
    /// compiled for `F`.
    #[inline(always)]
    pub(crate) unsafe fn fill<F>(self, future: F, state: State, step: Step) -> Result<SlotRef, F> {
        let Some(slot) = self.claim(state) else { return Err(future) };
        // SAFETY: a write needs room, alignment, and that nobody uses what lies there. The caller
        // vouches for the first two, and the slot is vacant.
        unsafe { slot.body::<F>().write(future) };
        slot.step.set(Some(step));
        Ok(slot)
    }

    /// How many there are.
    pub(crate) fn capacity(self) -> usize {
        (self.core.end() - Self::FIRST) / self.stride
    }

    /// The number of a slot, from 1. They are numbered from the end.
    #[cfg_attr(not(feature = "observe"), allow(dead_code))]
    pub(crate) fn number(self, slot: SlotRef) -> usize {
        (self.core.end() - slot.distance() as usize * UNIT) / self.stride
    }

    /// All of them but the first `skipped`, by their numbers.
    pub(super) fn iter(self, skipped: usize) -> impl Iterator<Item = SlotRef> {
        let mut at = self.core.end() - skipped * self.stride;
        core::iter::from_fn(move || {
            if at < Self::FIRST + self.stride {
                return None;
            }
            at -= self.stride;
            // SAFETY: a pointer must stay in its allocation. There is a header (`new`, Whole pointer).
            let header = unsafe { self.core.0.byte_add(at) };
            Some(SlotRef(header.cast()))
        })
    }
}
