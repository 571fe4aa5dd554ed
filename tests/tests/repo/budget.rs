//! How large a crate may be, and that each promise has a test that names it.

use crate::{files, read};

/// A crate's budget, in lines of code: neither blank nor comments.
struct Budget {
    name: &'static str,
    /// The files and folders beside the core: behind a feature, or unused unless called.
    leaves: &'static [&'static str],
    core: usize,
    whole: usize,
    /// How many promises its front page makes.
    promises: usize,
    /// Where their tests are.
    tests: &'static [&'static str],
}

const BUDGETS: &[Budget] = &[
    Budget {
        name: "executor",
        leaves: &[
            "sync",
            "timers",
            "coroutine",
            "group",
            "storage",
            "observe_on",
            "observe_off",
            "spawn_any",
        ],
        // The aims were 1,500 and 3,400: whoever removes lines lowers these.
        core: 1_500,
        whole: 3_180,
        promises: 10,
        tests: &["tests/executor/", "tests/memory.rs"],
    },
    Budget {
        name: "reactor",
        leaves: &["pool", "process", "signal", "clock", "metrics", "test_util"],
        core: 2_135,
        whole: 3_342,
        promises: 9,
        tests: &["tests/reactor/", "tests/reactor_processes/"],
    },
];

/// All lines of the demos' sources, with prose and blanks. The aim is 8,000: whoever removes lines
/// lowers this.
const LINES_OF_THE_DEMOS: usize = 8_357;

/// All lines of the tests of both crates, with what they share. The aim is 13,000: whoever removes
/// lines lowers this.
const LINES_OF_THE_TESTS: usize = 13_394;

/// No file is longer, with its prose.
const LINES_OF_A_FILE: usize = 300;

fn lines_of_code(text: &str) -> usize {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    text.lines().filter(is_code).count()
}

#[test]
fn each_crate_keeps_its_budget_of_lines() {
    for budget in BUDGETS {
        let (mut core, mut whole) = (0, 0);
        for (path, text) in files(&format!("{}/src", budget.name), ".rs") {
            let (_, inside) = path.split_once("/src/").expect("it was found there");
            let first = inside.split(['/', '.']).next().expect("a name");
            let lines = lines_of_code(&text);
            whole += lines;
            if !budget.leaves.contains(&first) {
                core += lines;
            }
            let long = text.lines().count();
            assert!(long <= LINES_OF_A_FILE, "{path}: {long} lines");
        }
        assert!(core <= budget.core, "{}: {core} lines in the core", budget.name);
        assert!(whole <= budget.whole, "{}: {whole} lines", budget.name);
    }
}

#[test]
fn the_demos_and_the_tests_keep_their_budgets_of_lines() {
    for (folders, most) in [
        (&["demos/src"][..], LINES_OF_THE_DEMOS),
        (&["tests/src", "tests/tests"], LINES_OF_THE_TESTS),
    ] {
        let files = folders.iter().flat_map(|folder| files(folder, ".rs"));
        let lines: usize = files.map(|(_, text)| text.lines().count()).sum();
        assert!((1..=most).contains(&lines), "{folders:?}: {lines} lines");
    }
}

#[test]
fn each_promise_has_a_test_that_names_it() {
    for budget in BUDGETS {
        let mut files = files("tests/tests", ".rs");
        let is_its_own = |path: &str| budget.tests.iter().any(|own| path.contains(own));
        files.retain(|(path, _)| is_its_own(path));
        for number in 1..=budget.promises {
            let name = format!("\n#[test]\nfn promise_{number}_");
            let is_tested = files.iter().any(|(_, text)| text.contains(&name));
            assert!(is_tested, "promise {number} of the {}", budget.name);
        }
        let front = read(&format!("{}/src/lib.rs", budget.name));
        for number in 1..=budget.promises + 1 {
            let is_made = front.contains(&format!("\n//! {number}. "));
            assert_eq!(is_made, number <= budget.promises, "promise {number} of {}", budget.name);
        }
    }
}
