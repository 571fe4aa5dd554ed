//! The executor's `atomic` module, on the model checker.
//!
//! A test of a concurrent file compiles that file again by `#[path]`, with this in the place of
//! `crate::atomic`; so what is checked is the source that ships. The checker's types cannot be made
//! in a `const fn`, and the executor's memory begins as zeros. So each here is made in the checker
//! when it is first used; a model uses everything once before its threads begin.

use std::ops::Deref;

pub use std::sync::atomic::Ordering;

/// A value that is made when it is first used. All zeros: it is not made yet.
struct Lazy<T>(std::cell::UnsafeCell<Option<Box<T>>>);

// SAFETY: a shared cell needs that one thread at a time uses it. The checker runs one at a time, and
// switches at accesses to its own types only.
unsafe impl<T> Sync for Lazy<T> {}

impl<T> Lazy<T> {
    const fn new() -> Self {
        Self(std::cell::UnsafeCell::new(None))
    }

    fn get(&self, make: impl FnOnce() -> T) -> &T {
        // SAFETY: see `Sync`. What is made stays.
        unsafe { &mut *self.0.get() }.get_or_insert_with(|| Box::new(make()))
    }
}

macro_rules! atomic {
    ($name:ident $(<$pointed:ident>)?, $value:ty) => {
        /// The checker's atomic of the same name.
        pub struct $name$(<$pointed>)? {
            initial: $value,
            checked: Lazy<loom::sync::atomic::$name$(<$pointed>)?>,
        }

        impl$(<$pointed>)? $name$(<$pointed>)? {
            pub const fn new(initial: $value) -> Self {
                Self { initial, checked: Lazy::new() }
            }
        }

        impl$(<$pointed>)? Deref for $name$(<$pointed>)? {
            type Target = loom::sync::atomic::$name$(<$pointed>)?;

            fn deref(&self) -> &Self::Target {
                self.checked.get(|| loom::sync::atomic::$name::new(self.initial))
            }
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU32, u32);
atomic!(AtomicUsize, usize);
atomic!(AtomicPtr<T>, *mut T);

pub use AtomicU32 as AtomicIndex;

/// `Cell` with accesses that the checker sees.
pub struct Cell<T> {
    checked: Lazy<loom::cell::UnsafeCell<()>>,
    value: std::cell::Cell<T>,
}

impl<T> Cell<T> {
    pub const fn new(value: T) -> Self {
        Self { checked: Lazy::new(), value: std::cell::Cell::new(value) }
    }

    fn checked(&self) -> &loom::cell::UnsafeCell<()> {
        self.checked.get(|| loom::cell::UnsafeCell::new(()))
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
    checked: Lazy<loom::cell::UnsafeCell<()>>,
    value: std::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    pub const fn new(value: T) -> Self {
        Self { checked: Lazy::new(), value: std::cell::UnsafeCell::new(value) }
    }

    fn checked(&self) -> &loom::cell::UnsafeCell<()> {
        self.checked.get(|| loom::cell::UnsafeCell::new(()))
    }

    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.checked().with(|_| read(self.value.get()))
    }

    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.checked().with_mut(|_| write(self.value.get()))
    }
}
