//! Naive models of the reactor's timers and streams, for tests and for the fuzzer.
//!
//! As in [`model`](crate::model), a run reads operations off bytes, does each to the real thing and
//! to the model, and compares all that can be seen. What is special to a reactor is the *turn*:
//! only in it are wakers called, so each run is a future that now and then makes the `block_on`
//! around it take one.

pub mod pairs;
pub mod timers;

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Wake, Waker};

/// Who was woken: a name, and the number of the poll whose waker it was.
pub type Woken = (usize, u32);

/// The wakes that have happened, in order, and whom to tell of the next.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    wakes: Vec<Woken>,
    waiting: Option<Waker>,
}

impl Log {
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

    /// A waker that notes `woken`.
    pub fn waker(&self, woken: Woken) -> Waker {
        Waker::from(Arc::new(Noting {
            woken,
            log: self.clone(),
        }))
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
}

struct Noting {
    woken: Woken,
    log: Log,
}

impl Wake for Noting {
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

/// Makes the `block_on` around it look at timers and events at least once.
///
/// A future that wakes itself is polled a few times in a row before the reactor looks; this is more
/// than those.
pub async fn turn() {
    for _ in 0..20 {
        futures_lite::future::yield_now().await;
    }
}
