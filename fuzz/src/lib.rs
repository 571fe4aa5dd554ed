//! What all targets share: how they are made, and what the address sanitizer is told, so that
//! `cargo +nightly fuzz run NAME` needs no flags.

use std::ffi::{CStr, c_char};

/// Freed memory is kept from use for a while, of 32 MiB instead of 256. And nothing is kept of stack
/// frames that have returned: every panic would walk through all of that, which took 58 % of
/// `coroutine_ops`.
const OPTIONS: &CStr = c"detect_stack_use_after_return=0:quarantine_size_mb=32";

/// The sanitizer's runtime calls this before `main`.
///
/// # Safety
/// Nobody else defines a function of this name but the runtime, whose own gives way.
#[unsafe(no_mangle)]
extern "C" fn __asan_default_options() -> *const c_char {
    OPTIONS.as_ptr()
}

/// A target that hands the fuzzer's bytes to a function which panics at a finding.
#[macro_export]
macro_rules! target {
    ($run:expr) => {
        $crate::target!($run, expected: &[]);
    };
    // Panics whose texts begin so are answers to misuse, and no findings by themselves.
    ($run:expr, expected: $expected:expr) => {
        libfuzzer_sys::fuzz_target!(
            init: {
                $crate::link();
                wakeful_tests::model::let_pass($expected);
            },
            |bytes: &[u8]| $run(bytes)
        );
    };
}

/// Has the linker take this crate's functions.
pub fn link() {
    std::hint::black_box(__asan_default_options());
}
