//! [`Signal`]: the newest value, from any thread or interrupt to one task.
//!
//! Values and wakers lie in a few cells each. One word says which cells are in use, which one is
//! *shown* (complete, and there for whoever takes it first), and whether somebody sits and waits.
//! Every step is one change of that word: a setter claims a cell, fills it, and shows it; a taker
//! hides the shown one, empties it, and frees it.
//!
//! # Invariants
//! - **One keeper**: a cell that is in use and not shown belongs to the context that claimed or hid
//!   it, and to no other. All others are touched by nobody.
//! - **Never both**: a value and a waker are not shown at the same time. Showing a value hides the
//!   waker in the same change, and a waker is shown only if no value is.
//! - **One cell a context**: a call holds at most one value cell at a time, so with as many cells as
//!   calls at once there is always one that is free or shown.
//! - **No user code inside**: wakers are cloned, woken and dropped, and values dropped, while no
//!   cell is held.
//!
//! # No wake is lost
//! A task T finds no value and shows its waker; a setter S shows a value and wakes whom it finds.
//! Both are changes of one word, so one comes first. If S's does, T's is refused, since a value is
//! shown, and T takes it. If T's does, S's hides the waker and S wakes it. There is no third order.
//!
//! # Orderings
//! Taking a cell (claim, hide) acquires, giving it away (show, free) releases. All changes of the
//! word are read-modify-writes, so each acquire sees every earlier release, whoever came between.

#![allow(unsafe_code)] // Cells that contexts use in turn, as the word says.

use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::atomic::{AtomicU32, Ordering, UnsafeCell};

/// The parts of the word that are about values, or about wakers.
#[derive(Clone, Copy)]
struct Shelf {
    /// Its 8 bits for cells in use begin here; 4 bits for the shown one follow.
    shift: u32,
}

const VALUES: Shelf = Shelf { shift: 0 };
const WAKERS: Shelf = Shelf { shift: 16 };
/// Somebody waits, or is about to.
const SEAT: u32 = 1 << 31;

impl Shelf {
    /// The bit that says that `cell` is in use.
    fn in_use(self, cell: usize) -> u32 {
        1 << (self.shift + cell as u32)
    }

    /// The shown cell.
    fn shown(self, word: u32) -> Option<usize> {
        ((word >> (self.shift + 8) & 0xf) as usize).checked_sub(1)
    }

    /// The word, with none shown.
    fn hide(self, word: u32) -> u32 {
        word & !(0xf << (self.shift + 8))
    }

    /// The word, with `cell` shown.
    fn show(self, word: u32, cell: usize) -> u32 {
        self.hide(word) | (cell as u32 + 1) << (self.shift + 8)
    }

    /// The word with a cell claimed that was free, if there is one among `cells`.
    fn claim(self, word: u32, cells: usize) -> Option<(u32, usize)> {
        let cell = (!(word >> self.shift)).trailing_zeros() as usize;
        (cell < cells).then(|| (word | self.in_use(cell), cell))
    }

    /// The word with the shown one hidden, and which that was.
    fn take(self, word: u32) -> Option<(u32, usize)> {
        self.shown(word).map(|cell| (self.hide(word), cell))
    }
}

/// The newest value that an interrupt or another thread has for a task.
///
/// Setting is lock-free and never waits. A value that nobody took before the next was set is
/// replaced, and dropped by the setter. One task at a time waits.
///
/// `CELLS`, from 1 to 8, is how many calls may be under way at the same moment: a task that takes
/// and interrupts, each on top of another, that set. It costs as many `Option<T>` and wakers.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use wakeful_executor::block_on;
/// use wakeful_executor::sync::Signal;
///
/// static KEY: Signal<char> = Signal::new();
///
/// let keyboard = std::thread::spawn(|| KEY.set('x')); // Or an interrupt.
/// assert_eq!(block_on(KEY.wait()), 'x');
/// # keyboard.join().unwrap().unwrap();
/// ```
pub struct Signal<T, const CELLS: usize = 3> {
    word: AtomicU32,
    values: [UnsafeCell<Option<T>>; CELLS],
    wakers: [UnsafeCell<Option<Waker>>; CELLS],
}

// SAFETY: sharing is sound if no two contexts touch a cell at once (One keeper). Values move from
// the thread that sets them to the one that takes them, or to one that sets another: `Send`.
unsafe impl<T: Send, const CELLS: usize> Sync for Signal<T, CELLS> {}

