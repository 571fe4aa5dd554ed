//! A promise as a value, a line, and the one name that it is kept for.

use wakeful_executor::sync::Oneshot;

use super::{Choices, HANDS, Hands};

#[derive(Default)]
struct Model {
    value: Option<usize>,
    was_set: bool,
    line: Vec<usize>,
    kept_for: Option<usize>,
    /// Who waited when the value was taken by another.
    too_late: Vec<usize>,
    woken: Vec<usize>,
}

impl Model {
    fn offer(&mut self) {
        if !self.line.is_empty() {
            self.kept_for = Some(self.line.remove(0));
            self.woken.extend(self.kept_for);
        }
    }

    fn set(&mut self, value: usize) -> Result<(), usize> {
        if self.was_set {
            return Err(value);
        }
        self.was_set = true;
        self.value = Some(value);
        self.offer();
        Ok(())
    }

    fn take(&mut self) -> Option<usize> {
        self.kept_for = None;
        self.woken.extend(&self.line);
        self.too_late.append(&mut self.line);
        self.value.take()
    }

    fn try_take(&mut self) -> Option<usize> {
        if self.kept_for.is_some() || self.value.is_none() { None } else { self.take() }
    }

    fn poll(&mut self, name: usize) -> Option<Option<usize>> {
        if self.kept_for == Some(name) {
            return Some(self.take());
        }
        if self.too_late.contains(&name) {
            self.too_late.retain(|&other| other != name);
            return Some(None);
        }
        if self.line.contains(&name) {
            return None;
        }
        if self.was_set && self.kept_for.is_none() {
            return Some(self.try_take());
        }
        self.line.push(name);
        None
    }

    fn drop(&mut self, name: usize) {
        self.line.retain(|&other| other != name);
        self.too_late.retain(|&other| other != name);
        if self.kept_for == Some(name) {
            self.kept_for = None;
            self.offer();
        }
    }
}

/// Runs a promise and its model side by side.
pub fn run(choices: &mut Choices<'_>) {
    let oneshot = Oneshot::new();
    let mut model = Model::default();
    let mut hands = Hands::default();
    while let (Some(op), Some(name)) = (choices.pick(16), choices.pick(HANDS)) {
        let wakers = hands.wakers();
        match op {
            0..5 => drop(hands.start(name, oneshot.take())),
            5..10 if hands.has(name) => assert_eq!(hands.poll(name), model.poll(name)),
            10..14 => {
                hands.drop(name);
                model.drop(name);
            }
            14 => assert_eq!(oneshot.try_take(), model.try_take()),
            15 => assert_eq!(oneshot.set(name), model.set(name)),
            _ => {}
        }
        let woken: Vec<_> = model.woken.drain(..).map(|name| wakers[name]).collect();
        assert_eq!(hands.log.take(), woken);
        assert_eq!(oneshot.is_set(), model.was_set);
    }
}
