//! The links of a page, found by the tokenizer of the HTML standard (`html5gum`), so that scripts,
//! comments, quoting and entities are read as a browser reads them.
//!
//! What is kept of a page is one tag at a time, so that its cost follows its length, whatever is in
//! it.

use super::head::Head;
use super::url::Url;
use html5gum::Tokenizer;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use std::collections::HashSet;
use std::convert::Infallible;

/// So many different links of one page are followed, and no more.
pub const MAX_LINKS: usize = 10_000;
/// The longest link that is followed, in bytes.
const MAX_LENGTH: usize = 2_048;

#[derive(Debug, Default)]
pub struct Links {
    /// The pages, each once, in the order of the first link to it.
    pub urls: Vec<Url>,
    /// Links beyond [`MAX_LINKS`], or too long.
    pub beyond: u64,
}

/// Whether the page is HTML, as its server says, or as it looks if the server does not say.
pub fn is_html(head: &Head, body: &[u8]) -> bool {
    let Some(kind) = head.field("content-type") else {
        return body.trim_ascii_start().starts_with(b"<");
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html))
}

/// The links of `page`, found at `url`, without those that lead nowhere a crawler can go.
pub fn links(url: &Url, page: &[u8]) -> Links {
    let mut scan = Scan { url, base: None, seen: HashSet::new(), found: Links::default() };
    scan.page(page, true);
    scan.found
}

struct Scan<'a> {
    url: &'a Url,
    /// What the first `<base>` says that links are relative to.
    base: Option<Url>,
    seen: HashSet<Url>,
    found: Links,
}

/// The tag that is being read.
#[derive(Default)]
struct Tag {
    is_base: bool,
    /// The attribute that leads elsewhere; no attribute has an empty name.
    attribute: &'static [u8],
    /// Whether the next value is that attribute's.
    is_next: bool,
    target: Option<Vec<u8>>,
}

impl Scan<'_> {
    /// Reads a page, or the text of a `<noscript>`, which a browser with scripts does not parse.
    fn page(&mut self, text: &[u8], is_outer: bool) {
        let (mut tag, mut in_noscript) = (Tag::default(), false);
        let mut emitter = CallbackEmitter::<_, Infallible>::new(|event: CallbackEvent<'_>, _| {
            match event {
                CallbackEvent::OpenStartTag { name } => {
                    in_noscript = is_outer && name == b"noscript";
                    tag = Tag {
                        is_base: name == b"base",
                        attribute: match name {
                            b"a" | b"area" | b"base" => b"href",
                            b"frame" | b"iframe" => b"src",
                            _ => b"",
                        },
                        ..Tag::default()
                    };
                }
                // Of an attribute that is there twice, the first counts.
                CallbackEvent::AttributeName { name } => {
                    tag.is_next = tag.target.is_none() && name == tag.attribute;
                    if tag.is_next {
                        tag.target = Some(Vec::new());
                    }
                }
                CallbackEvent::AttributeValue { value } if tag.is_next => {
                    tag.target = Some(value.to_vec());
                }
                CallbackEvent::CloseStartTag { .. } => {
                    let Tag { is_base, target, .. } = std::mem::take(&mut tag);
                    if let Some(target) = target {
                        self.link(is_base, &target);
                    }
                }
                CallbackEvent::String { value } if in_noscript => self.page(value, false),
                CallbackEvent::EndTag { .. } => in_noscript = false,
                _ => {}
            }
            None
        });
        // What looks like tags inside scripts, styles and titles is text.
        emitter.naively_switch_states(true);
        // It gives no tokens of its own: all is done by the callback.
        Tokenizer::new_with_emitter(text, emitter).for_each(drop);
    }

    fn link(&mut self, is_base: bool, target: &[u8]) {
        // Also a limit to the work: a long base would be copied for each link.
        if target.len() > MAX_LENGTH {
            self.found.beyond += 1;
            return;
        }
        let Ok(url) = self.base.as_ref().unwrap_or(self.url).join(target) else { return };
        if is_base {
            self.base.get_or_insert(url);
        } else if self.seen.len() < MAX_LINKS {
            if self.seen.insert(url.clone()) {
                self.found.urls.push(url);
            }
        } else if !self.seen.contains(&url) {
            self.found.beyond += 1;
        }
    }
}
