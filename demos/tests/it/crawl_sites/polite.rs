//! What servers ask for: robots.txt, pauses, other times, and how the crawler names itself.

use super::site::{Site, html};
use crate::program::{err, out, wakeful};
use crate::server::{Server, page, say};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wakeful_demos::crawl::robots::{Rules, matches};
use wakeful_demos::crawl::url::Url;

fn allowed(rules: &str, path: &str) -> bool {
    let url = Url::parse(&format!("http://host{path}")).expect("a URL");
    Rules::parse(rules.as_bytes()).allow(&url)
}

#[test]
fn the_longest_rule_of_the_right_group_decides() {
    let rules = "\u{feff}User-agent: *\r\nDisallow: /\r\n\r\n\
        user-agent: Other\nUser-Agent: Wakeful/2.0 # us\n\n\
        Disallow: /private # all\nAllow: /private/open\nDisallow: /*.pdf$\nAllow: /same\n\
        Disallow: /same\nDisallow: /%7euser\nDisallow: /caf\u{e9}\nSitemap: /x\n\
        User-agent: third\nDisallow: /third";
    for (path, is_allowed) in [
        ("/", true),
        ("/private", false),
        ("/private/x", false),
        ("/private/open/x", true),
        ("/a/b.pdf", false),
        ("/a/b.pdf?x", true),
        ("/same", true),
        ("/~user", false),
        ("/caf%C3%A9", false),
        ("/third", true),
    ] {
        assert_eq!(allowed(rules, path), is_allowed, "{path}");
    }
    // The byte order mark belongs to no name.
    assert!(!allowed("\u{feff}User-agent: *\nDisallow: /x", "/x"));
    // A group without rules allows all, and is not the one for all.
    assert!(allowed("User-agent: *\nDisallow: /\nUser-agent: wakeful\nDisallow:", "/x"));
    assert!(allowed("", "/x"));
}

