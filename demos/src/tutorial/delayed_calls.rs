//! Calls that are made later (tutorial S3's list of asyncio's parts).
//!
//! The idea: `call_soon`, `call_later`, `call_at` need nothing but tasks and timers. Soon is a
//! task, later is a task that sleeps first. They run by deadline, whatever the order of their
//! asking, and a call is cancelled by dropping its task. A timeout drops what it limits.

use super::stage::{seconds, units};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use wakeful_executor::{Executor, LocalExecutor, Task};
use wakeful_reactor::{Timer, block_on, sleep, timeout};

pub static EXECUTOR: Executor<8, 256> = Executor::new();

/// What the calls need, and how many timers ran out.
struct Calls {
    local: LocalExecutor<256>,
    began: Instant,
    ran: Rc<Cell<u32>>,
}

impl Calls {
    fn soon(&self, text: &'static str) -> Task<()> {
        let began = self.began;
        let call = async move { println!("{text} at {}", units(began)) };
        self.local.spawn(call).expect("eight slots")
    }

    fn later(&self, delay: Duration, text: &'static str) -> Task<()> {
        let (began, ran) = (self.began, self.ran.clone());
        let call = async move {
            sleep(delay).await;
            ran.set(ran.get() + 1);
            println!("{text} at {}", units(began));
        };
        self.local.spawn(call).expect("eight slots")
    }
}

pub fn run(local: LocalExecutor<256>) {
    let (began, ran) = (Instant::now(), Rc::default());
    let calls = Calls { local, began, ran };
    let (mut cancelled, mut timed_out) = (0, 0);
    block_on(local.run_until(async {
        let _third = calls.later(seconds(3), "third");
        let _first = calls.later(seconds(1), "first");
        let gone = calls.later(seconds(2), "never");
        let _second = calls.later(seconds(2), "second");
        let end = Timer::at(Instant::now() + seconds(4));
        let _soon = [calls.soon("soon a"), calls.soon("soon b")];
        // Nothing has come of it, and nothing will.
        cancelled += u32::from(gone.cancel().is_none());
        end.await;
        println!("end at {}", units(began));
        if timeout(seconds(1), sleep(seconds(100))).await.is_err() {
            timed_out += 1;
            println!("timeout at {}", units(began));
        }
    }));
    let ran = calls.ran.get();
    println!("# timers run = {ran}, cancelled = {cancelled}, timed out = {timed_out}");
}
