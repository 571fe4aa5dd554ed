//! Joiners with wakers that are not the executor's own.
//!
//! With `std`, each slot has room for such a waker. Without it all joiners share one register, from
//! which they push each other out: then they may be woken for nothing, but never forgotten. What is
//! registered is woken at main's turn, and stays until then or until another waker replaces it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_lite::future::block_on;
use futures_util::stream::{FuturesUnordered, StreamExt};
use wakeful_executor::{LocalExecutor, Task};
use wakeful_tests::hand::{Hand, WakeLog, WakerEvent, acting_waker, noting_waker, on_wake};
use wakeful_tests::trace::{Gate, Trace, Wakes, fresh, hold_for_ever, poll};

/// A future that fills its slot: ready when it is told to be.
struct Full {
    is_open: Rc<Cell<bool>>,
    waker: Rc<RefCell<Option<Waker>>>,
    output: [usize; FULL / WORD - 2],
}

const WORD: usize = size_of::<usize>();
const FULL: usize = 64;
const _: () = assert!(size_of::<Full>() == FULL);

impl Future for Full {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        *self.waker.borrow_mut() = Some(cx.waker().clone());
        if self.is_open.get() { Poll::Ready(self.output.iter().sum()) } else { Poll::Pending }
    }
}

/// Opens one of them.
#[derive(Clone, Default)]
struct Key(Rc<Cell<bool>>, Rc<RefCell<Option<Waker>>>);

impl Key {
    fn open(&self) {
        self.0.set(true);
        if let Some(waker) = self.1.take() {
            waker.wake();
        }
    }
}

/// Spawns a full future whose output will be `number`, and polls it once.
fn spawn_full(local: LocalExecutor<FULL>, number: usize) -> (Key, Task<usize>) {
    let key = Key::default();
    let mut output = [0; FULL / WORD - 2];
    output[1] = number;
    let full = Full { is_open: key.0.clone(), waker: key.1.clone(), output };
    let task = local.spawn(full).expect("there is room");
    local.tick(99);
    (key, task)
}

