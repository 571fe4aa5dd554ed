//! The floor: futures in boxes, polled one after the other in a bare loop that knows nothing of
//! wakers. No executor can be cheaper and still hold tasks of many types.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Waker};

use crate::backend::{Backend, Countdown};

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Clone, Default)]
pub struct Floor {
    tasks: Rc<RefCell<Vec<Boxed>>>,
}

impl Backend for Floor {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let floor = Self::default();
        let mut cx = Context::from_waker(Waker::noop());
        let mut main = pin!(main(floor.clone()));
        while main.as_mut().poll(&mut cx).is_pending() {
            let mut tasks = floor.tasks.take();
            while !Countdown::is_over() {
                tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
            }
        }
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        self.tasks.borrow_mut().extend((0..count).map(|index| Box::pin(make(index)) as Boxed));
    }
}
