//! What a test of the executor watches with: a trace of events, bells that ring when they are
//! dropped, gates that a task waits at, and parents that count.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use wakeful_executor::{Executor, LocalExecutor};

/// An executor of its own for a test.
pub fn fresh<const TASKS: usize, const BYTES: usize>() -> LocalExecutor<BYTES> {
    Executor::<TASKS, BYTES>::leak().take().expect("it is new")
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Trace(Rc<RefCell<Vec<String>>>);

impl Trace {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    /// What happened since the last call.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }

    /// Notes `drop NAME` when it is dropped.
    pub fn bell(&self, name: impl Into<String>) -> Bell {
        Bell(self.clone(), name.into())
    }
}

/// Rings in its trace when it is dropped.
pub struct Bell(Trace, String);

impl Bell {
    /// Keeps the bell in the future that calls this.
    pub fn hold(&self) {}
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.note(format!("drop {}", self.1));
    }
}

/// A future that holds `held` and never ends.
pub fn hold_for_ever<T>(held: T) -> impl Future<Output = ()> {
    poll_fn(move |_| {
        let _held = &held;
        Poll::Pending
    })
}

/// Runs something when it is dropped.
pub struct AtDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A gate for one task: each `wake` lets it be polled, `open` lets it through.
#[derive(Clone, Default)]
pub struct Gate {
    waker: Rc<RefCell<Option<Waker>>>,
    is_open: Rc<Cell<bool>>,
}

impl Gate {
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until the gate is open; each poll notes `NAME` in the trace.
    pub fn pass(&self, trace: &Trace, name: &'static str) -> impl Future<Output = ()> + use<> {
        let (gate, trace) = (self.clone(), trace.clone());
        poll_fn(move |cx| {
            trace.note(name);
            if gate.is_open.get() {
                return Poll::Ready(());
            }
            *gate.waker.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
    }

    /// The waker of the last poll.
    pub fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("somebody waits at the gate")
    }

    pub fn wake(&self) {
        self.waker().wake();
    }

    /// Wakes from another thread, which is over when this returns.
    pub fn wake_from_a_thread(&self) {
        let waker = self.waker();
        std::thread::spawn(move || waker.wake()).join().expect("waking does not panic");
    }

    pub fn open(&self) {
        self.is_open.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// A parent that counts how often it was woken.
#[derive(Default)]
pub struct Wakes(AtomicUsize);

impl Wakes {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// How often since the last `take`.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// How often since the last call.
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls `future` once on behalf of `waker`.
pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// What `work` said when it panicked.
pub fn panic_text<T>(work: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("it should have panicked"),
        Err(payload) => text_of(&*payload).to_owned(),
    }
}

/// What a panic said, if it said something.
pub fn text_of(payload: &dyn Any) -> &str {
    match payload.downcast_ref::<&str>() {
        Some(text) => text,
        None => payload.downcast_ref::<String>().map_or("", |text| text),
    }
}
