//! What becomes of pages: they are unpacked, wait for memory, and are read beside the others.

use super::site::{Site, html};
use crate::program::{err, out, wakeful};
use crate::server::{Server, page, say};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;
use wakeful_demos::crawl::ration::{Memory, Ration};

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
        ("/", packed(b"<a href=/bomb>big</a><a href=/torn>broken</a>")),
        ("/bomb", packed(&vec![0; 1_000_000])),
        ("/torn", torn),
    ]);
    let url = site.server.url("/");
    let output = wakeful(["crawl", "--no-robots", "-d", "1", "--max-body", "9999", &url]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert!(text.contains("       45 B"), "{text}");
    assert!(text.contains("/bomb: the body is over 9999 bytes"), "{text}");
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
    // Page 1 has more than the limit at once, and its end after 1.2 seconds; page 2 waits for it,
    // and has its end after 2.4. Each server is quick enough, and neither page is that by the clock.
    let server = Server::start(|stream, head, _| {
        let n: u32 = head[5..6].parse().expect("a number");
        let page = page("text/plain", &[b'x'; 60_000]);
        let (first, rest) = page.split_at(55_000);
        std::thread::sleep(Duration::from_millis(100) * n);
        say(stream, first);
        std::thread::sleep(Duration::from_millis(1_100) * n);
        say(stream, rest);
    });
    let urls = [1, 2, 3].map(|n| server.url(&format!("/{n}")));
    let args = ["crawl", "--no-robots", "--max-memory", "50000", "-t", "2"].map(String::from);
    let output = wakeful(args.into_iter().chain(urls));
    let text = out(&output) + &err(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(text.matches("60,000 B").count(), 3, "{text}");
}

#[test]
fn only_one_page_at_a_time_goes_beyond_the_memory_that_all_share() {
    let ration = |memory: &Rc<Memory>| Ration::new(memory.clone(), Duration::from_secs(1));
    let is_ready = |hold: Pin<&mut dyn Future<Output = ()>>| {
        let ready = hold.poll(&mut Context::from_waker(Waker::noop()));
        ready.is_ready()
    };
    let memory = Rc::new(Memory::new(100));
    let [first, second, third] = [(); 3].map(|()| ration(&memory));
    assert!(is_ready(pin!(first.hold(80))), "there is enough");
    assert!(is_ready(pin!(second.hold(80))), "one may have more");
    assert!(is_ready(pin!(second.hold(800))), "and still more");
    let mut waits = Box::pin(third.hold(30));
    assert!(!is_ready(waits.as_mut()), "one only");
    assert!(is_ready(pin!(first.hold(70))), "less is always possible");
    drop(second);
    assert!(is_ready(waits.as_mut()), "its turn has come");
    drop(waits);
    drop(first);
    let fourth = ration(&memory);
    assert!(is_ready(pin!(fourth.hold(70))), "what was given back is there again");
    assert!(!is_ready(pin!(fourth.hold(71))), "to the last byte");
}

#[test]
fn a_page_that_takes_long_to_read_does_not_hold_up_the_others() {
    let big = {
        let attributes = (0..400_000).map(|n| format!("a{n}=1 "));
        let text: String = attributes.collect();
        html(&format!("<a href=/linked><p {text}>"))
    };
    let server =
        Server::start(move |stream, head, _| match head.split(' ').nth(1).unwrap_or_default() {
            "/big" => say(stream, &big),
            _ => slowly(stream, b"innocent"),
        });
    let mut urls = vec![server.url("/big")];
    urls.extend((0..7).map(|n| server.url(&format!("/{n}"))));
    let args = ["crawl", "--no-robots", "-t", "1.5"];
    let output = wakeful(args.into_iter().chain(urls.iter().map(String::as_str)));
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("/linked"), "{}", out(&output));
}
