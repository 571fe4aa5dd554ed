//! robots.txt (RFC 9309): what a server asks crawlers not to fetch. Honoured unless told otherwise.
//!
//! The rules are read once a server, before its first page, and matched by Google's algorithm
//! (`robotstxt`). A server without the file allows all; so does one that cannot be reached, whose
//! pages then fail with their own words. One that answers with a server error allows nothing.

use super::client::Client;
use super::failure::Failure;
use super::frontier::{Origin, origin};
use super::url::Url;
use robotstxt::DefaultMatcher;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wakeful_executor::sync::Mutex;

/// The name by which rules may mean this crawler.
const AGENT: &str = "wakeful";
/// What is behind so many bytes of the file is ignored, as RFC 9309 allows.
const LONGEST: usize = 500 * 1024;
/// Redirects followed to the file.
const REDIRECTS: usize = 5;

/// The rules of all servers.
#[derive(Default)]
pub struct Robots {
    servers: RefCell<HashMap<Origin, Rc<Mutex<Option<Rules>>>>>,
}

enum Rules {
    /// The file; empty where there is none.
    Text(String),
    /// The server could not say.
    Unknown(u16),
}

impl Robots {
    /// Whether `url` may be fetched.
    ///
    /// # Cancellation
    /// If it is reading the rules, the next page of the server will do so.
    pub async fn check(&self, client: &Client, url: &Url) -> Result<(), Failure> {
        let rules = self
            .servers
            .borrow_mut()
            .entry(origin(url))
            .or_insert_with(unread)
            .clone();
        // The lock makes the other pages of this server wait for the first one's answer.
        let mut rules = rules.lock().await;
        if rules.is_none() {
            *rules = Some(Box::pin(read(client, url)).await);
        }
        match rules.as_ref() {
            Some(Rules::Unknown(status)) => Err(Failure::Robots(format!(
                "robots.txt answers with status {status}, so nothing may be fetched"
            ))),
            Some(Rules::Text(text)) if !allows(text, url) => {
                Err(Failure::Robots("robots.txt forbids it".to_string()))
            }
            _ => Ok(()),
        }
    }
}

fn unread() -> Rc<Mutex<Option<Rules>>> {
    Rc::new(Mutex::new(None))
}

fn allows(text: &str, url: &Url) -> bool {
    text.is_empty()
        || DefaultMatcher::default().one_agent_allowed_by_robots(text, AGENT, &url.to_string())
}

async fn read(client: &Client, url: &Url) -> Rules {
    let mut at = Url {
        target: "/robots.txt".to_string(),
        ..url.clone()
    };
    for _ in 0..=REDIRECTS {
        let Ok(response) = client.get(&at).await else {
            break;
        };
        let next = response
            .head
            .field("location")
            .and_then(|target| at.join(target).ok());
        match response.head.status {
            200..=299 => {
                let end = response.body.len().min(LONGEST);
                return Rules::Text(String::from_utf8_lossy(&response.body[..end]).into_owned());
            }
            status @ 500.. => return Rules::Unknown(status),
            _ => match next {
                Some(next) if response.head.is_redirect() => at = next,
                _ => break,
            },
        }
    }
    Rules::Text(String::new())
}
