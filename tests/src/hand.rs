//! Polling by hand: a future, and wakers that tell precisely which poll of which future they are of.
//!
//! Every poll passes a new waker. A part that wakes one of an earlier poll, or wakes twice, or not
//! at all, is found out.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Who was woken: the future's name, and the number of the poll that passed the waker, from 1.
pub type Woken = (usize, u32);

/// The wakes that have happened, in order.
#[derive(Clone, Default)]
pub struct WakeLog(Arc<Mutex<Vec<Woken>>>);

struct NotedWaker {
    woken: Woken,
    log: WakeLog,
}

impl Wake for NotedWaker {
    fn wake(self: Arc<Self>) {
        self.log.lock().push(self.woken);
    }
}

impl WakeLog {
    fn lock(&self) -> impl std::ops::DerefMut<Target = Vec<Woken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The wakes since the last call.
    pub fn take(&self) -> Vec<Woken> {
        std::mem::take(&mut *self.lock())
    }

    /// The names of those woken since the last call.
    pub fn names(&self) -> Vec<usize> {
        self.take().into_iter().map(|(name, _)| name).collect()
    }

    /// A waker that notes `woken` here.
    pub fn waker(&self, woken: Woken) -> Waker {
        Arc::new(NotedWaker {
            woken,
            log: self.clone(),
        })
        .into()
    }

    /// Takes a future in hand.
    pub fn hand<'a, T>(&self, name: usize, future: impl Future<Output = T> + 'a) -> Hand<'a, T> {
        Hand {
            name,
            polls: 0,
            log: self.clone(),
            future: Box::pin(future),
        }
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
