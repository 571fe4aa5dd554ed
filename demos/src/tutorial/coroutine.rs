//! [`wakeful_executor::coroutine`], each coroutine with a lane in the timeline. A demo that is
//! copied out names that module instead of this one; nothing else changes.

use pin_project_lite::pin_project;
use std::any::type_name;
use std::pin::Pin;
use wakeful_executor::coroutine as plain;
pub use wakeful_executor::coroutine::{Exchange, SendError, State, Step};

use crate::timeline;

pin_project! {
    /// A coroutine whose resumptions are recorded.
    pub struct Coroutine<'x, In, Out, F> {
        lane: Option<usize>,
        #[pin]
        inner: plain::Coroutine<'x, In, Out, F>,
    }

    impl<In, Out, F> PinnedDrop for Coroutine<'_, In, Out, F> {
        fn drop(this: Pin<&mut Self>) {
            timeline::end(this.lane);
        }
    }
}

impl<'x, In, Out, F: Future> Coroutine<'x, In, Out, F> {
    pub fn new(exchange: &'x Exchange<In, Out>, body: F) -> Self {
        // `wakeful_demos::tutorial::stop_at_three::giver<..>::{{closure}}`
        let path = type_name::<F>().split('<').next().unwrap_or_default();
        let mut path = path.rsplit("::").filter(|part| !part.starts_with('{'));
        let lane = timeline::lane(path.next().unwrap_or("coroutine"));
        let inner = plain::Coroutine::new(exchange, body);
        Self { lane, inner }
    }

    pub fn state(&self) -> State {
        self.inner.state()
    }

    pub fn start(self: Pin<&mut Self>) -> Step<Out, F::Output> {
        self.run(|inner| inner.start())
    }

    pub fn send(self: Pin<&mut Self>, value: In) -> Result<Step<Out, F::Output>, SendError<In>> {
        self.run(|inner| inner.send(value))
    }

    pub fn close(self: Pin<&mut Self>) {
        self.run(|inner| inner.close());
    }

    fn run<T>(
        self: Pin<&mut Self>,
        resume: impl FnOnce(Pin<&mut plain::Coroutine<'x, In, Out, F>>) -> T,
    ) -> T {
        let this = self.project();
        timeline::enter(*this.lane);
        let result = resume(this.inner);
        timeline::leave();
        result
    }
}

impl<Out, F: Future> Iterator for Pin<&mut Coroutine<'_, (), Out, F>> {
    type Item = Out;

    fn next(&mut self) -> Option<Out> {
        self.as_mut().run(|mut inner| inner.next())
    }
}
