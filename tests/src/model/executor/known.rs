//! What the model knows: who lives where, who waits in the queue, and whose turn it is.

use std::task::Waker;

use super::State::*;
use super::{Model, World};

impl World {
    pub(super) fn pick(&self, many: usize) -> usize {
        let at = self.at.replace(self.at.get() + 1);
        self.bytes
            .get(at)
            .map_or(0, |&byte| usize::from(byte) % many)
    }

    pub(super) fn is_over(&self) -> bool {
        self.at.get() >= self.bytes.len()
    }

    /// The task that lives in a slot, if it is still to be polled.
    pub(super) fn tenant(&self, slot: usize) -> Option<usize> {
        let models = self.models.borrow();
        models
            .iter()
            .rposition(|model| model.slot == slot && matches!(model.state, Waiting | Polling))
    }

    pub(super) fn dequeue(&self, id: usize) {
        let slot = self.models.borrow()[id].slot;
        self.queue
            .borrow_mut()
            .retain(|&(queued, _)| queued != slot);
    }

    pub(super) fn enqueue(&self, slot: usize) {
        let mut queue = self.queue.borrow_mut();
        if !queue.iter().any(|&(queued, _)| queued == slot) {
            queue.push_back((slot, false));
        }
    }

    pub(super) fn wake(&self, slot: usize, waker: &Waker) {
        if self.tenant(slot).is_some() {
            self.enqueue(slot);
        }
        waker.wake_by_ref();
    }

    /// How many slots are in use.
    pub(super) fn len(&self) -> usize {
        let in_use = |model: &&Model| match model.state {
            Waiting | Polling | Dropping { .. } => true,
            Done | Lost => model.handle,
            Outside | Gone => false,
        };
        self.models.borrow().iter().filter(in_use).count()
    }

    /// Those that wait in the queue for their polls.
    pub(super) fn ready(&self) -> usize {
        let queue = self.queue.borrow();
        let rests = |slot| {
            self.tenant(slot)
                .is_some_and(|id| self.models.borrow()[id].state == Waiting)
        };
        queue.iter().filter(|&&(slot, _)| rests(slot)).count()
    }

    pub(super) fn begin_poll(&self, id: usize, waker: &Waker) {
        let slot = self.models.borrow()[id].slot;
        assert_eq!(self.models.borrow()[id].state, Waiting);
        let at = {
            let queue = self.queue.borrow();
            let at = queue.iter().position(|&(queued, _)| queued == slot);
            let at = at.expect("polled without a wake");
            for &(earlier, floats) in queue.iter().take(at) {
                let polling = self
                    .tenant(earlier)
                    .is_none_or(|id| self.models.borrow()[id].state == Polling);
                let here = queue[at].1;
                assert!(floats || polling || here, "slot {earlier} was woken first");
            }
            at
        };
        self.queue.borrow_mut().remove(at);
        self.models.borrow_mut()[id].state = Polling;
        self.wakers.borrow_mut().push((slot, waker.clone()));
        if let Some(Some(turn)) = self.turns.borrow_mut().last_mut() {
            assert!(!turn.contains(&id), "polled twice in a turn");
            turn.push(id);
        }
    }

    /// Something ran the executor: whoever is being polled around it may have been popped.
    pub(super) fn nested(&self) {
        let mut queue = self.queue.borrow_mut();
        for (slot, floats) in queue.iter_mut() {
            let polling = |id: usize| self.models.borrow()[id].state == Polling;
            *floats |= self.tenant(*slot).is_some_and(polling);
        }
    }

    /// What can be seen from outside.
    pub(super) fn compare(&self) {
        assert_eq!(self.local.len(), self.len());
        assert_eq!(self.local.is_empty(), self.len() == 0);
        for (id, joiner) in self.joiners.borrow().iter().enumerate() {
            let is_over = matches!(self.models.borrow()[id].state, Done | Lost);
            if let (true, Some(wakes)) = (is_over, joiner) {
                assert!(wakes.count() > 0, "who joins task {id} was not told");
            }
        }
        if self.asleep.get() && self.told.count() == 0 {
            assert_eq!(self.ready(), 0, "the run sleeps and was not told");
        }
    }
}
