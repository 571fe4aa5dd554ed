//! One request of a crawl, with all that belongs to it: robots.txt before, unpacking, links and
//! saving after.

use super::client::Client;
use super::decode;
use super::failure::Failure;
use super::frontier::Job;
use super::links;
use super::response::Response;
use super::robots::Robots;
use super::store::Store;
use super::url::Url;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wakeful_reactor::timeout;

/// What came of one request.
pub enum Outcome {
    /// The page.
    Page(Page),
    /// The page is elsewhere: another request has to be made.
    Elsewhere(Job),
    /// No page.
    Failed(Failure),
}

/// A page that came whole.
pub struct Page {
    /// Where it was found in the end.
    pub url: Url,
    /// What was asked for.
    pub first: Url,
    /// Links followed to what was asked for.
    pub depth: usize,
    /// The status, below 400.
    pub status: u16,
    /// Bytes of the body, unpacked.
    pub bytes: usize,
    /// The `Content-Type`.
    pub kind: Option<String>,
    /// Where it was saved.
    pub file: Option<PathBuf>,
    /// Where its links lead, if they were asked for.
    pub links: Vec<Url>,
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
    pub store: Option<Store>,
    /// How long a page may take, redirects included.
    pub patience: Duration,
    /// How often it may be elsewhere.
    pub redirects: usize,
    /// The largest body, unpacked.
    pub max_body: u64,
    /// Links are looked for on pages of less depth than this.
    pub depth: usize,
}

impl Fetcher {
    /// Makes one request.
    ///
    /// # Cancellation
    /// The connection is closed.
    pub async fn fetch(&self, job: Job) -> Outcome {
        let start = Instant::now();
        let left = self.patience.saturating_sub(job.spent);
        let response = match timeout(left, self.respond(&job.url)).await {
            Ok(Ok(response)) => response,
            Ok(Err(failure)) => return Outcome::Failed(failure),
            Err(_) => return Outcome::Failed(Failure::Timeout(self.patience)),
        };
        let took = job.spent + start.elapsed();
        if response.head.is_redirect() {
            let next = self.elsewhere(&job, &response, took);
            return next.map_or_else(Outcome::Failed, Outcome::Elsewhere);
        }
        if response.head.status >= 400 {
            return Outcome::Failed(Failure::Status(response.head.status));
        }
        self.page(job, response, took)
            .await
            .map_or_else(Outcome::Failed, Outcome::Page)
    }

    async fn respond(&self, url: &Url) -> Result<Response, Failure> {
        if let Some(robots) = &self.robots {
            robots.check(&self.client, url).await?;
        }
        self.client.get(url).await
    }

    /// The request that a redirect asks for.
    fn elsewhere(&self, job: &Job, response: &Response, spent: Duration) -> Result<Job, Failure> {
        if job.hops >= self.redirects {
            return Err(Failure::Redirects(self.redirects));
        }
        let none = || Failure::Location("no Location".to_string());
        let target = response.head.field("location").ok_or_else(none)?;
        let url = job.url.join(target);
        let url = url.map_err(|why| Failure::Location(format!("{target}: {why}")))?;
        Ok(Job {
            url,
            hops: job.hops + 1,
            spent,
            ..job.clone()
        })
    }

    async fn page(&self, job: Job, response: Response, took: Duration) -> Result<Page, Failure> {
        let Response { head, body, .. } = decode::unpack(response, self.max_body)?;
        let Job {
            url, first, depth, ..
        } = job;
        let follow = depth < self.depth && links::is_html(&head);
        let links = if follow {
            links::links(&url, &body)
        } else {
            Vec::new()
        };
        let (status, bytes) = (head.status, body.len());
        let kind = head.field("content-type").map(String::from);
        let file = match &self.store {
            Some(store) => Some(store.save(&url, body).await.map_err(Failure::Save)?),
            None => None,
        };
        Ok(Page {
            url,
            first,
            depth,
            status,
            bytes,
            kind,
            file,
            links,
            took,
        })
    }
}