#[test]
fn many_rules_are_compared_beside_the_loop_and_decide_the_same() {
    let mut rules: String = (0..1_500).map(|n| format!("Disallow: /{n}/\n")).collect();
    rules.insert_str(0, "User-agent: *\n");
    let site = Site::new(vec![
        ("/robots.txt", page("text/plain", rules.as_bytes())),
        ("/", html("<a href=/7/x>no</a><a href=/1500/x>yes</a>")),
        ("/1500/x", html("x")),
    ]);
    let output = wakeful(["crawl", &site.server.url("/")]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert_eq!(site.asked(), ["/", "/1500/x", "/robots.txt"]);
}

#[test]
fn groups_of_one_name_count_as_one() {
    let rules = "User-agent: wakeful\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\n\
        User-agent: wakeful\nDisallow: /b\nCrawl-delay: 1.5\n";
    assert!(!allowed(rules, "/a") && !allowed(rules, "/b") && allowed(rules, "/c"));
    let delay = |text: &str| Rules::parse(text.as_bytes()).delay;
    assert_eq!(delay(rules), Some(Duration::from_millis(1_500)));
    let with = |delay: &str| format!("User-agent: *\nCrawl-delay: {delay}");
    assert_eq!(delay(&with("86400")), Some(Duration::from_secs(60)));
    for nonsense in ["-1", "NaN", "x"] {
        assert_eq!(delay(&with(nonsense)), Some(Duration::ZERO));
    }
}

#[test]
fn patterns_match_as_written() {
    for (pattern, text, expected) in [
        ("", "x", true),
        ("$", "", true),
        ("$", "x", false),
        ("/a*b*c", "/a-b-b-c-d", true),
        ("/a*b*c$", "/a-b-c-d", false),
        ("/a*c$", "/a-c-c", true),
        ("*.html$", "x.html", true),
        ("a*a$", "a", false),
        ("a$b", "a$b", true),
        ("*", "", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_silent_or_broken_robots_txt_is_asked_for_once_and_named() {
    for is_reset in [false, true] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let server = Server::start(move |stream, head, _| {
            let path = head.split(' ').nth(1).unwrap_or("/").to_string();
            seen.lock().expect("no panic").push(path);
            match is_reset {
                true => drop(stream.shutdown(Shutdown::Both)),
                false => std::thread::sleep(Duration::from_secs(60)),
            }
        });
        let urls = [1, 2, 3].map(|n| server.url(&format!("/{n}")));
        let args = ["crawl", "-t", "1"].map(String::from);
        let output = wakeful(args.into_iter().chain(urls));
        assert_eq!(output.status.code(), Some(1));
        let asked = asked.lock().expect("no panic").clone();
        // One that is closed without a word may be tried on one more connection, and no page is.
        assert!(asked.iter().all(|path| path == "/robots.txt"), "{asked:?}");
        assert!(asked.len() == 1, "{asked:?}");
        let text = out(&output);
        assert_eq!(text.matches("/robots.txt: ").count(), 3, "{text}");
        assert!(err(&output).contains("3 failed: 3 robots.txt"), "{}", err(&output));
    }
}

/// When each request came.
fn timed(rules: &'static str) -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let server = Server::start(move |stream, head, _| {
        if head.starts_with("GET /robots.txt") {
            return say(stream, page("text/plain", rules.as_bytes()));
        }
        seen.lock().expect("no panic").push(Instant::now());
        say(stream, page("text/plain", b"x"));
    });
    (server, times)
}

#[test]
fn pauses_between_requests_are_kept() {
    let cases: [(&str, &[&str]); 2] =
        [("User-agent: *\nCrawl-delay: 0.2", &["crawl"]), ("", &["crawl", "--delay", "0.2"])];
    for (rules, args) in cases {
        let (server, times) = timed(rules);
        let urls = (0..4).map(|n| server.url(&format!("/{n}")));
        let output = wakeful(args.iter().map(|arg| arg.to_string()).chain(urls));
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let times = times.lock().expect("no panic").clone();
        assert_eq!(times.len(), 4);
        // Between the first and the last there are three pauses, whatever the network adds to each.
        let took = times[3] - times[0];
        assert!(took >= Duration::from_millis(500), "{took:?}");
    }
}

#[test]
fn pages_that_are_asked_for_too_early_are_asked_for_again_later() {
    let count = Arc::new(Mutex::new(Vec::new()));
    let seen = count.clone();
    let server = Server::start(move |stream, head, _| {
        let mut seen = seen.lock().expect("no panic");
        let path = head.split(' ').nth(1).unwrap_or("/").to_string();
        seen.push((path.clone(), Instant::now()));
        let tries = seen.iter().filter(|(other, _)| *other == path).count();
        let later = |after: &str| {
            format!("HTTP/1.1 503 Later\r\nRetry-After: {after}\r\nContent-Length: 0\r\n\r\n")
        };
        match (path.as_str(), tries) {
            ("/soon", 1) => say(stream, later("1")),
            ("/past", 1) => say(stream, later("Sun, 06 Nov 1994 08:49:37 GMT")),
            ("/never", _) => say(stream, later("0")),
            ("/much", _) => say(stream, later("3600")),
            _ => say(stream, page("text/plain", b"here")),
        }
    });
    let urls = ["/soon", "/past", "/never", "/much"].map(|path| server.url(path));
    let args = ["crawl", "--no-robots", "--retries", "3"].map(String::from);
    let output = wakeful(args.into_iter().chain(urls));
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    assert!(text.contains("/never: status 503\n"), "{text}");
    assert!(text.contains("/much: status 503, to be asked again in 3600 s"), "{text}");
    assert!(err(&output).contains("2 failed: 2 status"), "{}", err(&output));
    let seen = count.lock().expect("no panic");
    let times = |path: &str| -> Vec<Instant> {
        seen.iter().filter(|(other, _)| other == path).map(|(_, time)| *time).collect()
    };
    assert_eq!([times("/past").len(), times("/never").len(), times("/much").len()], [2, 4, 1]);
    let soon = times("/soon");
    assert!(soon[1] - soon[0] >= Duration::from_millis(990), "after the second that was asked for");
}

#[test]
fn requests_carry_the_name_and_the_fields_that_are_given() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    let server = Server::start(move |stream, head, _| {
        seen.lock().expect("no panic").push(head.to_string());
        say(stream, page("text/plain", b"x"));
    });
    let args = ["crawl", "--no-robots", "--user-agent", "me/1", "--header", "X-A: b", "--header"];
    let output = wakeful(args.into_iter().chain(["Y:z", &server.url("/")]));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let head = heads.lock().expect("no panic")[0].clone();
    for line in ["User-Agent: me/1\r\n", "X-A: b\r\n", "Y:z\r\n"] {
        assert!(head.contains(line), "{head}");
    }
    assert!(!head.contains("wakeful/"), "{head}");
    // One that is given takes the place of the usual one.
    let output = wakeful(["crawl", "--no-robots", "--header", "user-agent: you", &server.url("/")]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let head = heads.lock().expect("no panic")[1].to_lowercase();
    assert_eq!(head.matches("user-agent: ").count(), 1, "{head}");
    assert!(head.contains("\r\nuser-agent: you\r\n"), "{head}");
    for bad in ["no colon", "a b: c", ": x", "X: a\r\nY: b"] {
        let output = wakeful(["crawl", "--header", bad, "http://127.0.0.1:1/"]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
    }
}

#[test]
fn patterns_choose_which_links_are_followed() {
    let cases: [(&[&str], &[&str]); 3] = [
        (&["--include", "*/docs/*"], &["/", "/docs/a", "/docs/b.pdf"]),
        (&["--exclude", "*.pdf"], &["/", "/docs/a", "/other"]),
        (&["--include", "*/docs/*", "--exclude", "*.pdf"], &["/", "/docs/a"]),
    ];
    for (args, expected) in cases {
        let site = Site::new(vec![
            ("/", html("<a href=/docs/a>a<a href=/docs/b.pdf>b<a href=/other>c")),
            ("/docs/a", html("a")),
            ("/docs/b.pdf", html("b")),
            ("/other", html("c")),
        ]);
        let url = site.server.url("/");
        let output = wakeful(["crawl", "--no-robots", &url].iter().chain(args));
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(site.asked(), expected);
        assert!(err(&output).contains(" by --include or --exclude"), "{}", err(&output));
    }
}
