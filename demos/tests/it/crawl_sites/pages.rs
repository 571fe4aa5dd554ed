//! What becomes of pages: they are unpacked, wait for memory, and are read beside the others.

use super::site::{Site, html};
use crate::program::{err, out, wakeful};
use crate::server::{Server, page, say};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::time::Duration;

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

/// Sends a page in two halves, the second after a while.
fn slowly(stream: &mut std::net::TcpStream, body: &[u8]) {
    let page = page("text/plain", body);
    let (half, rest) = page.split_at(page.len() - body.len() / 2);
    say(stream, half);
    std::thread::sleep(Duration::from_millis(100));
    say(stream, rest);
}

#[test]
fn pages_wait_for_memory_and_the_wait_is_not_the_servers() {
    let server = Server::start(|stream, _, _| slowly(stream, &[b'x'; 60_000]));
    let urls: Vec<String> = (0..12).map(|n| server.url(&format!("/{n}"))).collect();
    // No page fits, so each waits for its turn: together for longer than the time for a page.
    let args = [
        "crawl",
        "--no-robots",
        "--per-host",
        "12",
        "--max-memory",
        "50000",
        "-t",
        "0.8",
    ];
    let output = wakeful(args.into_iter().chain(urls.iter().map(String::as_str)));
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert_eq!(
        out(&output).matches("60,000 B").count(),
        12,
        "{}",
        out(&output)
    );
}

#[test]
fn a_page_that_takes_long_to_read_does_not_hold_up_the_others() {
    let big = {
        let attributes = (0..400_000).map(|n| format!("a{n}=1 "));
        let text: String = attributes.collect();
        html(&format!("<a href=/linked><p {text}>"))
    };
    let server =
        Server::start(
            move |stream, head, _| match head.split(' ').nth(1).unwrap_or_default() {
                "/big" => say(stream, &big),
                _ => slowly(stream, b"innocent"),
            },
        );
    let mut urls = vec![server.url("/big")];
    urls.extend((0..7).map(|n| server.url(&format!("/{n}"))));
    let args = ["crawl", "--no-robots", "-t", "1.5"];
    let output = wakeful(args.into_iter().chain(urls.iter().map(String::as_str)));
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(out(&output).contains("/linked"), "{}", out(&output));
}
