//! The links of a page, found by the tokenizer of the HTML standard (`html5gum`), so that scripts,
//! comments, quoting and entities are read as a browser reads them.

use super::head::Head;
use super::url::Url;
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// More links than this of one page are not followed.
pub const MAX_LINKS: usize = 10_000;

/// Whether the page is HTML, as its server says.
pub fn is_html(head: &Head) -> bool {
    let kind = head.field("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"]
        .iter()
        .any(|html| kind.eq_ignore_ascii_case(html))
}

/// Where the links of `page`, found at `url`, lead; in their order, fragments dropped, without
/// those that lead nowhere a crawler can go.
pub fn links(url: &Url, page: &[u8]) -> Vec<Url> {
    let mut base = None;
    let mut found = Vec::new();
    // What looks like tags inside scripts, styles and titles is text.
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(page, emitter) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let Some(target) = target(&tag) else { continue };
        if tag.name.as_slice() == b"base" {
            // Only the first counts.
            base = base.or_else(|| url.join(&target).ok());
            continue;
        }
        if let Ok(link) = base.as_ref().unwrap_or(url).join(&target) {
            found.push(link);
        }
        if found.len() == MAX_LINKS {
            break;
        }
    }
    found
}

/// The text of the attribute by which a tag leads elsewhere.
fn target(tag: &StartTag<()>) -> Option<String> {
    let attribute: &[u8] = match tag.name.as_slice() {
        b"a" | b"area" | b"base" => b"href",
        b"frame" | b"iframe" => b"src",
        _ => return None,
    };
    let value = tag.attributes.get(attribute)?;
    Some(String::from_utf8_lossy(value).into_owned())
}
