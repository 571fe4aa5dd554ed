//! `wakeful crawl` against servers that behave badly in every way a page can fail, and against
//! those that only look unusual. Each failure ends its own page.
use crate::program::{err, out, wakeful};
use crate::server::{Server, page, say};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The lines about pages, in the order of their text, with what varies (times) taken out.
pub fn lines(output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = out(output)
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|line| match line.split_once(" ms ") {
            Some((before, after)) => {
                let (before, _) = before.rsplit_once(' ').unwrap_or((before, ""));
                format!("{before} {after}")
            }
            None => line,
        })
        .collect();
    lines.sort();
    lines
}

/// Ends the connection: what the handler wrote before is the last of it.
fn close(stream: &TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

/// What the path says is what the server does.
fn bad_server() -> Server {
    Server::start(|stream, head, _| {
        let path = head.split(' ').nth(1).unwrap_or("/").to_string();
        match path.as_str() {
            "/good" => say(stream, page("text/plain", b"good")),
            "/short" => {
                say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
                close(stream);
            }
            "/long" => say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"),
            "/silent" => close(stream),
            "/stall" => std::thread::sleep(std::time::Duration::from_secs(60)),
            "/half" => {
                say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell");
                std::thread::sleep(std::time::Duration::from_secs(60));
            }
            "/noise" => {
                say(stream, "this is not HTTP\r\n\r\n");
                close(stream);
            }
            "/chunks" => say(
                stream,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n",
            ),
            "/unchunked" => {
                let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                say(stream, format!("{head}4\r\nfour"));
                close(stream);
            }
            "/nolength" => {
                say(stream, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
                close(stream);
            }
            "/round" => {
                say(stream, "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n")
            }
            "/nowhere" => say(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: mailto:me\r\nContent-Length: 0\r\n\r\n",
            ),
            "/moved" => {
                say(stream, "HTTP/1.1 301 Moved\r\nLocation: good\r\nContent-Length: 0\r\n\r\n")
            }
            "/huge" => say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
            "/head" => {
                say(stream, format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(9_000)));
            }
            hop if hop.starts_with("/hop/") => {
                let next: u32 = hop[5..].parse().expect("a number");
                let next = next + 1;
                let head = "HTTP/1.1 302 Found\r\nContent-Length: 0";
                say(stream, format!("{head}\r\nLocation: {next}\r\n\r\n"));
            }
            _ => say(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"),
        }
    })
}

/// Crawls these paths of the bad server, with limits that are soon reached.
fn crawl(server: &Server, paths: &[&str], more: &[&str]) -> Output {
    let mut args: Vec<String> = vec!["crawl".into(), "--no-robots".into()];
    args.extend(paths.iter().map(|path| server.url(path)));
    args.extend(more.iter().map(|arg| arg.to_string()));
    wakeful(&args)
}

/// The line for one path that fails.
fn failure(path: &str, more: &[&str]) -> String {
    let server = bad_server();
    let output = crawl(&server, &[path, "/good"], more);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let lines = lines(&output);
    assert_eq!(lines.len(), 2, "a line a page: {lines:?}");
    assert_eq!(lines[0], format!("200 4 B {}", server.url("/good")), "the good page is unharmed");
    let line = lines[1].replace(&server.url(path), path);
    match line.split_once(&format!("{path}: ")) {
        Some((_, why)) => why.to_string(),
        // After redirects, the line begins with where they led.
        None => line.split(": ").last().expect("a line").to_string(),
    }
}

#[test]
fn each_failure_has_one_clear_line_and_leaves_the_good_page_alone() {
    let rows = [
        ("/short", "truncated: got 5 of 9"),
        ("/silent", "no answer: the server closed the connection"),
        ("/noise", "not HTTP: invalid HTTP version"),
        ("/unchunked", "truncated: got 4, the last chunk is missing"),
        ("/absent", "status 404"),
        (
            "/nowhere",
            "redirect to nowhere: \"mailto:me: scheme \\\"mailto\\\" is neither http nor https\"",
        ),
        ("/round", "redirected: in a circle"),
        ("/hop/0", "more than 10 redirects"),
    ];
    for (path, line) in rows {
        assert_eq!(failure(path, &[]), line, "{path}");
    }
}

#[test]
fn a_server_that_stalls_costs_its_own_page_the_timeout() {
    for path in ["/stall", "/half"] {
        let line = failure(path, &["--timeout", "0.3"]);
        assert_eq!(line, "timeout: no whole page within 0.3 s");
    }
}

#[test]
fn limits_on_head_and_body_are_kept() {
    let line = failure("/huge", &["--max-body", "999999"]);
    assert_eq!(line, "the body is over 999999 bytes");
    assert_eq!(failure("/head", &["--max-head", "8000"]), "the head is over 8000 bytes");
    let line = failure("/hop/0", &["--redirects", "3"]);
    assert_eq!(line, "more than 3 redirects");
}

#[test]
fn unusual_but_whole_pages_come() {
    let server = bad_server();
    let output = crawl(&server, &["/chunks", "/nolength", "/long", "/moved"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let good = format!("{} (asked for {})", server.url("/good"), server.url("/moved"));
    let expected = [
        format!("200 13 B {}", server.url("/nolength")),
        format!("200 2 B {}", server.url("/long")),
        format!("200 4 B {}", server.url("/chunks")),
        format!("200 4 B {good}"),
    ];
    assert_eq!(lines(&output), expected);
}

#[test]
fn refused_unresolvable_and_malformed_addresses_are_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}/", listener.local_addr().expect("its address"));
    drop(listener);
    // Also where robots.txt is asked for first.
    for options in [&["crawl"][..], &["crawl", "--no-robots"]] {
        let output =
            wakeful(options.iter().copied().chain([closed.as_str(), "http://nothing.invalid/"]));
        assert_eq!(output.status.code(), Some(1));
        let lines = lines(&output);
        let refused = format!("failed {closed}: cannot connect: Connection refused");
        assert_eq!(lines[0], refused);
        assert!(
            lines[1].starts_with("failed http://nothing.invalid/: resolving \"nothing.invalid")
        );
        let counts = "2 failed: 1 refused, 1 unknown host";
        assert!(err(&output).contains(counts), "{}", err(&output));
    }

    let output = wakeful(["crawl", "nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(err(&output), "wakeful: \"nonsense\": not a URL: http:// is missing\n");
}

#[test]
fn a_port_in_use_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("its address");
    let output = wakeful(["serve-site", "--port", &addr.port().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let text = err(&output);
    assert!(text.starts_with(&format!("wakeful: cannot listen at {addr}: ")), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn connections_are_kept_and_used_again() {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = most.clone();
    let server = Server::start(move |stream, _, number| {
        seen.fetch_max(number + 1, Ordering::SeqCst);
        say(stream, page("text/plain", b"x"));
    });
    let mut args: Vec<String> =
        ["crawl", "--no-robots", "--per-host", "4"].map(String::from).into();
    args.extend((0..50).map(|n| server.url(&format!("/{n}"))));
    let output = wakeful(&args);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(lines(&output).len(), 50);
    let most = most.load(Ordering::SeqCst);
    assert!((1..=4).contains(&most), "{most} connections for 50 pages");
}

#[test]
fn a_kept_connection_that_the_server_closed_is_no_failure() {
    // Each connection serves one request, promises to stay, and is closed: both ways, which the
    // next request meets as a reset, or only the server's way, which it meets as an end.
    for how in [Shutdown::Both, Shutdown::Write] {
        let server = Server::start(move |stream, _, _| {
            say(stream, page("text/plain", b"x"));
            let _ = stream.shutdown(how);
        });
        let mut args: Vec<String> =
            ["crawl", "--no-robots", "--per-host", "1"].map(String::from).into();
        args.extend((0..20).map(|n| server.url(&format!("/{n}"))));
        let output = wakeful(&args);
        assert_eq!(output.status.code(), Some(0), "{how:?}: {}{}", out(&output), err(&output));
        assert_eq!(lines(&output).len(), 20);
    }
}

#[test]
fn out_of_descriptors_the_crawl_slows_down_says_so_and_ends_whole() {
    let server = Server::start(|stream, _, _| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        say(stream, page("text/plain", b"x"));
    });
    let mut shell = Command::new("sh")
        .args(["-c", "ulimit -n 24; read line; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_wakeful"))
        .args(["crawl", "--no-robots", "-c", "60", "--per-host", "60"])
        .args((0..60).map(|n| server.url(&format!("/{n}"))))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    shell.stdin.take().expect("its input").write_all(b"go\n").expect("it reads");
    let output = shell.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert_eq!(lines(&output).len(), 60);
    let text = err(&output);
    assert!(text.contains("slower: out of file descriptors, now at most"), "{text}");
}

#[test]
fn what_a_server_says_unasked_is_never_taken_for_a_page() {
    let stray = page("text/plain", b"stray");
    let farewell = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for said in [stray, farewell.into(), b"?".to_vec(), Vec::new()] {
        let first = Server::start(move |stream, head, _| {
            say(stream, page("text/plain", b"page"));
            if head.starts_with("GET /first") {
                std::thread::sleep(std::time::Duration::from_millis(50));
                say(stream, &said);
                if said.is_empty() {
                    close(stream);
                }
            }
        });
        // While this one is slow, the connection to the first is idle.
        let link = format!("<a href='{}'>", first.url("/second"));
        let second = Server::start(move |stream, _, _| {
            std::thread::sleep(std::time::Duration::from_millis(600));
            say(stream, page("text/html", link.as_bytes()));
        });
        let args = ["crawl", "--no-robots", "--any-host"].map(String::from);
        let output = wakeful(args.into_iter().chain([first.url("/first"), second.url("/")]));
        assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
        let text = out(&output);
        let page = format!("  {}\n", first.url("/second"));
        let line = text.split_inclusive('\n').find(|line| line.ends_with(&page));
        assert!(line.expect("a line").contains(" 4 B "), "{text}");
    }
}
