//! `wakeful crawl`: the tasks that fetch, and the one that hands out the work.

use super::client::Client;
use super::frontier::{Frontier, Job};
use super::furture::{Loop, Task};
use super::options::Options;
use super::page::{self, Outcome, Page, Patience};
use super::report::Report;
use super::tls::Connector;
use super::url::Url;
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use wakeful_executor::Executor;

/// Pages under way at once; the command line allows no more.
const SLOTS: usize = 10_000;
/// Bytes of a page's coroutine; one that is larger does not compile.
const BYTES: usize = 4_096;

// All zeros: slots that are never used cost no memory.
static EXECUTOR: Executor<SLOTS, BYTES> = Executor::new();

/// Crawls, tells, and says whether every page came.
///
/// # Errors
/// A text on the command line that is no URL, before anything is fetched; or that what is told
/// cannot be written.
pub fn run(options: &Options) -> io::Result<bool> {
    let local = EXECUTOR
        .take()
        .ok_or_else(|| io::Error::other("a crawl is running already"))?;
    let tasks = Loop::new(local);
    let crawl = Rc::new(Crawl::new(options)?);
    tasks.run(crawl.hand_out(&tasks))?;
    let crawl = Rc::into_inner(crawl).ok_or_else(|| io::Error::other("a page is still there"))?;
    crawl.report.into_inner().finish()
}

/// What the tasks of a crawl share.
struct Crawl {
    client: Client,
    patience: Patience,
    frontier: RefCell<Frontier>,
    report: RefCell<Report>,
    /// Pages under way at once: what was asked for, or fewer when descriptors ran out.
    at_once: Cell<usize>,
    /// How often they had run out when it was last looked.
    shortages: Cell<u64>,
}

impl Crawl {
    fn new(options: &Options) -> io::Result<Self> {
        let per_host = options.per_host as usize;
        let mut frontier = Frontier::new(per_host);
        for text in &options.urls {
            let url = Url::parse(text);
            let url = url.map_err(|why| io::Error::other(format!("{text:?}: {why}")))?;
            frontier.discover(url, 0);
        }
        let connector = Connector::new(None)?;
        let client = Client::new(
            options.limits(),
            options.connect_timeout,
            per_host,
            connector,
        );
        let patience = Patience {
            page: options.timeout,
            redirects: options.redirects,
        };
        let report = RefCell::new(Report::new(frontier.waiting() as u64));
        let at_once = Cell::new(options.concurrency as usize);
        Ok(Crawl {
            client,
            patience,
            frontier: frontier.into(),
            report,
            at_once,
            shortages: Cell::new(0),
        })
    }

    /// Starts a task for each request, as long as there are any and as many at once as allowed.
    async fn hand_out<const B: usize>(self: &Rc<Self>, tasks: &Loop<B>) -> io::Result<()> {
        loop {
            tasks.at_most(self.at_once.get() - 1).await;
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
        let fetched = async move { page::fetch(&crawl.client, job, crawl.patience).await };
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
            Outcome::Failed(failure) => {
                self.report
                    .borrow_mut()
                    .failed(&job.first, &job.url, &failure);
            }
            Outcome::Page(page) => self.arrived(page),
        }
    }

    /// Out of file descriptors: from now on only as many pages at once as had one.
    fn go_slower_if_short(&self) {
        let shortages = self.client.shortages();
        if shortages == self.shortages.replace(shortages) {
            return;
        }
        let fewer = self.client.open().clamp(1, self.at_once.get());
        if fewer < self.at_once.replace(fewer) {
            let text =
                format!("slower: out of file descriptors, now at most {fewer} pages at once");
            self.report.borrow_mut().note(&text);
        }
    }

    fn arrived(&self, page: Page) {
        self.report.borrow_mut().page(&page);
    }
}
