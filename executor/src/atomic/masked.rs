//! Atomics for processors without compare-and-swap, with the interface of `core`'s.
//!
//! A load or a store is one instruction on every processor, and is `core`'s. A read-modify-write is
//! a load and a store inside a critical section, which the final program defines (crate
//! `critical-section`): interrupts off on one core, and a lock as well where there are several.
//!
//! # Invariants
//! - **Stores do not wait**: on a second core a plain store may fall between the load and the store
//!   of a read-modify-write, and is then overwritten. So a word that one context may store is
//!   changed by the others with `compare_exchange` only, and from values that the word does not have
//!   while that context may store. (`swap(true)` to lock and `store(false)` to unlock would break
//!   this.)
//!
//! # Orderings
//! Unless the caller asks for `Relaxed`, the load acquires and the store releases, which is at least as
//! strong as any ordering that this crate uses. Between two read-modify-writes the critical section itself
//! orders everything.

use core::ops::{BitAnd, BitOr};
use core::sync::atomic::{self, Ordering};

macro_rules! masked {
    ($name:ident, $value:ty $(, $method:ident: $operation:expr)*) => {
        pub(crate) struct $name(atomic::$name);

        #[allow(dead_code)] // One interface for all words; no word needs all of it.
        impl $name {
            pub(crate) const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }

            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.0.load(order)
            }

            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, order);
            }

            /// Replaces the value by `change` of it, unless that is `None`. The old value.
            fn update(
                &self,
                order: Ordering,
                change: impl FnOnce($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let (load, store) = match order {
                    Ordering::Relaxed => (Ordering::Relaxed, Ordering::Relaxed),
                    _ => (Ordering::Acquire, Ordering::Release),
                };
                critical_section::with(|_| {
                    let old = self.0.load(load);
                    let new = change(old).ok_or(old)?;
                    self.0.store(new, store);
                    Ok(old)
                })
            }

            pub(crate) fn compare_exchange(
                &self,
                expected: $value,
                new: $value,
                success: Ordering,
                _: Ordering,
            ) -> Result<$value, $value> {
                self.update(success, |old| (old == expected).then_some(new))
            }

            $(
                pub(crate) fn $method(&self, operand: $value, order: Ordering) -> $value {
                    let changed = self.update(order, |old| Some(($operation)(old, operand)));
                    changed.unwrap_or_else(|old| old)
                }
            )*
        }
    };
}

masked!(AtomicBool, bool, swap: |_, new| new);
masked!(AtomicU32, u32, fetch_or: BitOr::bitor, fetch_and: BitAnd::bitand, fetch_add: u32::wrapping_add);
masked!(AtomicUsize, usize, swap: |_, new| new);
