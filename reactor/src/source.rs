//! The source table: what is known of each registered descriptor, and who waits for it.
//!
//! Readiness lives here, not in futures, so a future that is dropped loses none.
//!
//! A waiter leaves its waker in a [`Place`]. The **poll slot** of a direction holds one waker,
//! which each `poll_*` call replaces silently. The **queue** holds any number, one for each
//! `readable`, `writable`, `read_with` or `write_with` future. An idle connection only waits to
//! read, so only that poll slot is part of a source; the rest is in a box, made when it is first
//! needed.
//!
//! Invariants:
//! - **EDGE**: the system reports a change once. So a direction becomes `Blocked` only by an
//!   operation that began after the last event. An operation knows the source's count of events
//!   from when it began; if the count has changed (by a `block_on` nested in the operation), the
//!   outcome says nothing.
//! - **WAIT**: a waker is stored only while its direction is `Blocked`.
//! - **OUT**: nothing here calls or drops a waker. Those that are replaced, woken or removed go to
//!   the caller, who has released the table by then.

use crate::event::{Direction, Event, Interest};
use crate::readiness::{Attempt, Check, Readiness, Short};
use crate::sys::RawSource;
use slab::Slab;
use std::{collections::VecDeque, io, task::Waker};

/// The low bits of an event's key are the index, the high bits the generation.
const INDEX_BITS: u32 = usize::BITS / 2;
const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;
/// Operations that one source may do without finding that it would block, before its task gives way
/// once.
const OPERATIONS: u8 = 128;

/// A source's index in the table. A handle and its futures have it; the handle removes the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u32);

impl Key {
    /// What the system knows a source by: with the generation, so that an event of a source that
    /// was dropped is not taken for one of its successor. No generation is all ones.
    fn with_generation(self, generation: u32) -> usize {
        ((generation as usize) << INDEX_BITS) | self.0 as usize
    }
}

/// Where a waiter leaves its waker.
#[derive(Debug)]
pub(crate) enum Place {
    /// In the poll slot.
    Slot,
    /// In the queue; at an index from its first wait on.
    Queue(Option<usize>),
}

/// A waiter in the queue. Its waker is gone once an event has woken it.
#[derive(Debug)]
struct Queued {
    direction: Direction,
    waker: Option<Waker>,
}

/// What few sources need.
#[derive(Debug, Default)]
struct More {
    /// The poll slot for writing.
    writer: Option<Waker>,
    queue: Slab<Queued>,
}

#[derive(Debug)]
struct Source {
    raw: RawSource,
    generation: u32,
    /// Events so far, wrapping.
    events: u32,
    read: Readiness,
    write: Readiness,
    short: Short,
    /// Operations since one would have blocked.
    operations: u8,
    /// The poll slot for reading.
    reader: Option<Waker>,
    more: Option<Box<More>>,
}

/// What an idle connection takes besides its task. On Windows descriptors are wider.
#[cfg(all(unix, target_pointer_width = "64"))]
const _: () = assert!(size_of::<Source>() == 40 && size_of::<Option<Source>>() == 40);

impl Source {
    fn readiness(&mut self, direction: Direction) -> &mut Readiness {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }

    /// The waker at a place; a waiter that is new in the queue gets its index.
    fn waker(&mut self, direction: Direction, place: &mut Place) -> &mut Option<Waker> {
        match (place, direction) {
            (Place::Slot, Direction::Read) => &mut self.reader,
            (Place::Slot, Direction::Write) => &mut self.more.get_or_insert_default().writer,
            (Place::Queue(index), _) => {
                let queue = &mut self.more.get_or_insert_default().queue;
                let waker = None;
                let index = index.get_or_insert_with(|| queue.insert(Queued { direction, waker }));
                &mut queue[*index].waker
            }
        }
    }

    /// Every waker that is stored for a direction.
    fn wakers(&mut self, direction: Direction) -> impl Iterator<Item = &mut Option<Waker>> {
        let (writer, queue) = match self.more.as_deref_mut() {
            Some(More { writer, queue }) => (Some(writer), Some(queue)),
            None => (None, None),
        };
        let slot = match direction {
            Direction::Read => Some(&mut self.reader),
            Direction::Write => writer,
        };
        let queued = queue.into_iter().flatten();
        let queued = queued.filter(move |(_, waiter)| waiter.direction == direction);
        slot.into_iter().chain(queued.map(|(_, waiter)| &mut waiter.waker))
    }

    fn is_awaited(&mut self, direction: Direction) -> bool {
        self.wakers(direction).any(|waker| waker.is_some())
    }

    /// Notes that a direction is ready, and collects the wakers of those who wait for it.
    fn report(&mut self, direction: Direction, woken: &mut VecDeque<Waker>) {
        *self.readiness(direction) = Readiness::Ready;
        woken.extend(self.wakers(direction).filter_map(Option::take));
    }

    fn block(&mut self, direction: Direction) {
        *self.readiness(direction) = Readiness::Blocked;
        self.operations = 0;
    }
}

