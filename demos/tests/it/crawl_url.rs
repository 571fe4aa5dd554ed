//! URLs: what is taken, what is refused and in which words, and where links lead.

use wakeful_demos::crawl::url::Url;

fn parsed(text: &str) -> String {
    Url::parse(text).map_or_else(|error| error.to_string(), |url| url.to_string())
}

#[test]
fn urls_are_normalized() {
    assert_eq!(parsed("http://example.org"), "http://example.org/");
    assert_eq!(
        parsed("HTTP://EXAMPLE.org:80/A/../b/./c?q=1#part"),
        "http://example.org/b/c?q=1"
    );
    assert_eq!(
        parsed("https://example.org:443/%7euser"),
        "https://example.org/~user"
    );
    assert_eq!(
        parsed("http://127.0.0.1:8080/page/1"),
        "http://127.0.0.1:8080/page/1"
    );
    assert_eq!(parsed("http://[::1]:81?q"), "http://[::1]:81/?q");
    assert_eq!(
        parsed("  http://a/b c\u{e4}\"100%  "),
        "http://a/b%20c%C3%A4%22100%25"
    );
}

#[test]
fn what_is_no_url_is_refused_in_words() {
    assert_eq!(parsed("example.org/x"), "not a URL: http:// is missing");
    assert_eq!(parsed("localhost:8080/x"), "not a URL: http:// is missing");
    assert_eq!(parsed(""), "not a URL: http:// is missing");
    assert_eq!(
        parsed("ftp://example.org/"),
        "scheme \"ftp\" is neither http nor https"
    );
    assert_eq!(
        parsed("mailto:a@b"),
        "scheme \"mailto\" is neither http nor https"
    );
    assert_eq!(parsed("http:///x"), "the URL has no host");
    assert_eq!(parsed("http:x"), "the URL has no host");
    assert_eq!(parsed("http://a:b/"), "not a URL");
    assert_eq!(parsed("http://a:0/"), "\"0\" is no port");
    assert_eq!(parsed("http://a:65536/"), "\"65536\" is no port");
    assert_eq!(
        parsed("http://user:secret@a/"),
        "user names in URLs are not supported"
    );
    assert_eq!(
        parsed("http://b\u{fc}cher.example/"),
        "host \"b%C3%BCcher.example\" must be in its xn-- form"
    );
    assert_eq!(parsed("http://[::1/"), "not a URL");
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
        ("a b", "http://a/b/c/a%20b"),
    ];
    for (link, target) in rows {
        let joined = base
            .join(link)
            .map_or_else(|error| error.to_string(), |url| url.to_string());
        assert_eq!(joined, target, "link {link:?}");
    }
    assert!(base.join("javascript:void(0)").is_err());
    assert!(base.join("mailto:a@b").is_err());
}

#[test]
fn the_host_field_has_the_port_only_when_it_is_unusual() {
    let authority = |text: &str| Url::parse(text).expect("a URL").authority();
    assert_eq!(authority("http://a:80/"), "a");
    assert_eq!(authority("https://a:80/"), "a:80");
    assert_eq!(authority("http://[::1]:8080/"), "[::1]:8080");
}
