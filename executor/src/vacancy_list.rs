//! Vacant slots, in a list: however many tasks there are, finding a slot costs the same.
//!
//! The room of hosts. Where tasks are few, `vacancy_scan` does the same in a third of the code.
//!
//! # Terms
//! - *fresh*: the slots above this number were never used. They are not touched before they are
//!   needed, so an executor costs a host only the pages in use.
//! - *listed*: in the free list, as the slot's [`Life`] says.
//!
//! # Invariants
//! - **Free means unqueued**: a slot in the free list that a stale wake has queued is taken out of
//!   the list before it can be claimed, so that a new task takes its place at the queue's end.

use core::cell::Cell;

use crate::atomic::Index;
use crate::inbox::{END, link_of};
use crate::life::Life;
use crate::slot::{CoreRef, HeaderRef};

/// What the executor's core keeps of them.
pub(crate) struct Vacancies {
    fresh: Cell<Index>,
    free: Cell<Index>,
}

impl Vacancies {
    pub(crate) const fn new() -> Self {
        Self {
            fresh: Cell::new(0),
            free: Cell::new(END),
        }
    }
}

impl CoreRef {
    /// A vacant slot, or `None` if the executor is full.
    pub(crate) fn claim(self) -> Option<HeaderRef> {
        if let Some(header) = self.claim_free() {
            return Some(header);
        }
        let fresh = self.vacancies.fresh.get();
        if fresh < self.capacity.get() {
            self.vacancies.fresh.set(fresh + 1);
            let link = link_of(fresh + 1);
            let header = self.linked(link);
            header.number(link);
            return Some(header);
        }
        if self.used.get() == self.capacity.get() {
            return None;
        }
        self.reclaim()
    }

    /// A slot of the free list.
    fn claim_free(self) -> Option<HeaderRef> {
        loop {
            let link = self.vacancies.free.get();
            if link == END {
                return None;
            }
            let header = self.linked(link);
            self.vacancies.free.set(header.joiner.replace(END));
            if !header.node.is_queued() {
                return Some(header);
            }
            // A stale wake has queued it: it comes back when it is popped (Free means unqueued).
            header.set_life(Life::UNLISTED);
        }
    }

    /// A vacant slot, when all of them are still queued for their former tenants.
    #[cold]
    #[inline(never)]
    fn reclaim(self) -> Option<HeaderRef> {
        self.disturb();
        self.queue.sweep(self, |link| {
            let header = self.linked(link);
            let gone = header.life().is_vacant();
            if gone && header.life() != Life::FREE {
                self.list(header);
            }
            gone
        });
        // If there is none even so, its waker has set the mark and not pushed it yet. The new
        // tenant takes that push for its own.
        if let Some(header) = self.claim_free() {
            return Some(header);
        }
        for index in 0..self.vacancies.fresh.get() {
            let header = self.linked(link_of(index + 1));
            if header.life().is_vacant() {
                return Some(header);
            }
        }
        None
    }

    /// The slot has become vacant.
    pub(crate) fn let_go(self, header: HeaderRef) {
        if header.node.is_queued() {
            header.set_life(Life::UNLISTED);
        } else {
            self.list(header);
        }
    }

    /// A vacant slot came out of the queue, and is in no list.
    pub(crate) fn came_out(self, header: HeaderRef) {
        self.list(header);
    }

    /// Puts a vacant slot into the free list.
    fn list(self, header: HeaderRef) {
        header.set_life(Life::FREE);
        header
            .joiner
            .set(self.vacancies.free.replace(header.link()));
    }

    /// The highest number of a slot that was ever used.
    pub(crate) fn last_touched(self) -> Index {
        self.vacancies.fresh.get()
    }
}
