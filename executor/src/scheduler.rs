//! The scheduler: an executor's core, and everything that does not depend on a future's type.
//!
//! Spawn claims a slot; a wake queues it; a turn pops and polls; the end of a task lets its slot go
//! and wakes who waits for it. No borrow is held while user code runs (a poll, a drop, a waker's
//! functions): every field is a cell that is read, written and left.
//!
//! # Terms
//! - *main*: the future inside `run_until`. It has a header of its own, number 0, so that it takes
//!   its turn in the queue like any task.
//! - *epoch*: counts main's turns. Each run remembers the one it has seen, so that several runs of
//!   one executor each notice.
//! - *disturbance*: during a turn, somebody else takes slots out of the queue: a run, another turn,
//!   or a spawn that sweeps it. How many of the slots that were ready are left is unknown then.
//!
//! # Invariants
//! - **Handle keeps**: a slot with a handle is never vacant.
//! - **One step**: the phase is `Polling` or `Dropping` while a step runs, and no second begins.

#![allow(unsafe_code)] // Drops and polls what lies in slots.

use core::cell::Cell;
use core::task::Waker;

use crate::atomic::{AtomicBool, Index, UnsafeCell};
use crate::inbox::{END, FIRST, Pushed, UNIT, link_of};
use crate::joiner::SeeToForeign;
use crate::life::{End, Found, Life, Polled, Popped};
use crate::observe::Observers;
use crate::parent::Parent;
use crate::queue::Queue;
use crate::runs::{Call, Name};
use crate::runs_list::WaitList;
use crate::slot::{CoreRef, Header, HeaderRef, Step};
use crate::vacancy::Vacancies;
use crate::waker;

/// What all executors have, whatever their sizes.
#[repr(C)]
pub(crate) struct Core {
    pub(crate) queue: Queue,
    pub(crate) parent: Parent,
    /// The latest foreign joiner that found no tail.
    pub(crate) foreign: UnsafeCell<Option<Waker>>,
    /// How to see to a foreign joiner, known from the first one on. A program that has none, as a
    /// microcontroller's often is, does not contain the code for them.
    pub(crate) see_to_foreign: Cell<Option<SeeToForeign>>,
    /// Where the body of link 0 would be, and how far those of neighbouring links would be apart.
    pub(crate) bodies: Cell<*mut ()>,
    pub(crate) stride: Cell<usize>,
    pub(crate) capacity: Cell<Index>,
    pub(crate) used: Cell<Index>,
    pub(crate) vacancies: Vacancies,
    pub(crate) epoch: Cell<Index>,
    /// Whether nobody has heard of that turn yet.
    pub(crate) is_new_turn: Cell<bool>,
    /// Which run's parent is in `parent`, and whether it is in the list, too.
    pub(crate) registered: Cell<Name>,
    pub(crate) is_listed: Cell<bool>,
    pub(crate) listed: WaitList,
    /// How to call the runs that have a main, known from the first of them on.
    pub(crate) call_others: Cell<Option<Call>>,
    pub(crate) disturbances: Cell<Index>,
    pub(crate) taken: AtomicBool,
    pub(crate) observers: Observers,
    /// Last, because the tasks' headers follow.
    pub(crate) main: Header,
}

/// Why a run stopped polling tasks.
#[must_use]
pub(crate) enum Stop {
    /// It is main's turn.
    Main,
    /// Nothing is queued.
    Idle,
    /// The budget is used up.
    Exhausted,
}

impl Core {
    pub(crate) const fn new() -> Self {
        Self {
            queue: Queue::new(),
            parent: Parent::new(),
            foreign: UnsafeCell::new(None),
            see_to_foreign: Cell::new(None),
            bodies: Cell::new(core::ptr::null_mut()),
            stride: Cell::new(0),
            capacity: Cell::new(0),
            used: Cell::new(0),
            vacancies: Vacancies::new(),
            epoch: Cell::new(0),
            is_new_turn: Cell::new(false),
            registered: Cell::new(Name::NOBODY),
            is_listed: Cell::new(false),
            listed: WaitList::new(),
            call_others: Cell::new(None),
            disturbances: Cell::new(0),
            taken: AtomicBool::new(false),
            observers: Observers::new(),
            main: Header::new(),
        }
    }

