//! The source table: what was told of each registered descriptor, and who waits for it.
//!
//! A source has two **sides**, reading and writing. A side is **ready** from the event that says so
//! (or from registration, as a guess that costs at most one call) until an operation finds that it
//! would block, or that it took less than it could have. Readiness lives here, not in futures, so a
//! future that is dropped takes none with it.
//!
//! Two kinds of waiters: one **poll slot** a side, whose waker each `poll_*` call replaces
//! silently; and any number of **queued** waiters, one for each `readable`, `writable`, `read_with`
//! or `write_with` future.
//!
//! Invariants:
//! - **EDGE**: the system tells of a change once. So `ready` is taken back only by an operation
//!   that began after the last event for the side: it carries the side's event count ([`Stamp`]),
//!   and a count that has moved (by a `block_on` nested in the operation) voids the taking back.
//! - **WAIT**: a waker is stored only while its side is not ready.
//! - **OUT**: nothing here calls or drops a waker; those that are replaced or woken are handed to
//!   the caller, who has no borrow left.

use crate::os::RawSource;
use crate::wait::Told;
use slab::Slab;
use std::collections::VecDeque;
use std::mem;
use std::task::Waker;

/// Operations that one source may do without a pause before its task gives way once.
const STREAK: u8 = 128;
/// The low bits of a key are the index, the high bits the generation.
const INDEX_BITS: u32 = usize::BITS / 2;
const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;

/// A side of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

/// A source's place in the table and which tenant of it: a source that was dropped is never taken
/// for its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// As the poller's number. Never `usize::MAX`, which is the bell's: no generation is all ones.
    pub(crate) fn pack(self) -> usize {
        ((self.generation as usize) << INDEX_BITS) | self.index as usize
    }

    fn unpack(number: usize) -> Key {
        Key {
            index: (number & INDEX_MASK) as u32,
            generation: (number >> INDEX_BITS) as u32,
        }
    }
}

/// A side's event count when an operation began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u32);

/// How a source begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// Try the first operation without waiting for an event. Not while connecting.
    pub(crate) optimistic: bool,
    /// It is a TCP stream: a short read or write proves that there was no more.
    pub(crate) short_is_empty: bool,
}

impl Default for Start {
    fn default() -> Start {
        Start {
            optimistic: true,
            short_is_empty: false,
        }
    }
}

/// What an operation may do now.
#[derive(Debug)]
pub(crate) enum Gate {
    /// Try it.
    Open(Stamp),
    /// Not ready. Store a waker.
    Shut,
    /// Ready, but it is other tasks' turn: wake yourself and return.
    GiveWay,
}

/// What a short read or write of a side proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Short {
    /// Nothing, ever: it is not a TCP stream, or the wait does not tell of ends.
    Nothing,
    /// Nothing now: the last event told of more than data, and no operation has blocked since.
    NothingNow,
    /// That there is no more.
    Empty,
}

/// One side.
#[derive(Debug)]
struct Half {
    /// The poll slot.
    waker: Option<Waker>,
    /// Events so far, wrapping.
    events: u32,
    ready: bool,
    /// An event has emptied the poll slot and `poll_readable` has not said so yet.
    told: bool,
    short: Short,
    /// Operations since the side was last not ready.
    streak: u8,
}

impl Half {
    fn new(ready: bool, short: Short) -> Half {
        Half {
            waker: None,
            events: 0,
            ready,
            told: false,
            short,
            streak: 0,
        }
    }
}

/// A queued waiter. Its waker is gone once an event has woken it.
#[derive(Debug)]
struct Waiter {
    side: Side,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Source {
    raw: RawSource,
    generation: u32,
    read: Half,
    write: Half,
    /// Boxed: an idle connection has none.
    queue: Option<Box<Slab<Waiter>>>,
}

impl Source {
    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    fn tell(&mut self, side: Side, suspect: bool, woken: &mut VecDeque<Waker>) {
        let half = self.half(side);
        half.events = half.events.wrapping_add(1);
        half.ready = true;
        if suspect && half.short == Short::Empty {
            half.short = Short::NothingNow;
        }
        if let Some(waker) = half.waker.take() {
            half.told = true;
            woken.push_back(waker);
        }
        for (_, waiter) in self.queue.iter_mut().flat_map(|queue| queue.iter_mut()) {
            if waiter.side == side {
                woken.extend(waiter.waker.take());
            }
        }
    }

