//! `wakeful crawl`: the tasks that fetch, and the one that hands out the work.

use super::failure::{Failure, Fetch};
use super::frontier::{CIRCLE, Fate, Frontier, Job};
use super::options::Options;
use super::page::{Fetcher, Outcome, Page};
use super::report::{MAX_PAGES, Report};
use super::robots::matches;
use super::url::{Url, without_password};
use crate::progress::counted;
use crate::system;
use futures_lite::future;
use std::cell::RefCell;
use std::io::{self, BufRead};
use std::process::ExitCode;
use std::rc::Rc;
use wakeful_executor::sync::Event;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::block_on;

/// Pages under way at once; the command line allows no more.
const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 4_096;
/// The exit codes that `--help` tells.
const PART: u8 = 1;
const USAGE: u8 = 2;
const INTERRUPTED: u8 = 130;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

/// Crawls, tells, and gives the exit code that `--help` tells. Ends early, with what was fetched
/// told and saved, when the program is interrupted.
pub fn run(options: Options) -> io::Result<ExitCode> {
    let crawl = match Crawl::new(Rc::new(options)) {
        Ok(crawl) => Rc::new(crawl),
        Err(why) => {
            eprintln!("wakeful: {why}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    let local = EXECUTOR.take().ok_or_else(|| io::Error::other("a crawl is running already"))?;
    let is_cut = block_on(local.run_until(async {
        let interrupted = async { system::interrupted().await.map(|()| true) };
        let all = async { crawl.hand_out(local).await.map(|()| false) };
        future::or(interrupted, all).await
    }))?;
    let under_way = local.len();
    local.clear();
    let crawl = Rc::into_inner(crawl).ok_or_else(|| io::Error::other("a page is still there"))?;
    // What the pool is writing is written.
    crawl.fetcher.pool.shutdown();
    let Book { mut frontier, mut report, .. } = crawl.book.into_inner();
    if is_cut {
        let left = counted((under_way + frontier.clear()) as u64, "page");
        report.cut = Some(format!("interrupted with {left} left"));
    }
    let whole = report.finish(&frontier)?;
    Ok(match (is_cut, whole) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(PART),
    })
}

/// What the tasks of a crawl share.
struct Crawl {
    fetcher: Fetcher,
    book: RefCell<Book>,
    /// Set when a server has answered or a page has ended.
    changed: Event,
}

/// What is to be done and what came of it.
struct Book {
    options: Rc<Options>,
    frontier: Frontier,
    report: Report,
    /// Where it began, and where that led: without leave, no link is followed to another site.
    roots: Vec<Url>,
}

impl Crawl {
    fn new(options: Rc<Options>) -> io::Result<Self> {
        let mut frontier = Frontier::new(options.per_host as usize, options.depth.is_some());
        let mut roots = Vec::new();
        for text in texts(&options.urls)? {
            let url = Url::parse(&text)
                .map_err(|why| io::Error::other(format!("{:?}: {why}", without_password(&text))))?;
            if frontier.found < options.max_pages {
                frontier.discover(url.clone(), None, 0);
            } else {
                frontier.leave_out(MAX_PAGES, &url);
            }
            roots.push(url);
        }
        let (fetcher, changed) = (Fetcher::new(&options)?, Event::new());
        let report = Report::new(frontier.found, options.clone());
        Ok(Crawl { fetcher, book: Book { options, frontier, report, roots }.into(), changed })
    }

    /// Starts a task for each request, as long as there are any and as many at once as allowed.
    async fn hand_out(self: &Rc<Self>, local: LocalExecutor<BYTES>) -> io::Result<()> {
        loop {
            let under_way = local.len();
            let next = self.book.borrow_mut().next(under_way);
            match next {
                Some(job) => {
                    let spawned = local.spawn_detached(self.clone().fetch(job));
                    spawned.map_err(|_| io::Error::other("no slot is free"))?;
                }
                None if under_way == 0 => break,
                // What waits, waits for its server, or for a page that leads to it.
                None => {
                    self.changed.wait().await;
                    self.changed.clear();
                }
            }
        }
        self.book.borrow_mut().circles();
        Ok(())
    }

    /// One request. While its page is read and saved, its server may have another.
    async fn fetch(self: Rc<Self>, job: Job) {
        let fetched = self.fetcher.fetch(&job).await;
        self.book.borrow_mut().frontier.answered(job.url());
        self.changed.set();
        let outcome = match fetched {
            Ok(fetched) => self.fetcher.read(&job, fetched).await,
            Err(failure) => Err(failure),
        };
        let mut book = self.book.borrow_mut();
        book.ended(job, outcome);
        if let Some(most) = self.fetcher.client.shortage() {
            let text = format!("slower: out of file descriptors, now at most {most} connections");
            book.report.note(&text);
        }
        self.changed.set();
    }
}

impl Book {
    fn next(&mut self, under_way: usize) -> Option<Job> {
        // When nobody reads what is told, there is no point in fetching more.
        let may = under_way < self.options.concurrency as usize && self.report.is_heard();
        may.then(|| self.frontier.take(under_way)).flatten()
    }

    /// A request is over: what it leads to joins the frontier, what it brought is told.
    fn ended(&mut self, mut job: Job, outcome: Fetch<Outcome>) {
        match outcome {
            Ok(Outcome::Page(page)) => self.arrived(&job, page),
            Ok(Outcome::Elsewhere(url, spent)) => {
                job.spent = spent;
                if let Some((job, fate)) = self.frontier.redirect(job, url) {
                    self.share(&job, &fate);
                    self.conclude(&job, &fate);
                }
            }
            Err(failure) => self.failed(&job, &failure),
        }
        self.report.show(self.frontier.found);
    }

    fn arrived(&mut self, job: &Job, page: Page) {
        if job.depth == 0 && job.hops() > 0 {
            self.roots.push(Url::clone(job.url()));
        }
        match &page.saved {
            Some(Err(failure)) => self.tell_failure(job, failure),
            _ => self.report.page(job, &page),
        }
        for url in page.links.urls {
            if self.frontier.refer(&url, job.url()) {
                continue;
            }
            match self.reason_against(&url, job) {
                None => self.frontier.discover(url, Some(job.url()), job.depth + 1),
                Some(reason) => {
                    if self.frontier.leave_out(reason, &url) && reason == MAX_PAGES {
                        self.report.left_out(&url, job.url());
                    }
                }
            }
        }
        self.conclude(job, &Ok(()));
    }

    /// Why a link is not followed, if there is a reason.
    fn reason_against(&self, url: &Url, from: &Job) -> Option<&'static str> {
        let is_any = |patterns: &[String]| patterns.iter().any(|p| matches(p, url.as_str()));
        let Options { any_host, include, exclude, depth, max_pages, .. } = &*self.options;
        if !any_host && !self.roots.iter().any(|root| root.same_site(url)) {
            Some("on other hosts")
        } else if is_any(exclude) || !(include.is_empty() || is_any(include)) {
            Some("by --include or --exclude")
        } else if depth.is_some_and(|depth| from.depth >= depth) {
            Some("beyond --depth")
        } else {
            (self.frontier.found >= *max_pages).then_some(MAX_PAGES)
        }
    }

    fn failed(&mut self, job: &Job, failure: &Failure) {
        self.tell_failure(job, failure);
        self.conclude(job, &Err(failure.to_string().into()));
    }

    fn tell_failure(&mut self, job: &Job, failure: &Failure) {
        self.report.failed(job, failure, self.frontier.referrer(job.first()));
    }

    /// All who were redirected to a page share its fate.
    fn conclude(&mut self, job: &Job, fate: &Fate) {
        for sharer in self.frontier.settle(job, fate) {
            self.share(&sharer, fate);
        }
    }

    fn share(&mut self, job: &Job, fate: &Fate) {
        match fate {
            Ok(()) => self.report.redirected(job),
            Err(why) => self.tell_failure(job, &Failure::Redirected(why.to_string())),
        }
    }

    /// What is left in the end: redirects that lead back to where they came from.
    fn circles(&mut self) {
        while let Some(job) = self.frontier.circle() {
            self.failed(&job, &Failure::Redirected(CIRCLE.to_string()));
        }
    }
}

/// The texts of the command line; `-` stands for the lines of standard input.
fn texts(given: &[String]) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for text in given {
        match &**text {
            "-" => texts.extend(io::stdin().lock().lines().collect::<io::Result<Vec<_>>>()?),
            text => texts.push(text.to_string()),
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    Ok(texts)
}
