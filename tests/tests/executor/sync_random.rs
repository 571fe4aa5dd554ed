//! The `sync` parts under the real executor: tasks whose steps are drawn at random, some of them
//! cancelled on the way, and what must hold whatever the order.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use wakeful_executor::sync::{Channel, Condvar, Event, Mutex, Oneshot, Semaphore};
use wakeful_executor::{LocalExecutor, Task, block_on, yield_now};
use wakeful_tests::model::random_inputs;
use wakeful_tests::trace::fresh;

/// A task's own bytes, read as choices; 0 when they are used up.
#[derive(Clone)]
struct Dice(Rc<RefCell<std::vec::IntoIter<u8>>>);

impl Dice {
    fn new(bytes: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(bytes.into_iter())))
    }

    fn roll(&self, sides: u8) -> u8 {
        self.0.borrow_mut().next().unwrap_or(0) % sides
    }

    /// Lets others run a few times.
    async fn dawdle(&self) {
        for _ in 0..self.roll(3) {
            yield_now().await;
        }
    }
}

/// Awaits `future`, but gives up when the dice say so: cancellation at any await.
async fn perhaps<F: Future>(dice: &Dice, future: F) -> Option<F::Output> {
    let mut patience = dice.roll(6);
    let mut future = pin!(future);
    std::future::poll_fn(move |cx| {
        let polled = future.as_mut().poll(cx).map(Some);
        if polled.is_pending() && patience > 0 {
            patience -= 1;
            if patience == 0 {
                return std::task::Poll::Ready(None);
            }
            cx.waker().wake_by_ref();
        }
        polled
    })
    .await
}

fn spawn<T: 'static>(
    local: LocalExecutor<512>,
    task: impl Future<Output = T> + 'static,
) -> Task<T> {
    local.spawn(task).expect("eight slots are enough")
}

/// Runs the tasks to their ends; a lost turn would leave one of them, and this, waiting for ever,
/// so the ticks are bounded.
fn finish<T>(local: LocalExecutor<512>, tasks: &[Task<T>]) {
    for _ in 0..10_000 {
        if tasks.iter().all(Task::is_finished) {
            return;
        }
        local.tick(usize::MAX);
    }
    panic!("somebody waits for a turn that was lost");
}

#[test]
fn permits_are_never_lost_or_doubled_whoever_gives_up() {
    for bytes in random_inputs(11, 400, 8 * 64) {
        let local = fresh::<8, 512>();
        let turns = Rc::new(Semaphore::new(3));
        let inside = Rc::new(Cell::new(0));
        let tasks: Vec<_> = bytes
            .chunks(64)
            .map(|bytes| {
                let (turns, inside, dice) =
                    (turns.clone(), inside.clone(), Dice::new(bytes.into()));
                spawn(local, async move {
                    for _ in 0..8 {
                        let count = usize::from(dice.roll(4));
                        if let Some(permit) = perhaps(&dice, turns.acquire_many(count)).await {
                            inside.set(inside.get() + permit.count());
                            assert!(inside.get() <= 3, "more inside than there are permits");
                            dice.dawdle().await;
                            inside.set(inside.get() - permit.count());
                        }
                    }
                })
            })
            .collect();
        finish(local, &tasks);
        assert_eq!(turns.available(), 3);
    }
}

