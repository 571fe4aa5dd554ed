//! The response reader: what it accepts, what it refuses and in which words, and that the cutting
//! of the bytes into pieces never matters.

use wakeful_demos::crawl::failure::Fault;
use wakeful_demos::crawl::response::{Limits, Reader, Response};

const SMALL: Limits = Limits { head: 512, body: 1_000 };

fn read_in_pieces(bytes: &[u8], size: usize) -> Result<Response, Fault> {
    let mut reader = Reader::new(SMALL);
    for piece in bytes.chunks(size) {
        let taken = reader.push(piece)?;
        assert!(taken <= piece.len());
        assert!(taken == piece.len() || reader.is_complete(), "bytes were left over too early");
        if reader.is_complete() {
            break;
        }
    }
    reader.finish()
}

/// Reads the bytes whole, byte by byte and in sevens, and asserts that all agree.
fn read(bytes: &[u8]) -> Result<Response, Fault> {
    let whole = read_in_pieces(bytes, bytes.len().max(1));
    for size in [1, 2, 7] {
        assert_eq!(read_in_pieces(bytes, size), whole, "in pieces of {size}");
    }
    whole
}

fn body(bytes: &[u8]) -> Vec<u8> {
    read(bytes).expect("a whole response").body
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).expect_err("a fault").to_string()
}

#[test]
fn content_length_ends_the_body_and_leaves_the_rest() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n";
    let mut reader = Reader::new(SMALL);
    assert_eq!(reader.push(bytes), Ok(43));
    let response = reader.finish().expect("whole");
    assert_eq!((&response.body[..], response.reusable), (&b"hello"[..], true));
}

#[test]
fn without_a_length_the_end_of_the_connection_ends_the_body() {
    let response = read(b"HTTP/1.1 200 OK\r\n\r\nhello").expect("whole");
    assert_eq!((&response.body[..], response.reusable), (&b"hello"[..], false));
}

#[test]
fn chunks_are_joined_and_extensions_and_trailers_skipped() {
    let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n\
        5;name=value\r\nhello\r\nA\r\n, world!\r\n\r\n0\r\nX-Sum: 7\r\n\r\n";
    assert_eq!(body(bytes), b"hello, world!\r\n");
}

#[test]
fn interim_responses_are_skipped() {
    let bytes = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(read(bytes).expect("whole").head.status, 404);
}

