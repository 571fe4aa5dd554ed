//! The roles that somebody plays for a slot, as values that cannot be copied: whoever has one may do
//! what it allows, once.

use super::{CoreRef, SlotRef, Step};
use crate::state::{Joiner, State};

/// A slot without future and handle.
pub(crate) struct Vacant(SlotRef);

/// The one handle of a task.
pub(crate) struct Handle(SlotRef);

/// A task whose future has just been dropped.
pub(crate) struct Gone {
    pub(crate) slot: SlotRef,
    /// What a handle finds.
    left: State,
}

/// What the end of a task leaves.
#[must_use]
pub(crate) enum Ended {
    /// There is no handle.
    Vacant(Vacant),
    /// There is a handle, and nobody awaits it.
    Kept,
    /// A waker of another executor awaits the handle; `joiner` keeps it.
    AwaitedByForeign(SlotRef),
    /// The task in this slot awaits the handle.
    AwaitedBy(SlotRef),
}

impl Vacant {
    /// Readies the slot for a new task.
    pub(crate) fn prepare(self, core: CoreRef, state: State) -> Self {
        self.0.place(core);
        self.0.state().set(state);
        self
    }

    /// Moves a future in, for a task without a handle.
    ///
    /// # Safety
    /// The slot is [prepared](Self::prepare) with `NO_HANDLE`. The future and its output fit into it and
    /// need no larger alignment, and the step was compiled for `F`.
    pub(crate) unsafe fn fill_detached<F>(self, future: F, step: Step) -> SlotRef {
        // SAFETY: a write needs room, alignment, and that nobody uses what lies there. The caller
        // vouches for the first two, and the slot is vacant.
        unsafe { self.0.body::<F>().write(future) };
        self.0.step.set(Some(step));
        self.0
    }

    /// Moves a future in, for a task with a handle.
    ///
    /// # Safety
    /// As for [`fill_detached`](Self::fill_detached), but prepared with `HANDLE`.
    pub(crate) unsafe fn fill<F>(self, future: F, step: Step) -> Handle {
        // SAFETY: the caller's.
        Handle(unsafe { self.fill_detached(future, step) })
    }

    /// Remembers another vacant slot in this one.
    #[cfg(feature = "std")]
    pub(crate) fn link(self, next: Option<Vacant>) -> Self {
        let distance = next.map_or(0, |next| next.0.node.payload());
        self.0.state().set(State::awaited_by(distance));
        self
    }

    /// Gives the slot that [`link`](Self::link) remembered.
    #[cfg(feature = "std")]
    pub(crate) fn unlink(&self) -> Option<Vacant> {
        match self.0.state().get().joiner() {
            // SAFETY: a header must lie there (Own distance).
            Joiner::Task(distance) => Some(Vacant(unsafe { self.0.core().at(distance) })),
            _ => None,
        }
    }
}

impl SlotRef {
    /// The slot, if it is vacant. Only for who knows that nobody keeps its `Vacant`: `free_scan` keeps
    /// none, and `free_list` has none of a slot that was never used.
    pub(crate) fn vacant(self) -> Option<Vacant> {
        (self.is_over() && !self.has_handle()).then_some(Vacant(self))
    }
}

impl Handle {
    pub(crate) fn slot(&self) -> SlotRef {
        self.0
    }

    /// Whether the output is there.
    pub(crate) fn has_output(&self) -> bool {
        self.0.is_over() && self.0.state().get() != State::LOST
    }

    /// Takes the output.
    ///
    /// # Safety
    /// [`has_output`](Self::has_output), and `T` is its type.
    pub(crate) unsafe fn take<T>(self) -> (T, Vacant) {
        // SAFETY: a read needs a value that nobody reads again. The caller says that it is there,
        // and the handle ends here.
        let output = unsafe { self.0.body::<T>().read() };
        self.0.state().set(State::NO_HANDLE);
        (output, Vacant(self.0))
    }

    /// The task of `joiner` awaits this one. `false`: it is another executor's.
    pub(crate) fn join(&self, joiner: SlotRef) -> bool {
        let is_own = joiner.core() == self.0.core();
        if is_own {
            let distance = joiner.node.payload();
            self.0.state().set(State::awaited_by(distance));
        }
        is_own
    }

    /// A waker of another executor awaits this task.
    #[cfg(feature = "std")]
    pub(crate) fn join_foreign(&self) {
        self.0.state().set(State::FOREIGN);
    }

    /// The handle goes, the task stays. If the task is over, its slot is vacant now; an output is not
    /// dropped.
    pub(crate) fn detach(self) -> Option<Vacant> {
        self.0.state().set(State::NO_HANDLE);
        self.0.is_over().then_some(Vacant(self.0))
    }

    /// The handle goes, and the future is dropped, now or after its poll. If the task is over, its
    /// slot is vacant now; an output is not dropped.
    pub(crate) fn cancel(self) -> Option<Vacant> {
        let is_over = self.0.is_over();
        self.0.state().set(State::NO_HANDLE);
        if !is_over {
            self.0.drop_future();
        }
        is_over.then_some(Vacant(self.0))
    }
}

impl Gone {
    /// Without an output.
    ///
    /// # Safety
    /// The slot's step is on the stack, and its future was dropped.
    pub(crate) unsafe fn without_output(slot: SlotRef) -> Self {
        let left = State::LOST;
        Self { slot, left }
    }

    /// With an output.
    ///
    /// # Safety
    /// As above, and the output lies in the body. If there is no handle, it needs no drop.
    pub(crate) unsafe fn with_output(slot: SlotRef) -> Self {
        let left = State::HANDLE;
        Self { slot, left }
    }

    /// The task ends.
    pub(crate) fn end(self) -> Ended {
        let state = self.slot.state().get();
        self.slot.step.set(None);
        let core = self.slot.core();
        if core.current.get() == Some(self.slot) {
            // The poll is over for the slot, though not yet on the stack. User code may run before it
            // is: the waker of a joiner, or, while a panic unwinds, the drop of an output. It may put
            // a new task into the slot and cancel that, which must then be dropped at once.
            core.current.set(None);
            core.after_poll.set(None);
        }
        if !state.has_handle() {
            return Ended::Vacant(Vacant(self.slot));
        }
        self.slot.state().set(self.left);
        match state.joiner() {
            Joiner::Nobody => Ended::Kept,
            Joiner::Foreign => Ended::AwaitedByForeign(self.slot),
            // SAFETY: a header must lie there (Own distance).
            Joiner::Task(distance) => Ended::AwaitedBy(unsafe { core.at(distance) }),
        }
    }

    /// The task, which never had a handle, ends.
    pub(crate) fn end_detached(self) -> Vacant {
        self.slot.step.set(None);
        Vacant(self.slot)
    }
}
