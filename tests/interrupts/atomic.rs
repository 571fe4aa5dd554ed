//! `executor/src/atomic.rs` with a step before each access. What is read and written in between
//! may have changed; orderings play no part, for a handler sees its thread's writes in order.

#![allow(dead_code)] // Each test uses other methods.

use std::cell::Cell;

pub(crate) use std::sync::atomic::Ordering;

use crate::machine::{step, weak_fails};

macro_rules! atomic {
    ($name:ident, $value:ty) => {
        pub(crate) struct $name(std::sync::atomic::$name);

        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(std::sync::atomic::$name::new(value))
            }
            pub(crate) fn load(&self, order: Ordering) -> $value {
                step();
                self.0.load(order)
            }
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                step();
                self.0.store(value, order);
            }
            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.swap(value, order)
            }
            pub(crate) fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                yes: Ordering,
                no: Ordering,
            ) -> Result<$value, $value> {
                step();
                self.0.compare_exchange(old, new, yes, no)
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
            pub(crate) fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.fetch_or(value, order)
            }
            pub(crate) fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.fetch_and(value, order)
            }
            pub(crate) fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.fetch_add(value, order)
            }
        }
    };
}

atomic!(AtomicBool, bool);
number!(AtomicU32, u32);
number!(AtomicUsize, usize);

pub(crate) use AtomicU32 as AtomicIndex;

pub(crate) struct AtomicPtr<T>(std::sync::atomic::AtomicPtr<T>);

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(value: *mut T) -> Self {
        Self(std::sync::atomic::AtomicPtr::new(value))
    }
    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        step();
        self.0.load(order)
    }
    pub(crate) fn store(&self, value: *mut T, order: Ordering) {
        step();
        self.0.store(value, order);
    }
    pub(crate) fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        step();
        self.0.swap(value, order)
    }
    pub(crate) fn compare_exchange(
        &self,
        old: *mut T,
        new: *mut T,
        yes: Ordering,
        no: Ordering,
    ) -> Result<*mut T, *mut T> {
        step();
        self.0.compare_exchange(old, new, yes, no)
    }
    pub(crate) fn compare_exchange_weak(
        &self,
        old: *mut T,
        new: *mut T,
        yes: Ordering,
        no: Ordering,
    ) -> Result<*mut T, *mut T> {
        step();
        if weak_fails() {
            return Err(self.0.load(no));
        }
        self.0.compare_exchange(old, new, yes, no)
    }
}

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
