//! Pages in files: every page has one, whole, under a name that follows from its URL alone.

use super::folder::Folder;
use super::site::{Site, html};
use crate::program::{err, out, wakeful, wakeful_told};
use crate::server::{Server, page, say};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use wakeful_demos::crawl::store::name;
use wakeful_demos::crawl::url::Url;

/// A server whose pages are their own paths.
fn echo() -> Server {
    Server::start(|stream, head, _| {
        let path = head.split(' ').nth(1).unwrap_or("/");
        say(stream, page("text/plain", path.as_bytes()));
    })
}

/// The files of a folder, without the host's name before them.
fn below_host(folder: &Folder) -> Vec<(String, String)> {
    let text = |body| String::from_utf8(body).expect("a path");
    let files = folder.files().into_iter();
    files
        .map(|(name, body)| (name.split_once('/').expect("a host").1.to_string(), text(body)))
        .collect()
}

#[test]
fn names_follow_the_urls_and_nothing_leaves_the_folder() {
    let folder = Folder::new("saved");
    let server = echo();
    let paths = ["/", "/a", "/a/b", "/q?x=/1", "/a/c.html", "/1.0/", "/%2e%2e%2f%2e%2e%2fetc"];
    let mut args = vec!["crawl".to_string(), "--no-robots".into(), "--out".into()];
    args.push(folder.path().into());
    args.extend(paths.iter().map(|path| server.url(path)));
    let output = wakeful(&args);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let expected = [
        ("..%2F..%2Fetc", "/..%2F..%2Fetc"),
        ("1.0@/{index}.html", "/1.0/"),
        ("a/b@", "/a/b"),
        ("a/c.html", "/a/c.html"),
        ("a@", "/a"),
        ("q@x={2F}1", "/q?x=/1"),
        ("{index}.html", "/"),
    ];
    let files = below_host(&folder);
    let files: Vec<_> = files.iter().map(|(name, body)| (&name[..], &body[..])).collect();
    assert_eq!(files, expected);
}

#[test]
fn pages_that_are_folders_too_are_all_saved_whatever_comes_first() {
    let server = echo();
    let mut paths: Vec<String> =
        (0..300).flat_map(|n| [format!("/{n}"), format!("/{n}/b"), format!("/{n}/b/c")]).collect();
    let mut saved = Vec::new();
    for _ in 0..2 {
        let folder = Folder::new("nested");
        let urls: String = paths.iter().map(|path| server.url(path) + "\n").collect();
        let args = ["crawl", "--no-robots", "--per-host", "64", "--out", folder.path(), "-"];
        let output = wakeful_told(args, &urls);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let mut bodies: Vec<String> = below_host(&folder).into_iter().map(|file| file.1).collect();
        bodies.sort();
        paths.sort();
        assert_eq!(bodies, paths, "each page is in a file");
        saved.push(below_host(&folder));
        paths.reverse();
    }
    assert_eq!(saved[0], saved[1], "in any order, the names are the same");
}

#[test]
fn with_few_descriptors_every_page_is_fetched_and_saved() {
    let server = echo();
    let folder = Folder::new("short");
    let urls: String = (0..1_000).map(|n| server.url(&format!("/{n}")) + "\n").collect();
    let limited = ["-c", "ulimit -n 64; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_wakeful")];
    let args = ["crawl", "--no-robots", "-c", "1000", "--per-host", "1000", "--out"];
    let places = [folder.path(), "-"];
    let args = limited.iter().chain(&args).chain(&places);
    let output = crate::program::told(Command::new("sh").args(args), &urls);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(folder.files().len(), 1_000);
    let said = err(&output).matches("slower: out of file descriptors").count();
    assert_eq!(said, 1, "{}", err(&output));
}

#[test]
fn a_page_is_saved_whole_or_not_at_all() {
    let site = Site::new(vec![
        ("/large.html", html(&format!("<a href=/small.html>{}", "x".repeat(100_000)))),
        ("/small.html", html("small")),
    ]);
    let folder = Folder::new("full");
    // A file that grows beyond the limit fails to, as on a disk that is full.
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", limited, "sh", env!("CARGO_BIN_EXE_wakeful")])
        .args(["crawl", "--no-robots", "--out", folder.path()])
        .arg(site.server.url("/large.html"))
        .output()
        .expect("a shell");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(out(&output).contains("/large.html: cannot save: "), "{}", out(&output));
    assert!(err(&output).contains("1 failed: 1 not saved"), "{}", err(&output));
    assert_eq!(below_host(&folder), [("small.html".to_string(), "small".to_string())]);
}

#[test]
fn no_two_urls_have_one_name_and_no_file_is_a_folder() {
    let parts = ["", "a", "A", "a.", "a.b", "a@", "%7B+", "index.html", "x@y", "~", "%41"];
    let long = "l".repeat(700);
    let mut paths: Vec<String> =
        ["/", "/a?", "/a/?", "/?a", "/?a/b", "/?{3A}", "/?:", "/a:b"].map(String::from).into();
    for first in parts.iter().chain([&long.as_str()]) {
        paths.push(format!("/{first}"));
        paths.push(format!("/{first}?{first}"));
        for second in parts {
            paths.push(format!("/{first}/{second}"));
            paths.push(format!("/{first}/{second}?q.html"));
        }
    }
    let hosts = ["http://h", "https://h", "http://h:443", "https://h:80", "http://[::1]:81"];
    for ignores_case in [false, true] {
        let mut names: HashMap<String, Url> = HashMap::new();
        for url in
            hosts.iter().flat_map(|host| paths.iter().map(move |path| format!("{host}{path}")))
        {
            let url = Url::parse(&url).expect("a URL");
            let path: PathBuf = name(&url, ignores_case);
            let mut text = path.display().to_string();
            assert!(text.split('/').all(|part| (1..=255).contains(&part.len()) && part != ".."));
            assert!(!text.contains(['?', ':', '*', '\\', '|', '"', '<', '>']), "{text}");
            if ignores_case {
                text.make_ascii_lowercase();
            }
            if let Some(other) = names.insert(text.clone(), url.clone()) {
                assert_eq!(other, url, "both are {text}");
            }
        }
        for (name, url) in &names {
            for (end, _) in name.match_indices('/') {
                assert!(!names.contains_key(&name[..end]), "{url}: {name}");
            }
        }
    }
}
