//! The frontier: which pages are to be fetched, and which of them may start now.
//!
//! Pure bookkeeping, without sockets or tasks. Servers take turns, and none has more than its share
//! of pages under way, so that a slow one cannot hold up the rest.
//!
//! Invariants: `turn` holds each server once that has a page waiting and room for it, and no other;
//! a page's URL enters [`seen`](Frontier::discover) once, however often it is linked.

use super::url::Url;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

/// One request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What to ask for now.
    pub url: Url,
    /// What was asked for first: another URL where a redirect led here.
    pub first: Url,
    /// Links followed from a URL of the command line to the first one.
    pub depth: usize,
    /// Redirects followed since.
    pub hops: usize,
    /// Time spent on those.
    pub spent: Duration,
}

impl Job {
    /// The first request for a page.
    pub fn new(url: Url, depth: usize) -> Self {
        Job {
            first: url.clone(),
            url,
            depth,
            hops: 0,
            spent: Duration::ZERO,
        }
    }
}

/// What names a server: whether it is secure, its host and its port.
pub type Origin = (bool, String, u16);

/// The server of a URL.
pub fn origin(url: &Url) -> Origin {
    (url.secure, url.host.clone(), url.port)
}

#[derive(Default)]
struct Server {
    waiting: VecDeque<Job>,
    active: usize,
}

/// The pages to be fetched.
pub struct Frontier {
    per_server: usize,
    servers: HashMap<Origin, Server>,
    turn: VecDeque<Origin>,
    seen: HashSet<Url>,
    waiting: usize,
}

impl Frontier {
    /// Nothing to do yet; no server will have more than `per_server` pages under way.
    pub fn new(per_server: usize) -> Self {
        let (servers, seen, turn) = (HashMap::new(), HashSet::new(), VecDeque::new());
        Frontier {
            per_server: per_server.max(1),
            servers,
            turn,
            seen,
            waiting: 0,
        }
    }

    /// Adds a page unless it is known already. `true` if it was new.
    pub fn discover(&mut self, url: Url, depth: usize) -> bool {
        let new = self.seen.insert(url.clone());
        if new {
            self.push(Job::new(url, depth));
        }
        new
    }

    /// Adds a request, known or not: where a redirect leads.
    pub fn push(&mut self, job: Job) {
        let origin = origin(&job.url);
        let server = self.servers.entry(origin.clone()).or_default();
        let had_turn = !server.waiting.is_empty() && server.active < self.per_server;
        // A page that is under way goes before those that are not.
        match job.hops {
            0 => server.waiting.push_back(job),
            _ => server.waiting.push_front(job),
        }
        self.waiting += 1;
        if !had_turn && server.active < self.per_server {
            self.turn.push_back(origin);
        }
    }

    /// A request that may start now. Its end must be told by [`ended`](Self::ended).
    pub fn take(&mut self) -> Option<Job> {
        let origin = self.turn.pop_front()?;
        let server = self.servers.get_mut(&origin)?;
        let job = server.waiting.pop_front()?;
        server.active += 1;
        self.waiting -= 1;
        if !server.waiting.is_empty() && server.active < self.per_server {
            self.turn.push_back(origin);
        }
        Some(job)
    }

    /// A request that [`take`](Self::take) gave is over.
    pub fn ended(&mut self, url: &Url) {
        let origin = origin(url);
        let Some(server) = self.servers.get_mut(&origin) else {
            return;
        };
        let was_full = server.active == self.per_server;
        server.active = server.active.saturating_sub(1);
        if was_full && !server.waiting.is_empty() {
            self.turn.push_back(origin);
        }
    }

    /// Pages that were discovered, fetched or not.
    pub fn known(&self) -> usize {
        self.seen.len()
    }

    /// Forgets the requests that have not started, and says how many they were.
    pub fn clear(&mut self) -> usize {
        self.turn.clear();
        self.servers
            .values_mut()
            .for_each(|server| server.waiting.clear());
        std::mem::take(&mut self.waiting)
    }
}
