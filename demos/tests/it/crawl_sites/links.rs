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
        ("9", &["/", "/deep/", "/elsewhere/leaf", "/one", "/two?a=1&b=2"]),
    ];
    for (depth, pages) in rows {
        let site = linked_site();
        let url = site.server.url("/");
        let output = wakeful(["crawl", "--no-robots", "--depth", depth, &url]);
        assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
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
    assert!(wakeful(["crawl", "--no-robots", "-d", "1", &url]).status.success());
    assert!(other.asked().is_empty());
    assert!(wakeful(["crawl", "--no-robots", "-d", "1", "--any-host", &url]).status.success());
    assert_eq!(other.asked(), ["/far"]);
}

#[test]
fn a_limit_on_pages_is_kept() {
    let site = linked_site();
    let url = site.server.url("/");
    let output = wakeful(["crawl", "--no-robots", "--max-pages", "3", &url]);
    // What is missing is named, and the list is not taken for all.
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(site.asked(), ["/", "/one", "/two?a=1&b=2"]);
    let deep = site.server.url("/deep/");
    let line = format!("left out  {deep}: beyond --max-pages  (on {url}one)");
    assert!(out(&output).contains(&line), "{}", out(&output));
    let summary = err(&output);
    assert!(summary.contains("1 beyond --max-pages"), "{summary}");
    assert!(summary.contains("1 on other hosts"), "{summary}");
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
    assert!(err(&output).contains("left out: 1 forbidden by robots.txt"), "{}", err(&output));

    // What the command line itself names is not left out in silence.
    let output = wakeful(["crawl", &site.server.url("/private/a")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).trim_end().ends_with("robots.txt forbids it"), "{}", out(&output));

    let site = Site::new(pages());
    assert!(wakeful(["crawl", "--no-robots", "-d", "1", &site.server.url("/")]).status.success());
    assert_eq!(site.asked(), ["/", "/private/a", "/public"]);
}

#[test]
fn a_server_whose_rules_fail_is_not_crawled_and_one_without_rules_is() {
    let broken = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
    let site = Site::new(vec![("/robots.txt", broken), ("/", html("x"))]);
    let output = wakeful(["crawl", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("/robots.txt: status 503"), "{}", out(&output));
    assert_eq!(site.asked(), ["/robots.txt"]);

    let site = Site::new(vec![("/", html("x"))]);
    assert!(wakeful(["crawl", &site.server.url("/")]).status.success());
    assert_eq!(site.asked(), ["/", "/robots.txt"]);
}

#[test]
fn links_are_read_as_browsers_read_them() {
    let page = [
        &b"<base href=/x/><base href=/never/>"[..],
        b"<noscript><a href=noscript><!-- <a href=/not-this>no</a> --></noscript>&lt;a href=/text&gt;",
        b"<a href=/b[1]?c[]=2>brackets</a><a href='http:/colon'>c</a><a href='\\back\\slash'>",
        b"<a href='caf\xe9'>latin</a><a href='&#x2f;entity'>e</a><a name=x href=named href=second>",
        b"<a href=>the base</a><iframe src=frame></iframe><area href=' blanks '><A\nHREF\n=\nwide>",
        b"</a href=/end-tag><a href=/attribute x='>' y='<a href=/no>'>",
        b"<title><a href=/no></title><textarea><a href=/no></textarea><a href=/unfinished x",
    ];
    let page = page.concat();
    let mut body = b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML\r\n".to_vec();
    body.extend(format!("Content-Length: {}\r\n\r\n", page.len()).bytes());
    body.extend(page);
    let site = Site::new(vec![("/", body)]);
    wakeful(["crawl", "--no-robots", "-d", "1", &site.server.url("/")]);
    let expected = [
        "/",
        "/attribute",
        "/b[1]?c[]=2",
        "/back/slash",
        "/colon",
        "/entity",
        "/x/",
        "/x/blanks",
        "/x/caf%E9",
        "/x/frame",
        "/x/named",
        "/x/noscript",
        "/x/wide",
    ];
    assert_eq!(site.asked(), expected);
}

#[test]
fn a_page_is_known_by_its_shortest_way_whatever_comes_first() {
    // The direct link to `/far` is on a page that comes last; on the way through `/quick` it is
    // found early, but a step further from the start.
    let server = crate::server::Server::start(|stream, head, _| {
        let body = match head.split(' ').nth(1).unwrap_or_default() {
            "/" => "<a href=/quick><a href=/late>",
            "/quick" => "<a href=/between>",
            "/between" => "<a href=/far>",
            "/late" => {
                std::thread::sleep(std::time::Duration::from_millis(300));
                "<a href=/far>"
            }
            "/far" => "<a href=/end>",
            _ => "the end",
        };
        crate::server::say(stream, html(body));
    });
    let output = wakeful(["crawl", "--no-robots", "-d", "3", &server.url("/")]);
    assert!(out(&output).contains(&server.url("/end")), "{}", out(&output));
}

#[test]
fn links_beyond_the_cap_are_counted() {
    let links: String = (0..10_002).map(|n| format!("<a href=/{n}>")).collect();
    let links = links + &format!("<a href=/{}>", "long".repeat(1_000));
    let site = Site::new(vec![("/", html(&links))]);
    let args = ["crawl", "--no-robots", "--json", "--max-pages", "2", "--exclude", "*9"];
    let output = wakeful(args.iter().copied().chain([site.server.url("/").as_str()]));
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("\"links_beyond\":3}"), "{}", out(&output));
    let total = out(&output);
    let total = total.lines().last().expect("a line");
    assert!(total.contains("\"left_out_too_many_on_a_page_or_too_long\":3"), "{total}");
    assert!(total.contains("\"left_out_beyond_max_pages\":8999"), "{total}");
    assert!(total.contains("\"left_out_by_include_or_exclude\":1000"), "{total}");
    assert!(
        err(&output).contains("3 links left out, beyond 10,000 or too long"),
        "{}",
        err(&output)
    );
}
