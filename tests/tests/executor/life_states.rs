//! The whole state space of a slot's life: all 256 bytes, all transitions, against a description
//! that knows nothing of bits.
//!
//! The source file is compiled in here by its path, so what is tested is what ships.

#[path = "../../../executor/src/life.rs"]
#[allow(dead_code)] // A test of transitions has no use for every question.
mod life;

use life::{End, Found, Life, Polled, Popped};

/// What a byte means. The unused phase 3 is never reached, nor does a task's slot become main's;
/// see the last test.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    Vacant,
    Idle,
    Polling,
    Dropping,
    Done,
    Lost,
    Main,
    Unused(u8),
}

use Phase::*;

#[derive(Clone, Copy, PartialEq, Debug)]
struct Naive {
    phase: Phase,
    handle: bool,
    again: bool,
    doomed: bool,
    tail: bool,
    listed: bool,
}

impl Naive {
    fn read(byte: u8) -> Self {
        Naive {
            phase: match byte / 32 {
                0 => Vacant,
                1 => Main,
                2 => Dropping,
                4 => Done,
                5 => Lost,
                6 => Polling,
                7 => Idle,
                other => Unused(other),
            },
            handle: byte % 2 == 1,
            again: byte / 2 % 2 == 1,
            doomed: byte / 4 % 2 == 1,
            tail: byte / 8 % 2 == 1,
            listed: byte / 16 % 2 == 1,
        }
    }

    fn write(self) -> u8 {
        let phase = match self.phase {
            Vacant => 0,
            Main => 1,
            Dropping => 2,
            Done => 4,
            Lost => 5,
            Polling => 6,
            Idle => 7,
            Unused(other) => other,
        };
        32 * phase
            + u8::from(self.handle)
            + 2 * u8::from(self.again)
            + 4 * u8::from(self.doomed)
            + 8 * u8::from(self.tail)
            + 16 * u8::from(self.listed)
    }

    fn moved(self, phase: Phase) -> Self {
        Naive { phase, ..self }
    }

    fn is_over(self) -> bool {
        matches!(self.phase, Done | Lost)
    }
}

/// Compares a transition with its description on all bytes.
fn all<R: PartialEq + std::fmt::Debug>(
    real: impl Fn(&mut Life) -> R,
    naive: impl Fn(Naive) -> (R, Naive),
) {
    for byte in 0..=u8::MAX {
        let mut life = Life(byte);
        let outcome = real(&mut life);
        let (expected, after) = naive(Naive::read(byte));
        let from = Naive::read(byte);
        assert_eq!(
            (outcome, life.0),
            (expected, after.write()),
            "from {from:?}"
        );
    }
}

#[test]
fn reading_and_writing_a_byte_by_the_description_gives_it_back() {
    for byte in 0..=u8::MAX {
        assert_eq!(Naive::read(byte).write(), byte);
    }
}

#[test]
fn questions_change_nothing_and_answer_as_described() {
    all(|life| life.is_vacant(), |n| (n.phase == Vacant, n));
    all(|life| life.is_done(), |n| (n.phase == Done, n));
    all(|life| life.is_over(), |n| (n.is_over(), n));
    all(|life| life.has_tail(), |n| (n.tail, n));
    all(|life| life.was_cleared(), |n| (n.doomed, n));
    all(|life| life.wants_output(), |n| (n.handle && !n.doomed, n));
}

#[test]
fn a_new_slot_is_idle_with_its_handle() {
    for tail in [false, true] {
        let new = Naive {
            tail,
            handle: true,
            ..Naive::read(7 * 32)
        };
        assert_eq!(Life::spawned(tail).0, new.write());
    }
    assert_eq!(Naive::read(Life::UNLISTED.0), Naive::read(0));
    let free = Naive {
        listed: true,
        ..Naive::read(0)
    };
    assert_eq!(Naive::read(Life::FREE.0), free);
}

#[test]
fn main_is_no_tasks_slot() {
    assert_eq!(Naive::read(Life::MAIN.0), Naive::read(0).moved(Main));
}

#[test]
fn what_is_at_rest_is_polled() {
    all(|life| life.is_at_rest(), |n| (n.phase == Idle, n));
    let idle = |life: &Life| Naive::read(life.0).phase == Idle;
    all(
        |life| idle(life).then(|| life.begin_poll()),
        |n| match n.phase {
            Idle => (Some(()), n.moved(Polling)),
            _ => (None, n),
        },
    );
}

#[test]
fn pop_remembers_what_is_not_at_rest() {
    all(Life::pop, |n| match n.phase {
        Polling => (Popped::Ignore, Naive { again: true, ..n }),
        Vacant if !n.listed => (Popped::Vacant, n),
        _ => (Popped::Ignore, n),
    });
}