impl<T, const CELLS: usize> Signal<T, CELLS> {
    /// A signal without a value.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(0 < CELLS && CELLS <= 8, "a signal has 1 to 8 cells") };
        Self {
            word: AtomicU32::new(0),
            values: [const { UnsafeCell::new(None) }; CELLS],
            wakers: [const { UnsafeCell::new(None) }; CELLS],
        }
    }

    /// Sets the value, in place of an older one, and wakes the task that waits. From any thread or
    /// interrupt.
    ///
    /// # Errors
    /// The value comes back if `CELLS` other calls are under way at this moment.
    pub fn set(&self, value: T) -> Result<(), T> {
        // Acquire: the cell was freed or shown by another. A free one first, so that meanwhile the
        // older value can still be taken.
        let claimed = self.change(Ordering::Acquire, |word| {
            VALUES.claim(word, CELLS).or_else(|| VALUES.take(word))
        });
        let Some(cell) = claimed else {
            return Err(value);
        };
        let stolen = put(&self.values[cell], Some(value));
        // Release: gives our cell away. Acquire: takes those that were shown.
        let shown = self.change(Ordering::AcqRel, |word| {
            let next = VALUES.show(WAKERS.hide(word), cell);
            Some((next, (VALUES.shown(word), WAKERS.shown(word))))
        });
        let (older, waker) = shown.unwrap_or_default();
        let older = older.and_then(|cell| self.empty(VALUES, &self.values, cell));
        if let Some(waker) = waker.and_then(|cell| self.empty(WAKERS, &self.wakers, cell)) {
            waker.wake();
        }
        drop((stolen, older));
        Ok(())
    }

    /// Takes the value, if there is one. From any thread or interrupt.
    pub fn take(&self) -> Option<T> {
        // Acquire: takes the cell from the setter that showed it.
        let cell = self.change(Ordering::Acquire, |word| VALUES.take(word))?;
        self.empty(VALUES, &self.values, cell)
    }

    /// Whether there is a value now.
    #[must_use]
    pub fn is_set(&self) -> bool {
        VALUES.shown(self.word.load(Ordering::Relaxed)).is_some()
    }

    /// Waits for a value and takes it.
    ///
    /// # Panics
    /// When polled while another task waits for the same signal: there is one seat. A future that
    /// is forgotten (`mem::forget`) while it waits keeps it.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing and leaves the seat to the next.
    pub fn wait(&self) -> SignalWait<'_, T, CELLS> {
        SignalWait {
            signal: self,
            is_seated: false,
        }
    }

    /// Changes the word, unless `step` declines. Whoever makes this try again has changed it: of
    /// all contexts together one gets on.
    fn change<R>(
        &self,
        success: Ordering,
        mut step: impl FnMut(u32) -> Option<(u32, R)>,
    ) -> Option<R> {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let (next, outcome) = step(word)?;
            match self
                .word
                .compare_exchange_weak(word, next, success, Ordering::Relaxed)
            {
                Ok(_) => return Some(outcome),
                Err(newer) => word = newer,
            }
        }
    }

    /// Takes what is in a cell that the caller keeps, and frees the cell.
    fn empty<V>(&self, shelf: Shelf, cells: &[UnsafeCell<Option<V>>], cell: usize) -> Option<V> {
        let content = put(&cells[cell], None);
        // Release: gives the cell to whoever claims it.
        self.word.fetch_and(!shelf.in_use(cell), Ordering::Release);
        content
    }
}

impl<T, const CELLS: usize> Default for Signal<T, CELLS> {
    fn default() -> Self {
        Self::new()
    }
}

/// Exchanges what is in a cell. The caller keeps the cell.
fn put<V>(cell: &UnsafeCell<Option<V>>, content: Option<V>) -> Option<V> {
    // SAFETY: a write is sound while nobody else reads or writes. All callers have claimed or
    // hidden the cell, and neither shown nor freed it since (One keeper).
    cell.with_mut(|cell| unsafe { mem::replace(&mut *cell, content) })
}

/// The future of [`Signal::wait`].
#[must_use = "futures do nothing unless polled"]
pub struct SignalWait<'a, T, const CELLS: usize> {
    signal: &'a Signal<T, CELLS>,
    is_seated: bool,
}

/// What came of showing a waker.
enum Shown {
    /// It is shown.
    Yes,
    /// A value came first.
    Value,
    /// No cell is free: too many calls are under way.
    Full,
}

impl<T, const CELLS: usize> SignalWait<'_, T, CELLS> {
    /// Shows `waker`, unless a value is there. Only who has the seat calls this.
    fn show(&self, waker: Waker) -> Shown {
        let signal = self.signal;
        // Acquire: the cell was freed by another, or is our own of an earlier poll.
        let claimed = signal.change(Ordering::Acquire, |word| {
            WAKERS.take(word).or_else(|| WAKERS.claim(word, CELLS))
        });
        let Some(cell) = claimed else {
            return Shown::Full;
        };
        let old = put(&signal.wakers[cell], Some(waker));
        // Release: gives the cell to the setter that hides it.
        let shown = signal.change(Ordering::Release, |word| {
            VALUES
                .shown(word)
                .is_none()
                .then(|| (WAKERS.show(word, cell), ()))
        });
        if shown.is_none() {
            drop(signal.empty(WAKERS, &signal.wakers, cell));
        }
        drop(old);
        if shown.is_some() {
            Shown::Yes
        } else {
            Shown::Value
        }
    }

    /// Takes the seat.
    fn sit_down(&mut self) {
        // Relaxed: the seat orders nothing, it is only counted.
        if !self.is_seated && self.signal.word.fetch_or(SEAT, Ordering::Relaxed) & SEAT != 0 {
            panic!("two tasks wait for one `Signal`: there is one seat")
        }
        self.is_seated = true;
    }

    /// Leaves the seat, and takes the waker away.
    fn stand_up(&mut self) {
        if !mem::take(&mut self.is_seated) {
            return;
        }
        let signal = self.signal;
        // Relaxed: if our waker is still shown, nobody has touched its cell since we did.
        let cell = signal.change(Ordering::Relaxed, |word| {
            Some((WAKERS.hide(word) & !SEAT, WAKERS.shown(word)))
        });
        if let Some(cell) = cell.flatten() {
            drop(signal.empty(WAKERS, &signal.wakers, cell));
        }
    }
}

impl<T, const CELLS: usize> Future for SignalWait<'_, T, CELLS> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            if let Some(value) = self.signal.take() {
                self.stand_up();
                return Poll::Ready(value);
            }
            self.sit_down();
            match self.show(cx.waker().clone()) {
                Shown::Yes => return Poll::Pending,
                Shown::Value => {}
                Shown::Full => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<T, const CELLS: usize> Drop for SignalWait<'_, T, CELLS> {
    fn drop(&mut self) {
        self.stand_up();
    }
}
