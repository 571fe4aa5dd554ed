//! `wakeful crawl`: the tasks that fetch, and the one that hands out the work.

use super::client::Client;
use super::failure::Failure;
use super::frontier::{CIRCLE, Fate, Frontier, Job};
use super::options::Options;
use super::page::{Fetcher, Outcome, POOL, Page};
use super::report::{MAX_PAGES, Report};
use super::robots::{Robots, matches};
use super::store::Store;
use super::tls::Connector;
use super::url::{Url, without_password};
use crate::system;
use futures_lite::future;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, BufRead};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::ThreadPool;
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
///
/// # Errors
/// What is told cannot be written.
pub fn run(options: &Options) -> io::Result<ExitCode> {
    let crawl = match Crawl::new(options) {
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
    if is_cut {
        let under_way = local.len();
        local.clear();
        crawl.stop(under_way);
    }
    let crawl = Rc::into_inner(crawl).ok_or_else(|| io::Error::other("a page is still there"))?;
    // What the pool is writing is written.
    crawl.fetcher.pool.shutdown();
    let whole = crawl.report.into_inner().finish(&crawl.frontier.into_inner())?;
    Ok(match (is_cut, whole) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(PART),
    })
}

/// What the tasks of a crawl share.
struct Crawl {
    fetcher: Fetcher,
    frontier: RefCell<Frontier>,
    report: RefCell<Report>,
    /// Where it began, and where that led: without leave, no link is followed to another site.
    roots: RefCell<Vec<Url>>,
    any_host: bool,
    include: Vec<String>,
    exclude: Vec<String>,
    max_pages: u64,
    depth: usize,
    /// Pages under way at once.
    at_once: usize,
    /// Whether a server has answered or a page has ended, and who waits for that.
    has_changed: Cell<bool>,
    waiter: Cell<Option<Waker>>,
}

impl Crawl {
    fn new(options: &Options) -> io::Result<Self> {
        let mut frontier = Frontier::new(options.per_host as usize, options.depth.is_some());
        let mut roots = Vec::new();
        for text in texts(&options.urls)? {
            let url = Url::parse(&text)
                .map_err(|why| io::Error::other(format!("{:?}: {why}", without_password(&text))))?;
            if frontier.found() < options.max_pages {
                frontier.discover(url.clone(), None, 0);
            } else {
                frontier.leave_out(MAX_PAGES, &url);
            }
            roots.push(url);
        }
        let fetcher = Fetcher {
            client: Client::new(options.settings(), Connector::new(options.ca.as_ref())?),
            robots: (!options.no_robots).then(Robots::default),
            store: options.out.as_deref().map(Store::new).transpose()?.map(Arc::new),
            pool: ThreadPool::new(POOL).name("pages"),
            redirects: options.redirects,
            retries: options.retries,
            delay: options.delay,
            find_links: options.depth != Some(0),
        };
        let whole = |patterns: &[String]| patterns.iter().map(|text| format!("{text}$")).collect();
        Ok(Crawl {
            fetcher,
            report: Report::new(frontier.found(), options.json, options.quiet).into(),
            frontier: frontier.into(),
            roots: roots.into(),
            any_host: options.any_host,
            include: whole(&options.include),
            exclude: whole(&options.exclude),
            max_pages: options.max_pages,
            depth: options.depth.unwrap_or(usize::MAX),
            at_once: options.concurrency as usize,
            has_changed: Cell::default(),
            waiter: Cell::default(),
        })
    }

    /// Starts a task for each request, as long as there are any and as many at once as allowed.
    async fn hand_out(self: &Rc<Self>, local: LocalExecutor<BYTES>) -> io::Result<()> {
        loop {
            if !self.report.borrow().is_heard() {
                // Nobody reads what is told: there is no point in fetching more.
                self.frontier.borrow_mut().clear();
            }
            let open = self.frontier.borrow().open();
            let next = match open < self.at_once {
                true => self.frontier.borrow_mut().take(),
                false => None,
            };
            match next {
                Some(job) => {
                    let spawned = local.spawn_detached(self.clone().fetch(job));
                    spawned.map_err(|_| io::Error::other("no slot is free"))?;
                }
                None if open == 0 => break,
                // What waits, waits for its server, or for a page that leads to it.
                None => self.change().await,
            }
        }
        loop {
            let circle = self.frontier.borrow_mut().circle();
            let Some(job) = circle else { return Ok(()) };
            self.failed(&job, &Failure::Redirected(CIRCLE.to_string()));
        }
    }