/// All sources of one thread.
#[derive(Debug)]
pub(crate) struct Sources {
    slab: Slab<Source>,
    generation: u32,
}

impl Sources {
    pub(crate) const fn new() -> Sources {
        Sources { slab: Slab::new(), generation: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// The key, and the key for the system. The table is full with 65,536 sources where addresses
    /// have 32 bits.
    pub(crate) fn insert(
        &mut self,
        raw: RawSource,
        readiness: Readiness,
        short: Short,
    ) -> io::Result<(Key, usize)> {
        let entry = self.slab.vacant_entry();
        let index = u32::try_from(entry.key()).ok();
        let index = index.filter(|&index| index as usize <= INDEX_MASK);
        let full = || io::Error::other("the reactor's source table is full");
        let (key, generation) = (Key(index.ok_or_else(full)?), self.generation);
        // Generations repeat after the last before all ones, so none is all ones.
        self.generation = (generation + 1) % (INDEX_MASK as u32);
        entry.insert(Source {
            raw,
            generation,
            events: 0,
            read: readiness,
            write: readiness,
            short,
            operations: 0,
            reader: None,
            more: None,
        });
        Ok((key, key.with_generation(generation)))
    }

    /// Removes a source. The wakers of those who wait for it are added to `woken`.
    pub(crate) fn remove(&mut self, key: Key, woken: &mut VecDeque<Waker>) -> Option<RawSource> {
        let mut source = self.slab.try_remove(key.0 as usize)?;
        source.report(Direction::Read, woken);
        source.report(Direction::Write, woken);
        Some(source.raw)
    }

    fn get(&mut self, key: Key) -> Option<&mut Source> {
        self.slab.get_mut(key.0 as usize)
    }

    /// Notes an event. The wakers that it wakes are added to `woken`. Says which source it was,
    /// unless that is gone.
    pub(crate) fn report(&mut self, event: Event, woken: &mut VecDeque<Waker>) -> Option<Key> {
        let key = Key((event.key & INDEX_MASK) as u32);
        let source = self.get(key)?;
        if key.with_generation(source.generation) != event.key {
            return None;
        }
        source.events = source.events.wrapping_add(1);
        if event.exceptional && source.short == Short::ProvesBlocked {
            source.short = Short::Doubtful;
        }
        if event.readable {
            source.report(Direction::Read, woken);
        }
        if event.writable {
            source.report(Direction::Write, woken);
        }
        Some(key)
    }

    /// Whether an operation may be tried.
    pub(crate) fn check(&mut self, key: Key, direction: Direction) -> Check {
        let Some(source) = self.get(key) else {
            return Check::Wait;
        };
        if *source.readiness(direction) == Readiness::Blocked {
            return Check::Wait;
        }
        source.operations = (source.operations + 1) % (OPERATIONS + 1);
        let (raw, events) = (source.raw, source.events);
        match source.operations {
            0 => Check::Yield,
            _ => Check::Try(Attempt { raw, events }),
        }
    }

    /// An operation found that it would block.
    pub(crate) fn would_block(&mut self, key: Key, direction: Direction, attempt: Attempt) {
        let Some(source) = self.get(key) else { return };
        if source.events != attempt.events {
            return;
        }
        source.block(direction);
        // A read gets past urgent data, but never blocks at the end.
        if direction == Direction::Read && source.short == Short::Doubtful {
            source.short = Short::ProvesBlocked;
        }
    }

    /// An operation moved less than it could have.
    pub(crate) fn was_short(&mut self, key: Key, direction: Direction) {
        if let Some(source) = self.get(key) {
            if source.short == Short::ProvesBlocked {
                source.block(direction);
            }
        }
    }

    /// Whether all events of a TCP stream so far reported data and room for data alone. `false`
    /// where the backend does not distinguish them.
    pub(crate) fn is_plain(&mut self, key: Key) -> bool {
        self.get(key).is_some_and(|source| source.short == Short::ProvesBlocked)
    }

    /// Stores a waker at a place, and returns the one that it replaces.
    pub(crate) fn store(
        &mut self,
        key: Key,
        direction: Direction,
        place: &mut Place,
        waker: Waker,
    ) -> Option<Waker> {
        self.get(key)?.waker(direction, place).replace(waker)
    }

    /// Takes a waiter out of the queue.
    pub(crate) fn dequeue(&mut self, key: Key, index: usize) -> Option<Waker> {
        let more = self.get(key)?.more.as_mut()?;
        more.queue.try_remove(index)?.waker
    }

    /// What to ask the system for, if anybody waits.
    pub(crate) fn interest(&mut self, key: Key) -> Option<(RawSource, Interest)> {
        let source = self.get(key)?;
        let interest = Interest {
            key: key.with_generation(source.generation),
            readable: source.is_awaited(Direction::Read),
            writable: source.is_awaited(Direction::Write),
        };
        (interest.readable || interest.writable).then_some((source.raw, interest))
    }
}
