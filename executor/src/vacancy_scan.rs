//! Vacant slots, found by looking: the room of targets without `std`, where tasks are few and code is
//! dear. `vacancy_list` is the other.
//!
//! # Terms
//! - *rover*: the link behind which the next search begins. It goes from slot to slot, and back to
//!   one that has become vacant; so a search is short unless the executor is nearly full.
//!
//! # Invariants
//! - **Free means unqueued**: a vacant slot that a stale wake has queued is claimed only when there
//!   is no other, and then taken out of the queue, so that a new task takes its place at the end.

use core::cell::Cell;

use crate::atomic::Index;
use crate::inbox::{END, FIRST, UNIT, link_of};
use crate::life::Life;
use crate::slot::{CoreRef, HeaderRef};

/// What the executor's core keeps of them.
pub(crate) struct Vacancies {
    rover: Cell<Index>,
}

impl Vacancies {
    pub(crate) const fn new() -> Self {
        Self {
            rover: Cell::new(END),
        }
    }
}

impl CoreRef {
    /// A vacant slot, or `None` if the executor is full.
    pub(crate) fn claim(self) -> Option<HeaderRef> {
        let mut queued = None;
        for _ in 0..self.capacity.get() {
            let mut link = self.vacancies.rover.get();
            if link < FIRST || link == link_of(self.capacity.get()) {
                link = FIRST;
            }
            link += UNIT;
            self.vacancies.rover.set(link);
            let header = self.linked(link);
            if header.life().is_vacant() {
                // Once: from its first tenant on, wakers anywhere may read it.
                if header.link() == END {
                    header.number(link);
                }
                if !header.node.is_queued() {
                    return Some(header);
                }
                queued = Some(header);
            }
        }
        let header = queued?;
        self.disturb();
        self.queue.remove(self, header.link());
        Some(header)
    }

    /// The slot has become vacant.
    pub(crate) fn let_go(self, header: HeaderRef) {
        header.set_life(Life::UNLISTED);
        self.vacancies.rover.set(header.link() - UNIT);
    }

    /// A vacant slot came out of the queue.
    pub(crate) fn came_out(self, _: HeaderRef) {}

    /// The highest number of a slot that was ever used.
    pub(crate) fn last_touched(self) -> Index {
        self.capacity.get()
    }
}
