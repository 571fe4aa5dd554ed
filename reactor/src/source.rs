//! The source table: what was told of each registered descriptor, and who waits for it.
//!
//! Readiness lives here, not in futures, so a future that is dropped takes none with it.
//!
//! Two kinds of waiters: one **poll slot** a side, whose waker each `poll_*` call replaces
//! silently; and any number of **queued** waiters, one for each `readable`, `writable`, `read_with`
//! or `write_with` future.
//!
//! An idle connection waits with one side only, so a source has room for one poll slot, the
//! **near** one, which belongs to the side that last waited while nobody else did. The other side's
//! slot and the queue are **far**: in a box, made when they are first needed.
//!
//! Invariants:
//! - **EDGE**: the system tells of a change once. So `ready` is taken back only by an operation
//!   that began after the last event: it carries the source's count of events ([`Stamp`]), and a
//!   count that has moved (by a `block_on` nested in the operation) voids the taking back.
//! - **WAIT**: a waker is stored only while its side is not ready.
//! - **OUT**: nothing here calls or drops a waker; those that are replaced or woken are handed to
//!   the caller, who has no borrow left.
//! - **SLOTS**: the near slot holds `near_side`'s waker, the far one the other side's. They change
//!   sides only while both are empty.

use crate::os::RawSource;
use crate::side::{Gate, Readiness, Side, Stamp, Start};
use crate::wait::Told;
use slab::Slab;
use std::collections::VecDeque;
use std::task::Waker;

/// The low bits of a number are the place, the high bits the generation.
const INDEX_BITS: u32 = usize::BITS / 2;
const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;

/// A source's place in the table: what its handle knows of it, which alone gives it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u32);

impl Key {
    /// The number by which the system tells of a tenant of this place: with the generation, so that
    /// a source that was dropped is never taken for its successor. Never `usize::MAX`, which is the
    /// bell's: no generation is all ones.
    fn number(self, generation: u32) -> usize {
        ((generation as usize) << INDEX_BITS) | self.0 as usize
    }
}

/// A queued waiter. Its waker is gone once an event has woken it.
#[derive(Debug)]
struct Waiter {
    side: Side,
    waker: Option<Waker>,
}

/// What few sources need.
#[derive(Debug, Default)]
struct Far {
    /// The poll slot of the side that is not near.
    waker: Option<Waker>,
    queue: Slab<Waiter>,
}

#[derive(Debug)]
struct Source {
    raw: RawSource,
    generation: u32,
    /// Events so far, wrapping.
    events: u32,
    read: Readiness,
    write: Readiness,
    near: Option<Waker>,
    /// Boxed: an idle connection has none.
    far: Option<Box<Far>>,
}

/// What a connection weighs beside its task; not the same where descriptors are wider.
#[cfg(all(unix, target_pointer_width = "64"))]
const _: () = assert!(size_of::<Source>() == 40 && size_of::<Option<Source>>() == 40);

impl Source {
    fn side(&mut self, side: Side) -> &mut Readiness {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// Whose poll slot the near one is. One bit suffices, so it lies among the marks of reading.
    fn near_side(&self) -> Side {
        match self.read.is_near() {
            true => Side::Read,
            false => Side::Write,
        }
    }

    /// What is in a side's poll slot.
    fn slot(&self, side: Side) -> Option<&Waker> {
        match (self.near_side() == side, &self.far) {
            (true, _) => self.near.as_ref(),
            (false, Some(far)) => far.waker.as_ref(),
            (false, None) => None,
        }
    }

    /// Empties a side's poll slot.
    fn empty_slot(&mut self, side: Side) -> Option<Waker> {
        match (self.near_side() == side, &mut self.far) {
            (true, _) => self.near.take(),
            (false, Some(far)) => far.waker.take(),
            (false, None) => None,
        }
    }

    /// Fills a side's poll slot; what was in it comes out.
    fn fill_slot(&mut self, side: Side, waker: Waker) -> Option<Waker> {
        if self.near.is_none() && self.far.as_ref().is_none_or(|far| far.waker.is_none()) {
            self.read.set_near(side == Side::Read);
        }
        match self.near_side() == side {
            true => self.near.replace(waker),
            false => self.far.get_or_insert_default().waker.replace(waker),
        }
    }

    fn tell(&mut self, side: Side, told: Told, woken: &mut VecDeque<Waker>) {
        let waker = self.empty_slot(side);
        let ends = told.ends && side == Side::Read;
        self.side(side).tell(Told { ends, ..told }, waker.is_some());
        woken.extend(waker);
        for (_, waiter) in self.far.iter_mut().flat_map(|far| far.queue.iter_mut()) {
            if waiter.side == side {
                woken.extend(waiter.waker.take());
            }
        }
    }

    /// Whether anybody waits for a side.
    fn waits(&self, side: Side) -> bool {
        let waiting = |(_, waiter): (usize, &Waiter)| waiter.side == side && waiter.waker.is_some();
        self.slot(side).is_some()
            || self
                .far
                .iter()
                .flat_map(|far| far.queue.iter())
                .any(waiting)
    }

    /// What to arm for those who wait at `key`, this source's place.
    fn interest(&self, key: Key) -> Interest {
        Interest {
            raw: self.raw,
            number: key.number(self.generation),
            readable: self.waits(Side::Read),
            writable: self.waits(Side::Write),
        }
    }
}

/// What to arm on backends that forget a source after each event.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "only the portable wait needs it")]
pub(crate) struct Interest {
    pub(crate) raw: RawSource,
    pub(crate) number: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
}

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

