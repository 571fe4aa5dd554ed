//! `core::cell` with a step before each access to a `Cell`.

#![allow(dead_code)] // It has the methods that the executor may use.

pub use std::cell::UnsafeCell;

use crate::machine::step;

#[repr(transparent)]
pub struct Cell<T>(std::cell::Cell<T>);

impl<T> Cell<T> {
    pub const fn new(value: T) -> Self {
        Self(std::cell::Cell::new(value))
    }

    pub fn set(&self, value: T) {
        step();
        self.0.set(value);
    }

    pub fn replace(&self, value: T) -> T {
        step();
        self.0.replace(value)
    }

    pub const fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Copy> Cell<T> {
    pub fn get(&self) -> T {
        step();
        self.0.get()
    }
}

impl<T: Default> Cell<T> {
    pub fn take(&self) -> T {
        step();
        self.0.take()
    }
}
