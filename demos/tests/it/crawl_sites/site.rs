//! Sites of a few pages, which remember what they were asked for.

use crate::server::{Server, page, say};
use std::sync::{Arc, Mutex};

/// A site of pages by path, which keeps the paths that it was asked for.
pub(crate) struct Site {
    pub(crate) server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn new(pages: Vec<(&'static str, Vec<u8>)>) -> Site {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let server = Server::start(move |stream, head, _| {
            let path = head.split(' ').nth(1).unwrap_or("/").to_string();
            seen.lock().expect("no panic inside").push(path.clone());
            let found = pages.iter().find(|(name, _)| *name == path);
            match found {
                Some((_, response)) => say(stream, response),
                None => say(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            }
        });
        Site { server, asked }
    }

    /// Every path that was asked for, sorted.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().expect("no panic inside").clone();
        asked.sort();
        asked
    }
}

pub(crate) fn html(body: &str) -> Vec<u8> {
    page("text/html; charset=utf-8", body.as_bytes())
}

pub(crate) fn linked_site() -> Site {
    Site::new(vec![
        (
            "/",
            html(
                "<!-- <a href='/commented'>no</a> --><script>'<a href=\"/scripted\">'</script>\
                 <a href=/one>1</a><A HREF='two?a=1&amp;b=2#part'>2</A><a name=x>no link</a>\
                 <a href='mailto:a@b'>mail</a><a href='http://other.invalid/'>away</a>\
                 <a href='/one#again'>1 again</a>",
            ),
        ),
        ("/one", html("<a href='/deep/'>deeper</a><a href='/'>back</a>")),
        ("/two?a=1&b=2", page("text/plain", b"<a href='/not-html'>plain text</a>")),
        ("/deep/", html("<base href='/elsewhere/'><a href='leaf'>based</a>")),
        ("/elsewhere/leaf", html("the end")),
    ])
}