    /// The place, and the number for the system. `None` if the table is full (65,536 sources where
    /// addresses have 32 bits).
    pub(crate) fn insert(&mut self, raw: RawSource, start: Start) -> Option<(Key, usize)> {
        let entry = self.slab.vacant_entry();
        let key = Key(u32::try_from(entry.key()).ok()?);
        if entry.key() > INDEX_MASK {
            return None;
        }
        let generation = self.generation;
        // One less than all ones is the last.
        self.generation = (generation + 1) % (INDEX_MASK as u32);
        entry.insert(Source {
            raw,
            generation,
            events: 0,
            read: Readiness::new(start),
            write: Readiness::new(start),
            near: None,
            far: None,
        });
        Some((key, key.number(generation)))
    }

    /// Removes a source; its wakers come out to be dropped.
    pub(crate) fn remove(&mut self, key: Key) -> Option<(RawSource, impl Sized + use<>)> {
        let source = self.slab.try_remove(key.0 as usize)?;
        Some((source.raw, (source.near, source.far)))
    }

    fn get(&mut self, key: Key) -> Option<&mut Source> {
        self.slab.get_mut(key.0 as usize)
    }

    /// Takes in one event; the wakers that it wakes join `woken`. Says whose it was, unless its
    /// source is gone.
    pub(crate) fn tell(&mut self, told: Told, woken: &mut VecDeque<Waker>) -> Option<Key> {
        let key = Key((told.key & INDEX_MASK) as u32);
        let source = self.get(key)?;
        if key.number(source.generation) != told.key {
            return None; // of the place's last tenant
        }
        source.events = source.events.wrapping_add(1);
        if told.readable {
            source.tell(Side::Read, told, woken);
        }
        if told.writable {
            source.tell(Side::Write, told, woken);
        }
        Some(key)
    }

    /// Whether an operation may be tried.
    pub(crate) fn gate(&mut self, key: Key, side: Side) -> Gate {
        let Some(source) = self.get(key) else {
            return Gate::Shut;
        };
        let events = source.events;
        source.side(side).gate(events)
    }

    /// The count of events now.
    pub(crate) fn stamp(&mut self, key: Key) -> Option<Stamp> {
        Some(Stamp::new(self.get(key)?.events))
    }

    /// A side, unless an event came since the operation with this stamp began.
    fn unmoved(&mut self, key: Key, side: Side, stamp: Stamp) -> Option<&mut Readiness> {
        let source = self.get(key)?;
        (source.events == stamp.events).then(|| source.side(side))
    }

    /// An operation found that it would block.
    pub(crate) fn blocked(&mut self, key: Key, side: Side, stamp: Stamp) {
        if let Some(side) = self.unmoved(key, side, stamp) {
            side.blocked();
        }
    }

    /// An operation took, or gave, less than it could have.
    pub(crate) fn was_short(&mut self, key: Key, side: Side, stamp: Stamp) {
        if let Some(side) = self.unmoved(key, side, stamp) {
            side.was_short();
        }
    }

    /// Whether an event has emptied a side's poll slot since it was last asked.
    pub(crate) fn take_told(&mut self, key: Key, side: Side) -> bool {
        self.get(key)
            .is_some_and(|source| source.side(side).take_told())
    }

    /// Whether it is known that no error, hang-up or end was told to a side.
    pub(crate) fn is_plain(&mut self, key: Key, side: Side) -> bool {
        self.get(key)
            .is_some_and(|source| source.side(side).is_plain())
    }

    /// The descriptor, to ask the system about.
    pub(crate) fn raw(&mut self, key: Key) -> Option<RawSource> {
        Some(self.get(key)?.raw)
    }

    /// Puts a waker into the poll slot. The one it replaces comes out; or itself, if there is no
    /// such source.
    pub(crate) fn park(
        &mut self,
        key: Key,
        side: Side,
        waker: Waker,
    ) -> Result<Option<Waker>, Waker> {
        match self.get(key) {
            Some(source) => Ok(source.fill_slot(side, waker)),
            None => Err(waker),
        }
    }

    /// Whether the poll slot holds a waker for the same task already.
    pub(crate) fn is_parked(&mut self, key: Key, side: Side, waker: &Waker) -> bool {
        self.get(key)
            .and_then(|source| source.slot(side))
            .is_some_and(|parked| parked.will_wake(waker))
    }

    /// Queues a waiter, or renews the waker of a queued one. What it replaces comes out; or itself,
    /// if there is no such source.
    pub(crate) fn enqueue(
        &mut self,
        key: Key,
        side: Side,
        queued: &mut Option<usize>,
        waker: Waker,
    ) -> Result<Option<Waker>, Waker> {
        let Some(source) = self.get(key) else {
            return Err(waker);
        };
        let queue = &mut source.far.get_or_insert_default().queue;
        match queued.and_then(|at| queue.get_mut(at)) {
            Some(waiter) => Ok(waiter.waker.replace(waker)),
            None => {
                let waker = Some(waker);
                *queued = Some(queue.insert(Waiter { side, waker }));
                Ok(None)
            }
        }
    }

    /// What to arm of a source, if anybody waits.
    pub(crate) fn interest(&mut self, key: Key) -> Option<Interest> {
        let interest = self.get(key)?.interest(key);
        (interest.readable || interest.writable).then_some(interest)
    }

    /// Whether a queued waiter has been woken by an event.
    pub(crate) fn was_woken(&mut self, key: Key, queued: usize) -> bool {
        self.get(key)
            .and_then(|source| source.far.as_ref()?.queue.get(queued))
            .is_some_and(|waiter| waiter.waker.is_none())
    }

    /// Takes a waiter out of the queue; its waker comes out to be dropped.
    pub(crate) fn dequeue(&mut self, key: Key, queued: usize) -> Option<Waker> {
        self.get(key)?.far.as_mut()?.queue.try_remove(queued)?.waker
    }
}
