//! tokio's current-thread runtime with a `LocalSet`: what people use whose futures are not `Send`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinHandle, LocalSet, spawn_local};

use crate::backend::{Backend, Spawn};
use crate::backends::tokio::runtime;

#[derive(Clone, Copy)]
pub struct TokioLocal;

/// tokio's handle, with the panic of a task passed on.
pub struct Join<T>(JoinHandle<T>);

impl<T: 'static> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(cx).map(|ended| ended.expect("the task ended"))
    }
}

impl Backend for TokioLocal {
    fn run<F: Future<Output = ()> + 'static>(main: impl FnOnce(Self) -> F) {
        LocalSet::new().block_on(&runtime(), main(Self));
    }

    fn start<F: Future<Output = ()> + 'static>(
        &self,
        count: usize,
        mut make: impl FnMut(usize) -> F,
    ) {
        for index in 0..count {
            drop(spawn_local(make(index)));
        }
    }
}

impl Spawn for TokioLocal {
    type Join<T: 'static> = Join<T>;

    fn spawn<F: Future + 'static>(&self, future: F) -> Join<F::Output> {
        Join(spawn_local(future))
    }
}
