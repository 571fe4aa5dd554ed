//! URLs: what is taken, what is refused and in which words, and where links lead.

use wakeful_demos::crawl::url::{Url, without_password};

fn parsed(text: &str) -> String {
    Url::parse(text).map_or_else(|error| error.to_string(), |url| url.to_string())
}

#[test]
fn urls_are_normalized() {
    assert_eq!(parsed("http://example.org"), "http://example.org/");
    assert_eq!(parsed("HTTP://EXAMPLE.org:80/A/../b/./c?q=1#part"), "http://example.org/b/c?q=1");
    assert_eq!(parsed("https://example.org:443/%7euser"), "https://example.org/~user");
    assert_eq!(parsed("http://127.0.0.1:8080/page/1"), "http://127.0.0.1:8080/page/1");
    assert_eq!(parsed("http://[::1]:81?q"), "http://[::1]:81/?q");
    assert_eq!(parsed("  http://a/b c\u{e4}\"100%  "), "http://a/b%20c%C3%A4%22100%");
    assert_eq!(parsed("http://a/%c3%A4?%7e%2f"), "http://a/%C3%A4?~%2F");
    assert_eq!(parsed("http://b\u{fc}cher.example/"), "http://xn--bcher-kva.example/");
}

#[test]
fn what_browsers_take_is_taken() {
    assert_eq!(parsed("http:x"), "http://x/");
    assert_eq!(parsed("http:/x"), "http://x/");
    assert_eq!(parsed("http:///x"), "http://x/");
    assert_eq!(parsed("http:\\\\x\\y"), "http://x/y");
    assert_eq!(parsed("http://a/x[1]?y[]=2"), "http://a/x[1]?y[]=2");
}

#[test]
fn what_is_no_url_is_refused_in_words() {
    assert_eq!(parsed("example.org/x"), "not a URL: http:// is missing");
    assert_eq!(parsed("localhost:8080/x"), "not a URL: http:// is missing");
    assert_eq!(parsed(""), "not a URL: http:// is missing");
    assert_eq!(parsed("ftp://example.org/"), "scheme \"ftp\" is neither http nor https");
    assert_eq!(parsed("mailto:a@b"), "scheme \"mailto\" is neither http nor https");
    assert_eq!(parsed("http://a:b/"), "not a URL: invalid port number");
    assert_eq!(parsed("http://a:65536/"), "not a URL: invalid port number");
    assert_eq!(parsed("http://"), "not a URL: empty host");
    assert_eq!(parsed("http://[::1/"), "not a URL: invalid IPv6 address");
    let with_name = "a user name or password belongs into --header \"Authorization: ...\"";
    assert_eq!(parsed("http://user:secret@a/"), with_name);
    assert_eq!(parsed("http://user@a/"), with_name);
}

#[test]
fn a_password_is_never_shown() {
    for (text, shown) in [
        ("http://me:secret@host/a@b", "http://...@host/a@b"),
        ("http://me:sec@ret@host", "http://...@host"),
        ("//me:secret@host?q", "//...@host?q"),
        ("me:secret@host", "...@host"),
        ("http://host/a@b", "http://host/a@b"),
    ] {
        assert_eq!(without_password(text), shown);
    }
    let base = Url::parse("http://a/").expect("a URL");
    let link = base.join("http://me:secret@b/c").expect("a link");
    assert_eq!(link.to_string(), "http://b/c");
}

#[test]
fn links_lead_where_rfc_3986_says() {
    let base = Url::parse("http://a/b/c/d;p?q").expect("a URL");
    let rows = [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("https://other/x", "https://other/x"),
        ("http:/x", "http://a/x"),
        ("\\x\\y", "http://a/x/y"),
        ("x[1]?y[]", "http://a/b/c/x[1]?y[]"),
        ("a b", "http://a/b/c/a%20b"),
    ];
    for (link, target) in rows {
        let joined = base.join(link).map_or_else(|error| error.to_string(), |url| url.to_string());
        assert_eq!(joined, target, "link {link:?}");
    }
    let bytes = base.join(b"caf\xe9?\xff").expect("a link");
    assert_eq!(bytes.to_string(), "http://a/b/c/caf%E9?%FF");
    assert!(base.join("javascript:void(0)").is_err());
    assert!(base.join("mailto:a@b").is_err());
}

#[test]
fn the_host_field_has_the_port_only_when_it_is_unusual() {
    let authority = |text: &str| Url::parse(text).expect("a URL").authority().to_string();
    assert_eq!(authority("http://a:80/"), "a");
    assert_eq!(authority("https://a:80/"), "a:80");
    assert_eq!(authority("http://[::1]:8080/"), "[::1]:8080");
}
