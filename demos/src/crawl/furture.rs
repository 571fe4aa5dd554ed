//! The hand-made crawler's three parts, as real types: [`Furture`], [`Task`] and [`Loop`].
//!
//! The tutorial's crawler had a *Furture* that stood for a socket's coming readiness and resumed a
//! generator, a *Task* that started the generator, and a *loop* around `select` that ran until no
//! task was left. Here each is what it was meant to be:
//!
//! - a [`Furture`] is one readiness of one socket, with what is to be done at it. It is resolved
//!   once; the next wait is a new one. It knows nothing of tasks: it gives its waker to the reactor;
//! - a [`Task`] owns a coroutine and what happens at its end. Nothing runs until the loop does;
//! - the [`Loop`] is an executor's run blocked on by the reactor. It ends when no task is left,
//!   failed or not: a task counts as long as its coroutine exists.

use crate::timeline::waiting_for;
use pin_project_lite::pin_project;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use wakeful_executor::LocalExecutor;
use wakeful_reactor::Async;

pin_project! {
    /// One readiness of a socket, and what is done at it.
    ///
    /// # Cancellation
    /// Nothing is lost: what was not done at the readiness is still there for the next wait.
    pub struct Furture<F> {
        what: &'static str,
        #[pin]
        attempt: F,
    }
}

/// `attempt` under the name of what it waits for, for whatever is more than one socket's.
pub fn named<F: Future>(what: &'static str, attempt: F) -> Furture<F> {
    Furture { what, attempt }
}

/// A connection to `addr`, once it is there or has failed.
pub fn connected(addr: SocketAddr) -> Furture<impl Future<Output = io::Result<Async<TcpStream>>>> {
    Furture {
        what: "connection",
        attempt: Async::<TcpStream>::connect(addr),
    }
}

/// The result of `attempt` once the socket is readable and the attempt does not block.
pub fn readable<'a, T: 'a>(
    socket: &'a Async<TcpStream>,
    what: &'static str,
    attempt: impl FnMut(&TcpStream) -> io::Result<T> + 'a,
) -> Furture<impl Future<Output = io::Result<T>> + 'a> {
    Furture {
        what,
        attempt: socket.read_with(attempt),
    }
}

/// The result of `attempt` once the socket is writable and the attempt does not block.
pub fn writable<'a, T: 'a>(
    socket: &'a Async<TcpStream>,
    what: &'static str,
    attempt: impl FnMut(&TcpStream) -> io::Result<T> + 'a,
) -> Furture<impl Future<Output = io::Result<T>> + 'a> {
    Furture {
        what,
        attempt: socket.write_with(attempt),
    }
}

impl<F: Future> Future for Furture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let result = this.attempt.poll(cx);
        if result.is_pending() {
            waiting_for(this.what);
        }
        result
    }
}

pin_project! {
    /// A coroutine and what is to happen with its result.
    ///
    /// # Cancellation
    /// Dropping it drops the coroutine where it stands; its end is then never told.
    pub struct Task<C, E> {
        #[pin]
        coroutine: C,
        at_end: Option<E>,
    }
}

impl<C: Future, E: FnOnce(C::Output)> Task<C, E> {
    /// A task that will drive `coroutine` and give its result to `at_end`.
    pub fn new(coroutine: C, at_end: E) -> Self {
        Task {
            coroutine,
            at_end: Some(at_end),
        }
    }
}

impl<C: Future, E: FnOnce(C::Output)> Future for Task<C, E> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let result = ready!(this.coroutine.poll(cx));
        if let Some(at_end) = this.at_end.take() {
            at_end(result);
        }
        Poll::Ready(())
    }
}

/// Runs tasks on one thread until none is left.
#[derive(Clone)]
pub struct Loop<const BYTES: usize> {
    local: LocalExecutor<BYTES>,
    left: Rc<Left>,
}

/// The tasks that have not ended.
#[derive(Default)]
struct Left {
    count: Cell<usize>,
    most: Cell<usize>,
    /// Whoever waits for the count to fall. One, the loop's own run.
    waiter: RefCell<Option<Waker>>,
}

/// Every slot of the executor holds a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "every slot of the executor holds a task")
    }
}

impl std::error::Error for Full {}

/// Held by a task; letting it go is the task's end, however it came.
struct Counted(Rc<Left>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        let waiter = self.0.waiter.borrow_mut().take();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

impl<const BYTES: usize> Loop<BYTES> {
    /// A loop without tasks, on the slots of `local`.
    pub fn new(local: LocalExecutor<BYTES>) -> Self {
        Loop {
            local,
            left: Rc::default(),
        }
    }

    /// Takes a task in; it first runs when the loop does.
    pub fn start<C, E>(&self, task: Task<C, E>) -> Result<(), Full>
    where
        C: Future + 'static,
        E: FnOnce(C::Output) + 'static,
    {
        let counted = self.count();
        let body = async move {
            let _counted = counted;
            task.await;
        };
        self.local.spawn(body).map_err(|_| Full)?.detach();
        Ok(())
    }

    fn count(&self) -> Counted {
        let now = self.left.count.get() + 1;
        self.left.count.set(now);
        self.left.most.set(self.left.most.get().max(now));
        Counted(self.left.clone())
    }

    /// Tasks that have not ended.
    pub fn left(&self) -> usize {
        self.left.count.get()
    }

    /// The most tasks that were there at once.
    pub fn most(&self) -> usize {
        self.left.most.get()
    }

    /// Waits until at most `count` tasks are left. For the future that [`run`](Self::run) drives.
    ///
    /// # Cancellation
    /// Nothing is lost.
    pub async fn at_most(&self, count: usize) {
        let fallen = |cx: &mut Context<'_>| {
            if self.left() <= count {
                return Poll::Ready(());
            }
            *self.left.waiter.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        };
        poll_fn(fallen).await;
    }

    /// Runs `feeder`, which may start tasks, and every task, until none is left.
    pub fn run<F: Future>(&self, feeder: F) -> F::Output {
        wakeful_reactor::block_on(self.local.run_until(async {
            let output = feeder.await;
            self.at_most(0).await;
            output
        }))
    }
}
