//! Redirects: where they lead is fetched once, and shared by all that lead there.

use super::site::{Site, html};
use crate::program::{err, out, wakeful};

fn to(target: &[u8]) -> Vec<u8> {
    let mut response = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ".to_vec();
    response.extend_from_slice(target);
    response.extend_from_slice(b"\r\n\r\n");
    response
}

fn named(names: &[String], response: impl Fn() -> Vec<u8>) -> Vec<(&'static str, Vec<u8>)> {
    // A site's paths live as long as the test.
    let leak = |name: &String| &*Box::leak(name.clone().into_boxed_str());
    names.iter().map(|name| (leak(name), response())).collect()
}

#[test]
fn many_redirects_to_one_page_fetch_it_once() {
    for (target, code) in [("/one", Some(0)), ("/absent", Some(1))] {
        let names: Vec<String> = (0..50).map(|n| format!("/moved/{n}")).collect();
        let mut pages = named(&names, || to(target.as_bytes()));
        pages.push(("/one", html("<a href=/two>two</a>")));
        pages.push(("/two", html("two")));
        let site = Site::new(pages);
        let urls = names.iter().map(|name| site.server.url(name));
        let args = ["crawl", "--no-robots"].map(String::from);
        let output = wakeful(args.into_iter().chain(urls));
        assert_eq!(output.status.code(), code, "{}{}", out(&output), err(&output));
        let asked = site.asked();
        assert_eq!(asked.iter().filter(|path| *path == target).count(), 1);
        if code == Some(0) {
            assert_eq!(asked.len(), 52);
            assert!(err(&output).contains("2 pages"), "{}", err(&output));
            assert!(err(&output).contains("49 redirected to them"), "{}", err(&output));
        } else {
            // All of them lead nowhere.
            assert!(
                err(&output).contains("; 50 failed: 49 redirect, 1 status"),
                "{}",
                err(&output)
            );
        }
    }
}

#[test]
fn circles_of_redirects_are_failures_of_all_their_pages() {
    let site = Site::new(vec![
        ("/a", to(b"/b")),
        ("/b", to(b"/c")),
        ("/c", to(b"/a")),
        ("/self", to(b"/self")),
    ]);
    let urls = ["/a", "/b", "/c", "/self"].map(|path| site.server.url(path));
    let output = wakeful(["crawl", "--no-robots"].map(String::from).into_iter().chain(urls));
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert_eq!(text.matches("redirected: in a circle").count(), 4, "{text}");
    assert_eq!(site.asked(), ["/a", "/b", "/c", "/self"]);
}

#[test]
fn a_start_that_is_redirected_to_another_site_goes_on_there() {
    let other = Site::new(vec![("/", html("<a href=/next>next</a>")), ("/next", html("next"))]);
    let site = Site::new(vec![("/", to(other.server.url("/").as_bytes()))]);
    let output = wakeful(["crawl", "--no-robots", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(other.asked(), ["/", "/next"]);
}

#[test]
fn a_redirect_need_not_be_text() {
    let site = Site::new(vec![("/", to(b"/caf\xe9")), ("/caf%E9", html("coffee"))]);
    let output = wakeful(["crawl", "--no-robots", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert_eq!(site.asked(), ["/", "/caf%E9"]);
}
