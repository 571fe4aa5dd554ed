//! Calls that are made later (tutorial S3's list of asyncio's parts).
//!
//! The idea: `call_soon`, `call_later`, `call_at` need nothing but tasks and timers. Soon is a
//! task, later is a task that sleeps first. They run by deadline, whatever the order of their
//! asking, and a call is cancelled by dropping its task. A timeout drops what it limits.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use wakeful_executor::{Executor, LocalExecutor, Task};
use wakeful_reactor::{Timer, block_on, sleep, timeout};

use super::stage::{Clock, lane, note, say, seconds, watch};

static EXECUTOR: Executor<8, 256> = Executor::new();

/// What the calls need, and how many timers ran out.
struct Calls {
    local: LocalExecutor<256>,
    clock: Clock,
    ran: Rc<Cell<u32>>,
}

fn say_at(clock: Clock, text: &str) {
    say(format!("{text} at {}", clock.units()));
}

impl Calls {
    fn call_soon(&self, text: &'static str) -> Task<()> {
        let clock = self.clock;
        let call = async move { say_at(clock, text) };
        self.local.spawn(lane(text, call)).expect("eight slots")
    }

    fn call_later(&self, delay: Duration, text: &'static str) -> Task<()> {
        let (clock, ran) = (self.clock, self.ran.clone());
        let call = async move {
            sleep(delay).await;
            ran.set(ran.get() + 1);
            say_at(clock, text);
        };
        self.local.spawn(lane(text, call)).expect("eight slots")
    }
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let calls = Calls {
        local,
        clock: Clock::start(),
        ran: Rc::default(),
    };
    let (mut cancelled, mut timed_out) = (0, 0);
    block_on(local.run_until(async {
        let _kept = [
            calls.call_later(seconds(3), "third"),
            calls.call_later(seconds(1), "first"),
        ];
        let gone = calls.call_later(seconds(2), "never");
        let _second = calls.call_later(seconds(2), "second");
        let end = Timer::at(Instant::now() + seconds(4));
        let _soon = [calls.call_soon("soon a"), calls.call_soon("soon b")];
        // Nothing has come of it, and nothing will.
        cancelled += u32::from(gone.cancel().is_none());
        end.await;
        say_at(calls.clock, "end");
        if timeout(seconds(1), sleep(seconds(100))).await.is_err() {
            timed_out += 1;
            say_at(calls.clock, "timeout");
        }
    }));
    let ran = calls.ran.get();
    note(format!(
        "timers run = {ran}, cancelled = {cancelled}, timed out = {timed_out}"
    ));
    Ok(())
}
