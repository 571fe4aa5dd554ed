//! How children that nobody awaits are reaped.
//!
//! A child whose handle was dropped becomes an **orphan** of the thread that dropped it: the thread
//! keeps the child, a watch of its end, and with that watch a waker that belongs to no task. When
//! the child ends, the thread's reactor wakes that waker in its turn, and the waker reaps the
//! child. So an orphan needs no helper thread and no task, only a `block_on` on its thread.
//!
//! An orphan whose thread ends, or that cannot be watched (no descriptor is left), is put on a list
//! of the whole process, [`LEFT`]. Every spawn, and every child that becomes an orphan, first reaps
//! the children on that list that have ended.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::{cell::RefCell, collections::BTreeMap, process::Child};

use super::exit::Watch;
use crate::reactor;

thread_local! {
    /// By process number, which no other process has until the orphan is reaped (**Own**).
    static ORPHANS: RefCell<BTreeMap<u32, Orphan>> = const { RefCell::new(BTreeMap::new()) };
}

/// The orphans that no thread watches.
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

/// Makes an orphan of a child that nobody awaits any more.
pub(super) fn adopt(child: Child, by_signal: bool) {
    sweep();
    match Watch::new(child.id(), by_signal) {
        Ok(watch) => tend(Orphan { child: Some(child), watch }),
        Err(_) => leave(child),
    }
}

/// Reaps those on the list that have ended.
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
        // The thread is ending: the orphan goes to the list by its drop.
        None => {}
        Some(Poll::Pending) => {
            // If the thread is ending, the closure is dropped, and the orphan goes to the list.
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
