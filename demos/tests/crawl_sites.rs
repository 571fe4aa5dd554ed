//! `wakeful crawl` on small sites: links, robots.txt, packed and saved pages, lines for programs,
//! and Control-C.
#![cfg(unix)]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use flate2::Compression;
use flate2::write::GzEncoder;
use program::{err, out, wakeful};
use server::{Server, page, say};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// A site of pages by path, which keeps the paths that it was asked for.
struct Site {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn new(pages: Vec<(&'static str, Vec<u8>)>) -> Site {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let server = Server::start(move |stream, head, _| {
            let path = head.split(' ').nth(1).unwrap_or("/").to_string();
            seen.lock().expect("no panic inside").push(path.clone());
            let found = pages.iter().find(|(name, _)| *name == path);
            match found {
                Some((_, response)) => say(stream, response),
                None => say(
                    stream,
                    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                ),
            }
        });
        Site { server, asked }
    }

    /// Every path that was asked for, sorted.
    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().expect("no panic inside").clone();
        asked.sort();
        asked
    }
}

fn html(body: &str) -> Vec<u8> {
    page("text/html; charset=utf-8", body.as_bytes())
}

fn linked_site() -> Site {
    Site::new(vec![
        (
            "/",
            html(
                "<!-- <a href='/commented'>no</a> --><script>'<a href=\"/scripted\">'</script>\
                 <a href=/one>1</a><A HREF='two?a=1&amp;b=2#part'>2</A><a name=x>no link</a>\
                 <a href='mailto:a@b'>mail</a><a href='http://other.invalid/'>away</a>\
                 <a href='/one#again'>1 again</a>",
            ),
        ),
        (
            "/one",
            html("<a href='/deep/'>deeper</a><a href='/'>back</a>"),
        ),
        (
            "/two?a=1&b=2",
            page("text/plain", b"<a href='/not-html'>plain text</a>"),
        ),
        (
            "/deep/",
            html("<base href='/elsewhere/'><a href='leaf'>based</a>"),
        ),
        ("/elsewhere/leaf", html("the end")),
    ])
}

#[test]
fn links_are_followed_to_the_depth_and_each_page_is_fetched_once() {
    let rows: [(&str, &[&str]); 4] = [
        ("0", &["/"]),
        ("1", &["/", "/one", "/two?a=1&b=2"]),
        ("2", &["/", "/deep/", "/one", "/two?a=1&b=2"]),
        (
            "9",
            &["/", "/deep/", "/elsewhere/leaf", "/one", "/two?a=1&b=2"],
        ),
    ];
    for (depth, pages) in rows {
        let site = linked_site();
        let url = site.server.url("/");
        let output = wakeful(["crawl", "--no-robots", "--depth", depth, &url]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}{}",
            out(&output),
            err(&output)
        );
        assert_eq!(site.asked(), pages, "depth {depth}");
        assert_eq!(out(&output).lines().count(), pages.len());
    }
}

#[test]
fn other_servers_are_left_alone_unless_allowed() {
    let other = Site::new(vec![("/far", html("far"))]);
    let link = format!("<a href='{}'>away</a>", other.server.url("/far"));
    let site = Site::new(vec![("/", html(&link))]);
    let url = site.server.url("/");
    assert!(
        wakeful(["crawl", "--no-robots", "-d", "1", &url])
            .status
            .success()
    );
    assert!(other.asked().is_empty());
    assert!(
        wakeful(["crawl", "--no-robots", "-d", "1", "--any-host", &url])
            .status
            .success()
    );
    assert_eq!(other.asked(), ["/far"]);
}

#[test]
fn a_limit_on_pages_is_kept() {
    let site = linked_site();
    let url = site.server.url("/");
    assert!(
        wakeful(["crawl", "--no-robots", "-d", "9", "--max-pages", "3", &url])
            .status
            .success()
    );
    assert_eq!(site.asked().len(), 3);
}

