//! robots.txt (RFC 9309): what a server asks crawlers not to fetch. Honoured unless told otherwise.
//!
//! A server without the file allows all.

use super::url::Url;
use std::time::Duration;

/// The name by which rules may mean this crawler.
const AGENT: &str = "wakeful";
/// What is behind so many bytes of the file is ignored, as RFC 9309 allows.
const LONGEST: usize = 500 * 1024;
/// More rules than these take long to compare with a long URL.
const MANY: usize = 1_000;
/// A longer `Crawl-delay` is taken for this one.
const LONGEST_DELAY: f64 = 60.0;

/// What a server allows this crawler.
#[derive(Debug, Default)]
pub struct Rules {
    /// The seconds that it asks to have between two requests.
    pub delay: Option<Duration>,
    /// Patterns with whether they allow, the longest first: the first that matches decides. Of two
    /// equally long ones, the one that allows is first.
    patterns: Vec<(String, bool)>,
}

impl Rules {
    /// The rules of the group for this crawler, or else of the one for all. Groups of the same
    /// name count as one.
    pub fn parse(text: &[u8]) -> Rules {
        let text = &text[..text.len().min(LONGEST)];
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = String::from_utf8_lossy(text);
        let (mut own, mut all) = (None, Rules::default());
        let (mut is_own, mut is_all, mut in_names) = (false, false, false);
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !in_names {
                    (is_own, is_all) = (false, false);
                }
                in_names = true;
                let end = |c: char| !(c.is_ascii_alphabetic() || "-_".contains(c));
                let name = value.split(end).next().unwrap_or_default();
                if name.eq_ignore_ascii_case(AGENT) {
                    is_own = true;
                    own.get_or_insert_with(Rules::default);
                }
                is_all |= value.starts_with('*');
                continue;
            }
            in_names &= key == "sitemap";
            if let Some(own) = own.as_mut().filter(|_| is_own) {
                own.line(&key, value);
            }
            if is_all {
                all.line(&key, value);
            }
        }
        let mut rules = own.unwrap_or(all);
        rules.patterns.sort_by_key(|(pattern, allows)| (usize::MAX - pattern.len(), !allows));
        rules
    }

    fn line(&mut self, key: &str, value: &str) {
        match key {
            "allow" | "disallow" if !value.is_empty() => {
                // Compared with URLs, so in their normal form.
                let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%');
                let pattern = match Url::parse(&format!("http://host{value}")) {
                    Ok(url) if !is_plain && value.starts_with('/') => url.target().to_string(),
                    _ => value.to_string(),
                };
                self.patterns.push((pattern, key == "allow"));
            }
            "crawl-delay" => {
                let seconds = value.parse().unwrap_or(0.0_f64);
                let seconds = if seconds.is_nan() { 0.0 } else { seconds };
                self.delay = Some(Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_DELAY)));
            }
            _ => {}
        }
    }

    /// Whether there are so many that [`allow`](Self::allow) may take long.
    pub fn are_many(&self) -> bool {
        self.patterns.len() > MANY
    }

    /// Whether the page may be fetched.
    pub fn allow(&self, url: &Url) -> bool {
        let deciding = self.patterns.iter().find(|(pattern, _)| matches(pattern, url.target()));
        deciding.is_none_or(|(_, allows)| *allows)
    }
}

/// Whether a text begins as the pattern says: `*` stands for any letters, `$` at the end for the
/// text's end.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, is_whole) =
        pattern.strip_suffix('$').map_or((pattern, false), |text| (text, true));
    let mut parts: Vec<&str> = pattern.split('*').collect();
    // What must be at the end is looked for there; all else as early as possible.
    let last = if is_whole { parts.pop() } else { None };
    let mut rest = text;
    for (n, part) in parts.iter().enumerate() {
        match rest.find(part) {
            Some(at) if at == 0 || n > 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    last.is_none_or(|last| if parts.is_empty() { rest == last } else { rest.ends_with(last) })
}
