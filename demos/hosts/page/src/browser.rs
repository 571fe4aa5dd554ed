//! The browser as a reactor: futures over `setTimeout` and `fetch`, and the observer that tells the
//! page what to draw.

use wakeful_executor::{Observe, TaskId};

use crate::PLACES;

/// What the page gives to this module.
pub mod js {
    mod imported {
        #[link(wasm_import_module = "page")]
        unsafe extern "C" {
            pub safe fn ask_for_run();
            pub safe fn set_timeout(place: usize, millis: u32);
            pub safe fn fetch(place: usize);
            pub safe fn forget(place: usize);
            pub safe fn name(place: usize, kind: u32);
            pub safe fn say(place: usize, value: i32);
            pub safe fn note(what: u32, slot: usize, serial: usize);
        }
    }
    pub use imported::*;
}

/// Waits for `millis` milliseconds.
pub async fn sleep(place: usize, millis: u32) {
    js::set_timeout(place, millis);
    event(place).await;
}

/// Fetches this page; the length of its body in bytes, or -1.
pub async fn fetch(place: usize) -> i32 {
    js::fetch(place);
    event(place).await
}

/// Waits until the page calls the export `event` for this place.
async fn event(place: usize) -> i32 {
    let _asked = Asked(place);
    PLACES.0[place].event.wait().await
}

/// Dropped at the end of the wait. If the task was cancelled, the page clears the timer or aborts
/// the request.
struct Asked(usize);

impl Drop for Asked {
    fn drop(&mut self) {
        js::forget(self.0);
    }
}

/// Passes everything that the executor does to the page, which draws it.
pub struct Watch;

impl Observe for Watch {
    fn spawned(&self, task: TaskId) {
        js::note(0, task.slot, task.serial);
    }
    fn woken(&self, task: TaskId) {
        js::note(1, task.slot, task.serial);
    }
    fn poll_begin(&self, task: TaskId) {
        js::note(2, task.slot, task.serial);
    }
    fn poll_end(&self, task: TaskId) {
        js::note(3, task.slot, task.serial);
    }
    fn completed(&self, task: TaskId) {
        js::note(4, task.slot, task.serial);
    }
    fn idle(&self) {
        js::note(5, 0, 0);
    }
}
