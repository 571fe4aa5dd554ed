//! One request of a crawl: what came of it, and what it leads to.

use super::client::Client;
use super::failure::Failure;
use super::frontier::Job;
use super::response::Response;
use super::url::Url;
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

/// A whole page.
pub struct Page {
    /// Where it was found in the end.
    pub url: Url,
    /// What was asked for.
    pub first: Url,
    /// Links followed to what was asked for.
    pub depth: usize,
    /// Head and body.
    pub response: Response,
    /// From the first request to the last byte.
    pub took: Duration,
}

/// How long a page may take and how often it may be elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the page, redirects included.
    pub page: Duration,
    /// Redirects.
    pub redirects: usize,
}

/// Makes one request.
///
/// # Cancellation
/// The connection is closed.
pub async fn fetch(client: &Client, job: Job, patience: Patience) -> Outcome {
    let start = Instant::now();
    let left = patience.page.saturating_sub(job.spent);
    let result = match timeout(left, client.get(&job.url)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::Timeout(patience.page)),
    };
    match result {
        Ok(response) if response.head.is_redirect() => {
            elsewhere(&job, &response, start.elapsed(), patience)
                .map_or_else(Outcome::Failed, Outcome::Elsewhere)
        }
        Ok(response) if response.head.status >= 400 => {
            Outcome::Failed(Failure::Status(response.head.status))
        }
        Ok(response) => {
            let Job {
                url,
                first,
                depth,
                spent,
                ..
            } = job;
            Outcome::Page(Page {
                url,
                first,
                depth,
                response,
                took: spent + start.elapsed(),
            })
        }
        Err(failure) => Outcome::Failed(failure),
    }
}

/// The request that a redirect asks for.
fn elsewhere(
    job: &Job,
    response: &Response,
    took: Duration,
    patience: Patience,
) -> Result<Job, Failure> {
    if job.hops >= patience.redirects {
        return Err(Failure::Redirects(patience.redirects));
    }
    let target = response
        .head
        .field("location")
        .ok_or(Failure::Location("no Location".into()))?;
    let url = job
        .url
        .join(target)
        .map_err(|why| Failure::Location(format!("{target}: {why}")))?;
    Ok(Job {
        url,
        hops: job.hops + 1,
        spent: job.spent + took,
        ..job.clone()
    })
}
