//! Without feature `observe` there is nobody to tell, and nothing is compiled in.

use crate::slot::Header;

/// Nobody.
pub(crate) struct Observers;

impl Observers {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn spawned(&self, _: &Header) {}

    #[inline(always)]
    pub(crate) fn woken(&self, _: &Header) {}

    #[inline(always)]
    pub(crate) fn poll_begin(&self, _: &Header) {}

    #[inline(always)]
    pub(crate) fn poll_end(&self, _: &Header) {}

    #[inline(always)]
    pub(crate) fn completed(&self, _: &Header) {}

    #[inline(always)]
    pub(crate) fn idle(&self) {}
}

/// What the observers keep in each slot: nothing.
#[derive(Clone, Copy)]
pub(crate) struct Serial;

impl Serial {
    pub(crate) const fn new() -> Self {
        Self
    }
}
