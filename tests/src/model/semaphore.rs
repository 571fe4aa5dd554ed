//! A semaphore as two lists of names and a number.

use wakeful_executor::sync::{Permit, Semaphore};

use super::{Choices, HANDS, Hands};

#[derive(Default)]
struct Model {
    free: usize,
    /// Who waits, and for how many.
    line: Vec<(usize, usize)>,
    /// Who was chosen, and with how many.
    chosen: Vec<(usize, usize)>,
    woken: Vec<usize>,
}

impl Model {
    fn serve(&mut self) {
        while let Some(&(name, need)) = self.line.first() {
            if need > self.free {
                break;
            }
            self.free -= need;
            self.line.remove(0);
            self.chosen.push((name, need));
            self.woken.push(name);
        }
    }

    fn try_acquire(&mut self, need: usize) -> bool {
        let may = need == 0 || (self.line.is_empty() && need <= self.free);
        self.free -= if may { need } else { 0 };
        may
    }

    /// Whether the poll is ready.
    fn poll(&mut self, name: usize, need: usize) -> bool {
        if self.line.iter().any(|&(waits, _)| waits == name) {
            return false;
        }
        let chosen = self.chosen.len();
        self.chosen.retain(|&(other, _)| other != name);
        if self.chosen.len() < chosen || self.try_acquire(need) {
            return true;
        }
        self.line.push((name, need));
        false
    }

    fn drop(&mut self, name: usize) {
        self.line.retain(|&(other, _)| other != name);
        let back = self.chosen.iter().find(|&&(other, _)| other == name).map_or(0, |&(_, n)| n);
        self.chosen.retain(|&(other, _)| other != name);
        self.free += back;
        self.serve();
    }
}

/// Runs a semaphore and its model side by side.
pub fn run(choices: &mut Choices<'_>) {
    let Some(permits) = choices.pick(5) else { return };
    let semaphore = Semaphore::new(permits);
    let mut model = Model { free: permits, ..Model::default() };
    let mut held: Vec<Permit<'_>> = Vec::new();
    let mut needs = [0; HANDS];
    let mut hands = Hands::default();
    while let (Some(op), Some(name), Some(many)) =
        (choices.pick(7), choices.pick(HANDS), choices.pick(4))
    {
        let wakers = hands.wakers();
        match op {
            0 if hands.start(name, semaphore.acquire_many(many)) => needs[name] = many,
            1 | 2 if hands.has(name) => {
                let permit = hands.poll(name);
                assert_eq!(permit.as_ref().map(Permit::count), {
                    let is_ready = model.poll(name, needs[name]);
                    is_ready.then_some(needs[name])
                });
                held.extend(permit);
            }
            3 => {
                hands.drop(name);
                model.drop(name);
            }
            4 => {
                let permit = semaphore.try_acquire(many);
                assert_eq!(permit.is_some(), model.try_acquire(many));
                held.extend(permit);
            }
            5 if !held.is_empty() => {
                let permit = held.swap_remove(name % held.len());
                model.free += permit.count();
                drop(permit);
                model.serve();
            }
            6 if many == 3 && !held.is_empty() => held.swap_remove(name % held.len()).forget(),
            6 => {
                semaphore.release(many);
                model.free += many;
                model.serve();
            }
            _ => {}
        }
        let woken: Vec<_> = model.woken.drain(..).map(|name| wakers[name]).collect();
        assert_eq!(hands.log.take(), woken);
        assert_eq!(semaphore.available(), model.free);
    }
}
