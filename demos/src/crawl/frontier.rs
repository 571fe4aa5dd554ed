//! The frontier: which pages are to be fetched, which of them may start now, and what became of
//! each.
//!
//! Pure bookkeeping, without sockets or tasks. Servers take turns, and none has more than its share
//! of pages under way, so that a slow one cannot hold up the rest. Where links are followed to a
//! limited depth only, all pages of a depth are done before the next begins: a page is then known
//! by its shortest way, whatever the order in which pages arrive.
//!
//! Invariants: `turn` holds each server once that has a page waiting and may start it, and no
//! other; a page is `known` from its first link on, and fetched once; a redirect to a known page
//! waits for that page's fate, and shares it.

use super::url::Url;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::time::Duration;

/// Of the pages that lead to a page, so many are remembered.
const REFERRERS: usize = 16;
/// Of the pages that are left out, so many are told apart.
const LEFT_OUT: usize = 1_000_000;

/// Why a page fails that is redirected to where it was redirected from.
pub const CIRCLE: &str = "in a circle";

/// One request to be made.
#[derive(Debug, Clone)]
pub struct Job {
    /// What was asked for: first, and then wherever redirects led.
    chain: Vec<Rc<Url>>,
    /// Links followed from a URL of the command line to the first one.
    pub depth: usize,
    pub spent: Duration,
}

impl Job {
    pub fn url(&self) -> &Rc<Url> {
        &self.chain[self.chain.len() - 1]
    }

    /// What was asked for first: another URL where a redirect led here.
    pub fn first(&self) -> &Rc<Url> {
        &self.chain[0]
    }

    pub fn hops(&self) -> usize {
        self.chain.len() - 1
    }
}

/// What became of a page: it came, or why it did not, in a line.
pub type Fate = Result<(), Rc<str>>;

#[derive(Default)]
struct Known {
    fate: Option<Fate>,
    /// Redirects that led here before the fate was known.
    sharers: Vec<Job>,
    referrers: Vec<Rc<Url>>,
    more_referrers: u64,
}

#[derive(Default)]
struct Server {
    waiting: VecDeque<Job>,
    active: usize,
}

#[derive(Default)]
pub struct Frontier {
    per_server: usize,
    in_levels: bool,
    servers: HashMap<String, Server>,
    turn: VecDeque<String>,
    known: HashMap<Rc<Url>, Known>,
    /// Pages of the next depth, where they have to wait for it.
    later: Vec<Job>,
    /// Pages that were found by links, not by redirects; fetched or not.
    pub found: u64,
    /// For each reason, the pages that are left out, by their hash.
    left_out: BTreeMap<&'static str, HashSet<u64>>,
    hasher: RandomState,
}

impl Frontier {
    /// Nothing to do yet; no server will have more than `per_server` pages under way.
    pub fn new(per_server: usize, in_levels: bool) -> Self {
        Frontier { per_server, in_levels, ..Frontier::default() }
    }

    /// Adds a link to a page that is known already. `false` if it is not.
    pub fn refer(&mut self, url: &Url, from: &Rc<Url>) -> bool {
        let Some(known) = self.known.get_mut(url) else { return false };
        match known.referrers.len() < REFERRERS {
            true => known.referrers.push(from.clone()),
            false => known.more_referrers += 1,
        }
        true
    }

    /// Adds a page, unless it is known: one of the command line, or one that `from` leads to.
    pub fn discover(&mut self, url: Url, from: Option<&Rc<Url>>, depth: usize) {
        if self.known.contains_key(&url) {
            return;
        }
        let url = self.know(url, from.cloned());
        self.found += 1;
        let job = Job { chain: vec![url], depth, spent: Duration::ZERO };
        if self.in_levels && depth > 0 {
            self.later.push(job);
        } else {
            self.push(job);
        }
    }

    fn know(&mut self, url: Url, referrer: Option<Rc<Url>>) -> Rc<Url> {
        let (url, referrers) = (Rc::new(url), referrer.into_iter().collect());
        self.known.insert(url.clone(), Known { referrers, ..Known::default() });
        url
    }

