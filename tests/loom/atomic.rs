//! `executor/src/atomic.rs` for the model checker: the same names over loom's types.
//!
//! Loom's constructors are not `const`, the executor's are. So each value is made at its first use,
//! and `settle` in `models` uses everything once before the threads begin. Loom runs its threads as
//! coroutines of one thread of the system, which is why a plain cell may hold what was made.

#![allow(dead_code)] // The two queues use different methods.

use std::cell::OnceCell;

pub(crate) use loom::sync::atomic::{Ordering, fence};

pub(crate) type Index = u32;

struct Lazy<V, A>(V, OnceCell<A>);

// SAFETY: only one of loom's threads runs at a time, and it is switched at loom's operations only.
unsafe impl<V, A> Sync for Lazy<V, A> {}
// SAFETY: as above.
unsafe impl<V, A> Send for Lazy<V, A> {}

macro_rules! atomic {
    ($name:ident, $real:ty, $value:ty) => {
        pub(crate) struct $name(Lazy<$value, $real>);

        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(Lazy(value, OnceCell::new()))
            }
            fn real(&self) -> &$real {
                self.0.1.get_or_init(|| <$real>::new(self.0.0))
            }
            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.real().load(order)
            }
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.real().store(value, order);
            }
            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                self.real().swap(value, order)
            }
            pub(crate) fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                yes: Ordering,
                no: Ordering,
            ) -> Result<$value, $value> {
                self.real().compare_exchange(old, new, yes, no)
            }
            pub(crate) fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                yes: Ordering,
                no: Ordering,
            ) -> Result<$value, $value> {
                self.real().compare_exchange(old, new, yes, no)
            }
        }
    };
}

atomic!(AtomicBool, loom::sync::atomic::AtomicBool, bool);
atomic!(AtomicIndex, loom::sync::atomic::AtomicU32, u32);
atomic!(AtomicUsize, loom::sync::atomic::AtomicUsize, usize);

impl AtomicIndex {
    pub(crate) fn fetch_or(&self, value: u32, order: Ordering) -> u32 {
        self.real().fetch_or(value, order)
    }
}

impl AtomicUsize {
    pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.real().fetch_add(value, order)
    }
}

/// Loom sees each access to it, and complains of those that no order separates.
pub(crate) struct UnsafeCell<T>(Lazy<std::cell::Cell<Option<T>>, loom::cell::UnsafeCell<T>>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Lazy(std::cell::Cell::new(Some(value)), OnceCell::new()))
    }
    fn real(&self) -> &loom::cell::UnsafeCell<T> {
        let Lazy(initial, real) = &self.0;
        real.get_or_init(|| loom::cell::UnsafeCell::new(initial.take().expect("made once")))
    }
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.real().with(read)
    }
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.real().with_mut(write)
    }
}
