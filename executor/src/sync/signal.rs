//! [`Signal`]: the newest value, from any thread or interrupt to one task.
//!
//! The value, or the waker of the task that waits for one, is in one of a few cells. One atomic word
//! says which cells are in use, which one is *published* (complete, and free for anyone to take),
//! and whether a task waits. Every step is one change of that word: a call claims a cell, fills it
//! and publishes it in place of the cell that was published before; that one it then empties and
//! frees.
//!
//! # Invariants
//! - **One owner**: a cell that is in use and not published belongs to the call that claimed or
//!   withdrew it. Nobody touches any other cell.
//! - **One published**: a value or a waker is published, never both. A waker is published only if no
//!   value is.
//! - **One cell a call**: a call owns at most one cell at a time. So with as many cells as calls at
//!   the same time, there is always a cell that is free or published. A setter takes the published
//!   waker's cell only if no other is left, and then wakes that waker itself.
//! - **No user code inside**: a call owns no cell while it clones, wakes or drops a waker, or drops a
//!   value.
//!
//! # Why no wake is lost
//! A task finds no value and publishes its waker. A setter publishes a value and wakes the waker that
//! it replaces. Both are changes of one word, so one of them is first. If the setter is first, the
//! task's change is refused because a value is published, and the task takes the value. If the task
//! is first, the setter replaces its waker and wakes it.
//!
//! # Orderings
//! A change that makes this call the owner of a cell (claim, withdraw) acquires. One that gives a
//! cell away (publish, free) releases. All changes are read-modify-writes of one word, so each
//! acquire sees every earlier release, whatever changes came in between.

#![allow(unsafe_code)] // Cells that threads and interrupts use in turn, as the word says.

use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::atomic::{AtomicU32, Ordering, UnsafeCell};

// The word: 8 bits for the cells in use, 4 for the published one, counted from 1 (0 is none), and
// two flags.
const PUBLISHED_SHIFT: u32 = 8;
const PUBLISHED: u32 = 0xf << PUBLISHED_SHIFT;
/// What is published is a waker.
const IS_WAKER: u32 = 1 << 12;
/// A task waits, or is about to.
const AWAITED: u32 = 1 << 13;

/// What is in a cell.
enum Content<T> {
    Value(T),
    Waker(Waker),
}

/// The published cell.
fn published(word: u32) -> Option<usize> {
    ((word & PUBLISHED) >> PUBLISHED_SHIFT).checked_sub(1).map(|cell| cell as usize)
}

/// The published cell, if it has a value.
fn published_value(word: u32) -> Option<usize> {
    published(word).filter(|_| word & IS_WAKER == 0)
}

/// The published cell, if it has a waker.
fn published_waker(word: u32) -> Option<usize> {
    published(word).filter(|_| word & IS_WAKER != 0)
}

/// The word with no cell published.
fn withdraw(word: u32) -> u32 {
    word & !(PUBLISHED | IS_WAKER)
}

/// The word with `cell` published, instead of any other.
fn publish(word: u32, cell: usize) -> u32 {
    withdraw(word) | (cell as u32 + 1) << PUBLISHED_SHIFT
}

/// The word with a free one of `count` cells in use, and its number.
fn claim(word: u32, count: usize) -> Option<(u32, usize)> {
    let cell = (!word).trailing_zeros() as usize;
    (cell < count).then_some((word | 1 << cell, cell))
}

/// The newest value that an interrupt or another thread has for a task.
///
/// Setting is lock-free and never waits. A value that nobody took before the next one was set is
/// replaced, and dropped by the setter. One task at a time waits.
///
/// `CELLS`, from 1 to 8, is how many calls may run at the same moment: a task that takes, and the
/// interrupts and threads that set. The signal has room for as many values or wakers.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use wakeful_executor::block_on;
/// use wakeful_executor::sync::Signal;
///
/// static KEY: Signal<char> = Signal::new();
///
/// let keyboard = std::thread::spawn(|| KEY.set('x')); // Or an interrupt.
/// assert_eq!(block_on(KEY.wait()), 'x');
/// # keyboard.join().unwrap().unwrap();
/// # }
/// ```
pub struct Signal<T, const CELLS: usize = 3> {
    word: AtomicU32,
    cells: [UnsafeCell<Option<Content<T>>>; CELLS],
}

// SAFETY: sharing is sound if no two threads or interrupts touch a cell at once (One owner). A value
// moves from the thread that sets it to the one that takes or replaces it: `Send`.
unsafe impl<T: Send, const CELLS: usize> Sync for Signal<T, CELLS> {}

impl<T, const CELLS: usize> Signal<T, CELLS> {
    /// A signal without a value.
    pub const fn new() -> Self {
        const { assert!(0 < CELLS && CELLS <= 8, "a signal has 1 to 8 cells") };
        Self { word: AtomicU32::new(0), cells: [const { UnsafeCell::new(None) }; CELLS] }
    }

    /// Sets the value, in place of an older one, and wakes the task that waits. It may be called
    /// from any thread or interrupt.
    ///
    /// # Errors
    /// Gives the value back if `CELLS` other calls are running at this moment.
    pub fn set(&self, value: T) -> Result<(), T> {
        // A free cell is the first choice, so that the older value can be taken meanwhile.
        // Acquire: pairs with the release of the call that freed or published the cell.
        let claimed = self.change(Ordering::Acquire, |word| {
            claim(word, CELLS).or_else(|| Some((withdraw(word), published(word)?)))
        });
        let Some(cell) = claimed else {
            return Err(value);
        };
        let withdrawn = self.put(cell, Some(Content::Value(value)));
        // Release: pairs with the acquire of the call that takes this value. Acquire: pairs with the
        // release of the call that published what this replaces.
        let replaced =
            self.change(Ordering::AcqRel, |word| Some((publish(word, cell), published(word))));
        let replaced = replaced.flatten().and_then(|cell| self.empty(cell));
        match (withdrawn, replaced) {
            // At most one of them is a waker. An older value is dropped after the wake.
            (Some(Content::Waker(waker)), older) | (older, Some(Content::Waker(waker))) => {
                waker.wake();
                drop(older);
            }
            older => drop(older),
        }
        Ok(())
    }