    /// A redirect led `job` to `url`. If that page's fate is known, the job shares it, and both are
    /// given back; if it is not, the job will share it.
    pub fn redirect(&mut self, mut job: Job, url: Url) -> Option<(Job, Fate)> {
        if job.chain.iter().any(|passed| **passed == url) {
            return Some((job, Err(CIRCLE.into())));
        }
        if let Some(known) = self.known.get_mut(&url) {
            job.chain.push(Rc::new(url));
            match known.fate.clone() {
                Some(fate) => return Some((job, fate)),
                None => known.sharers.push(job),
            }
        } else {
            job.chain.push(self.know(url, None));
            self.push(job);
        }
        None
    }

    /// What became of a job; gives the jobs that share its fate.
    pub fn settle(&mut self, job: &Job, fate: &Fate) -> Vec<Job> {
        let (mut sharers, mut at): (Vec<Job>, usize) = (Vec::new(), 0);
        let mut chain = job.chain.clone();
        loop {
            for url in chain {
                if let Some(known) = self.known.get_mut(&url) {
                    known.fate = Some(fate.clone());
                    sharers.append(&mut known.sharers);
                }
            }
            let Some(sharer) = sharers.get(at) else { return sharers };
            chain = sharer.chain.clone();
            at += 1;
        }
    }

    /// A job whose redirects lead back to where they came from, once nothing else is left.
    pub fn circle(&mut self) -> Option<Job> {
        self.known.values_mut().find_map(|known| known.sharers.pop())
    }

    fn push(&mut self, job: Job) {
        let origin = job.url().origin().to_string();
        let server = self.servers.entry(origin.clone()).or_default();
        let had_turn = !server.waiting.is_empty() && server.active < self.per_server;
        // A page that is under way goes before those that are not.
        match job.hops() {
            0 => server.waiting.push_back(job),
            _ => server.waiting.push_front(job),
        }
        if !had_turn && server.active < self.per_server {
            self.turn.push_back(origin);
        }
    }

    /// A request that may start now, beside those under way. Its server's answer must be told by
    /// [`answered`](Self::answered).
    pub fn take(&mut self, under_way: usize) -> Option<Job> {
        if self.turn.is_empty() && under_way == 0 {
            for job in std::mem::take(&mut self.later) {
                self.push(job);
            }
        }
        let origin = self.turn.pop_front()?;
        let server = self.servers.get_mut(&origin)?;
        let job = server.waiting.pop_front()?;
        server.active += 1;
        if !server.waiting.is_empty() && server.active < self.per_server {
            self.turn.push_back(origin);
        }
        Some(job)
    }

    /// The server of a request that [`take`](Self::take) gave has answered, or will not.
    pub fn answered(&mut self, url: &Url) {
        let Some(server) = self.servers.get_mut(url.origin()) else { return };
        let was_full = server.active == self.per_server;
        server.active -= 1;
        if was_full && !server.waiting.is_empty() {
            self.turn.push_back(url.origin().to_string());
        }
    }

    /// A page is not fetched, for this reason. `true` if it was not left out for it before.
    pub fn leave_out(&mut self, reason: &'static str, url: &Url) -> bool {
        let hash = self.hasher.hash_one(url);
        let pages = self.left_out.entry(reason).or_default();
        pages.len() < LEFT_OUT && pages.insert(hash)
    }

    /// For each reason, how many pages are left out.
    pub fn left_out(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.left_out.iter().map(|(reason, pages)| (*reason, pages.len()))
    }

    /// A page that leads to this one.
    pub fn referrer(&self, url: &Url) -> Option<&Rc<Url>> {
        self.known.get(url)?.referrers.first()
    }

    /// The links that lead to pages that did not come: for each page that has some, where they lead
    /// and why that failed. And how many more there are than are remembered.
    pub fn broken(&self) -> (BTreeMap<&Url, BTreeMap<&Url, &str>>, u64) {
        let mut broken: BTreeMap<&Url, BTreeMap<&Url, &str>> = BTreeMap::new();
        let mut more = 0;
        for (url, known) in &self.known {
            let Some(Err(why)) = &known.fate else { continue };
            more += known.more_referrers;
            for page in &known.referrers {
                broken.entry(page).or_default().insert(url, why);
            }
        }
        (broken, more)
    }

    /// Forgets the requests that have not started, and says how many they were.
    pub fn clear(&mut self) -> usize {
        self.turn.clear();
        let waiting =
            self.servers.values_mut().map(|server| std::mem::take(&mut server.waiting).len());
        let sharers = self.known.values_mut().map(|known| std::mem::take(&mut known.sharers).len());
        waiting.chain(sharers).sum::<usize>() + std::mem::take(&mut self.later).len()
    }
}
