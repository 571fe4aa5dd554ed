//! Without feature `observe` there is no observer, and nothing is compiled in.

/// Whether anybody may be called.
pub(crate) const IS_OBSERVED: bool = false;

/// Nobody.
pub(crate) struct Observers;

impl Observers {
    #[inline(always)]
    pub(crate) fn spawned(&self, _: &Serial, _: impl FnOnce() -> usize) {}

    #[inline(always)]
    pub(crate) fn woken(&self, _: &Serial) {}

    #[inline(always)]
    pub(crate) fn poll_begin(&self, _: &Serial) {}

    #[inline(always)]
    pub(crate) fn poll_end(&self, _: &Serial) {}

    #[inline(always)]
    pub(crate) fn completed(&self, _: &Serial) {}

    #[inline(always)]
    pub(crate) fn idle(&self) {}
}

/// What observers keep in each slot: nothing.
pub(crate) struct Serial;