    /// Waits until a server has answered or a page has ended.
    async fn change(&self) {
        poll_fn(|cx| {
            if self.has_changed.take() {
                return Poll::Ready(());
            }
            self.waiter.set(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    fn changed(&self) {
        self.has_changed.set(true);
        if let Some(waiter) = self.waiter.take() {
            waiter.wake();
        }
    }

    /// One request. While its page is read and saved, its server may have another.
    async fn fetch(self: Rc<Self>, job: Job) {
        let fetched = self.fetcher.fetch(&job).await;
        self.frontier.borrow_mut().answered(job.url());
        self.changed();
        let outcome = match fetched {
            Ok(fetched) => self.fetcher.read(&job, fetched).await,
            Err(failure) => Err(failure),
        };
        self.ended(job, outcome);
    }

    /// A request is over: what it leads to joins the frontier, what it brought is told.
    fn ended(&self, mut job: Job, outcome: Result<Outcome, Failure>) {
        self.frontier.borrow_mut().ended();
        match outcome {
            Ok(Outcome::Page(page)) => self.arrived(&job, page),
            Ok(Outcome::Elsewhere(url, spent)) => {
                job.spent = spent;
                let known = self.frontier.borrow_mut().redirect(job, url);
                if let Some((job, fate)) = known {
                    self.share(&job, &fate);
                    self.conclude(&job, &fate);
                }
            }
            Err(failure) => self.failed(&job, &failure),
        }
        if let Some(most) = self.fetcher.client.shortage() {
            let text = format!("slower: out of file descriptors, now at most {most} connections");
            self.report.borrow_mut().note(&text);
        }
        let found = self.frontier.borrow().found();
        self.report.borrow_mut().show(found);
        self.changed();
    }

    fn arrived(&self, job: &Job, page: Page) {
        if job.depth == 0 && job.hops() > 0 {
            self.roots.borrow_mut().push(Url::clone(job.url()));
        }
        match &page.unsaved {
            Some(failure) => self.tell_failure(job, failure),
            None => self.report.borrow_mut().page(job, &page),
        }
        let mut report = self.report.borrow_mut();
        let mut frontier = self.frontier.borrow_mut();
        for url in page.links.urls {
            if frontier.refer(&url, job.url()) {
                continue;
            }
            let reason = self.reason_against(&url, job, frontier.found());
            match reason {
                None => frontier.discover(url, Some(job.url()), job.depth + 1),
                Some(reason) => {
                    let is_new = frontier.leave_out(reason, &url);
                    if is_new && reason == MAX_PAGES {
                        report.left_out(&url, job.url());
                    }
                }
            }
        }
        drop((report, frontier));
        self.conclude(job, &Fate::Came);
    }

    /// Why a link is not followed, if there is a reason.
    fn reason_against(&self, url: &Url, from: &Job, found: u64) -> Option<&'static str> {
        let is_any = |patterns: &[String]| patterns.iter().any(|p| matches(p, url.as_str()));
        if !self.any_host && !self.roots.borrow().iter().any(|root| root.same_site(url)) {
            Some("on other hosts")
        } else if is_any(&self.exclude) || !(self.include.is_empty() || is_any(&self.include)) {
            Some("by --include or --exclude")
        } else if from.depth >= self.depth {
            Some("beyond --depth")
        } else if found >= self.max_pages {
            Some(MAX_PAGES)
        } else {
            None
        }
    }

    fn failed(&self, job: &Job, failure: &Failure) {
        self.tell_failure(job, failure);
        self.conclude(job, &Fate::Failed(failure.to_string().into()));
    }

    fn tell_failure(&self, job: &Job, failure: &Failure) {
        let frontier = self.frontier.borrow();
        let from = frontier.referrer(job.first()).map(|from| &**from);
        self.report.borrow_mut().failed(job, failure, from);
    }

    /// All who were redirected to a page share its fate.
    fn conclude(&self, job: &Job, fate: &Fate) {
        let sharers = self.frontier.borrow_mut().settle(job, fate);
        sharers.iter().for_each(|sharer| self.share(sharer, fate));
    }

    fn share(&self, job: &Job, fate: &Fate) {
        match fate {
            Fate::Came => self.report.borrow_mut().redirected(job),
            Fate::Failed(why) => self.tell_failure(job, &Failure::Redirected(why.to_string())),
        }
    }

    /// Ends the crawl here: the pages under way were dropped, their connections closed.
    fn stop(&self, under_way: usize) {
        let left = under_way + self.frontier.borrow_mut().clear();
        let left = crate::progress::counted(left as u64, "page");
        self.report.borrow_mut().cut(format!("interrupted with {left} left"));
    }
}

/// The texts of the command line; `-` stands for the lines of standard input.
fn texts(given: &[String]) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for text in given {
        if text != "-" {
            texts.push(text.clone());
            continue;
        }
        for line in io::stdin().lock().lines() {
            let line = line?.trim().to_string();
            if !line.is_empty() {
                texts.push(line);
            }
        }
    }
    Ok(texts)
}
