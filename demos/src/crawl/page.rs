//! One request of a crawl, with all that belongs to it: robots.txt and pauses before, unpacking,
//! links and saving after.
//!
//! What is done with a body takes time that the other pages do not have to spare: it is done by a
//! small pool, unless the body is small and stays in memory.

use super::client::{Client, once};
use super::failure::{Failure, Fault, Fetch};
use super::frontier::Job;
use super::head::Head;
use super::links::{self, Links};
use super::options::Options;
use super::ration::Ration;
use super::response::Response;
use super::robots::Rules;
use super::store::Store;
use super::url::{Url, without_password};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use wakeful_reactor::ThreadPool;

/// Threads that unpack, look for links, and save.
pub const POOL: usize = 4;
/// A body of so many bytes, packed and unpacked, is dealt with at once.
const SMALL: u64 = 32 * 1024;
/// Redirects followed to a robots.txt.
const REDIRECTS: usize = 5;
/// A server that asks for a longer pause is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What came of one request.
pub enum Outcome {
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
    pub kind: Option<String>,
    /// Where it was saved, or why it was not.
    pub saved: Option<Fetch<PathBuf>>,
    /// Where its links lead, if they were asked for.
    pub links: Links,
    /// From the first request to the last byte.
    pub took: Duration,
}

pub struct Fetcher {
    pub client: Client,
    store: Option<Arc<Store>>,
    /// Works on bodies.
    pub pool: ThreadPool,
}

impl Fetcher {
    pub fn new(options: &Rc<Options>) -> io::Result<Self> {
        Ok(Fetcher {
            client: Client::new(options.clone())?,
            store: options.out.as_deref().map(Store::new).transpose()?.map(Arc::new),
            pool: ThreadPool::new(POOL).name("pages"),
        })
    }

