//! What the model knows: who lives where, who waits in the queue, and whose turn it is.

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::thread::Thread;

use super::State::*;
use super::runs::Pass;
use super::{Joiner, Known, World};

/// Wakers that are kept, stale ones among them.
const WAKERS: usize = 12;

impl Known {
    /// Whether it has a slot.
    pub(super) fn is_in_use(&self) -> bool {
        match self.state {
            Waiting | Polling | Dropping { .. } => true,
            Done | Lost => self.has_handle,
            Outside | Gone => false,
        }
    }
}

impl World {
    /// A choice among so many: the next byte's. 0 when the bytes are used up.
    pub(super) fn pick(&self, many: usize) -> usize {
        let at = self.at.replace(self.at.get() + 1);
        self.bytes.get(at).map_or(0, |&byte| usize::from(byte) % many)
    }

    pub(super) fn is_over(&self) -> bool {
        self.at.get() >= self.bytes.len()
    }

    /// Whether a poll would be the answer if this place were taken from the queue now.
    pub(super) fn is_pollable(&self, place: usize) -> bool {
        if place == 0 {
            return self.pass.borrow().as_ref().is_some_and(|pass| pass.main);
        }
        self.has(|known| known.place == place && known.state == Waiting)
    }

    /// How many living tasks are so.
    fn how_many(&self, are_so: impl Fn(&Known) -> bool) -> usize {
        let tasks = self.tasks.borrow();
        self.living.borrow().iter().filter(|&&id| are_so(&tasks[id])).count()
    }

    /// Whether a living task is so.
    pub(super) fn has(&self, is_so: impl Fn(&Known) -> bool) -> bool {
        self.how_many(is_so) > 0
    }

    /// Queues a place that is woken, and wakes the parent of an executor that sleeps.
    pub(super) fn enqueue(&self, place: usize) {
        let mut queue = self.queue.borrow_mut();
        if !queue.contains(&place) {
            queue.push_back(place);
            if self.is_parked.replace(false) {
                self.parent_woken.set(self.parent_woken.get() + 1);
            }
        }
    }

    pub(super) fn wake(&self, place: usize, waker: &Waker) {
        self.enqueue(place);
        waker.wake_by_ref();
    }

    /// How many slots are in use.
    pub(super) fn len(&self) -> usize {
        self.how_many(Known::is_in_use)
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Pass)) {
        change(self.pass.borrow_mut().as_mut().expect("somebody drives"));
    }

    /// The driver goes on after the poll of a task.
    pub(super) fn settle(&self) {
        if let Some(id) = self.ended.take() {
            let place = self.tasks.borrow()[id].place;
            let is_refilled = self.has(|known| {
                let has_future = matches!(known.state, Waiting | Polling | Dropping { .. });
                known.place == place && has_future
            });
            self.count(|pass| {
                pass.completed += 1;
                pass.refilled += usize::from(is_refilled);
            });
        }
    }

    /// A task is polled: it was the first in the queue whom a poll could reach.
    pub(super) fn begin_poll(&self, id: usize, waker: &Waker) -> usize {
        let (place, state) = {
            let known = &self.tasks.borrow()[id];
            (known.place, known.state)
        };
        assert_eq!(state, Waiting, "task {id} was polled");
        self.settle();
        self.pop_to(place);
        self.count(|pass| pass.polled += 1);
        self.tasks.borrow_mut()[id].state = Polling;
        self.keep(place, waker);
        place
    }

    /// Remembers who is polled, with which waker.
    pub(super) fn keep(&self, place: usize, waker: &Waker) {
        *self.current.borrow_mut() = Some((place, waker.clone()));
        let mut wakers = self.wakers.borrow_mut();
        if wakers.len() == WAKERS {
            // Not always the oldest: stale ones are kept for long.
            wakers.remove(self.at.get() % WAKERS);
        }
        wakers.push((place, waker.clone()));
    }

    /// The driver takes this place.
    fn take(&self, place: usize) {
        let dropping = |known: &Known| matches!(known.state, Dropping { .. });
        let here = |known: &Known| known.place == place && dropping(known);
        let is_dropping = self.has(here);
        self.count(|pass| {
            pass.pop(place);
            pass.dropping += usize::from(is_dropping);
        });
    }

    /// The driver takes a place from the queue, after such as nobody is polled at.
    pub(super) fn pop_to(&self, place: usize) {
        loop {
            let first = self.queue.borrow_mut().pop_front();
            let first = first.expect("polled without a wake");
            self.take(first);
            if first == place {
                break;
            }
            assert!(!self.is_pollable(first), "place {first} was woken first");
        }
    }

    /// The driver has polled all whom it will poll, and takes the rest of what it may take.
    pub(super) fn pop_rest(&self) {
        while self.pass.borrow().as_ref().is_some_and(Pass::is_open) {
            let Some(first) = self.queue.borrow_mut().pop_front() else { break };
            self.take(first);
            assert!(!self.is_pollable(first), "place {first} was not polled");
        }
    }

    /// What can be seen from outside.
    pub(super) fn compare(&self) {
        // A wake too many is allowed, and none too few.
        let woken = self.parent.count();
        assert!(woken >= self.parent_woken.get(), "a wake of the parent was lost");
        self.parent_woken.set(woken);
        if self.pass.borrow().is_none() {
            assert_eq!(self.local.has_ready(), !self.queue.borrow().is_empty());
        }
        let tasks = self.tasks.borrow();
        let mut len = 0;
        self.living.borrow_mut().retain(|&id| {
            let known = &tasks[id];
            if let Some(Joiner::Foreign(wakes)) = &known.joiner {
                let woken = usize::from(matches!(known.state, Done | Lost));
                assert_eq!(wakes.count(), woken, "wakes of who joins task {id}");
            }
            len += usize::from(known.is_in_use());
            known.state != Gone
        });
        assert_eq!(self.local.len(), len);
        assert_eq!(self.local.is_empty(), len == 0);
    }
}

/// A waker for another thread to wake, and the thread to unpark when that is done. (Two channels
/// instead took a quarter of all time.)
type Errand = Mutex<Option<(Waker, Thread)>>;

thread_local! {
    static ELSEWHERE: (Thread, Arc<Errand>) = {
        let errand = Arc::<Errand>::default();
        let given = errand.clone();
        (std::thread::spawn(move || run_errands(&given)).thread().clone(), errand)
    };
}

fn lock(errand: &Errand) -> MutexGuard<'_, Option<(Waker, Thread)>> {
    errand.lock().expect("waking does not panic")
}

fn run_errands(errand: &Errand) {
    loop {
        let mut given = lock(errand);
        // Wake under the lock, so that whoever finds the errand gone finds it done.
        let asker = given.take().map(|(waker, asker)| {
            waker.wake();
            asker
        });
        drop(given);
        match asker {
            Some(asker) => asker.unpark(),
            None => std::thread::park(),
        }
    }
}

/// Wakes on another thread, and waits for it.
pub(super) fn wake_elsewhere(waker: Waker) {
    ELSEWHERE.with(|(thread, errand)| {
        *lock(errand) = Some((waker, std::thread::current()));
        thread.unpark();
        while lock(errand).is_some() {
            std::thread::park();
        }
    });
}
