//! What is told: lines for programs, and what was fetched when Control-C came.

use super::folder::Folder;
use super::site::{Site, html};
use crate::program::{err, out, wakeful};
use crate::server::{Server, page, say};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn lines_for_programs_are_json_and_nothing_else() {
    let site = Site::new(vec![
        ("/", html("x")),
        ("/moved", {
            b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec()
        }),
    ]);
    let [moved, absent] = ["/moved", "/absent%22"].map(|path| site.server.url(path));
    let output = wakeful([
        "crawl",
        "--no-robots",
        "--json",
        "--per-host",
        "1",
        &moved,
        &absent,
    ]);
    let text = out(&output);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| line.contains("failure"));
    let url = site.server.url("/");
    assert_eq!(lines.len(), 2, "{text}");
    let expected = format!("{{\"url\":\"{url}\",\"asked\":\"{moved}\",\"status\":200,\"bytes\":1,");
    assert!(lines[0].starts_with(&expected), "{text}");
    assert!(
        lines[0].ends_with(",\"depth\":0,\"type\":\"text/html; charset=utf-8\"}"),
        "{text}"
    );
    let expected = format!(
        "{{\"url\":\"{absent}\",\"asked\":\"{absent}\",\"failure\":\"status\",\"why\":\"status 404\"}}"
    );
    assert_eq!(lines[1], expected);
}

#[test]
fn control_c_ends_the_crawl_with_what_was_fetched_told_and_saved() {
    let folder = Folder::new("interrupted");
    let server = Server::start(|stream, head, _| {
        if head.starts_with("GET /slow") {
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
        say(stream, page("text/plain", b"quick"));
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["crawl", "--no-robots", "--out", folder.path()])
        .args(["/quick", "/slow1", "/slow2"].map(|path| server.url(path)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut told = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    told.read_line(&mut line).expect("a line");
    assert!(line.contains("/quick"), "{line}");
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .expect("kill")
            .success()
    );
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    let text = err(&output);
    assert!(text.contains("1 page, 5 bytes"), "{text}");
    assert!(text.contains("interrupted with 2 pages left"), "{text}");
    assert_eq!(folder.files().len(), 1);
}