    pub async fn fetch(&self, job: &Job) -> Fetch<Fetched> {
        let url = job.url();
        let delay = self.permitted(url).await?;
        let mut tries = 0;
        loop {
            self.client.turn(url, delay).await;
            let start = Instant::now();
            let ration = self.client.ration();
            let response = self.client.get(url, &ration, job.spent).await?;
            let pause = pause(&response.head, tries);
            let pause = pause.filter(|_| tries < self.client.options.retries);
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
    pub async fn read(&self, job: &Job, fetched: Fetched) -> Fetch<Outcome> {
        let Fetched { response, took, ration } = fetched;
        let Response { head, body, .. } = response;
        if head.is_redirect() {
            return self.elsewhere(job, &head).map(|next| Outcome::Elsewhere(next, took));
        }
        if head.status >= 400 {
            return Err(Failure::Status(head.status));
        }
        let Options { max_body, depth, .. } = *self.client.options;
        let (url, store) = (Url::clone(job.url()), self.store.clone());
        let limit = max_body.min(SMALL);
        let is_small = store.is_none() && body.len() as u64 <= limit;
        let work = move |limit| {
            let plain = unpacked(&head, &body, limit)?;
            let body = plain.as_deref().unwrap_or(&body);
            let save = |store: &Arc<Store>| store.save(&url, body).map_err(Failure::Save);
            let links = match depth != Some(0) && links::is_html(&head, body) {
                true => links::links(&url, body),
                false => Links::default(),
            };
            let (status, bytes, saved) = (head.status, body.len(), store.as_ref().map(save));
            let kind = head.field("content-type").map(String::from);
            Ok(Page { status, bytes, kind, saved, links, took })
        };
        let page = match is_small.then(|| work(limit)) {
            Some(Err(Failure::Response(Fault::BodyTooLarge(_)))) if limit < max_body => None,
            done => done,
        };
        let page = match page {
            Some(page) => page,
            None => self.on_pool(move || work(max_body)).await?,
        };
        drop(ration);
        page.map(Outcome::Page)
    }

    /// Whether robots.txt allows the page; the pause that it wants.
    async fn permitted(&self, url: &Url) -> Fetch<Duration> {
        let delay = self.client.options.delay;
        if self.client.options.no_robots {
            return Ok(delay);
        }
        let server = self.client.server(url);
        let rules = once(&server.rules, async { Box::pin(self.rules(url)).await }).await;
        let rules = rules.map_err(|(kind, why)| Failure::Robots(kind, why))?;
        let delay = delay.max(rules.delay.unwrap_or_default());
        let allowed = if rules.are_many() {
            let url = Url::clone(url);
            self.on_pool(move || rules.allow(&url)).await?
        } else {
            rules.allow(url)
        };
        allowed.then_some(delay).ok_or(Failure::Forbidden)
    }

    /// The rules of the server of `url`. One that cannot say what it allows, because it answers with
    /// an error of its own or not at all, allows nothing.
    async fn rules(&self, url: &Url) -> Result<Arc<Rules>, (&'static str, String)> {
        // Any page can be joined with a path.
        let mut at = url.join("/robots.txt").unwrap_or_else(|_| url.clone());
        let unknown = |at: &Url, why: String| {
            let text = format!("what robots.txt allows is not known, so nothing is: {at}: {why}");
            Err(("robots.txt", text))
        };
        for _ in 0..=REDIRECTS {
            let ration = self.client.ration();
            let response = match self.client.get(&at, &ration, Duration::ZERO).await {
                Ok(response) => response,
                // Without a server there is no page either, and this is why.
                Err(why) if why.is_without_connection() => {
                    return Err((why.kind(), why.to_string()));
                }
                Err(why) => return unknown(&at, why.to_string()),
            };
            let next = response.head.location().and_then(|target| at.join(target).ok());
            match (response.head.status, next) {
                (200..=299, _) => return Ok(Arc::new(Rules::parse(&response.body))),
                // One that is asked too often may have rules, too.
                (status @ (429 | 500..), _) => return unknown(&at, format!("status {status}")),
                (_, Some(next)) if response.head.is_redirect() => at = next,
                _ => break,
            }
        }
        Ok(Arc::default())
    }

    /// Where a redirect leads.
    fn elsewhere(&self, job: &Job, head: &Head) -> Fetch<Url> {
        let most = self.client.options.redirects;
        if job.hops() >= most {
            return Err(Failure::Redirects(most));
        }
        let none = || Failure::Location("no Location".to_string());
        let target = head.location().ok_or_else(none)?;
        job.url().join(target).map_err(|why| {
            let target = without_password(&String::from_utf8_lossy(target));
            Failure::Location(format!("{target}: {why}"))
        })
    }

    async fn on_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Fetch<T> {
        let job = self.pool.run(work).map_err(|why| Failure::Wrong(why.to_string()))?;
        job.await.map_err(|why| Failure::Wrong(why.to_string()))
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

/// The body unpacked, if it is packed. It must not outgrow `limit`: a small body can unpack to a
/// very large one.
fn unpacked(head: &Head, body: &[u8], limit: u64) -> Fetch<Option<Vec<u8>>> {
    let coding = head.field("content-encoding").unwrap_or("identity");
    // An empty body is none, whatever it is said to be.
    if coding.eq_ignore_ascii_case("identity") || body.is_empty() {
        return Ok(None);
    }
    if !coding.eq_ignore_ascii_case("gzip") && !coding.eq_ignore_ascii_case("x-gzip") {
        return Err(Failure::Coding(format!("content coding {coding:?} was not asked for")));
    }
    let mut unpacked = Vec::new();
    let mut decoder = MultiGzDecoder::new(body).take(limit.saturating_add(1));
    let read = decoder.read_to_end(&mut unpacked);
    read.map_err(|why| Failure::Coding(format!("bad gzip: {why}")))?;
    if unpacked.len() as u64 > limit {
        return Err(Failure::Response(Fault::BodyTooLarge(limit)));
    }
    Ok(Some(unpacked))
}
