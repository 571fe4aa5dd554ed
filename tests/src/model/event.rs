//! An event as a flag and lists of names.

use wakeful_executor::sync::Event;

use super::{Choices, HANDS, Hands};

#[derive(Default)]
struct Model {
    is_set: bool,
    line: Vec<usize>,
    /// Who was chosen; `true` if by a notification, which is passed on.
    chosen: Vec<(usize, bool)>,
    woken: Vec<usize>,
}

impl Model {
    fn tell(&mut self, most: usize, passes_on: bool) {
        for name in self.line.drain(..most.min(self.line.len())) {
            self.chosen.push((name, passes_on));
            self.woken.push(name);
        }
    }

    fn leave(&mut self, name: usize) -> Option<bool> {
        let at = self.chosen.iter().position(|&(other, _)| other == name)?;
        Some(self.chosen.remove(at).1)
    }

    fn poll(&mut self, name: usize) -> bool {
        if self.leave(name).is_some() {
            return true;
        }
        if !self.line.contains(&name) {
            if self.is_set {
                return true;
            }
            self.line.push(name);
        }
        false
    }

    fn drop(&mut self, name: usize) {
        self.line.retain(|&other| other != name);
        if self.leave(name) == Some(true) {
            self.tell(1, true);
        }
    }
}

/// Runs an event and its model side by side.
pub fn run(choices: &mut Choices<'_>) {
    let event = Event::new();
    let mut model = Model::default();
    let mut hands = Hands::default();
    while let (Some(op), Some(name)) = (choices.pick(8), choices.pick(HANDS)) {
        let wakers = hands.wakers();
        match op {
            0 | 1 => drop(hands.start(name, event.wait())),
            2 | 3 if hands.has(name) => {
                assert_eq!(hands.poll(name).is_some(), model.poll(name));
            }
            4 => {
                hands.drop(name);
                model.drop(name);
            }
            5 => {
                event.notify(name);
                model.tell(name, true);
            }
            6 => {
                event.set();
                model.is_set = true;
                model.tell(HANDS, false);
            }
            7 => {
                event.clear();
                model.is_set = false;
            }
            _ => {}
        }
        let woken: Vec<_> = model.woken.drain(..).map(|name| wakers[name]).collect();
        assert_eq!(hands.log.take(), woken);
        assert_eq!(event.is_set(), model.is_set);
    }
}
