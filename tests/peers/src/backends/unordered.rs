//! A bare `FuturesUnordered` driven by futures' `block_on`, as people use it inside one task. Its
//! main is one of its futures, and what main starts joins the set before the next poll.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use futures::Stream;
use futures::stream::FuturesUnordered;

use crate::backend::Backend;

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Clone, Default)]
pub struct Unordered {
    incoming: Rc<RefCell<Vec<Boxed>>>,
}

impl Backend for Unordered {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let unordered = Self::default();
        let over = Rc::new(Cell::new(false));
        let main = main(unordered.clone());
        let flag = Rc::clone(&over);
        let main: Boxed = Box::pin(async move {
            main.await;
            flag.set(true);
        });
        let mut set = pin!(FuturesUnordered::from_iter([main]));
        futures::executor::block_on(poll_fn(|cx| {
            loop {
                let ended = set.as_mut().poll_next(cx);
                if over.get() {
                    return Poll::Ready(());
                }
                let more = unordered.incoming.take();
                if more.is_empty() && ended.is_pending() {
                    return Poll::Pending;
                }
                more.into_iter().for_each(|future| set.push(future));
            }
        }));
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        self.incoming.borrow_mut().extend((0..count).map(|index| Box::pin(make(index)) as Boxed));
    }
}
