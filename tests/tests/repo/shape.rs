//! Which files of a crate have unsafe code, and that the imports among its files form no circle.

use crate::files;
use regex_lite::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Whoever lengthens it has a second person read the file.
const UNSAFE: [(&str, &str); 2] = [
    (
        "executor",
        "executor/local executor/mod group observe_on park queue/inbox queue/list queue/run_queue \
         slot/core_ref slot/end slot/free_list slot/free_scan slot/mod spawn_any step storage \
         sync/channel sync/mutex sync/signal sync/take_cell sync/wait_list task timers/slot waker",
    ),
    ("reactor", "async_io fork io_traits signal/mailbox sys/polling sys/unix sys/windows"),
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this file are valid")
}

/// A crate's files without comments, by name: `slot/mod`.
fn sources(name: &str) -> BTreeMap<String, String> {
    let source = |(path, text): (String, String)| {
        let (_, inside) = path.split_once("/src/").expect("it was found there");
        (inside.trim_end_matches(".rs").to_owned(), regex("//.*").replace_all(&text, "").into())
    };
    files(&format!("{name}/src"), ".rs").into_iter().map(source).collect()
}

#[test]
fn unsafe_code_is_in_the_files_that_are_listed() {
    let is_unsafe = regex(r"\bunsafe\s*(\{|fn|impl|trait|extern)");
    for (name, expected) in UNSAFE {
        let mut sources = sources(name);
        sources.retain(|_, text| is_unsafe.is_match(text));
        assert_eq!(sources.into_keys().collect::<Vec<_>>().join(" "), expected, "{name}");
    }
}

#[test]
fn imports_form_no_circle() {
    let mention = regex(r"\b((?:crate|super)::[\w:]*)(?:\{([^;]*)\};)?");
    for (name, _) in UNSAFE {
        let mut sources = sources(name);
        let front = sources.remove("lib").expect("a crate has it");
        // `observe` is one of two files.
        let module = |file: &str| {
            let file = file.trim_end_matches("/mod");
            if file.starts_with("observe_o") { "observe".to_owned() } else { file.to_owned() }
        };
        let all: BTreeSet<_> = sources.keys().map(|file| module(file)).collect();
        let mut imports = BTreeMap::<_, BTreeSet<_>>::new();
        for (file, text) in &sources {
            let me = module(file);
            let named = mention.captures_iter(text).flat_map(|found| {
                let ends = found.get(2).map_or("", |list| list.as_str()).split(',');
                ends.map(|end| format!("{}{}", &found[1], end.trim())).collect::<Vec<_>>()
            });
            for path in named.filter(|path| !path.ends_with(':')) {
                let mut at: Vec<_> = me.split('/').collect();
                for name in path.split("::") {
                    match name {
                        "crate" => at.clear(),
                        "super" => at.truncate(at.len() - 1),
                        _ => at.push(name),
                    }
                }
                // What the front page exports is named without its module.
                let export = regex(&format!(r"pub use (\w+)::[^;]*\b{}\b", at[0]));
                let export = export.captures(&front).map(|found| found[1].to_owned());
                at.splice(..0, export.as_deref());
                while !all.contains(&at.join("/")) && at.pop().is_some() {}
                // A part in several files may ask its own first one.
                if !format!("{me}/").starts_with(&format!("{}/", at.join("/"))) {
                    imports.entry(me.clone()).or_default().insert(at.join("/"));
                }
            }
        }
        assert!(imports.len() > all.len() / 3, "{name}: {imports:?}");
        // Those that import nothing but what has gone before go, until the circles are left.
        for _ in 0..all.len() {
            let left: Vec<_> = imports.keys().cloned().collect();
            imports.retain(|_, of_it| of_it.iter().any(|import| left.contains(import)));
        }
        assert!(imports.is_empty(), "{name}: circles, and what leads to them: {imports:#?}");
    }
}
