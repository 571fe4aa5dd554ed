//! Which thread this is, in one load: the address of a thread-local byte.

std::thread_local! {
    /// Its address identifies the thread. It has no destructor, so asking works at any time, also
    /// while the thread ends.
    static HERE: u8 = const { 0 };
}

/// The calling thread: never 0, and different for any two threads that exist at the same time.
pub(crate) fn here() -> usize {
    HERE.with(|byte| core::ptr::from_ref(byte).addr())
}
