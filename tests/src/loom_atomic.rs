//! The executor's `atomic` module, on the model checker.
//!
//! A test of a concurrent file compiles that file again by `#[path]`, with this in the place of
//! `crate::atomic`; so what is checked is the source that ships. The checker's types cannot be made
//! in a `const fn`, so each here is made in the checker when it is first used; a model uses
//! everything once before its threads begin.

use std::ops::Deref;
use std::sync::OnceLock;

pub use std::sync::atomic::Ordering;

macro_rules! atomic {
    ($name:ident, $value:ty) => {
        /// The checker's atomic of the same name.
        pub struct $name {
            initial: $value,
            checked: OnceLock<loom::sync::atomic::$name>,
        }

        impl $name {
            pub const fn new(initial: $value) -> Self {
                Self { initial, checked: OnceLock::new() }
            }
        }

        impl Deref for $name {
            type Target = loom::sync::atomic::$name;

            fn deref(&self) -> &Self::Target {
                self.checked.get_or_init(|| loom::sync::atomic::$name::new(self.initial))
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU32, u32);
atomic!(AtomicUsize, usize);

pub use AtomicU32 as AtomicIndex;

/// The checker's atomic pointer.
pub struct AtomicPtr<T> {
    initial: *mut T,
    checked: OnceLock<loom::sync::atomic::AtomicPtr<T>>,
}

impl<T> AtomicPtr<T> {
    pub const fn new(initial: *mut T) -> Self {
        Self { initial, checked: OnceLock::new() }
    }
}

impl<T> Deref for AtomicPtr<T> {
    type Target = loom::sync::atomic::AtomicPtr<T>;

    fn deref(&self) -> &Self::Target {
        self.checked.get_or_init(|| loom::sync::atomic::AtomicPtr::new(self.initial))
    }
}

/// `Cell` with accesses that the checker sees.
pub struct Cell<T> {
    checked: OnceLock<loom::cell::UnsafeCell<()>>,
    value: std::cell::Cell<T>,
}

impl<T> Cell<T> {
    pub const fn new(value: T) -> Self {
        Self { checked: OnceLock::new(), value: std::cell::Cell::new(value) }
    }

    fn checked(&self) -> &loom::cell::UnsafeCell<()> {
        self.checked.get_or_init(|| loom::cell::UnsafeCell::new(()))
    }

    pub fn set(&self, value: T) {
        self.checked().with_mut(|_| self.value.set(value));
    }

    pub fn replace(&self, value: T) -> T {
        self.checked().with_mut(|_| self.value.replace(value))
    }
}

impl<T: Copy> Cell<T> {
    pub fn get(&self) -> T {
        self.checked().with(|_| self.value.get())
    }
}

impl<T: Default> Cell<T> {
    pub fn take(&self) -> T {
        self.replace(T::default())
    }
}

/// A cell whose accesses the checker sees: two at once, or unordered, end the test.
pub struct UnsafeCell<T> {
    checked: OnceLock<loom::cell::UnsafeCell<()>>,
    value: std::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    pub const fn new(value: T) -> Self {
        Self { checked: OnceLock::new(), value: std::cell::UnsafeCell::new(value) }
    }

    fn checked(&self) -> &loom::cell::UnsafeCell<()> {
        self.checked.get_or_init(|| loom::cell::UnsafeCell::new(()))
    }

    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.checked().with(|_| read(self.value.get()))
    }

    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.checked().with_mut(|_| write(self.value.get()))
    }
}
