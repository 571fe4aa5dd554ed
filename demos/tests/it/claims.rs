//! `wakeful demo claims` measures every claim and says what the figures mean. The figures are the
//! machine's, so only what must be so everywhere is asked for.

use std::process::{Command, Output};

fn claims(connections: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["demo", "claims"])
        .env("CONNECTIONS", connections)
        .output()
        .expect("the wakeful binary starts")
}

#[test]
fn every_claim_gets_figures_and_a_verdict() {
    let run = claims("50");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let lines: Vec<&str> = said.lines().collect();
    let (claims, figures): (Vec<_>, Vec<_>) = lines
        .chunks(2)
        .map(|pair| (pair[0].trim_start(), pair[1]))
        .unzip();
    assert_eq!(claims.len(), 8, "{said}");
    for claim in &claims {
        let verdict = claim.split(':').next().unwrap_or_default();
        assert!(
            ["supported", "refuted", "in part", "open"].contains(&verdict),
            "{claim}"
        );
    }
    // Every connection was there at once, by tasks and by threads, and every page came whole.
    assert_eq!(claims[2], "supported: one thread can hold 50 connections");
    assert!(
        figures[2].contains("50 of 50 pages, 50 open at once, 1 threads"),
        "{}",
        figures[2]
    );
    assert_eq!(claims[3], "refuted: 50 threads crash the system");
    assert!(
        figures[3].contains("50 of 50 pages, 50 open at once, 51 threads"),
        "{}",
        figures[3]
    );
    assert_eq!(claims[6], "in part: coroutines need no locks");
}

#[test]
fn a_count_of_connections_that_is_none_is_refused() {
    for count in ["", "0", "-1", "many", "10001"] {
        let run = claims(count);
        assert_eq!(run.status.code(), Some(1));
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(
            said.contains(&format!("CONNECTIONS={count}: not 1 to 10000")),
            "{said}"
        );
    }
}
