//! Which thread this is: the executor's own source file, asked from threads that live at the same
//! time.

#[rustfmt::skip] // It has a style of its own.
#[path = "../../../executor/src/queue/thread.rs"]
mod thread;

use thread::{number, set_number};

#[test]
fn numbered_threads_that_live_at_the_same_time_are_told_apart_and_none_is_zero() {
    // All of them wait for the last one, so that none is over before another begins.
    let barrier = std::sync::Barrier::new(4);
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| {
            scope.spawn(|| {
                assert_eq!(number(), usize::MAX, "it has none yet");
                barrier.wait();
                let set = set_number();
                barrier.wait();
                assert_eq!((number(), set_number()), (set, set));
                set
            })
        });
        threads.map(|thread| thread.join().expect("no panic")).into()
    });
    assert!(!all.contains(&0) && !all.contains(&usize::MAX));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4);
}
