//! What is told: lines for programs, and what was fetched when Control-C came.

use super::folder::Folder;
use super::site::{Site, html};
use crate::program::{err, out, wakeful, wakeful_told};
use crate::server::{Server, page, say};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn lines_for_programs_are_json_and_nothing_else() {
    let site = Site::new(vec![
        ("/", html("x")),
        ("/moved", { b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec() }),
    ]);
    let [moved, absent] = ["/moved", "/absent%22"].map(|path| site.server.url(path));
    let output = wakeful(["crawl", "--no-robots", "--json", "--per-host", "1", &moved, &absent]);
    let text = out(&output);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[..2].sort_by_key(|line| line.contains("failure"));
    let url = site.server.url("/");
    assert_eq!(lines.len(), 3, "{text}");
    let expected = format!("{{\"url\":\"{url}\",\"asked\":\"{moved}\",\"status\":200,\"bytes\":1,");
    assert!(lines[0].starts_with(&expected), "{text}");
    assert!(lines[0].ends_with(",\"depth\":0,\"type\":\"text/html; charset=utf-8\"}"), "{text}");
    let expected = format!(
        "{{\"url\":\"{absent}\",\"asked\":\"{absent}\",\"failure\":\"status\",\"why\":\"status 404\",\
         \"status\":404,\"depth\":0}}"
    );
    assert_eq!(lines[1], expected);
    let expected = "{\"summary\":\"crawl\",\"pages\":1,\"bytes\":1,\"redirected\":0,\"failed\":1,";
    assert!(lines[2].starts_with(expected), "{text}");
    assert!(lines[2].ends_with(",\"whole\":false}"), "{text}");
}

/// A site with links to nowhere.
fn broken_site() -> Site {
    Site::new(vec![
        ("/", html("<a href=/a>a</a><a href=/gone>x</a><a href=/moved>m</a>")),
        ("/a", html("<a href=/gone>x</a><a href=/a>self</a>")),
        ("/moved", b"HTTP/1.1 301 Moved\r\nLocation: /gone\r\nContent-Length: 0\r\n\r\n".to_vec()),
    ])
}

#[test]
fn broken_links_are_told_by_the_pages_that_have_them() {
    let site = broken_site();
    let output = wakeful(["crawl", "--no-robots", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    let url = |path: &str| site.server.url(path);
    let summary = format!(
        "\nbroken links, by the page that has them:\n  {root}\n    {gone}: status 404\n    \
         {moved}: redirected: status 404\n  {a}\n    {gone}: status 404\n",
        root = url("/"),
        a = url("/a"),
        gone = url("/gone"),
        moved = url("/moved"),
    );
    // The redirect may be the first that leads to the page, and then has its failure.
    let summary_of_first = summary.replace("redirected: ", "");
    assert!(text.ends_with(&summary) || text.ends_with(&summary_of_first), "{text}");
    assert!(text.contains(&format!("{}: status 404  (on {})", url("/gone"), url("/"))), "{text}");
}

#[test]
fn failures_for_programs_have_status_depth_and_the_page_that_refers_to_them() {
    let site = broken_site();
    let output = wakeful(["crawl", "--no-robots", "--json", "--quiet", &site.server.url("/")]);
    let text = out(&output);
    let url = site.server.url("/");
    let expected =
        format!("\"why\":\"status 404\",\"status\":404,\"depth\":1,\"from\":\"{url}\"}}");
    assert!(text.contains(&expected), "{text}");
    // Quiet: two failures and the total.
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.lines().all(|line| line.contains("fail")), "{text}");
}

#[test]
fn quiet_tells_only_what_failed() {
    let site = broken_site();
    let output = wakeful(["crawl", "--no-robots", "--quiet", &site.server.url("/a")]);
    let text = out(&output);
    assert_eq!(text.matches("status 404").count(), 2, "{text}");
    assert!(text.starts_with("failed  "), "{text}");
    assert!(err(&output).starts_with("1 page, "), "{}", err(&output));
}

#[test]
fn urls_are_read_from_standard_input() {
    let site = broken_site();
    let input = format!("{}\r\n\n  {}  ", site.server.url("/a"), site.server.url("/"));
    let output = wakeful_told(["crawl", "--no-robots", "-d", "0", "-"], &input);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(site.asked(), ["/", "/a"]);
    let output = wakeful_told(["crawl", "-"], "http://me:secret@host/\n");
    assert_eq!(output.status.code(), Some(2));
    let text = err(&output);
    assert!(text.contains("http://...@host/") && !text.contains("secret"), "{text}");
}

#[test]
fn a_password_in_a_redirect_is_not_printed() {
    let site = Site::new(vec![
        (
            "/",
            b"HTTP/1.1 301 Moved\r\nLocation: http://me:secret@[bad\r\nContent-Length: 0\r\n\r\n"
                .to_vec(),
        ),
        ("/page", html("<a href='http://me:secret@127.0.0.1:1/'>x</a>")),
    ]);
    for (path, word) in [("/", "...@[bad"), ("/page", "127.0.0.1:1/")] {
        let output = wakeful(["crawl", "--no-robots", "--any-host", &site.server.url(path)]);
        assert_eq!(output.status.code(), Some(1));
        let text = out(&output) + &err(&output);
        assert!(text.contains(word) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_program_in_silence() {
    let site = broken_site();
    let url = site.server.url("/");
    for args in [&["demo", "--list"][..], &["crawl", "--no-robots", &url], &["completions", "bash"]]
    {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_wakeful"))
            .args(args)
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(141), "{args:?}: {}", err(&output));
        let text = err(&output);
        let complains = ["panicked", "pipe", "error"].iter().any(|word| text.contains(word));
        assert!(!complains, "{args:?}: {text}");
    }
}

#[test]
fn what_the_command_line_says_wrong_is_named_with_what_helps() {
    let cases: [(&[&str], &str); 7] = [
        (&["crawl", "-t", "1e30", "http://a/"], "it must be from 0 to 31536000 seconds"),
        (&["crawl", "-t", "0", "http://a/"], "it must be more than 0"),
        (&["crawl", "-t", "soon", "http://a/"], "it is no number of seconds"),
        (&["crawl"], "required"),
        (&["demo"], "wakeful demo --list"),
        (&["demo", "hello_asinc"], "hello_async"),
        (&["completions", "bsh"], "bash"),
    ];
    for (args, words) in cases {
        let output = wakeful(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).contains(words), "{args:?}: {}", err(&output));
    }
    let help = out(&wakeful(["crawl", "--help"]));
    assert!(help.trim_end().ends_with("resuming a crawl."), "{help}");
    assert!(help.contains("130 when\ninterrupted"), "{help}");
    let completions = out(&wakeful(["completions", "bash"]));
    assert!(completions.contains("--max-pages") && completions.contains("hello_async"));
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
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let text = err(&output);
    assert!(text.contains("1 page, 5 bytes"), "{text}");
    assert!(text.contains("interrupted with 2 pages left"), "{text}");
    assert_eq!(folder.files().len(), 1);
}
