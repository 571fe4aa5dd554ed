//! Which thread this is, in one load: the address of a thread-local byte.

std::thread_local! {
    /// Its address is the thread's identity. It has no destructor, so asking works at any time,
    /// also while the thread is being torn down.
    static HERE: u8 = const { 0 };
}

/// The calling thread: never 0, and no two living threads share it.
#[inline(always)]
pub(crate) fn here() -> usize {
    HERE.with(|byte| core::ptr::from_ref(byte).addr())
}

/// Keeps the compiler from moving memory accesses across; costs no instruction.
#[inline(always)]
pub(crate) fn compiler_fence() {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
}
