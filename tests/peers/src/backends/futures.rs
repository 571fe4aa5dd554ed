//! futures' `LocalPool`: tasks in a `FuturesUnordered`, with handles that give a value back.

use std::future::Future;

use futures::executor::{LocalPool, LocalSpawner};
use futures::future::RemoteHandle;
use futures::task::LocalSpawnExt;

use crate::backend::{Backend, Spawn};

#[derive(Clone)]
pub struct Pool(LocalSpawner);

impl Backend for Pool {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let mut pool = LocalPool::new();
        let main = main(Self(pool.spawner()));
        pool.run_until(main);
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        for index in 0..count {
            self.0.spawn_local(make(index)).expect("the pool is alive");
        }
    }
}

impl Spawn for Pool {
    type Join<T: 'static> = RemoteHandle<T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> RemoteHandle<F::Output> {
        self.0.spawn_local_with_handle(future).expect("the pool is alive")
    }
}
