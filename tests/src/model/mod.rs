//! Naive models of the executor crate's parts, and the decoder that feeds them.
//!
//! A run takes bytes, from a fuzzer or from a generator, and reads operations off them. Each is
//! done to the real part and to the model, which is written the obvious way, with names in a `Vec`.
//! After each, everything that can be seen must be equal: results, counts, and which wakers were
//! woken in which order.

pub mod channel;
pub mod condvar;
pub mod coroutine;
pub mod event;
pub mod executor;
pub mod oneshot;
pub mod semaphore;
pub mod timers;

use std::cell::Cell;
use std::panic::{set_hook, take_hook};
use std::path::Path;
use std::sync::{Mutex, Once, PoisonError};

use crate::hand::{Hand, WakeLog, Woken};
use crate::trace::text_of;

/// Bytes, read as choices.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next choice among `many`; `None` when the bytes are used up.
    pub fn pick(&mut self, many: usize) -> Option<usize> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(usize::from(byte) % many)
    }

    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many futures a run has in hand at most: their names are the numbers below.
pub const HANDS: usize = 6;

/// The futures of a run, by name.
pub struct Hands<'a, T> {
    pub log: WakeLog,
    hands: Vec<Option<Hand<'a, T>>>,
}

impl<'a, T> Default for Hands<'a, T> {
    fn default() -> Self {
        Self { log: WakeLog::default(), hands: (0..HANDS).map(|_| None).collect() }
    }
}

impl<'a, T> Hands<'a, T> {
    pub fn has(&self, name: usize) -> bool {
        self.hands[name].is_some()
    }

    /// Takes a future in hand, unless there is one of that name.
    pub fn start(&mut self, name: usize, future: impl Future<Output = T> + 'a) -> bool {
        if self.has(name) {
            return false;
        }
        self.hands[name] = Some(self.log.hand(name, future));
        true
    }

    /// Polls one, and lets go of it if it is ready.
    pub fn poll(&mut self, name: usize) -> Option<T> {
        let output = self.hands[name].as_mut()?.poll()?;
        self.hands[name] = None;
        Some(output)
    }

    /// Drops one.
    pub fn drop(&mut self, name: usize) {
        self.hands[name] = None;
    }

    /// Each name with the waker that it left last. Taken before an operation, it turns the model's
    /// names of those woken into what the log must show.
    pub fn wakers(&self) -> Vec<Woken> {
        let last = |hand: &Option<Hand<'a, T>>| hand.as_ref().map_or((0, 0), Hand::last_woken);
        self.hands.iter().map(last).collect()
    }
}

/// Runs the `sync` part that the first byte chooses through the operations in the others.
pub fn run_sync(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    match choices.pick(5) {
        Some(0) => semaphore::run(&mut choices),
        Some(1) => channel::run(&mut choices),
        Some(2) => event::run(&mut choices),
        Some(3) => oneshot::run(&mut choices),
        Some(4) => condvar::run(&mut choices),
        _ => {}
    }
}

thread_local! {
    /// Whether an input is being made short: the same panic again and again.
    static SHRINKING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the hook in force, a fuzzer's that ends the process as a rule, from hearing of panics whose
/// text begins as one of these: the crate's answers to misuse, which a model expects and checks.
pub fn let_pass(expected: &'static [&'static str]) {
    static PASSING: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    static INSTALLED: Once = Once::new();
    let passing = || PASSING.lock().unwrap_or_else(PoisonError::into_inner);
    passing().extend(expected);
    INSTALLED.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |info| {
            let text = text_of(info.payload());
            let passes = passing().iter().any(|start| text.starts_with(start));
            if !passes && !SHRINKING.get() {
                hook(info);
            }
        }));
    });
}

/// Random byte strings, the same in every run of the program.
pub fn random_inputs(seed: u64, count: usize, length: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(move |_| (0..length).map(|_| random.u8(..)).collect())
}

/// Runs a model on every input that the fuzzer's corpus in this folder keeps, and says how many. The
/// path is seen from a package of the repository.
///
/// # Panics
/// When the corpus is not there, or nearly empty.
pub fn replay(corpus: &Path, run: fn(&[u8])) {
    let files = std::fs::read_dir(corpus).expect("the corpus is in the repository");
    let inputs: Vec<_> =
        files.map(|file| std::fs::read(file.expect("a file").path()).expect("an input")).collect();
    assert!(inputs.len() >= 8, "only {} inputs", inputs.len());
    run_all(inputs.into_iter(), run);
}

/// Runs all `inputs`; of the first that panics, prints the shortest part that still does, and
/// panics. A fuzzer's finding is made short the same way.
pub fn run_all(inputs: impl Iterator<Item = Vec<u8>>, run: fn(&[u8])) {
    let_pass(&[]);
    let fails = |input: &[u8]| std::panic::catch_unwind(|| run(input)).is_err();
    for mut input in inputs {
        if !fails(&input) {
            continue;
        }
        SHRINKING.set(true);
        let mut chunk = input.len().div_ceil(2);
        while chunk > 0 {
            let mut at = 0;
            while at < input.len() {
                let end = (at + chunk).min(input.len());
                let shorter = [&input[..at], &input[end..]].concat();
                if fails(&shorter) {
                    input = shorter;
                } else {
                    at = end;
                }
            }
            chunk /= 2;
        }
        SHRINKING.set(false);
        eprintln!("the shortest input: {input:?}");
        run(&input);
        panic!("it panicked the first time: {input:?}");
    }
}
