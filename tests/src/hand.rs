//! Polling by hand: a future, and wakers that tell precisely which poll of which future they are of.
//!
//! Every poll passes a new waker. A part that wakes one of an earlier poll, or wakes twice, or not
//! at all, is found out.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

/// Who was woken: the future's name, and the number of the poll that passed the waker, from 1.
pub type Woken = (usize, u32);

/// The wakes that have happened, in order, and whom to tell of the next.
#[derive(Clone, Default)]
pub struct WakeLog(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    wakes: Vec<Woken>,
    waiting: Option<Waker>,
}

struct NotedWaker {
    woken: Woken,
    log: WakeLog,
}

impl Wake for NotedWaker {
    fn wake(self: Arc<Self>) {
        let waiting = {
            let mut noted = self.log.lock();
            noted.wakes.push(self.woken);
            noted.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

impl WakeLog {
    fn lock(&self) -> impl std::ops::DerefMut<Target = Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The wakes since the last call.
    pub fn take(&self) -> Vec<Woken> {
        std::mem::take(&mut self.lock().wakes)
    }

    /// Takes one wake out, if it has happened.
    pub fn take_one(&self, woken: Woken) -> bool {
        let wakes = &mut self.lock().wakes;
        let before = wakes.len();
        wakes.retain(|&other| other != woken);
        wakes.len() < before
    }

    /// Sleeps until there is a wake to take.
    pub fn wake(&self) -> impl Future<Output = ()> {
        poll_fn(|cx| {
            let mut noted = self.lock();
            if noted.wakes.is_empty() {
                noted.waiting = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
    }

    /// The names of those woken since the last call.
    pub fn names(&self) -> Vec<usize> {
        self.take().into_iter().map(|(name, _)| name).collect()
    }

    /// A waker that notes `woken` here.
    pub fn waker(&self, woken: Woken) -> Waker {
        Arc::new(NotedWaker { woken, log: self.clone() }).into()
    }

    /// Takes a future in hand.
    pub fn hand<'a, T>(&self, name: usize, future: impl Future<Output = T> + 'a) -> Hand<'a, T> {
        Hand { name, polls: 0, log: self.clone(), future: Box::pin(future) }
    }
}

/// A future that is polled by hand, and dropped where it lies.
pub struct Hand<'a, T> {
    name: usize,
    polls: u32,
    log: WakeLog,
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
}

impl<T> Hand<'_, T> {
    /// Polls it once; `None` is pending.
    pub fn poll(&mut self) -> Option<T> {
        self.polls += 1;
        let waker = self.log.waker(self.last_woken());
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// What the log shows if the waker of the last poll is woken.
    pub fn last_woken(&self) -> Woken {
        (self.name, self.polls)
    }
}

/// Pending once; the waker goes to `give`.
pub async fn parked(give: impl FnOnce(Waker)) {
    let mut give = Some(give);
    poll_fn(|cx| match give.take() {
        Some(give) => {
            give(cx.waker().clone());
            Poll::Pending
        }
        None => Poll::Ready(()),
    })
    .await;
}

/// Wakes from another thread, after a while.
pub fn wake_later(waker: Waker) {
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        waker.wake();
    });
}

/// What happens to a waker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WakerEvent {
    Cloned,
    Woken,
    Dropped,
}

type Action = Rc<dyn Fn(WakerEvent)>;

thread_local! {
    static ACTIONS: RefCell<Vec<Action>> = RefCell::default();
}

/// A waker of this thread that runs `action` at whatever happens to it: the foreign code that a
/// part must expect inside each use of a waker.
pub fn acting_waker(action: impl Fn(WakerEvent) + 'static) -> Waker {
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            act(data, WakerEvent::Cloned);
            RawWaker::new(data, &VTABLE)
        },
        |data| act(data, WakerEvent::Woken),
        |data| act(data, WakerEvent::Woken),
        |data| act(data, WakerEvent::Dropped),
    );
    let number = ACTIONS.with_borrow_mut(|actions| {
        actions.push(Rc::new(action));
        actions.len()
    });
    // SAFETY: the table's functions take the data for the number of an action of the thread that
    // calls, and find none, or panic, on another; they never follow it as a pointer.
    unsafe { Waker::new(std::ptr::without_provenance(number), &VTABLE) }
}

/// A waker of this thread that runs `action` when it is woken.
pub fn on_wake(action: impl Fn() + 'static) -> Waker {
    acting_waker(move |event| {
        if event == WakerEvent::Woken {
            action();
        }
    })
}

/// A waker of this thread, and what happens to it.
pub fn noting_waker() -> (Waker, Rc<RefCell<Vec<WakerEvent>>>) {
    let events = Rc::<RefCell<Vec<_>>>::default();
    let noting = events.clone();
    (acting_waker(move |event| noting.borrow_mut().push(event)), events)
}

fn act(data: *const (), event: WakerEvent) {
    // The registry is not borrowed while the action runs, for that may make more wakers.
    let action = ACTIONS.with_borrow(|actions| actions[data.addr() - 1].clone());
    action(event);
}
