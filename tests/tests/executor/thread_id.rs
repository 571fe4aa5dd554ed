//! Which thread this is: the executor's own source file, asked from two threads that live at the
//! same time.

#[rustfmt::skip] // It has a style of its own.
#[path = "../../../executor/src/queue/thread.rs"]
#[allow(dead_code)]
mod thread;

use thread::here;

#[test]
fn threads_that_live_at_the_same_time_are_told_apart_and_none_is_zero() {
    let mine = here();
    assert_ne!(mine, 0);
    // All of them wait for the last one, so that none is over before another begins.
    let barrier = std::sync::Barrier::new(4);
    let others: Vec<_> = std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| {
            scope.spawn(|| {
                barrier.wait();
                let first = here();
                barrier.wait();
                (first, here())
            })
        });
        threads.map(|thread| thread.join().expect("no panic")).into()
    });
    let mut all = vec![mine];
    for (first, second) in others {
        assert_eq!(first, second);
        all.push(first);
    }
    assert_eq!(here(), mine);
    assert!(!all.contains(&0));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5);
}
