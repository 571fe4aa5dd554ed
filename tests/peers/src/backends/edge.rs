//! edge-executor's `LocalExecutor` over its unbounded queue, with futures-lite's `block_on`.

use std::future::Future;
use std::rc::Rc;

use edge_executor::{LocalExecutor, Task, UnboundQueue};

use crate::backend::{Backend, Spawn};

#[derive(Clone)]
pub struct Edge(Rc<LocalExecutor<'static, UnboundQueue>>);

impl Backend for Edge {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let executor = Rc::new(LocalExecutor::<UnboundQueue>::new());
        let main = main(Self(Rc::clone(&executor)));
        futures_lite::future::block_on(executor.run(main));
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        for index in 0..count {
            self.0.spawn(make(index)).detach();
        }
    }
}

impl Spawn for Edge {
    type Join<T: 'static> = Task<T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        self.0.spawn(future)
    }
}
