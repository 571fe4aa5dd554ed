//! Rust source as HTML, with comments, strings and keywords marked. Knows just enough of the
//! language for the demos: no raw strings, no block comments.

use std::fmt::Write;

use super::escape;

const KEYWORDS: [&str; 36] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "false", "type", "use",
    "where", "while", "Self",
];

/// The source as the inside of a `pre`.
pub(super) fn rust(source: &str) -> String {
    let mut out = String::with_capacity(source.len() * 2);
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (class, length) = token(rest, first);
        let (text, next) = rest.split_at(length);
        let text = escape(text);
        match class {
            Some(class) => {
                let _ = write!(out, "<span class=\"{class}\">{text}</span>");
            }
            None => out += &text,
        }
        rest = next;
    }
    out
}

/// The class and the length in bytes of the token at the beginning of `rest`.
fn token(rest: &str, first: char) -> (Option<&'static str>, usize) {
    if rest.starts_with("//") {
        return (Some("c"), rest.find('\n').unwrap_or(rest.len()));
    }
    if first == '"' {
        return (Some("s"), string(rest));
    }
    // A letter in quotes; a lifetime has no second quote.
    if first == '\'' {
        let mut letters = rest.char_indices().skip(1);
        let closing = match letters.next() {
            Some((_, '\\')) => letters.nth(1),
            _ => letters.next(),
        };
        return match closing {
            Some((at, '\'')) => (Some("s"), at + 1),
            _ => (None, 1),
        };
    }
    if first.is_alphabetic() || first == '_' {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        let keyword = KEYWORDS.contains(&&rest[..length]);
        return (keyword.then_some("k"), length);
    }
    (None, first.len_utf8())
}

/// The length of the string literal at the beginning of `rest`, quotes included.
fn string(rest: &str) -> usize {
    let mut escaped = true; // The opening quote.
    for (at, letter) in rest.char_indices() {
        if letter == '"' && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::rust;

    #[test]
    fn comments_strings_and_keywords_are_marked_and_nothing_is_lost() {
        let marked = rust("let x: &'a str = \"a \\\" // b\"; // if 'x' < 'y'\nlet_it('\\n')");
        assert_eq!(
            marked,
            "<span class=\"k\">let</span> x: &amp;'a str = \
             <span class=\"s\">&quot;a \\&quot; // b&quot;</span>; \
             <span class=\"c\">// if 'x' &lt; 'y'</span>\nlet_it(<span class=\"s\">'\\n'</span>)"
        );
    }

    #[test]
    fn what_is_not_closed_ends_with_the_text() {
        for source in ["\"", "'", "//", "\"\\", "'\\", "'a", "我 \"我"] {
            let marked = rust(source);
            let plain = marked
                .replace("<span class=\"s\">", "")
                .replace("<span class=\"c\">", "");
            let plain = plain.replace("</span>", "").replace("&quot;", "\"");
            assert_eq!(plain, source);
        }
    }
}
