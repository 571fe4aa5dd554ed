//! What [`spawn`](crate::LocalExecutor::spawn) gives back when the executor is full.

use core::fmt;

/// The executor is full; [`into_inner`](Self::into_inner) gives the future back.
///
/// ```
/// use wakeful_executor::Executor;
///
/// static EXECUTOR: Executor<1, 64> = Executor::new();
///
/// let local = EXECUTOR.take().expect("taken once");
/// let first = local.spawn(async { 1 })?;
/// let full = local.spawn(async { 2 }).err().expect("one slot");
/// drop(first); // there is a slot again
/// let second = local.spawn(full.into_inner()).expect("the same future");
/// # drop(second);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct SpawnError<F>(pub(crate) F);

impl<F> SpawnError<F> {
    /// The future that found no slot, untouched.
    pub fn into_inner(self) -> F {
        self.0
    }
}

impl<F> fmt::Debug for SpawnError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpawnError(..)")
    }
}

impl<F> fmt::Display for SpawnError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all slots of the executor are in use")
    }
}

impl<F> core::error::Error for SpawnError<F> {}