    /// Whether anybody waits for a side.
    fn waits(&self, side: Side) -> bool {
        let half = match side {
            Side::Read => &self.read,
            Side::Write => &self.write,
        };
        let waiting = |(_, waiter): (usize, &Waiter)| waiter.side == side && waiter.waker.is_some();
        half.waker.is_some()
            || self
                .queue
                .iter()
                .flat_map(|queue| queue.iter())
                .any(waiting)
    }
}

/// What to arm on backends that forget a source after each event: reading, writing.
pub(crate) type Interest = (RawSource, bool, bool);

/// All sources of one thread.
#[derive(Debug)]
pub(crate) struct Sources {
    slab: Slab<Source>,
    generation: u32,
}

impl Sources {
    pub(crate) const fn new() -> Sources {
        Sources {
            slab: Slab::new(),
            generation: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// `None` if the table is full (65,536 sources where addresses have 32 bits).
    pub(crate) fn insert(&mut self, raw: RawSource, start: Start) -> Option<Key> {
        let entry = self.slab.vacant_entry();
        let index = u32::try_from(entry.key()).ok()?;
        if entry.key() > INDEX_MASK {
            return None;
        }
        let short = match start.short_is_empty && crate::wait::SHORT_READ_PROVES_EMPTY {
            true => Short::Empty,
            false => Short::Nothing,
        };
        let generation = self.generation;
        // One less than all ones is the last.
        self.generation = (generation + 1) % (INDEX_MASK as u32);
        entry.insert(Source {
            raw,
            generation,
            read: Half::new(start.optimistic, short),
            write: Half::new(start.optimistic, short),
            queue: None,
        });
        Some(Key { index, generation })
    }

    /// Removes a source; its wakers come out to be dropped.
    pub(crate) fn remove(&mut self, key: Key) -> Option<(RawSource, impl Sized + use<>)> {
        self.get(key)?;
        let source = self.slab.try_remove(key.index as usize)?;
        Some((source.raw, (source.read, source.write, source.queue)))
    }

    fn get(&mut self, key: Key) -> Option<&mut Source> {
        self.slab
            .get_mut(key.index as usize)
            .filter(|source| source.generation == key.generation)
    }

    /// Takes in one event; the wakers that it wakes join `woken`. Says what to arm again, if
    /// anybody still waits.
    pub(crate) fn tell(&mut self, told: Told, woken: &mut VecDeque<Waker>) -> Option<Interest> {
        let source = self.get(Key::unpack(told.key))?;
        if told.readable {
            source.tell(Side::Read, told.suspect, woken);
        }
        if told.writable {
            source.tell(Side::Write, told.suspect, woken);
        }
        let interest = (
            source.raw,
            source.waits(Side::Read),
            source.waits(Side::Write),
        );
        (interest.1 || interest.2).then_some(interest)
    }

    /// Whether an operation may be tried.
    pub(crate) fn gate(&mut self, key: Key, side: Side) -> Gate {
        let Some(source) = self.get(key) else {
            return Gate::Shut;
        };
        let half = source.half(side);
        half.told = false;
        if !half.ready {
            return Gate::Shut;
        }
        half.streak += 1;
        if half.streak > STREAK {
            half.streak = 0;
            return Gate::GiveWay;
        }
        Gate::Open(Stamp(half.events))
    }

    /// A side's event count now.
    pub(crate) fn stamp(&mut self, key: Key, side: Side) -> Option<Stamp> {
        Some(Stamp(self.get(key)?.half(side).events))
    }

    /// An operation found that it would block.
    pub(crate) fn blocked(&mut self, key: Key, side: Side, stamp: Stamp) {
        if let Some(source) = self.get(key) {
            let half = source.half(side);
            if half.events == stamp.0 {
                half.ready = false;
                half.streak = 0;
                if half.short == Short::NothingNow {
                    half.short = Short::Empty;
                }
            }
        }
    }

    /// An operation took, or gave, less than it could have.
    pub(crate) fn was_short(&mut self, key: Key, side: Side, stamp: Stamp) {
        if let Some(source) = self.get(key) {
            let half = source.half(side);
            if half.short == Short::Empty && half.events == stamp.0 {
                half.ready = false;
                half.streak = 0;
            }
        }
    }

    /// Whether an event has emptied a side's poll slot since it was last asked.
    pub(crate) fn take_told(&mut self, key: Key, side: Side) -> bool {
        self.get(key)
            .is_some_and(|source| mem::take(&mut source.half(side).told))
    }

    /// The descriptor, to ask the system about.
    pub(crate) fn raw(&mut self, key: Key) -> Option<RawSource> {
        Some(self.get(key)?.raw)
    }

    /// Puts a waker into the poll slot. The one it replaces comes out, with what to arm.
    pub(crate) fn park(
        &mut self,
        key: Key,
        side: Side,
        waker: Waker,
    ) -> (Option<Waker>, Option<Interest>) {
        let Some(source) = self.get(key) else {
            return (Some(waker), None);
        };
        let old = source.half(side).waker.replace(waker);
        (
            old,
            Some((
                source.raw,
                source.waits(Side::Read),
                source.waits(Side::Write),
            )),
        )
    }

    /// Whether the poll slot holds a waker for the same task already.
    pub(crate) fn is_parked(&mut self, key: Key, side: Side, waker: &Waker) -> bool {
        self.get(key)
            .and_then(|source| source.half(side).waker.as_ref())
            .is_some_and(|parked| parked.will_wake(waker))
    }

    /// Queues a waiter, or renews the waker of a queued one.
    pub(crate) fn enqueue(
        &mut self,
        key: Key,
        side: Side,
        queued: &mut Option<usize>,
        waker: Waker,
    ) -> (Option<Waker>, Option<Interest>) {
        let Some(source) = self.get(key) else {
            return (Some(waker), None);
        };
        let queue = source.queue.get_or_insert_default();
        let old = match queued.and_then(|at| queue.get_mut(at)) {
            Some(waiter) => waiter.waker.replace(waker),
            None => {
                let waker = Some(waker);
                *queued = Some(queue.insert(Waiter { side, waker }));
                None
            }
        };
        (
            old,
            Some((
                source.raw,
                source.waits(Side::Read),
                source.waits(Side::Write),
            )),
        )
    }

    /// Whether a queued waiter has been woken by an event.
    pub(crate) fn was_woken(&mut self, key: Key, queued: usize) -> bool {
        self.get(key)
            .and_then(|source| source.queue.as_ref()?.get(queued))
            .is_some_and(|waiter| waiter.waker.is_none())
    }

    /// Takes a waiter out of the queue; its waker comes out to be dropped.
    pub(crate) fn dequeue(&mut self, key: Key, queued: usize) -> Option<Waker> {
        self.get(key)?.queue.as_mut()?.try_remove(queued)?.waker
    }
}
