//! What becomes of pages: they are unpacked, counted against the limit on memory, and saved.

use super::folder::Folder;
use super::site::{Site, html};
use crate::program::{err, out, wakeful};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

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
