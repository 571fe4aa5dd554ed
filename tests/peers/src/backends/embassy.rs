//! embassy-executor on its std platform. Its tasks live in storage made for one future type, so a
//! started batch leaks an array of that storage, which is what its macro's `static` amounts to.
//!
//! It has no join handle and no sockets: `spawn_join` builds the handle people build (a cell and a
//! waker), and the rest is left out.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use embassy_executor::raw::TaskStorage;
use embassy_executor::{Executor, Spawner};

use crate::backend::Backend;

#[derive(Clone, Copy)]
pub struct Embassy(pub Spawner);

impl Backend for Embassy {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        let executor: &'static mut Executor = Box::leak(Box::new(Executor::new()));
        let over = Rc::new(Cell::new(false));
        let flag = Rc::clone(&over);
        executor.run_until(
            |spawner| {
                let main = main(Self(spawner));
                Self(spawner).start_one(async move {
                    main.await;
                    flag.set(true);
                });
            },
            || over.get(),
        );
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        let storage: Vec<TaskStorage<F>> = (0..count).map(|_| TaskStorage::new()).collect();
        for (index, slot) in storage.leak().iter().enumerate() {
            self.0.spawn(slot.spawn(|| make(index)).expect("the storage is new"));
        }
    }
}