    /// Takes the value, if there is one. It may be called from any thread or interrupt.
    pub fn take(&self) -> Option<T> {
        // Acquire: pairs with the release of the setter that published the value.
        let cell =
            self.change(Ordering::Acquire, |word| Some((withdraw(word), published_value(word)?)))?;
        let Some(Content::Value(value)) = self.empty(cell) else {
            unreachable!("the word said that it is a value");
        };
        Some(value)
    }

    /// Whether there is a value now.
    pub fn is_set(&self) -> bool {
        // Relaxed: the answer may be outdated at once; nothing is read on its account.
        published_value(self.word.load(Ordering::Relaxed)).is_some()
    }

    /// Waits for a value and takes it.
    ///
    /// # Panics
    /// When it is polled while another task waits for the same signal. A future that is forgotten
    /// (`mem::forget`) while it waits counts as waiting for ever.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing, and another task may wait then.
    pub fn wait(&self) -> SignalWait<'_, T, CELLS> {
        SignalWait { signal: self, is_waiting: false }
    }

    /// Changes the word to what `step` makes of it, unless that is `None`. It tries again if the word
    /// changed meanwhile, so one of all competing calls always succeeds (lock-free).
    fn change<R>(&self, success: Ordering, step: impl Fn(u32) -> Option<(u32, R)>) -> Option<R> {
        // Relaxed: what is read here, and by an exchange that fails, is only a guess.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let (next, result) = step(word)?;
            let exchanged = self.word.compare_exchange(word, next, success, Ordering::Relaxed);
            match exchanged {
                Ok(_) => return Some(result),
                Err(newer) => word = newer,
            }
        }
    }

    /// Replaces the content of a cell that the caller owns.
    fn put(&self, cell: usize, content: Option<Content<T>>) -> Option<Content<T>> {
        // SAFETY: a write is sound while nobody else reads or writes. All callers claimed or withdrew
        // the cell, and have neither published nor freed it since (One owner).
        self.cells[cell].with_mut(|cell| unsafe { mem::replace(&mut *cell, content) })
    }

    /// Takes the content of a cell that the caller owns, and frees the cell.
    fn empty(&self, cell: usize) -> Option<Content<T>> {
        let content = self.put(cell, None);
        // Release: pairs with the acquire of the call that claims the cell next.
        self.word.fetch_and(!(1 << cell), Ordering::Release);
        content
    }
}

impl<T, const CELLS: usize> Default for Signal<T, CELLS> {
    fn default() -> Self {
        Self::new()
    }
}

/// The future of [`Signal::wait`].
#[must_use = "futures do nothing unless polled"]
pub struct SignalWait<'a, T, const CELLS: usize> {
    signal: &'a Signal<T, CELLS>,
    is_waiting: bool,
}

impl<T, const CELLS: usize> SignalWait<'_, T, CELLS> {
    fn stop_waiting(&mut self) {
        if !mem::take(&mut self.is_waiting) {
            return;
        }
        // Relaxed: if the waker is still published, only this future has touched its cell.
        let withdrawn = self.signal.change(Ordering::Relaxed, |word| {
            let own = published_waker(word);
            let next = own.map_or(word, |_| withdraw(word));
            Some((next & !AWAITED, own))
        });
        drop(withdrawn.flatten().map(|cell| self.signal.empty(cell)));
    }
}

impl<T, const CELLS: usize> Future for SignalWait<'_, T, CELLS> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let signal = self.signal;
        loop {
            if let Some(value) = signal.take() {
                self.stop_waiting();
                return Poll::Ready(value);
            }
            // Relaxed: the bit only says that a task waits; it gives access to nothing.
            if !self.is_waiting && signal.word.fetch_or(AWAITED, Ordering::Relaxed) & AWAITED != 0 {
                panic!("two tasks wait for one `Signal`, which wakes only one")
            }
            self.is_waiting = true;
            let waker = cx.waker().clone();
            // Acquire: pairs with the release of the call that freed the cell. A waker that is still
            // published is this future's own.
            let claimed = signal.change(Ordering::Acquire, |word| {
                let own = published_waker(word).map(|cell| (withdraw(word), cell));
                own.or(claim(word, CELLS))
            });
            let Some(cell) = claimed else {
                // A value came first and has the last cell, or too many calls are running.
                waker.wake();
                return Poll::Pending;
            };
            let older = signal.put(cell, Some(Content::Waker(waker)));
            // Release: pairs with the acquire of the setter that replaces the waker.
            let waits = signal.change(Ordering::Release, |word| match published_value(word) {
                None => Some((publish(word, cell) | IS_WAKER, ())),
                Some(_) => None, // A value came first: take it.
            });
            if waits.is_some() {
                return Poll::Pending;
            }
            drop((signal.empty(cell), older));
        }
    }
}

impl<T, const CELLS: usize> Drop for SignalWait<'_, T, CELLS> {
    fn drop(&mut self) {
        self.stop_waiting();
    }
}