/// Polls the hands that were woken, `rounds` times; their outputs.
fn follow(log: &WakeLog, hands: &mut [Hand<'_, usize>], rounds: usize) -> Vec<usize> {
    let mut outputs = Vec::new();
    for _ in 0..rounds {
        let mut woken = log.names();
        woken.dedup();
        outputs.extend(woken.iter().filter_map(|&name| hands[name].poll()));
    }
    outputs
}

/// Ticks until nothing is ready. Without `std`, a foreign joiner is woken one tick after the end.
fn settle<const BYTES: usize>(local: LocalExecutor<BYTES>) {
    while local.tick(9).more {}
}

#[test]
#[cfg(not(feature = "std"))]
fn the_register_keeps_a_waker_of_a_task_that_is_gone_until_another_replaces_it() {
    let local = fresh::<2, 64>();
    let [first, second] = [Wakes::new(), Wakes::new()];
    let [mut one, mut two] = [(); 2].map(|()| local.spawn(hold_for_ever(())).expect("room"));
    assert!(poll(Pin::new(&mut one), &first.clone().into()).is_pending());
    drop(one);
    assert_eq!((Arc::strong_count(&first), first.count()), (2, 0));
    assert!(poll(Pin::new(&mut two), &second.clone().into()).is_pending());
    assert_eq!((Arc::strong_count(&first), first.count()), (1, 1));
    assert_eq!((Arc::strong_count(&second), second.count()), (2, 0));
}

#[cfg(feature = "std")]
/// How many own the waker of a foreign joiner, during and after the task. The future has no size, and
/// so fits any slot.
fn owners_in_slots_of<const BYTES: usize>() -> [usize; 2] {
    let local = fresh::<2, BYTES>();
    let wakes = Wakes::new();
    let future = || std::future::poll_fn(|_| Poll::<()>::Pending);
    let [mut task, _beside] = [(); 2].map(|()| local.spawn(future()).expect("there is room"));
    assert!(poll(Pin::new(&mut task), &wakes.clone().into()).is_pending());
    let during = Arc::strong_count(&wakes);
    drop(task);
    [during, Arc::strong_count(&wakes)]
}

#[test]
#[cfg(feature = "std")]
fn a_foreign_waker_is_kept_in_slots_of_any_size() {
    assert_eq!(owners_in_slots_of::<0>(), [2, 1]);
    assert_eq!(owners_in_slots_of::<1>(), [2, 1]);
    assert_eq!(owners_in_slots_of::<24>(), [2, 1]);
    assert_eq!(owners_in_slots_of::<32>(), [2, 1]);
}

#[test]
fn several_foreign_joiners_of_futures_that_fill_their_slots_are_each_told() {
    let local = fresh::<3, FULL>();
    let log = WakeLog::default();
    let (keys, tasks): (Vec<_>, Vec<_>) = (0..3).map(|n| spawn_full(local, 10 + n)).unzip();
    let tasks = tasks.into_iter().enumerate();
    let mut hands: Vec<_> = tasks.map(|(n, task)| log.hand(n, task)).collect();
    for hand in &mut hands {
        assert_eq!(hand.poll(), None);
    }
    assert_eq!(follow(&log, &mut hands, 5), []);
    for n in [1, 2, 0] {
        keys[n].open();
        settle(local);
        assert_eq!(follow(&log, &mut hands, 5), [10 + n]);
    }
}

#[test]
fn foreign_joiners_that_are_polled_again_by_one_waker_are_not_woken_for_it() {
    let local = fresh::<2, FULL>();
    let wakes = Wakes::new();
    let waker = wakes.clone().into();
    let (first, mut one) = spawn_full(local, 1);
    assert!(poll(Pin::new(&mut one), &waker).is_pending());
    assert!(poll(Pin::new(&mut one), &waker).is_pending());
    assert_eq!(wakes.take(), 0, "nothing has happened");
    // Two tasks joined in one: the second may cost a wake, and then there is rest.
    let (second, mut two) = spawn_full(local, 2);
    assert!(poll(Pin::new(&mut two), &waker).is_pending());
    wakes.take();
    for _ in 0..3 {
        assert!(poll(Pin::new(&mut one), &waker).is_pending());
        assert!(poll(Pin::new(&mut two), &waker).is_pending());
        assert_eq!(wakes.take(), 0, "nothing has happened");
    }
    first.open();
    settle(local);
    assert_eq!(wakes.take(), 1);
    assert_eq!(poll(Pin::new(&mut one), &waker), Poll::Ready(1));
    assert!(poll(Pin::new(&mut two), &waker).is_pending());
    wakes.take();
    second.open();
    settle(local);
    assert_eq!(wakes.take(), 1);
    assert_eq!(poll(Pin::new(&mut two), &waker), Poll::Ready(2));
}

#[test]
fn a_foreign_joiner_gives_way_to_another_and_to_one_of_the_same_executor() {
    let local = fresh::<2, FULL>();
    let foreign = [Wakes::new(), Wakes::new()];
    let owners = || foreign.each_ref().map(Arc::strong_count);
    let (key, mut task) = spawn_full(local, 4);
    for (n, wakes) in foreign.iter().enumerate() {
        assert!(poll(Pin::new(&mut task), &wakes.clone().into()).is_pending());
        assert_eq!(owners()[n], 2);
    }
    assert_eq!(owners()[0], 1, "it is let go");
    let mut run = pin!(local.run_until(task));
    assert!(poll(run.as_mut(), Waker::noop()).is_pending());
    // Without `std`, the register keeps it until another replaces it.
    assert_eq!(owners()[1], if cfg!(feature = "std") { 1 } else { 2 });
    key.open();
    assert_eq!(poll(run.as_mut(), Waker::noop()), Poll::Ready(4));
}

#[test]
fn a_task_that_ends_while_its_joiners_waker_is_cloned_drops_its_output_once() {
    let local = fresh::<1, 128>();
    let trace = Trace::new();
    let output = trace.bell("output");
    let mut task = local.spawn(async move { output }).expect("there is room");
    let wakes = Rc::new(Cell::new(0));
    let count = wakes.clone();
    let waker = acting_waker(move |event| match event {
        WakerEvent::Cloned => assert_eq!(local.tick(9).completed, 1),
        WakerEvent::Dropped => local.clear(),
        WakerEvent::Woken => count.set(count.get() + 1),
    });
    assert!(poll(Pin::new(&mut task), &waker).is_pending());
    assert_eq!(wakes.get(), 1, "it polls again");
    assert_eq!(trace.take(), [""; 0]);
    assert!(poll(Pin::new(&mut task), &waker).is_ready());
    assert_eq!(trace.take(), ["drop output"]);
    assert_eq!(local.len(), 0);
}

#[test]
fn a_task_that_clears_itself_and_ends_leaves_its_slot_to_what_its_foreign_joiner_spawns() {
    let local = fresh::<1, 256>();
    let trace = Trace::new();
    let clearing = local.spawn(async move { local.clear() });
    let mut clearing = clearing.expect("room");
    let handles = Rc::new(RefCell::new((None, None)));
    let (bell, keep) = (RefCell::new(Some(trace.bell("next"))), handles.clone());
    let waker = on_wake(move || {
        // The slot is vacant from here on, while the step of its last task is on the stack.
        drop(keep.borrow_mut().0.take());
        let bell = bell.take();
        let next = local.spawn(hold_for_ever(bell));
        keep.borrow_mut().1 = Some(next.expect("room"));
    });
    assert!(poll(Pin::new(&mut clearing), &waker).is_pending());
    handles.borrow_mut().0 = Some(clearing);
    settle(local);
    assert_eq!(trace.take(), [""; 0], "what was cleared is not this one");
    assert_eq!(local.len(), 1);
    drop(handles.take());
    assert_eq!(trace.take(), ["drop next"]);
    assert!(local.is_empty());
}

#[test]
fn a_tick_counts_tasks_and_not_that_a_foreign_joiner_is_woken() {
    let local = fresh::<1, FULL>();
    let wakes = Wakes::new();
    let (key, mut task) = spawn_full(local, 6);
    assert!(poll(Pin::new(&mut task), &wakes.clone().into()).is_pending());
    key.open();
    let [mut polled, mut completed] = [0, 0];
    loop {
        let tick = local.tick(9);
        polled += tick.polled;
        completed += tick.completed;
        if !tick.more {
            break;
        }
    }
    assert_eq!((polled, completed, wakes.count()), (1, 1, 1));
}

#[test]
fn tasks_in_a_set_with_wakers_of_its_own_come_out_as_they_finish() {
    let local = fresh::<4, FULL>();
    let (keys, tasks): (Vec<_>, Vec<_>) = (0..3).map(|n| spawn_full(local, n)).unzip();
    let set: FuturesUnordered<_> = tasks.into_iter().collect();
    let opener = local.spawn(Box::pin(async move {
        for n in [2, 0, 1] {
            keys[n].open();
            wakeful_executor::yield_now().await;
            wakeful_executor::yield_now().await;
        }
    }));
    let collected = local.run_until(set.collect::<Vec<_>>());
    assert_eq!(block_on(collected), [2, 0, 1]);
    opener.expect("there is room").detach();
}

#[test]
fn a_task_may_be_awaited_by_a_task_of_another_executor() {
    let (here, there) = (fresh::<2, 128>(), fresh::<2, 128>());
    let (trace, gate) = (Trace::new(), Gate::new());
    let inner = there.spawn(gate.pass(&trace, "inner")).expect("room");
    let outer_trace = trace.clone();
    let outer = here.spawn(async move {
        inner.await;
        outer_trace.note("outer");
    });
    let outer = outer.expect("room");
    assert_eq!((there.tick(9).polled, here.tick(9).polled), (1, 1));
    gate.open();
    assert_eq!(there.tick(9).completed, 1);
    // Without `std`, the other executor's task is woken one tick later.
    while there.tick(9).more {}
    assert_eq!(here.tick(9).completed, 1);
    assert_eq!(trace.take(), ["inner", "inner", "outer"]);
    assert!(outer.is_finished());
    assert_eq!((there.tick(9).polled, here.tick(9).polled), (0, 0));
}

#[test]
fn a_detached_task_lets_a_foreign_joiners_waker_go_and_tells_nobody() {
    let local = fresh::<1, 128>();
    let (trace, gate) = (Trace::new(), Gate::new());
    let mut task = local.spawn(gate.pass(&trace, "polled")).expect("room");
    local.tick(9);
    let (waker, events) = noting_waker();
    assert_eq!(poll(Pin::new(&mut task), &waker), Poll::Pending);
    assert_eq!(events.take(), [WakerEvent::Cloned]);
    task.detach();
    // Without `std`, the executor's one register keeps the waker: see above.
    let dropped = cfg!(feature = "std").then_some(WakerEvent::Dropped);
    assert_eq!(events.take(), Vec::from_iter(dropped));
    gate.open();
    assert_eq!(local.tick(9).completed, 1);
    assert_eq!(events.take(), []);
}