#[test]
fn statuses_without_a_body_have_none_whatever_their_fields_say() {
    assert_eq!(body(b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"), b"");
    assert_eq!(body(b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"), b"");
}

#[test]
fn keeping_alive_follows_version_and_connection_field() {
    let reusable = |version: &str, connection: &str| {
        let bytes = format!("{version} 200 OK\r\n{connection}Content-Length: 0\r\n\r\n");
        read(bytes.as_bytes()).expect("whole").reusable
    };
    assert!(reusable("HTTP/1.1", ""));
    assert!(!reusable("HTTP/1.1", "Connection: Close\r\n"));
    assert!(!reusable("HTTP/1.0", ""));
    assert!(reusable("HTTP/1.0", "Connection: keep-alive\r\n"));
    assert!(!reusable("HTTP/1.1", "Connection: foo, close\r\n"));
}

#[test]
fn a_missing_part_is_named_with_what_came() {
    assert_eq!(refusal(b""), "no answer: the server closed the connection");
    assert_eq!(refusal(b"HTTP/1.1 200 OK\r\n"), "truncated: the head ends after 17 bytes");
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    assert_eq!(refusal(short), "truncated: got 5 of 9");
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    assert_eq!(refusal(chunks), "truncated: got 5, the last chunk is missing");
}

#[test]
fn what_is_not_http_is_refused() {
    assert_eq!(refusal(b"SSH-2.0-OpenSSH_9.7\r\n"), "not HTTP: invalid HTTP version");
    // A TLS alert: no line ends, so only the end of the connection shows it.
    assert_eq!(refusal(&[21, 3, 1, 0, 2, 2, 70]), "not HTTP: invalid HTTP version");
}

#[test]
fn lengths_that_are_none_or_disagree_are_refused() {
    let with = |length: &str| {
        refusal(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes())
    };
    assert_eq!(with("+5"), "bad Content-Length: \"+5\"");
    assert_eq!(with("-1"), "bad Content-Length: \"-1\"");
    assert_eq!(with("five"), "bad Content-Length: \"five\"");
    assert_eq!(with("99999999999999999999"), "bad Content-Length: \"99999999999999999999\"");
    assert_eq!(with("5\r\nContent-Length: 6"), "bad Content-Length: \"two that differ\"");
    assert_eq!(with("5\r\nContent-Length: 5"), "truncated: got 0 of 5");
}

#[test]
fn codings_other_than_chunked_are_refused() {
    let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";
    assert_eq!(refusal(bytes), "unknown transfer coding: \"gzip, chunked\"");
}

#[test]
fn malformed_chunks_are_refused_with_the_part() {
    let with = |chunks: &str| {
        refusal(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}").as_bytes())
    };
    assert_eq!(with("xyz\r\n"), "malformed chunk: its size line");
    assert_eq!(with("5\r\nhelloXX"), "malformed chunk: the end of its data");
    assert_eq!(with("5\r\nhello\r\n\r\n\r\n"), "malformed chunk: its size line");
    assert_eq!(with(";\r\n\r\n"), "malformed chunk: its size line");
    assert_eq!(with("0\r\nfield\n"), "malformed chunk: the trailer");
    assert_eq!(with("fffffffffffffffff\r\n"), "malformed chunk: its size line");
    let endless = "X: y\r\n".repeat(2_000);
    assert_eq!(with(&format!("0\r\n{endless}")), "malformed chunk: the trailer");
    assert_eq!(with(&"1".repeat(9_000)), "malformed chunk: its size line");
}

#[test]
fn what_is_too_large_is_refused_at_the_limit_and_not_before() {
    let head = |size: usize| {
        let field = "x".repeat(size - "HTTP/1.1 200 OK\r\nX: \r\nContent-Length: 0\r\n\r\n".len());
        format!("HTTP/1.1 200 OK\r\nX: {field}\r\nContent-Length: 0\r\n\r\n")
    };
    assert!(read(head(512).as_bytes()).is_ok());
    assert_eq!(refusal(head(513).as_bytes()), "the head is over 512 bytes");
    assert_eq!(refusal(&[b'x'; 600]), "the head is over 512 bytes");
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a:\r\n".repeat(120));
    assert!(read(many.as_bytes()).is_ok());

    let of = |size: usize| format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(size));
    assert_eq!(body(of(1_000).as_bytes()).len(), 1_000);
    assert_eq!(refusal(of(1_001).as_bytes()), "the body is over 1000 bytes");
    let said = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
    assert_eq!(refusal(said), "the body is over 1000 bytes");
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n3e8\r\n";
    assert_eq!(refusal(chunks), "the body is over 1000 bytes");
}

#[test]
fn a_head_may_have_as_many_fields_as_fit_it() {
    let limits = Limits { head: 64 * 1024, body: 0 };
    let bytes = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "a:\n".repeat(10_000));
    let mut reader = Reader::new(limits);
    assert_eq!(reader.push(bytes.as_bytes()), Ok(bytes.len()));
    assert_eq!(reader.finish().expect("whole").head.status, 200);
}

#[test]
fn a_field_may_be_continued_on_the_next_line() {
    let bytes = b"HTTP/1.1 302 Found\r\nX: one\r\n\ttwo\r\nLocation:\r\n  /next\r\n\
        Content-Length: 0\r\n\r\n";
    let head = read(bytes).expect("whole").head;
    assert_eq!(head.location(), Some(&b"/next"[..]));
    let words: Vec<&str> = head.field("x").expect("a field").split_whitespace().collect();
    assert_eq!(words, ["one", "two"]);
}
