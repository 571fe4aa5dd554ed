//! `executor/src/atomic.rs` with a step before each access. What is read and written in between
//! may have changed; orderings play no part, for a handler sees its thread's writes in order.

#![allow(dead_code)] // Each test uses other methods.

use std::cell::Cell;

pub(crate) use std::sync::atomic::Ordering;

use crate::machine::{step, weak_fails};

/// Methods of `core`'s with a step before each.
macro_rules! stepped {
    ($($method:ident($($given:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(pub(crate) fn $method(&self, $($given: $type),*) $(-> $result)? {
            step();
            self.0.$method($($given),*)
        })*
    };
}

macro_rules! atomic {
    ($name:ident $(<$of:ident>)?, $value:ty) => {
        pub(crate) struct $name$(<$of>)?(std::sync::atomic::$name$(<$of>)?);

        impl$(<$of>)? $name$(<$of>)? {
            pub(crate) const fn new(value: $value) -> Self {
                Self(std::sync::atomic::$name::new(value))
            }
            stepped! {
                load(order: Ordering) -> $value;
                store(value: $value, order: Ordering);
                swap(value: $value, order: Ordering) -> $value;
                compare_exchange(old: $value, new: $value, yes: Ordering, no: Ordering)
                    -> Result<$value, $value>;
            }
            pub(crate) fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                yes: Ordering,
                no: Ordering,
            ) -> Result<$value, $value> {
                step();
                if weak_fails() {
                    return Err(self.0.load(no));
                }
                self.0.compare_exchange(old, new, yes, no)
            }
        }
    };
}

macro_rules! number {
    ($name:ident, $value:ty) => {
        atomic!($name, $value);

        impl $name {
            stepped! {
                fetch_or(value: $value, order: Ordering) -> $value;
                fetch_and(value: $value, order: Ordering) -> $value;
                fetch_add(value: $value, order: Ordering) -> $value;
            }
        }
    };
}

atomic!(AtomicBool, bool);
number!(AtomicU32, u32);
number!(AtomicUsize, usize);
atomic!(AtomicPtr<T>, *mut T);

pub(crate) use AtomicU32 as AtomicIndex;

/// A cell that says so when it is used while it is being written, and the reverse.
pub(crate) struct UnsafeCell<T> {
    value: std::cell::UnsafeCell<T>,
    readers: Cell<usize>,
    is_written: Cell<bool>,
}

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            value: std::cell::UnsafeCell::new(value),
            readers: Cell::new(0),
            is_written: Cell::new(false),
        }
    }

    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        step();
        assert!(!self.is_written.get(), "read while it is written");
        self.readers.set(self.readers.get() + 1);
        step();
        let result = read(self.value.get());
        self.readers.set(self.readers.get() - 1);
        result
    }

    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        step();
        assert!(!self.is_written.replace(true), "written by two");
        assert_eq!(self.readers.get(), 0, "written while it is read");
        step();
        let result = write(self.value.get());
        self.is_written.set(false);
        result
    }
}
