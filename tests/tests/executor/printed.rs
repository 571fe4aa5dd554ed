//! What values of the executor crate print: their state where they have one, never what they carry.

use std::fmt::Debug;
use std::future::{pending, ready};

use wakeful_executor::coroutine;
use wakeful_executor::sync::{SendError, TryRecvError, TrySendError};
use wakeful_executor::timers::{TimeoutError, TimersFull};
use wakeful_executor::{Executor, Storage};

fn printed(value: impl Debug) -> String {
    format!("{value:?}")
}

#[test]
fn an_executor_prints_its_size_and_its_owner_how_full_it_is() {
    static EXECUTOR: Executor<2, 64> = Executor::new();
    assert_eq!(printed(&EXECUTOR), "Executor { tasks: 2, bytes: 64 }");
    let local = EXECUTOR.take().expect("taken once");
    let first = local.spawn(ready(7)).expect("there is room");
    let second = local.spawn(pending::<()>()).expect("there is room");
    assert_eq!(printed(local), "LocalExecutor { len: 2, capacity: 2 }");
    let refused = local.spawn(async {}).expect_err("it is full");
    assert_eq!(printed(&refused), "SpawnError(..)");
    assert_eq!(refused.to_string(), "all slots of the executor are in use");
    assert_eq!(local.tick(9).polled, 2);
    assert_eq!(printed(&first), "Task { is_finished: true }");
    assert_eq!(printed(&second), "Task { is_finished: false }");
}

#[test]
fn a_future_that_found_its_storage_occupied_is_not_printed_and_why_is() {
    static STORAGE: Storage<16> = Storage::new();
    let _placed = STORAGE.place(ready([0_u8; 7])).expect("it is free");
    let refused = STORAGE.place(ready(())).err().expect("it is occupied");
    assert_eq!(printed(&refused), "PlaceError(..)");
    let why = "the storage is occupied by another future";
    assert_eq!(refused.to_string(), why);
}

#[test]
fn a_value_sent_to_no_coroutine_is_not_printed_and_why_is() {
    let early = coroutine::SendError::NotStarted("secret");
    let late = coroutine::SendError::Finished("secret");
    assert_eq!(printed(early), "NotStarted(..)");
    assert_eq!(printed(late), "Finished(..)");
    let why = "the coroutine has not been started: no yield awaits a value";
    assert_eq!(early.to_string(), why);
    assert_eq!(late.to_string(), "the coroutine has finished");
}

#[test]
fn what_a_channel_handed_back_is_not_printed_and_why_is() {
    assert_eq!(printed(SendError("secret")), "SendError(..)");
    let closed = "sending on a closed channel";
    assert_eq!(SendError("secret").to_string(), closed);
    let full = TrySendError::Full("secret");
    assert_eq!(printed(full), "Full(..)");
    assert_eq!(full.to_string(), "sending on a full channel");
    let shut = TrySendError::Closed("secret");
    assert_eq!(printed(shut), "Closed(..)");
    assert_eq!(shut.to_string(), closed);
    let empty = "receiving from an empty channel";
    assert_eq!(TryRecvError::Empty.to_string(), empty);
    let over = "receiving from a closed and empty channel";
    assert_eq!(TryRecvError::Closed.to_string(), over);
}

#[test]
fn timer_errors_say_what_happened() {
    let full = "all slots of the timer queue are in use";
    assert_eq!(TimersFull.to_string(), full);
    assert_eq!(TimeoutError::Full.to_string(), full);
    assert_eq!(TimeoutError::Elapsed.to_string(), "the deadline has passed");
}
