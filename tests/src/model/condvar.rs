//! A mutex with a condition variable, as two lines of names.

use wakeful_executor::sync::{Condvar, Mutex, MutexGuard};

use super::{Choices, HANDS, Hands};

/// What a name is doing. A future in hand is `Lock` or `Wait`; a guard that is held is `Held`.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    Nothing,
    Lock,
    Held,
    /// Its future has the guard: it was not polled yet.
    WaitUnpolled,
    Wait,
    /// It was notified, and is after the lock; `true` if it was chosen alone.
    Relock(bool),
}

struct Model {
    doing: [Doing; HANDS],
    /// Who has the lock, or was chosen to.
    owner: Option<usize>,
    lockers: Vec<usize>,
    waiters: Vec<usize>,
    woken: Vec<usize>,
}

impl Model {
    fn unlock(&mut self, name: usize) {
        if self.owner == Some(name) {
            self.owner = None;
            if !self.lockers.is_empty() {
                self.owner = Some(self.lockers.remove(0));
                self.woken.extend(self.owner);
            }
        }
    }

    /// Whether it has the lock now.
    fn lock(&mut self, name: usize) -> bool {
        if self.owner.is_none() {
            self.owner = Some(name);
        }
        if self.owner != Some(name) && !self.lockers.contains(&name) {
            self.lockers.push(name);
        }
        self.owner == Some(name)
    }

    fn notify(&mut self, most: usize, alone: bool) {
        for name in self.waiters.drain(..most.min(self.waiters.len())) {
            self.doing[name] = Doing::Relock(alone);
            self.woken.push(name);
        }
    }

    /// Whether the poll ends with the lock.
    fn poll(&mut self, name: usize) -> bool {
        let doing = self.doing[name];
        match doing {
            Doing::WaitUnpolled => {
                self.doing[name] = Doing::Wait;
                self.waiters.push(name);
                self.unlock(name);
                false
            }
            Doing::Lock | Doing::Relock(_) if self.lock(name) => {
                self.doing[name] = Doing::Held;
                true
            }
            _ => false,
        }
    }

    fn drop(&mut self, name: usize) {
        let was = std::mem::replace(&mut self.doing[name], Doing::Nothing);
        self.waiters.retain(|&other| other != name);
        self.lockers.retain(|&other| other != name);
        if was == Doing::Relock(true) {
            self.notify(1, true);
        }
        self.unlock(name);
    }
}

/// Runs a mutex and a condition variable beside their model.
pub fn run(choices: &mut Choices<'_>) {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut model = Model {
        doing: [Doing::Nothing; HANDS],
        owner: None,
        lockers: Vec::new(),
        waiters: Vec::new(),
        woken: Vec::new(),
    };
    let mut hands = Hands::default();
    let mut held: Option<MutexGuard<'_, i32>> = None;
    while let (Some(op), Some(name)) = (choices.pick(16), choices.pick(HANDS)) {
        let wakers = hands.wakers();
        let has_guard = model.doing[name] == Doing::Held;
        match op {
            0..3 if model.doing[name] == Doing::Nothing => {
                hands.start(name, mutex.lock());
                model.doing[name] = Doing::Lock;
            }
            3..6 if has_guard => {
                let guard = held.take().expect("the model says that it is held");
                hands.start(name, condvar.wait(guard));
                model.doing[name] = Doing::WaitUnpolled;
            }
            6..10 if hands.has(name) => {
                let guard = hands.poll(name);
                assert_eq!(guard.is_some(), model.poll(name));
                if let Some(mut guard) = guard {
                    *guard += 1;
                    assert!(held.is_none(), "two guards of one mutex");
                    held = Some(guard);
                }
            }
            10 | 11 => {
                if has_guard {
                    held = None;
                }
                hands.drop(name);
                model.drop(name);
            }
            12 | 13 => {
                condvar.notify_one();
                model.notify(1, true);
            }
            14 => {
                condvar.notify_all();
                model.notify(HANDS, false);
            }
            15 => {
                let may = model.owner.is_none() && model.doing[name] == Doing::Nothing;
                let guard = mutex.try_lock();
                assert_eq!(guard.is_some(), model.owner.is_none());
                if may {
                    held = guard;
                    model.doing[name] = Doing::Held;
                    model.owner = Some(name);
                }
            }
            _ => {}
        }
        let woken: Vec<_> = model.woken.drain(..).map(|name| wakers[name]).collect();
        assert_eq!(hands.log.take(), woken);
        assert_eq!(mutex.is_locked(), model.owner.is_some());
    }
}
