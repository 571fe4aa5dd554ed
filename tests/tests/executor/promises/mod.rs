//! The executor's ten promises, each by tests that fail when it is broken.
//!
//! Whole traces are compared: who was polled, woken and dropped, in which order. What promise 3
//! says of the heap, and promise 9 of memory, is in `memory.rs`, which needs its process
//! for itself; what promise 3 says of handlers, in `interrupts_*`, step by step of the sources, and
//! in `guards.rs`, instruction by instruction of the program.

mod driver;
mod drops;
mod observer;
mod panics;
mod turns;
mod wakes;

use wakeful_executor::{LocalExecutor, Task};
use wakeful_tests::trace::{Gate, Trace};

/// Spawns one task at each gate, polls them once, and forgets about that in the trace.
fn at_gates<const BYTES: usize, const N: usize>(
    local: LocalExecutor<BYTES>,
    trace: &Trace,
    names: [&'static str; N],
) -> [(Gate, Task<()>); N] {
    let waiting = names.map(|name| {
        let gate = Gate::new();
        let task = local.spawn(gate.pass(trace, name));
        (gate, task.expect("there is room"))
    });
    assert_eq!(local.tick(99).polled, N);
    assert_eq!(trace.take(), names);
    waiting
}
