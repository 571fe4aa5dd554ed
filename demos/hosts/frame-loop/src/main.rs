//! The executor in a game's loop: sixty frames a second, and in each a bounded piece of the tasks'
//! work by `tick`.
//!
//! The loop owns the thread and never waits for tasks. A frame's tasks may use what the frame has
//! left: `tick(BUDGET)` polls at most that many, and the loop calls it again while there is work and
//! time. What is ready and was not polled is first in the next frame. A frame that took longer than
//! its sixtieth of a second is late, and counted.
//!
//! `cargo run --release -- greedy` lets the tasks have all the time they want.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use wakeful_executor::timers::TimerQueue;
use wakeful_executor::{Executor, LocalExecutor, yield_now};

/// The level: 0.3 seconds of work.
const PIECES: u32 = 3_000;
const FRAMES: u64 = 120;
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// What the tasks may use of a frame; the rest is for drawing.
const FOR_TASKS: Duration = Duration::from_millis(6);
/// Polls between two looks at the clock.
const BUDGET: usize = 16;

static EXECUTOR: Executor<64, 128> = Executor::new();
/// The tasks' time is the number of the frame.
static TIMERS: TimerQueue<64> = TimerQueue::new();

thread_local! {
    static WORLD: World = const { World { shots: Cell::new(0), loaded: Cell::new(0) } };
}

/// What the tasks share: they run on one thread, so cells do.
struct World {
    shots: Cell<u32>,
    loaded: Cell<u32>,
}

/// Shoots every `pause` frames: a state machine that reads like a script.
async fn enemy(pause: u64) {
    let mut next = pause;
    loop {
        TIMERS.sleep_until(next).await.expect("a place for each enemy");
        WORLD.with(|world| world.shots.set(world.shots.get() + 1));
        next += pause;
    }
}

/// Loads a level: long work, in pieces of about a tenth of a millisecond. Each `yield_now` is a place
/// where the frame may end.
async fn load(pieces: u32) {
    for piece in 1..=pieces {
        busy(Duration::from_micros(100));
        WORLD.with(|world| world.loaded.set(piece));
        yield_now().await;
    }
}

/// Stands for work.
fn busy(time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

/// What `../measure` runs: two tasks take turns, a million times, a tick for each pair of turns.
fn yields(local: LocalExecutor<128>) -> Result<(), Box<dyn std::error::Error>> {
    for _ in 0..2 {
        local.spawn_detached(async {
            for _ in 0..500_000 {
                yield_now().await;
            }
        })?;
    }
    let begin = Instant::now();
    while local.tick(BUDGET).more {}
    println!("{:.1}", begin.elapsed().as_nanos() as f64 / 1e6);
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let is_greedy = argument == "greedy";
    let local = EXECUTOR.take().expect("taken once");
    if argument == "yields" {
        return yields(local);
    }
    let loading = local.spawn(load(PIECES))?;
    for number in 0..60 {
        local.spawn_detached(enemy(10 + number % 10))?;
    }

    let (mut late, mut longest, mut loaded_at) = (0, Duration::ZERO, None);
    let mut next = Instant::now();
    for frame in 1..=FRAMES {
        let begin = Instant::now();
        next = begin.max(next) + FRAME;
        TIMERS.expire(frame);
        loop {
            let tick = local.tick(BUDGET);
            assert!(tick.polled <= BUDGET);
            if !tick.more || (!is_greedy && begin.elapsed() >= FOR_TASKS) {
                break;
            }
        }
        if loading.is_finished() {
            loaded_at.get_or_insert(frame);
        }
        busy(Duration::from_millis(2)); // draws
        let took = begin.elapsed();
        longest = longest.max(took);
        late += u32::from(took > FRAME);
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }

    while local.tick(BUDGET).more {} // what the last frame left
    let expected: u64 = (0..60).map(|number| FRAMES / (10 + number % 10)).sum();
    let (shots, loaded) = WORLD.with(|world| (world.shots.get(), world.loaded.get()));
    println!("shots: {shots} of {expected}; pieces loaded: {loaded} of {PIECES}");
    println!("late frames: {late} of {FRAMES}; the longest took {longest:.1?}");
    println!("loaded over {} frames", loaded_at.unwrap_or(FRAMES));
    Ok(())
}