    /// Records what the type knew, and whose thread this is.
    pub(crate) fn set_up(&self, bodies: *mut (), stride: usize, capacity: Index) {
        let stride = stride / UNIT as usize;
        let first = link_of(1) as usize * stride;
        self.bodies.set(bodies.wrapping_byte_sub(first));
        self.stride.set(stride);
        self.capacity.set(capacity);
        self.main.number(FIRST);
        self.main.set_life(Life::MAIN);
        self.queue.adopt();
    }

    /// Slots in use.
    pub(crate) fn len(&self) -> usize {
        self.used.get() as usize
    }

    /// Slots in all.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity.get() as usize
    }
}

/// Waking and polling.
impl CoreRef {
    /// Queues a slot and, if the executor sleeps, tells its parent. From anywhere, at any time.
    #[inline(always)]
    pub(crate) fn wake(self, header: HeaderRef) {
        if self.queue.wake_plainly(&header.node, self, header.link()) {
            self.observers.woken(&header);
        } else {
            self.wake_fully(header);
        }
    }

    /// A wake that is not the rule. With two doors it is out of line as a whole, so that the rule
    /// saves no registers for it; with one, there is no other.
    #[cfg_attr(feature = "std", cold, inline(never))]
    #[cfg_attr(not(feature = "std"), inline(always))]
    fn wake_fully(self, header: HeaderRef) {
        if let Some(pushed) = self.queue.wake(&header.node, self, header.link()) {
            self.observers.woken(&header);
            if pushed == Pushed::WasParked {
                self.parent.tell();
            }
        }
    }

    /// Works off the queue until main's turn, until it is empty, or until the budget is; and what is
    /// left of that. Out of line, so that the loop has all registers to itself.
    #[inline(never)]
    pub(crate) fn work(self, mut budget: usize) -> (Stop, usize) {
        let stop = loop {
            let Some(link) = self.queue.pop(self) else {
                break Stop::Idle;
            };
            if self.poll_task(link) == Outcome::Main {
                break Stop::Main;
            }
            budget -= 1;
            if budget == 0 {
                break Stop::Exhausted;
            }
        };
        (stop, budget)
    }

    /// It is main's turn: every run with a main future polls it when it comes to it.
    fn main_turn(self) {
        self.epoch.set(self.epoch.get().wrapping_add(1));
        self.is_new_turn.set(true);
    }

    /// Ends a turn that is going on further up the stack.
    pub(crate) fn disturb(self) {
        self.disturbances
            .set(self.disturbances.get().wrapping_add(1));
    }

    /// Polls a task that came out of the queue; what became of it.
    #[inline(always)]
    pub(crate) fn poll_task(self, link: Index) -> Outcome {
        let header = self.linked(link);
        if !header.life().is_at_rest() {
            return self.skip(header);
        }
        header.live(Life::begin_poll);
        self.observers.poll_begin(&header);
        let unwind = Unwind(self, header, true);
        // SAFETY: the future was at rest, and is marked as being polled.
        let is_over = unsafe { self.poll(header, link) };
        core::mem::forget(unwind);
        self.observers.poll_end(&header);
        if is_over {
            self.observers.completed(&header);
            self.end(header, End::Finished);
            return Outcome::Completed;
        }
        if header.live(Life::end_poll) {
            self.see_to(header);
        }
        Outcome::Pending
    }

