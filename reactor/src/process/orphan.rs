//! Children that nobody awaits, and who reaps them.
//!
//! A child whose handle was dropped becomes an *orphan* of the thread that dropped it: a watch
//! whose waker is no task's. When the child ends, the thread's reactor wakes that waker in its turn,
//! and the waker reaps. So it takes no thread and no task, only somebody in `block_on`.
//!
//! An orphan whose thread ends, or that could not be watched (no descriptor left), is *left*: a
//! list of the process's, through which every spawn and every further orphan goes once.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::{cell::RefCell, collections::BTreeMap, process::Child};

use super::exit::Watch;
use crate::reactor;

thread_local! {
    /// By process number, which is the orphan's as long as it has not been reaped (**Own**).
    static ORPHANS: RefCell<BTreeMap<u32, Orphan>> = const { RefCell::new(BTreeMap::new()) };
}

/// Those that no thread watches.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

struct Orphan {
    /// `None` once reaped.
    child: Option<Child>,
    watch: Watch,
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            leave(child);
        }
    }
}

/// Sees to it that a child is reaped which nobody awaits any more.
pub(super) fn adopt(child: Child, by_signal: bool) {
    sweep();
    match Watch::new(child.id(), by_signal) {
        Ok(watch) => tend(Orphan { child: Some(child), watch }),
        Err(_) => leave(child),
    }
}

/// Reaps those of the left that have ended.
pub(super) fn sweep() {
    let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
    left.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
}

fn leave(child: Child) {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(child);
}

/// Reaps the orphan if it has ended, else keeps it and its waker until the reactor wakes it.
fn tend(mut orphan: Orphan) {
    let Some(child) = &mut orphan.child else {
        return;
    };
    let pid = child.id();
    let waker = Waker::from(Arc::new(Reaper { pid }));
    let ended = reactor::try_with(|reactor| {
        // The next `block_on` of this thread wakes the waker, though none may be running now.
        let _inside = reactor.enter();
        let context = &mut Context::from_waker(&waker);
        orphan.watch.poll(context, || child.try_wait())
    });
    match ended {
        // An error is that there is no such child: somebody reaped it by its number.
        Some(Poll::Ready(_)) => orphan.child = None,
        // The thread is ending: the orphan is left.
        None => {}
        Some(Poll::Pending) => {
            // Where the thread ends just now the closure is dropped, and the orphan is left.
            let _ = ORPHANS.try_with(move |orphans| orphans.borrow_mut().insert(pid, orphan));
        }
    }
}

/// The waker of an orphan's watch.
struct Reaper {
    pid: u32,
}

impl Wake for Reaper {
    fn wake(self: Arc<Self>) {
        let orphans = ORPHANS.try_with(|orphans| orphans.borrow_mut().remove(&self.pid));
        if let Ok(Some(orphan)) = orphans {
            tend(orphan);
        }
    }
}
