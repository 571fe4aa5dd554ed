//! One request of a crawl, with all that belongs to it: robots.txt and pauses before, unpacking,
//! links and saving after.
//!
//! What is done with a body takes time that the other pages do not have to spare: it is done by a
//! small pool, unless the body is small and stays in memory.

use super::client::Client;
use super::decode;
use super::failure::Failure;
use super::fault::Fault;
use super::frontier::Job;
use super::head::Head;
use super::links::{self, Links};
use super::ration::Ration;
use super::response::Response;
use super::robots::Robots;
use super::store::Store;
use super::url::Url;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use wakeful_reactor::ThreadPool;

/// Threads that unpack, look for links, and save.
pub const POOL: usize = 4;
/// A body of so many bytes, packed and unpacked, is dealt with at once.
const SMALL: u64 = 32 * 1024;
/// A server that asks for a longer pause is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What came of one request.
pub enum Outcome {
    /// The page.
    Page(Page),
    /// The page is elsewhere: so much time later, another request has to be made.
    Elsewhere(Url, Duration),
}

/// A response, the time that it took, and the memory that it holds.
pub struct Fetched {
    response: Response,
    took: Duration,
    ration: Ration,
}

/// A page that came whole.
pub struct Page {
    /// The status, below 400.
    pub status: u16,
    /// Bytes of the body, unpacked.
    pub bytes: usize,
    /// The `Content-Type`.
    pub kind: Option<String>,
    /// Where it was saved.
    pub file: Option<PathBuf>,
    /// Why it was not.
    pub unsaved: Option<Failure>,
    /// Where its links lead, if they were asked for.
    pub links: Links,
    /// From the first request to the last byte.
    pub took: Duration,
}

/// Makes requests as the options want them.
pub struct Fetcher {
    /// Makes connections and keeps them.
    pub client: Client,
    /// The rules that are honoured.
    pub robots: Option<Robots>,
    /// Where pages are saved.
    pub store: Option<Arc<Store>>,
    /// Works on bodies.
    pub pool: ThreadPool,
    /// How often a page may be elsewhere.
    pub redirects: usize,
    /// How often a page that is asked for too early is asked for again.
    pub retries: u32,
    /// The time between two requests to one server.
    pub delay: Duration,
    /// Whether links are looked for.
    pub find_links: bool,
}

impl Fetcher {
    /// Makes one request.
    ///
    /// # Cancellation
    /// The connection is closed.
    pub async fn fetch(&self, job: &Job) -> Result<Fetched, Failure> {
        let url = job.url();
        let delay = self.permitted(url).await?;
        let mut tries = 0;
        loop {
            self.client.turn(url, delay).await;
            let start = Instant::now();
            let ration = Ration::new(&self.client.settings);
            let response = ration.get(&self.client, url, job.spent).await?;
            let pause = pause(&response.head, tries).filter(|_| tries < self.retries);
            let Some(pause) = pause else {
                let took = job.spent + start.elapsed();
                return Ok(Fetched { response, took, ration });
            };
            if pause > LONGEST_PAUSE {
                return Err(Failure::Later(response.head.status, pause));
            }
            tries += 1;
            self.client.pause(url, pause);
        }
    }

    /// What a response comes to.
    ///
    /// # Cancellation
    /// What the pool does, it finishes.
    pub async fn read(&self, job: &Job, fetched: Fetched) -> Result<Outcome, Failure> {
        let Fetched { response, took, ration } = fetched;
        let Response { head, body, .. } = response;
        if head.is_redirect() {
            return self.elsewhere(job, &head).map(|next| Outcome::Elsewhere(next, took));
        }
        if head.status >= 400 {
            return Err(Failure::Status(head.status));
        }
        let work = Work {
            url: Url::clone(job.url()),
            max_body: self.client.settings.limits.body,
            find_links: self.find_links,
            store: self.store.clone(),
            head,
            body,
        };
        let page = self.work(work).await;
        drop(ration);
        page.map(|page| Outcome::Page(Page { took, ..page }))
    }

    /// Whether robots.txt allows the page; the pause that it wants.
    async fn permitted(&self, url: &Url) -> Result<Duration, Failure> {
        let Some(robots) = &self.robots else {
            return Ok(self.delay);
        };
        let rules =
            robots.of(&self.client, url).await.map_err(|(kind, why)| Failure::Robots(kind, why))?;
        let delay = self.delay.max(rules.delay.unwrap_or_default());
        let allowed = if rules.are_many() {
            let url = Url::clone(url);
            self.on_pool(move || rules.allow(&url)).await?
        } else {
            rules.allow(url)
        };
        allowed.then_some(delay).ok_or(Failure::Forbidden)
    }

    /// Where a redirect leads.
    fn elsewhere(&self, job: &Job, head: &Head) -> Result<Url, Failure> {
        if job.hops() >= self.redirects {
            return Err(Failure::Redirects(self.redirects));
        }
        let none = || Failure::Location("no Location".to_string());
        let target = head.location().ok_or_else(none)?;
        job.url().join(target).map_err(|why| {
            let target = super::url::without_password(&String::from_utf8_lossy(target));
            Failure::Location(format!("{target}: {why}"))
        })
    }

    async fn work(&self, work: Work) -> Result<Page, Failure> {
        let limit = work.max_body.min(SMALL);
        if work.store.is_none() && work.body.len() as u64 <= limit {
            match work.run(limit) {
                Err(Failure::Response(Fault::BodyTooLarge(_))) if limit < work.max_body => {}
                done => return done,
            }
        }
        self.on_pool(move || work.run(work.max_body)).await?
    }

    async fn on_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let job = self.pool.run(work);
        let job = job.map_err(|why| Failure::Wrong(why.to_string()))?;
        job.await.map_err(|why| Failure::Wrong(why.to_string()))
    }
}

/// What is to be done with a body.
struct Work {
    url: Url,
    head: Head,
    body: Vec<u8>,
    max_body: u64,
    find_links: bool,
    store: Option<Arc<Store>>,
}

impl Work {
    fn run(&self, limit: u64) -> Result<Page, Failure> {
        let unpacked = decode::unpacked(&self.head, &self.body, limit)?;
        let body = unpacked.as_deref().unwrap_or(&self.body);
        let saved = self.store.as_ref().map(|store| store.save(&self.url, body));
        let (file, unsaved) = match saved {
            Some(Ok(file)) => (Some(file), None),
            Some(Err(why)) => (None, Some(Failure::Save(why))),
            None => (None, None),
        };
        let links = match self.find_links && links::is_html(&self.head, body) {
            true => links::links(&self.url, body),
            false => Links::default(),
        };
        Ok(Page {
            status: self.head.status,
            bytes: body.len(),
            kind: self.head.field("content-type").map(String::from),
            file,
            unsaved,
            links,
            took: Duration::ZERO,
        })
    }
}

/// How long the server wants the next try to wait, if it may have one: what its `Retry-After` says,
/// in seconds or as a date, or else longer each time.
fn pause(head: &Head, tries: u32) -> Option<Duration> {
    if !matches!(head.status, 429 | 503) {
        return None;
    }
    let said = head.field("retry-after").and_then(|text| match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = httpdate::parse_http_date(text).ok()?;
            Some(at.duration_since(SystemTime::now()).unwrap_or_default())
        }
    });
    Some(said.unwrap_or(Duration::from_secs(1 << tries.min(5))))
}