#[test]
fn end_poll_drops_the_doomed_and_queues_again_what_was_popped() {
    let polling = |life: &Life| Naive::read(life.0).phase == Polling;
    all(
        |life| polling(life).then(|| life.end_poll()),
        |n| match n.phase {
            Polling => (Some(n.doomed || n.again), n.moved(Idle)),
            _ => (None, n),
        },
    );
    all(Life::see_to, |n| {
        let n = Naive { again: false, ..n };
        match n.doomed {
            true => (Polled::Drop, n.moved(Dropping)),
            false => (Polled::Requeue, n),
        }
    });
}

#[test]
fn an_end_keeps_what_a_handle_waits_for_and_nothing_else() {
    all(Life::retire, |n| ((), n.moved(Dropping)));
    all(
        |life| life.end(End::Finished),
        |n| match n.handle {
            true if !n.doomed => (true, n.moved(Done)),
            handle => (handle, n.moved(Lost)),
        },
    );
    all(|life| life.end(End::Lost), |n| (n.handle, n.moved(Lost)));
    all(Life::unwind, |n| (n.phase == Polling, n.moved(Dropping)));
}

#[test]
fn cancel_takes_the_handle_and_gives_what_lies_there() {
    all(Life::cancel, |n| {
        let n = Naive { handle: false, ..n };
        match n.phase {
            Idle => (Found::Content, n.moved(Dropping)),
            Done => (Found::Content, n),
            Lost => (Found::Nothing, n),
            Polling => (Found::Busy, Naive { doomed: true, ..n }),
            _ => (Found::Busy, n),
        }
    });
}

#[test]
fn detach_takes_the_handle_unless_something_waits_for_it() {
    all(Life::detach, |n| match n.is_over() {
        true => (true, n),
        false => (false, Naive { handle: false, ..n }),
    });
}

#[test]
fn clear_dooms_everything_that_has_content() {
    all(Life::clear, |n| {
        let doomed = Naive { doomed: true, ..n };
        match n.phase {
            Idle | Done => (true, doomed),
            Polling | Dropping => (false, doomed),
            _ => (false, n),
        }
    });
}

/// What can happen to a slot next, given what it is: the scheduler's use of the transitions, with
/// user code that may cancel, detach, clear and wake wherever it runs.
fn next(life: Life) -> Vec<Life> {
    let mut found = Vec::new();
    let mut after = |mut life: Life, step: &dyn Fn(&mut Life)| {
        step(&mut life);
        found.push(life);
    };
    let n = Naive::read(life.0);
    // From anywhere a wake may pop it, a handle may go, and `clear` may come by.
    after(life, &|life| {
        if life.is_at_rest() {
            life.begin_poll();
        } else {
            _ = life.pop();
        }
    });
    if n.phase != Vacant {
        after(life, &|life| _ = life.clear());
    }
    if n.handle {
        after(life, &|life| _ = life.cancel());
        after(life, &|life| _ = life.detach());
    }
    match n.phase {
        Vacant => found.extend([false, true].map(Life::spawned)),
        Idle => {}
        Polling => {
            after(life, &|life| {
                if life.end_poll() {
                    _ = life.see_to();
                }
            });
            after(life, &|life| life.retire());
            after(life, &|life| _ = life.unwind());
        }
        Dropping => {
            after(life, &|life| _ = life.end(End::Finished));
            after(life, &|life| _ = life.end(End::Lost));
            after(life, &|life| _ = life.unwind());
        }
        Done => after(life, &|life| life.retire()), // `clear` and a leaving handle drop the output
        Lost => {}
        Main | Unused(_) => panic!("reached a phase that is not a task's"),
    }
    // Without content and handle, a slot is let go.
    if matches!(n.phase, Lost | Dropping) && !n.handle {
        found.extend([Life::FREE, Life::UNLISTED]);
    }
    found
}

#[test]
fn reachable_states_keep_the_invariants() {
    let mut reached = [false; 256];
    let mut todo = vec![Life::FREE, Life::UNLISTED];
    while let Some(life) = todo.pop() {
        if !std::mem::replace(&mut reached[usize::from(life.0)], true) {
            todo.extend(next(life));
        }
    }
    let reached: Vec<_> = (0..=u8::MAX)
        .filter(|&byte| reached[usize::from(byte)])
        .map(Naive::read)
        .collect();
    for n in &reached {
        assert!(!matches!(n.phase, Main | Unused(_)));
        // Only a vacant slot is listed, and it is nothing else.
        assert!(!n.listed || *n == Naive::read(Life::FREE.0), "{n:?}");
        // A slot with a handle is never vacant.
        assert!(n.phase != Vacant || !n.handle, "{n:?}");
        // What rests is not remembered as popped.
        assert!(n.phase != Idle || !n.again, "{n:?}");
    }
    assert!(reached.len() > 20, "{} states", reached.len());
}
