//! robots.txt (RFC 9309): what a server asks crawlers not to fetch. Honoured unless told otherwise.
//!
//! The file is read and parsed once a server, before its first page. A server without the file
//! allows all. One that cannot say what it allows, because it answers with an error of its own or
//! not at all, allows nothing.

use super::client::Client;
use super::ration::Ration;
use super::url::Url;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use wakeful_executor::sync::Mutex;

/// The name by which rules may mean this crawler.
const AGENT: &str = "wakeful";
/// What is behind so many bytes of the file is ignored, as RFC 9309 allows.
const LONGEST: usize = 500 * 1024;
/// Redirects followed to the file.
const REDIRECTS: usize = 5;
/// More rules than these take long to compare with a long URL.
const MANY: usize = 1_000;
/// A longer `Crawl-delay` is taken for this one.
const LONGEST_DELAY: f64 = 60.0;

/// The rules of all servers.
#[derive(Default)]
pub struct Robots {
    servers: RefCell<HashMap<String, Answer>>,
}

/// Why a server could not say: the kind of the failure, and its line.
pub type Unknown = (&'static str, String);

/// What a server said, once it has been asked.
type Answer = Rc<Mutex<Option<Result<Arc<Rules>, Unknown>>>>;

impl Robots {
    /// The rules of the server of `url`.
    ///
    /// # Errors
    /// Why the server could not say.
    ///
    /// # Cancellation
    /// If it is reading the rules, the next page of the server will do so.
    pub async fn of(&self, client: &Client, url: &Url) -> Result<Arc<Rules>, Unknown> {
        let answer = {
            let mut servers = self.servers.borrow_mut();
            servers
                .entry(url.origin().to_string())
                .or_insert_with(|| Rc::new(Mutex::new(None)))
                .clone()
        };
        // The lock makes the other pages of this server wait for the first one's answer.
        let mut answer = answer.lock().await;
        if answer.is_none() {
            *answer = Some(Box::pin(read(client, url)).await.map(Arc::new));
        }
        answer.clone().unwrap_or_else(|| Ok(Arc::default()))
    }
}

async fn read(client: &Client, url: &Url) -> Result<Rules, Unknown> {
    // Any page can be joined with a path.
    let mut at = url.join("/robots.txt").unwrap_or_else(|_| url.clone());
    let unknown = |at: &Url, why: String| {
        let text = format!("what robots.txt allows is not known, so nothing is: {at}: {why}");
        Err(("robots.txt", text))
    };
    for _ in 0..=REDIRECTS {
        let ration = Ration::new(&client.settings);
        let response = match ration.get(client, &at, Duration::ZERO).await {
            Ok(response) => response,
            // Without a server there is no page either, and this is why.
            Err(why) if why.is_without_connection() => return Err((why.kind(), why.to_string())),
            Err(why) => return unknown(&at, why.to_string()),
        };
        let next = response.head.location();
        let next = next.and_then(|target| at.join(target).ok());
        match (response.head.status, next) {
            (200..=299, _) => {
                let end = response.body.len().min(LONGEST);
                return Ok(Rules::parse(&response.body[..end]));
            }
            // One that is asked too often may have rules, too.
            (status @ (429 | 500..), _) => return unknown(&at, format!("status {status}")),
            (_, Some(next)) if response.head.is_redirect() => at = next,
            _ => break,
        }
    }
    Ok(Rules::default())
}

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
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = String::from_utf8_lossy(text);
        let (mut own, mut all) = (None, Rules::default());
        let (mut is_own, mut is_all, mut in_names) = (false, false, false);
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
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
    let (pattern, is_whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !is_whole || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        // What must be at the end is looked for there; all else as early as possible.
        if is_whole && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}
