//! The tasks: ordinary async code over C's timers and descriptors.

use core::ffi::{c_int, c_void};
use core::fmt::{self, Write};
use core::future::poll_fn;
use core::task::Poll;

use crate::{CWaker, TIMERS, wk_print, wk_readable};

/// Says something every `period` milliseconds.
pub async fn ticker(period: u64, times: u32, start: u64) {
    for tick in 1..=times {
        TIMERS.sleep_until(start + u64::from(tick) * period).await.expect("a place for each task");
        print(format_args!("rust: tick {tick}"));
    }
}

/// Prints what comes from a descriptor until it is closed.
pub async fn reader(fd: c_int) {
    unsafe extern "C" {
        fn read(fd: c_int, buffer: *mut c_void, length: usize) -> isize;
    }
    let mut buffer = [0; 32];
    loop {
        readable(fd).await;
        // SAFETY: `read` may write `length` bytes, and the buffer has them.
        let count = unsafe { read(fd, buffer.as_mut_ptr().cast(), buffer.len()) };
        let Some(bytes) = usize::try_from(count).ok().and_then(|count| buffer.get(..count)) else {
            return print(format_args!("rust: cannot read"));
        };
        match core::str::from_utf8(bytes) {
            Ok("") => return print(format_args!("rust: the writer has closed")),
            Ok(text) => print(format_args!("rust: read {text}")),
            Err(_) => print(format_args!("rust: read {count} bytes")),
        }
    }
}

/// Waits until `fd` can be read, which the C program finds out.
async fn readable(fd: c_int) {
    poll_fn(|cx| match wk_readable(fd, CWaker::of(cx.waker())) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// Prints one line through C, without a heap: what is longer than the buffer is cut.
pub fn print(line: fmt::Arguments<'_>) {
    let mut buffer = heapless::String::<80>::new();
    let _ = buffer.write_fmt(line);
    // SAFETY: C reads `length` bytes, and the buffer has them.
    unsafe { wk_print(buffer.as_ptr(), buffer.len()) }
}
