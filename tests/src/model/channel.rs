//! A channel as lists of values and of names. Each value counts itself while it lives, so that one
//! that is lost, or dropped twice, is found out.

use std::cell::Cell;
use std::rc::Rc;

use wakeful_executor::sync::{Channel, TryRecvError, TrySendError};

use super::{Choices, HANDS, Hands};

/// A value that knows how many of its kind live.
struct Counted(usize, Rc<Cell<isize>>);

impl Counted {
    fn new(number: usize, alive: &Rc<Cell<isize>>) -> Self {
        alive.set(alive.get() + 1);
        Self(number, alive.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.set(self.1.get() - 1);
    }
}

/// What a future of either kind has to say, by the number of the value.
#[derive(Debug, PartialEq)]
enum Outcome {
    Sent,
    Refused(usize),
    Received(Option<usize>),
}

#[derive(Default)]
struct Model {
    room: usize,
    is_closed: bool,
    values: Vec<usize>,
    /// Names: those who wait to send, those chosen to, and the same for receiving.
    senders: Vec<usize>,
    places_for: Vec<usize>,
    receivers: Vec<usize>,
    values_for: Vec<usize>,
    woken: Vec<usize>,
}

fn remove(names: &mut Vec<usize>, name: usize) -> bool {
    let before = names.len();
    names.retain(|&other| other != name);
    names.len() < before
}

impl Model {
    /// Hands out what is free to those who wait.
    fn settle(&mut self) {
        while !self.receivers.is_empty() && self.values.len() > self.values_for.len() {
            self.values_for.push(self.receivers.remove(0));
            self.woken.extend(self.values_for.last());
        }
        while !self.senders.is_empty() && self.values.len() + self.places_for.len() < self.room {
            self.places_for.push(self.senders.remove(0));
            self.woken.extend(self.places_for.last());
        }
    }

    fn try_send(&mut self, value: usize) -> Result<(), TrySendError<usize>> {
        if self.is_closed {
            return Err(TrySendError::Closed(value));
        }
        if self.values.len() + self.places_for.len() == self.room {
            return Err(TrySendError::Full(value));
        }
        self.values.push(value);
        self.settle();
        Ok(())
    }

    fn try_recv(&mut self) -> Result<usize, TryRecvError> {
        if self.values.len() > self.values_for.len() {
            let value = self.values.remove(0);
            self.settle();
            return Ok(value);
        }
        Err(if self.is_closed { TryRecvError::Closed } else { TryRecvError::Empty })
    }

    fn poll_send(&mut self, name: usize, value: usize) -> Option<Outcome> {
        if self.senders.contains(&name) {
            return None;
        }
        remove(&mut self.places_for, name);
        match self.try_send(value) {
            Ok(()) => Some(Outcome::Sent),
            Err(TrySendError::Closed(value)) => Some(Outcome::Refused(value)),
            Err(TrySendError::Full(_)) => {
                self.senders.push(name);
                None
            }
        }
    }

    fn poll_recv(&mut self, name: usize) -> Option<Outcome> {
        if self.receivers.contains(&name) {
            return None;
        }
        remove(&mut self.values_for, name);
        match self.try_recv() {
            Ok(value) => Some(Outcome::Received(Some(value))),
            Err(TryRecvError::Closed) => Some(Outcome::Received(None)),
            Err(TryRecvError::Empty) => {
                self.receivers.push(name);
                None
            }
        }
    }

    fn drop(&mut self, name: usize) {
        remove(&mut self.senders, name);
        remove(&mut self.receivers, name);
        remove(&mut self.places_for, name);
        remove(&mut self.values_for, name);
        self.settle();
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.woken.append(&mut self.senders);
        self.woken.append(&mut self.receivers);
    }
}

/// Runs a channel with room for 1 or 3 and its model side by side.
pub fn run(choices: &mut Choices<'_>) {
    match choices.pick(2) {
        Some(0) => run_with_room::<1>(choices),
        Some(_) => run_with_room::<3>(choices),
        None => {}
    }
}

fn run_with_room<const N: usize>(choices: &mut Choices<'_>) {
    let alive = Rc::new(Cell::new(0));
    let channel = Channel::<Counted, N>::new();
    let mut model = Model { room: N, ..Model::default() };
    {
        let channel = &channel;
        let mut hands = Hands::default();
        // The value of each hand that sends.
        let mut sends: [Option<usize>; HANDS] = [None; HANDS];
        let mut number = 0;
        while let (Some(op), Some(name)) = (choices.pick(32), choices.pick(HANDS)) {
            let wakers = hands.wakers();
            number += 1;
            match op {
                0..6 if !hands.has(name) => {
                    let value = Counted::new(number, &alive);
                    hands.start(name, async move {
                        match channel.send(value).await {
                            Ok(()) => Outcome::Sent,
                            Err(refused) => Outcome::Refused(refused.into_inner().0),
                        }
                    });
                    sends[name] = Some(number);
                }
                6..12 if !hands.has(name) => {
                    hands.start(name, async move {
                        Outcome::Received(channel.recv().await.map(|value| value.0))
                    });
                    sends[name] = None;
                }
                12..22 if hands.has(name) => {
                    let expected = match sends[name] {
                        Some(value) => model.poll_send(name, value),
                        None => model.poll_recv(name),
                    };
                    assert_eq!(hands.poll(name), expected);
                }
                22..27 => {
                    hands.drop(name);
                    model.drop(name);
                }
                27 | 28 => {
                    let sent = channel.try_send(Counted::new(number, &alive));
                    let sent = sent.map_err(|refused| match refused {
                        TrySendError::Full(value) => TrySendError::Full(value.0),
                        TrySendError::Closed(value) => TrySendError::Closed(value.0),
                    });
                    assert_eq!(sent, model.try_send(number));
                }
                29 | 30 => {
                    let received = channel.try_recv().map(|value| value.0);
                    assert_eq!(received, model.try_recv());
                }
                31 if name == 0 => {
                    channel.close();
                    model.close();
                }
                _ => {}
            }
            let woken: Vec<_> = model.woken.drain(..).map(|name| wakers[name]).collect();
            assert_eq!(hands.log.take(), woken);
            let sending = (0..HANDS).filter(|&name| hands.has(name) && sends[name].is_some());
            assert_eq!(alive.get(), (model.values.len() + sending.count()) as isize);
            assert_eq!(channel.len(), model.values.len());
            assert_eq!(channel.is_closed(), model.is_closed);
        }
    }
    drop(channel);
    assert_eq!(alive.get(), 0);
}
