//! Masks what may differ between two correct runs of a demo.
//!
//! Clock times, thread ids, task addresses, process ids, ports and elapsed times differ from run to
//! run. Ids are renamed by first appearance (T1, T2, ..), so that "the same" and "another" survive.
//! Where a demo leaves the order of some lines free, [`mask`] checks the order that is promised and
//! then puts the free lines into one canonical order; a broken promise becomes a line that says
//! `ORDER VIOLATION`, which no golden has.

use regex_lite::{Captures, Regex};

/// The masked output of the demo of this name.
pub fn mask(name: &str, output: &str) -> String {
    let lines: Vec<String> = output.lines().map(|line| line.trim_end().to_string()).collect();
    let lines = match name {
        "hello_thread" => hello_thread(lines),
        "run_in_executor" | "run_in_executor_as_written" => two_streams(lines),
        "crawl" => sorted(lines, r"^\d+ bytes received from /page/(\d+)"),
        "multicore" => sorted(lines, r"^worker (\d+)"),
        _ => lines,
    };
    let mut masks = Masks::new();
    lines.into_iter().map(|line| masks.line(line) + "\n").collect()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this file are valid")
}

fn number(text: &str) -> u64 {
    text.parse().expect("the pattern asks for digits")
}

fn violation(what: &str) -> String {
    format!("ORDER VIOLATION: {what}")
}

/// Ids in the order in which they first appear.
struct Names {
    find: Regex,
    letter: char,
    seen: Vec<String>,
}

impl Names {
    fn new(pattern: &str, letter: char) -> Self {
        Self { find: regex(pattern), letter, seen: Vec::new() }
    }

    /// Renames the second group of each match and keeps the first.
    fn apply(&mut self, line: &str) -> String {
        let (find, letter, seen) = (&self.find, self.letter, &mut self.seen);
        let rename = |found: &Captures| {
            let id = &found[2];
            let known = seen.iter().position(|other| other == id);
            let place = known.unwrap_or_else(|| {
                seen.push(id.to_string());
                seen.len() - 1
            });
            format!("{}{letter}{}", &found[1], place + 1)
        };
        find.replace_all(line, rename).into_owned()
    }
}

struct Masks {
    names: [Names; 3],
    fixed: Vec<(Regex, &'static str)>,
}

impl Masks {
    fn new() -> Self {
        let fixed = [
            (r"0x[0-9a-fA-F]{4,}", "0xADDR"),
            (r"(127(?:\.\d+){3}):\d+", "${1}:PORT"),
            (r"(耗时: ?)[0-9.eE+-]+", "${1}T"),
            (r"(elapsed ?=? ?)[0-9.]+( ?m?s\b)", "${1}T${2}"),
        ];
        Self {
            names: [
                Names::new(r"(thread id = )(?:ThreadId\()?(\w+)\)?", 'T'),
                Names::new(r#"(<Greenlet )(?:"[^"]*" )?at (0x[0-9a-fA-F]+|\d+)"#, 'G'),
                Names::new(r"(pid = )(\d+)", 'P'),
            ],
            fixed: fixed.map(|(pattern, word)| (regex(pattern), word)).to_vec(),
        }
    }

    fn line(&mut self, line: String) -> String {
        let mut line = regex(r"\b\d\d:\d\d:\d\d\b").replace_all(&line, "HH:MM:SS").into_owned();
        for names in &mut self.names {
            line = names.apply(&line);
        }
        for (find, word) in &self.fixed {
            line = find.replace_all(&line, *word).into_owned();
        }
        line
    }
}

/// Each Hello before its Bye, the Byes in order of their sleep. The order of the Hellos, and Bye 0
/// against later Hellos, are free.
fn hello_thread(lines: Vec<String>) -> Vec<String> {
    let find = regex(r"^(Hello|Bye\.\.) (\d+)\b");
    let (mut hellos, mut byes, mut rest, mut out) = (vec![], vec![], vec![], vec![]);
    for line in lines {
        let kind = find.captures(&line).map(|found| (found[1] == *"Hello", number(&found[2])));
        match kind {
            None => rest.push(line),
            Some((true, n)) => hellos.push((n, line)),
            Some((false, n)) => {
                if !hellos.iter().any(|(hello, _)| *hello == n) {
                    out.push(violation(&format!("Bye {n} before its Hello")));
                }
                byes.push((n, line));
            }
        }
    }
    if !byes.is_sorted() {
        out.push(violation("Bye lines not in order of sleep"));
    }
    hellos.sort();
    out.extend(hellos.into_iter().chain(byes).map(|(_, line)| line));
    out.extend(rest);
    out
}

/// The m-stream and the a-stream are ordered each; how they interleave is free. What else there is
/// comes after both.
fn two_streams(lines: Vec<String>) -> Vec<String> {
    let is_m = |line: &str| line.starts_with("m--->");
    let is_a = |line: &str| line.starts_with("a----->>") || line == "0 1";
    let first_other = lines.iter().position(|line| !is_m(line) && !is_a(line));
    let last_stream = lines.iter().rposition(|line| is_m(line) || is_a(line));
    let mut out = Vec::new();
    if first_other.is_some() && first_other < last_stream {
        out.push(violation("awaited result printed before both streams ended"));
    }
    let (m, rest): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| is_m(line));
    let (a, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|line| is_a(line));
    out.extend(m.into_iter().chain(a).chain(rest));
    out
}

/// Lines that match may come in any order: sorts them by the number in the group, at the place of
/// the first.
fn sorted(lines: Vec<String>, pattern: &str) -> Vec<String> {
    let find = regex(pattern);
    let Some(place) = lines.iter().position(|line| find.is_match(line)) else { return lines };
    let (mut hits, mut rest): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| find.is_match(line));
    hits.sort_by_key(|line| find.captures(line).map(|found| number(&found[1])));
    rest.splice(place..place, hits);
    rest
}