#[test]
fn robots_txt_is_honoured_unless_told_otherwise() {
    let rules = "User-agent: *\nDisallow: /\n\nUser-agent: wakeful\nDisallow: /private\n";
    let pages = || {
        vec![
            ("/robots.txt", page("text/plain", rules.as_bytes())),
            ("/", html("<a href=/private/a>a</a><a href=/public>b</a>")),
            ("/private/a", html("secret")),
            ("/public", html("open")),
        ]
    };
    let site = Site::new(pages());
    let output = wakeful(["crawl", "-d", "1", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(site.asked(), ["/", "/public", "/robots.txt"]);
    assert!(
        err(&output).contains("1 forbidden by robots.txt"),
        "{}",
        err(&output)
    );

    // What the command line itself names is not left out in silence.
    let output = wakeful(["crawl", &site.server.url("/private/a")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).trim_end().ends_with("robots.txt forbids it"),
        "{}",
        out(&output)
    );

    let site = Site::new(pages());
    assert!(
        wakeful(["crawl", "--no-robots", "-d", "1", &site.server.url("/")])
            .status
            .success()
    );
    assert_eq!(site.asked(), ["/", "/private/a", "/public"]);
}

#[test]
fn a_server_whose_rules_fail_is_not_crawled_and_one_without_rules_is() {
    let broken = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
    let site = Site::new(vec![("/robots.txt", broken), ("/", html("x"))]);
    let output = wakeful(["crawl", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("robots.txt answers with status 503"),
        "{}",
        out(&output)
    );
    assert_eq!(site.asked(), ["/robots.txt"]);

    let site = Site::new(vec![("/", html("x"))]);
    assert!(wakeful(["crawl", &site.server.url("/")]).status.success());
    assert_eq!(site.asked(), ["/", "/robots.txt"]);
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("memory");
    let body = encoder.finish().expect("memory");
    let mut response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    response.extend_from_slice(&body);
    response
}

#[test]
fn packed_pages_are_unpacked_within_the_limit_and_their_links_found() {
    let mut torn = packed(&[b'x'; 5_000]);
    // The last eight bytes are the checksum and the length.
    let at = torn.len() - 6;
    torn[at] ^= 0xff;
    let site = Site::new(vec![
        (
            "/",
            packed(b"<a href=/bomb>big</a><a href=/torn>broken</a>"),
        ),
        ("/bomb", packed(&vec![0; 1_000_000])),
        ("/torn", torn),
    ]);
    let url = site.server.url("/");
    let output = wakeful([
        "crawl",
        "--no-robots",
        "-d",
        "1",
        "--max-body",
        "9999",
        &url,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert!(text.contains("       45 B"), "{text}");
    assert!(
        text.contains("/bomb: the body is over 9999 bytes"),
        "{text}"
    );
    assert!(text.contains("/torn: bad gzip: "), "{text}");
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("wakeful-{name}-{}", std::process::id()));
        Folder(folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a plain path")
    }

    /// Every file below it, by its path inside, sorted.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let (mut found, mut folders) = (Vec::new(), vec![self.0.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path
                    .strip_prefix(&self.0)
                    .expect("below it")
                    .display()
                    .to_string();
                found.push((name, std::fs::read(path).expect("a file")));
            }
        }
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn pages_are_saved_by_host_and_path_and_nothing_leaves_the_folder() {
    let folder = Folder::new("saved");
    let site = Site::new(vec![
        ("/", html("root")),
        ("/a", html("file a")),
        ("/a/b", html("file b in a")),
        ("/q?x=/1", html("query")),
        ("/..%2F..%2Fetc", html("escape")),
    ]);
    let mut args = vec![
        "crawl".into(),
        "--no-robots".into(),
        "--per-host".into(),
        "1".into(),
    ];
    args.extend(["--out".to_string(), folder.path().to_string()]);
    let paths = ["/", "/a", "/a/b", "/q?x=/1", "/%2e%2e%2f%2e%2e%2fetc"];
    args.extend(paths.iter().map(|path| site.server.url(path)));
    let output = wakeful(&args);
    let host = site.server.addr.to_string().replace(':', "_");
    let files = folder.files();
    let names: Vec<&str> = files
        .iter()
        .map(|(name, _)| name.strip_prefix(&host).unwrap_or_else(|| panic!("{name}")))
        .collect();
    assert_eq!(
        names,
        ["/..%2F..%2Fetc", "/a", "/a~/b", "/index.html", "/q?x=%2F1"]
    );
    assert_eq!(files[2].1, b"file b in a");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        out(&output),
        err(&output)
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let output = wakeful([
        "crawl",
        "--out",
        "/proc/nothing/here",
        "http://127.0.0.1:1/",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).starts_with("wakeful: /proc/nothing/here: "),
        "{}",
        err(&output)
    );
}

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

#[test]
fn pages_under_way_share_one_limit_on_memory() {
    let site = Site::new(vec![("/a", html(&"x".repeat(60_000)))]);
    let url = site.server.url("/a");
    let output = wakeful(["crawl", "--no-robots", "--max-memory", "50000", &url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("the pages under way hold over 50000 bytes"),
        "{}",
        out(&output)
    );
}