#[test]
fn every_value_sent_is_received_once_and_in_order_whoever_gives_up() {
    for bytes in random_inputs(12, 400, 6 * 64) {
        let local = fresh::<8, 512>();
        let line = Rc::new(Channel::<(usize, u32), 2>::new());
        let sent = Rc::new(RefCell::new([const { Vec::new() }; 3]));
        let received = Rc::new(RefCell::new([const { Vec::new() }; 3]));
        let mut chunks = bytes.chunks(64).map(|bytes| Dice::new(bytes.into()));
        let senders: Vec<_> = (0..3)
            .map(|name| {
                let (line, sent) = (line.clone(), sent.clone());
                let dice = chunks.next().expect("six chunks");
                spawn(local, async move {
                    for number in 0..12 {
                        dice.dawdle().await;
                        // Given up: certainly not sent.
                        if let Some(result) = perhaps(&dice, line.send((name, number))).await {
                            assert!(result.is_ok(), "nobody has closed it");
                            sent.borrow_mut()[name].push(number);
                        }
                    }
                })
            })
            .collect();
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let (line, received) = (line.clone(), received.clone());
                let dice = chunks.next().expect("six chunks");
                spawn(local, async move {
                    loop {
                        match perhaps(&dice, line.recv()).await {
                            Some(Some((name, number))) => received.borrow_mut()[name].push(number),
                            Some(None) => return,
                            None => yield_now().await,
                        }
                        dice.dawdle().await;
                    }
                })
            })
            .collect();
        finish(local, &senders);
        line.close();
        finish(local, &receivers);
        assert_eq!(*sent.borrow(), *received.borrow());
    }
}

#[test]
fn a_queue_of_mutex_and_condvar_delivers_everything_whoever_gives_up() {
    for bytes in random_inputs(13, 400, 6 * 64) {
        let local = fresh::<8, 512>();
        let shared = Rc::new((Mutex::new(Vec::new()), Condvar::new()));
        let taken = Rc::new(Cell::new(0));
        const ALL: u32 = 30;
        let mut dice = bytes.chunks(64).map(|bytes| Dice::new(bytes.into()));
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let (shared, dice) = (shared.clone(), dice.next().expect("six chunks"));
            tasks.push(spawn(local, async move {
                for number in 0..ALL / 3 {
                    dice.dawdle().await;
                    shared.0.lock().await.push(number);
                    shared.1.notify_one();
                }
            }));
        }
        for _ in 0..3 {
            let (shared, taken) = (shared.clone(), taken.clone());
            let dice = dice.next().expect("six chunks");
            tasks.push(spawn(local, async move {
                while taken.get() < ALL {
                    let take = async {
                        let mut guard = shared.0.lock().await;
                        while guard.is_empty() && taken.get() < ALL {
                            guard = shared.1.wait(guard).await;
                        }
                        if guard.pop().is_some() {
                            taken.set(taken.get() + 1);
                        }
                        if taken.get() == ALL {
                            shared.1.notify_all();
                        }
                    };
                    if perhaps(&dice, take).await.is_none() {
                        dice.dawdle().await;
                    }
                }
            }));
        }
        finish(local, &tasks);
        assert!(shared.0.try_lock().is_some_and(|left| left.is_empty()));
    }
}

#[test]
fn notifications_and_a_promise_reach_someone_whoever_gives_up() {
    for bytes in random_inputs(14, 400, 5 * 32) {
        let local = fresh::<8, 512>();
        let (bell, promise) = (Rc::new(Event::new()), Rc::new(Oneshot::new()));
        let heard = Rc::new(Cell::new(0));
        let mut dice = bytes.chunks(32).map(|bytes| Dice::new(bytes.into()));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (bell, promise, heard) = (bell.clone(), promise.clone(), heard.clone());
                let dice = dice.next().expect("five chunks");
                spawn(local, async move {
                    // The flag comes in the end; who gives up waits again.
                    while perhaps(&dice, bell.wait()).await.is_none() {
                        dice.dawdle().await;
                    }
                    heard.set(heard.get() + 1);
                    loop {
                        if let Some(taken) = perhaps(&dice, promise.take()).await {
                            return taken;
                        }
                    }
                })
            })
            .collect();
        let dice = dice.next().expect("five chunks");
        for _ in 0..8 {
            local.tick(usize::from(dice.roll(4)));
            bell.notify(usize::from(dice.roll(3)));
        }
        bell.set();
        local.tick(usize::MAX);
        assert_eq!(promise.set("it"), Ok(()));
        finish(local, &tasks);
        let taken: Vec<_> =
            tasks.into_iter().filter_map(|task| block_on(local.run_until(task))).collect();
        assert_eq!((heard.get(), taken), (4, vec!["it"]));
    }
}
