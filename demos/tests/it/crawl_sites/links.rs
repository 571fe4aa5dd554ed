//! Which pages are asked for: links, depth, limits, other servers, and robots.txt.

use super::site::{Site, html, linked_site};
use crate::program::{err, out, wakeful};
use crate::server::page;

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
