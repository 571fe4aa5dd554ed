//! A never calls B, yet the lines come out 1 2 x y 3 z (tutorial S4).
//!
//! The idea: a coroutine may be left in the middle for another one, much as a CPU leaves a program
//! for an interrupt, but at places of its own choosing. The tutorial's A and B contain no switch
//! and "may" interleave; here each hands over once, A after 2 and B after y, and a queue says whose
//! turn it is. That queue is all that an executor is.

use super::coroutine::{Coroutine, Exchange, State, Step};
use std::collections::VecDeque;
use std::pin::{Pin, pin};

async fn lines(hand_over: &Exchange<(), ()>, before: [&str; 2], after: &str) {
    for line in before {
        println!("{line}");
    }
    hand_over.yield_(()).await;
    println!("{after}");
}

pub fn run() {
    let (for_a, for_b) = (Exchange::new(), Exchange::new());
    let a = pin!(Coroutine::new(&for_a, lines(&for_a, ["1", "2"], "3")));
    let b = pin!(Coroutine::new(&for_b, lines(&for_b, ["x", "y"], "z")));

    let mut ready: VecDeque<Pin<&mut Coroutine<_, _, _>>> = [a, b].into();
    while let Some(mut head) = ready.pop_front() {
        let step = match head.state() {
            State::Created => head.as_mut().start(),
            _ => match head.as_mut().send(()) {
                Ok(step) => step,
                Err(_) => continue,
            },
        };
        if let Step::Yielded(()) = step {
            ready.push_back(head);
        }
    }
}