    /// What came out of the queue is not a task at rest. On a microcontroller this is out of line,
    /// as is `end`, so that the way of a poll keeps its registers.
    #[cfg_attr(feature = "std", inline)]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn skip(self, header: HeaderRef) -> Outcome {
        if header.link() == FIRST {
            self.main_turn();
            return Outcome::Main;
        }
        match header.live(Life::pop) {
            Popped::Vacant => self.came_out(header),
            Popped::Ignore => {}
        }
        Outcome::Skipped
    }

    /// Something happened to the task during its poll.
    #[cold]
    #[inline(never)]
    fn see_to(self, header: HeaderRef) {
        match header.live(Life::see_to) {
            Polled::Requeue => waker::wake_slot(header),
            Polled::Drop => self.drop_task(header),
        }
    }

    /// A run is being polled: the parent need not be told for a while.
    #[cfg_attr(feature = "std", inline)]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn come_back(self) {
        self.parent.come_back(|| self.queue.inbox.unpark());
    }
}

/// What became of a slot that was popped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its task was polled and goes on.
    Pending,
    /// Its task was polled and ended.
    Completed,
    /// There was nothing to poll.
    Skipped,
    /// It was main's turn.
    Main,
}

/// Slots: begin, end, clear.
impl CoreRef {
    /// The claimed slot has a future now.
    pub(crate) fn start(self, header: HeaderRef, step: Step, has_tail: bool) {
        header.set_step(step);
        header.set_life(Life::spawned(has_tail));
        self.used.set(self.used.get() + 1);
        self.observers.spawned(&header);
        waker::wake_slot(header);
    }

    /// Drops the future in a slot, which the caller has found at rest or just polled, and ends it.
    pub(crate) fn drop_task(self, header: HeaderRef) {
        if !header.life().is_done() {
            self.observers.completed(&header);
        }
        let unwind = Unwind(self, header, false);
        // SAFETY: the future is there, and its phase says that nobody else may touch it.
        unsafe { self.drop_content(header) };
        core::mem::forget(unwind);
        self.end(header, End::Lost);
    }

    /// What was in the slot is gone, but for the output that its handle waits for.
    #[cfg_attr(feature = "std", inline)]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn end(self, header: HeaderRef, end: End) {
        if header.live(|life| life.end(end)) {
            self.wake_joiner(header);
        } else {
            self.vacate(header);
        }
    }

    /// The handle goes: what the slot holds is dropped, and the slot is let go; if the future is in
    /// use further up the stack, afterwards.
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub(crate) fn cancel(self, header: HeaderRef) {
        if self.cancels_foreign(header) {
            return;
        }
        header.joiner.set(END);
        match header.live(Life::cancel) {
            Found::Content => self.drop_task(header),
            Found::Nothing => self.vacate(header),
            Found::Busy => {}
        }
    }

    /// The handle goes, and the task stays. If it is over, what is left goes too.
    pub(crate) fn detach(self, header: HeaderRef) {
        if header.live(Life::detach) {
            self.cancel(header);
        } else {
            self.forget_joiner(header);
        }
    }

    /// The slot has neither content nor handle: it may be claimed.
    pub(crate) fn vacate(self, header: HeaderRef) {
        self.used.set(self.used.get() - 1);
        self.let_go(header);
    }

    /// Drops every future that is at rest and every output that waits.
    pub(crate) fn clear(self) {
        for index in 1..=self.last_touched() {
            let header = self.linked(link_of(index));
            if header.live(Life::clear) {
                self.drop_task(header);
            }
        }
    }
}

/// Sees to a slot whose future panicked in its poll or in its drop.
/// Whether it is the poll that unwinds, the flag says.
struct Unwind(CoreRef, HeaderRef, bool);

impl Drop for Unwind {
    fn drop(&mut self) {
        let Unwind(core, header, in_poll) = *self;
        if in_poll {
            core.observers.poll_end(&header);
            core.observers.completed(&header);
        }
        if header.live(Life::unwind) {
            // SAFETY: the future was being polled, so it is still there, and `unwind` keeps
            // everybody else away.
            unsafe { core.drop_content(header) };
        }
        core.end(header, End::Lost);
    }
}
