//! What values of the executor crate print: their state where they have one, never what they carry.

use std::fmt::Debug;
use std::future::{Ready, pending, ready};
use std::pin::pin;

use wakeful_executor::coroutine::{self, Coroutine, Exchange};
use wakeful_executor::sync::{SendError, TryRecvError, TrySendError};
use wakeful_executor::timers::{TimeoutError, TimersFull};
use wakeful_executor::{Executor, Group, Storage, TaskId, Wakes};

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
fn a_task_is_named_by_its_spawn_and_its_slot() {
    let id = TaskId { slot: 2, serial: 5 };
    assert_eq!(printed(id), "task 5 in slot 2");
}

#[test]
fn a_storage_prints_whether_it_is_occupied() {
    static STORAGE: Storage<16> = Storage::new();
    let is = |word: &str| format!("Storage {{ bytes: 16, is_occupied: {word} }}");
    assert_eq!(printed(&STORAGE), is("false"));
    let placed = STORAGE.place(ready([0_u8; 7])).expect("it is free");
    assert_eq!(printed(&STORAGE), is("true"));
    let bytes = size_of::<Ready<[u8; 7]>>();
    assert_eq!(printed(&placed), format!("Placed {{ bytes: {bytes} }}"));
    let refused = STORAGE.place(ready(())).expect_err("it is occupied");
    assert_eq!(printed(&refused), "PlaceError(..)");
    let why = "the storage is occupied by another future";
    assert_eq!(refused.to_string(), why);
}

#[test]
fn a_group_prints_how_many_children_are_left() {
    static WAKES: Wakes<2> = Wakes::new();
    assert_eq!(printed(&WAKES), "Wakes { children: 2 }");
    let child = pin!(async {});
    let mut group = Group::new(&WAKES).expect("not in use");
    assert!(group.add(child).is_ok());
    assert_eq!(printed(&group), "Group { left: 1, places: 2 }");
}

#[test]
fn a_coroutine_and_its_iterator_print_where_it_stands() {
    let exchange = Exchange::<(), u8>::new();
    assert_eq!(printed(&exchange), "Exchange { claimed: false, .. }");
    let mut counter = pin!(Coroutine::new(&exchange, async { exchange.yield_(1).await }));
    assert_eq!(printed(&exchange), "Exchange { claimed: true, .. }");
    assert_eq!(printed(&counter), "Coroutine { state: Created, .. }");
    let mut iter = counter.as_mut().iter();
    assert_eq!(iter.next(), Some(1));
    assert_eq!(printed(iter), "Iter(Coroutine { state: Suspended, .. })");
    assert_eq!(printed(exchange.yield_(2)), "Yield { .. }");
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
