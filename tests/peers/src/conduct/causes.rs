//! Why an aim is not reached, for the report: the cause, and what was tried. Only shown beside an
//! aim that was missed in the run at hand.
//!
//! What a cause says of this run is taken from its results; where they lack it, it is not said.

use super::Results;
use super::plan::{Figure, Row};
use super::stats::show;

/// The cause for a row's figure, of `who` among ours.
pub fn of(row: &Row, figure: &Figure, who: &str, results: &Results) -> String {
    let look = Look { results, who };
    let id = row.id.as_str();
    match id.split('_').next().unwrap_or(id) {
        "i" => instructions(id, &look),
        "yield" => {
            look.compare("i_yield", "instructions", "instructions")
                + "a waker, a queue, a join handle and a cancel are what the bare loop has not"
        }
        "channel" => {
            look.compare("channel", "cpu_ns", "ns")
                + "the bare loop clones and drops wakers through their tables, too; what comes on top \
               is two polls and two wakes"
        }
        "wake" => "cache misses in headers and bodies: the floor's bare loop knows the order \
                   beforehand and walks an array, so that its misses overlap"
            .into(),
        "sleeps" => sleeps(id, figure, &look),
        "timeout" => look.compare(id, "cpu_ns", "ns") + "a look at the clock is most of either",
        "echo" => {
            look.compare("calls_64", "calls", "system calls")
                + "the rest is the kernel's and the noise, see the range"
        }
        "idle" => {
            "the task's own buffer is 256 of it, its stream and its read 40; the rest is the \
                   slot's header and tail, the reactor's entry, and the unused part of pages"
                .into()
        }
        "crawl" => {
            look.compare(id, "cpu_ns", "ns")
                + &look.compare("calls_page", "calls", "system calls a page")
                + "nearly all of it is the kernel's TCP"
        }
        "calls" => look.compare(id, "calls", "system calls") + "the rest is waits",
        "late" => look.compare(id, "late_us", "us") + "the rest is who else ran",
        "remote" => {
            "smol's loop parks on a futex while its helper thread waits for events; ours and \
                     tokio's wait for events themselves"
                .into()
        }
        "hyper" => "hyper and the kernel's TCP are nearly all of it".into(),
        "pay" => "polling brings rustix and what is below it, heapless three crates of its own, \
                  signal-hook-registry libc; tokio calls libc itself"
            .into(),
        "m3" | "m0" => firmware(figure).into(),
        _ => "not yet known".into(),
    }
}

fn instructions(id: &str, look: &Look) -> String {
    if id == "i_timeout" {
        return look.compare(id, "instructions", "instructions")
            + "a timer has a handle, and leaves the heap when it is dropped";
    }
    let in_time = match id {
        "i_yield" => look.against("yield_1000", "cpu_ns", "embassy", "ns"),
        "i_wake" => look.against("wake_1000", "cpu_ns", "embassy", "ns"),
        _ => String::new(),
    };
    format!(
        "embassy has no join handle, no cancel, and takes its tasks last in, first out; its few \
         instructions are atomic ones{in_time}"
    )
}

fn sleeps(id: &str, figure: &Figure, look: &Look) -> String {
    match (id, figure.key) {
        ("sleeps_spread", "late_us") => {
            "the kernel's timer slack is 50 us by itself; the rest is who else ran".into()
        }
        ("sleeps_spread", _) => {
            look.compare(id, "cpu_ns", "ns")
                + "most of either is the kernel's, for going to sleep and waking once for every few \
                   timers; a deadline's way through heap, waker and task is the rest"
        }
        (_, "bytes") => "the entry in the heap, the slot with the waker, and the task".into(),
        _ => look.compare(id, "cpu_ns", "ns") + "a heap of a million entries is cache misses",
    }
}

fn firmware(figure: &Figure) -> &'static str {
    match figure.key {
        "over" => {
            "a slot is searched for, and a task that is spawned with a handle contains its end \
             with one, although the handle is detached at once"
        }
        "one_more" => "a header of 12 bytes beside the future",
        _ => {
            "a slot is listed and taken with interrupts masked, and is known as the one that is \
             polled, so that its task may cancel itself"
        }
    }
}

/// The results of this run, to speak of.
struct Look<'a> {
    results: &'a Results,
    /// Whose figures are ours here.
    who: &'a str,
}

impl Look<'_> {
    fn median(&self, row: &str, backend: &str, key: &str) -> Option<f64> {
        let figures = self.results.get(&(row.into(), backend.into()))?;
        figures.get(key)?.median()
    }

    /// Ours against the floor's, as the beginning of a sentence; nothing if either is not known.
    fn compare(&self, row: &str, key: &str, unit: &str) -> String {
        let known = (self.median(row, self.who, key)).zip(self.median(row, "floor", key));
        known.map_or(String::new(), |(ours, floor)| {
            format!("{} {unit} against the floor's {}; ", show(ours), show(floor))
        })
    }

    /// What a peer with the better count has in another row, if it is worse there.
    fn against(&self, row: &str, key: &str, peer: &str, unit: &str) -> String {
        let known = (self.median(row, self.who, key)).zip(self.median(row, peer, key));
        known.filter(|(ours, peer)| ours < peer).map_or(String::new(), |(ours, peer)| {
            format!(", and in time it needs {} {unit} where we need {}", show(peer), show(ours))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::stats::Samples;
    use super::{Look, Results};

    #[test]
    fn a_cause_speaks_of_the_run_at_hand_or_not_at_all() {
        let mut results = Results::new();
        let who = "wakeful";
        let look = |results: &Results| Look { results, who }.compare("row", "calls", "calls");
        assert_eq!(look(&results), "");
        for (backend, value) in [("wakeful", 3.0), ("floor", 2.0)] {
            let figures = results.entry(("row".into(), backend.into())).or_default();
            figures.insert("calls".into(), Samples(vec![value]));
        }
        assert_eq!(look(&results), "3.00 calls against the floor's 2.00; ");
        let results = &results;
        let against = Look { results, who }.against("row", "calls", "floor", "calls");
        assert_eq!(against, "", "the peer is better there too");
    }
}
