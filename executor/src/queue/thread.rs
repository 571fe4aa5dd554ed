//! Which thread this is, in one load.

use core::cell::Cell;

std::thread_local! {
    /// The thread's number, once it has one. It has no destructor, so asking works at any time, also
    /// while the thread ends.
    static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The calling thread's number: `usize::MAX` if it has none.
pub(super) fn number() -> usize {
    NUMBER.with(Cell::get)
}

/// Gives the calling thread a number: the address of its `NUMBER`, which differs from that of every
/// other thread that exists at the same time.
pub(super) fn set_number() -> usize {
    NUMBER.with(|number| {
        number.set(core::ptr::from_ref(number).addr());
        number.get()
    })
}
