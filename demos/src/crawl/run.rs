//! `wakeful crawl`: the tasks that fetch, and the one that hands out the work.

use super::client::Client;
use super::frontier::{Frontier, Job};
use super::furture::{Loop, Task};
use super::options::Options;
use super::page::{Fetcher, Outcome, Page};
use super::report::Report;
use super::robots::Robots;
use super::store::Store;
use super::tls::Connector;
use super::url::Url;
use futures_lite::{StreamExt, future};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::signal::{SIGINT, SIGTERM, Signals};

/// Pages under way at once; the command line allows no more.
const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 4_096;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

/// Crawls, tells, and says whether every page came. Ends early, with what was fetched told and
/// saved, when the program is interrupted.
///
/// # Errors
/// A text on the command line that is no URL, a folder or file of the options that cannot be used,
/// both before anything is fetched; or that what is told cannot be written.
pub fn run(options: &Options) -> io::Result<bool> {
    let local = EXECUTOR
        .take()
        .ok_or_else(|| io::Error::other("a crawl is running already"))?;
    let tasks = Loop::new(local);
    let crawl = Rc::new(Crawl::new(options)?);
    tasks.run(async {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let interrupted = async {
            signals.next().await;
            Ok(true)
        };
        let all = async { crawl.hand_out(&tasks).await.map(|()| false) };
        if future::or(interrupted, all).await? {
            crawl.stop(&local, "interrupted");
        }
        Ok::<(), io::Error>(())
    })?;
    let crawl = Rc::into_inner(crawl).ok_or_else(|| io::Error::other("a page is still there"))?;
    crawl.report.into_inner().finish()
}

/// What the tasks of a crawl share.
struct Crawl {
    fetcher: Fetcher,
    frontier: RefCell<Frontier>,
    report: RefCell<Report>,
    /// Where it began: without leave, no link leads to another server.
    roots: Vec<Url>,
    any_host: bool,
    max_pages: u64,
    /// Pages under way at once: what was asked for, or fewer when descriptors ran out.
    at_once: Cell<usize>,
    /// How often they had run out when it was last looked.
    shortages: Cell<u64>,
}

impl Crawl {
    fn new(options: &Options) -> io::Result<Self> {
        let parse = |text: &String| {
            let url = Url::parse(text);
            url.map_err(|why| io::Error::other(format!("{text:?}: {why}")))
        };
        let roots = options
            .urls
            .iter()
            .map(parse)
            .collect::<io::Result<Vec<Url>>>()?;
        let mut frontier = Frontier::new(options.per_host as usize);
        for url in roots.iter().take(options.max_pages as usize) {
            frontier.discover(url.clone(), 0);
        }
        let fetcher = Fetcher {
            client: Client::new(options.settings(), Connector::new(options.ca.as_ref())?),
            robots: (!options.no_robots).then(Robots::default),
            store: options.out.as_deref().map(Store::new).transpose()?,
            patience: options.timeout,
            redirects: options.redirects,
            max_body: options.max_body,
            depth: options.depth,
        };
        let report = Report::new(frontier.known() as u64, options.json);
        Ok(Crawl {
            fetcher,
            frontier: frontier.into(),
            report: report.into(),
            roots,
            any_host: options.any_host,
            max_pages: options.max_pages,
            at_once: Cell::new(options.concurrency as usize),
            shortages: Cell::new(0),
        })
    }

    /// Starts a task for each request, as long as there are any and as many at once as allowed.
    async fn hand_out<const B: usize>(self: &Rc<Self>, tasks: &Loop<B>) -> io::Result<()> {
        loop {
            tasks.at_most(self.at_once.get() - 1).await;
            if !self.report.borrow().is_heard() {
                // Nobody reads what is told: there is no point in fetching more.
                self.frontier.borrow_mut().clear();
            }
            let next = self.frontier.borrow_mut().take();
            match next {
                Some(job) => self.start(tasks, job)?,
                None if tasks.left() == 0 => return Ok(()),
                // What waits, waits for its server, or for a page that leads to it.
                None => tasks.at_most(tasks.left() - 1).await,
            }
        }
    }

    fn start<const B: usize>(self: &Rc<Self>, tasks: &Loop<B>, job: Job) -> io::Result<()> {
        let (crawl, asked) = (self.clone(), job.clone());
        let fetched = async move { crawl.fetcher.fetch(job).await };
        let crawl = self.clone();
        let at_end = move |outcome| crawl.ended(asked, outcome);
        tasks
            .start(Task::new(fetched, at_end))
            .map_err(io::Error::other)
    }

    /// A request is over: what it leads to joins the frontier, what it brought is told.
    fn ended(&self, job: Job, outcome: Outcome) {
        self.frontier.borrow_mut().ended(&job.url);
        self.go_slower_if_short();
        match outcome {
            Outcome::Elsewhere(next) => self.frontier.borrow_mut().push(next),
            Outcome::Failed(failure) => self.report.borrow_mut().failed(&job, &failure),
            Outcome::Page(page) => self.arrived(page),
        }
    }

    fn arrived(&self, page: Page) {
        let mut frontier = self.frontier.borrow_mut();
        for link in page.links.iter() {
            let near = self.any_host || self.roots.iter().any(|root| root.same_origin(link));
            if near && (frontier.known() as u64) < self.max_pages {
                frontier.discover(link.clone(), page.depth + 1);
            }
        }
        let mut report = self.report.borrow_mut();
        report.set_total(frontier.known() as u64);
        report.page(&page);
    }

    /// Out of file descriptors: from now on only as many pages at once as had one.
    fn go_slower_if_short(&self) {
        let shortages = self.fetcher.client.shortages();
        if shortages == self.shortages.replace(shortages) {
            return;
        }
        let fewer = self.fetcher.client.open().clamp(1, self.at_once.get());
        if fewer < self.at_once.replace(fewer) {
            let text =
                format!("slower: out of file descriptors, now at most {fewer} pages at once");
            self.report.borrow_mut().note(&text);
        }
    }

    /// Ends the crawl here: the pages under way are dropped, their connections closed.
    fn stop<const B: usize>(&self, local: &LocalExecutor<B>, why: &str) {
        let under_way = local.len();
        local.clear();
        let waiting = self.frontier.borrow_mut().clear();
        let left = under_way + waiting;
        self.report
            .borrow_mut()
            .cut(format!("{why} with {left} pages left"));
    }
}
