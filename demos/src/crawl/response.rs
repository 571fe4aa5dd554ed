//! Reads one HTTP/1 response from bytes that come in pieces of any size.
//!
//! The reader knows no socket: it is given bytes ([`Reader::push`]) and told when there are no more
//! ([`Reader::finish`]). So it can be fed by a coroutine, a thread or a fuzzer, and how the bytes
//! were cut into pieces never matters to the outcome; a fuzz target holds it to that.
//!
//! Invariants: the head's bytes are kept only until it is parsed; the body never outgrows its
//! limit; after a fault the reader is of no further use.

use super::chunked::Chunked;
use super::fault::Fault;
use super::head::{self, Framing, Head};

/// How much a server may say.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the head, interim responses included.
    pub head: usize,
    /// Bytes of the body, without chunk framing.
    pub body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { head: 64 * 1024, body: 64 * 1024 * 1024 }
    }
}

/// A whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub head: Head,
    /// The body, freed of its framing; still compressed if the head says so.
    pub body: Vec<u8>,
    /// True when the end was known before the connection's, so that it may carry another request.
    pub reusable: bool,
}

/// Gathers one response to a `GET`.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    raw: Vec<u8>,
    interim: usize,
    /// The head, once it is whole, and how the body ends.
    head: Option<(Head, Framing)>,
    chunks: Chunked,
    body: Vec<u8>,
    is_complete: bool,
}

impl Reader {
    pub fn new(limits: Limits) -> Self {
        let (raw, body, chunks) = Default::default();
        Reader { limits, raw, interim: 0, head: None, chunks, body, is_complete: false }
    }

    pub fn has_head(&self) -> bool {
        self.head.is_some()
    }

    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    /// True when the response is whole and wants no more bytes. A response that only the end of the
    /// connection delimits is never complete before [`finish`](Self::finish).
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Takes the next bytes and says how many belonged to this response: all of them, unless it
    /// became complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut taken = 0;
        // Interim responses (100, 103) come before the real one, each a head of its own.
        while self.head.is_none() && taken < bytes.len() {
            taken += self.push_head(&bytes[taken..])?;
        }
        Ok(taken + self.push_body(&bytes[taken..])?)
    }

    fn push_head(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let before = self.raw.len();
        let room = self.limits.head.saturating_sub(self.interim + before);
        self.raw.extend_from_slice(&bytes[..bytes.len().min(room)]);
        // Only whole lines are parsed, and only when a new one is there: a server that sends a head
        // byte by byte must not make us read it again for each.
        let newline = self.raw[before..].iter().rposition(|byte| *byte == b'\n');
        let lines = newline.map_or(0, |newline| before + newline + 1);
        let Some((head, length)) = head::parse(&self.raw[..lines])? else {
            let full = bytes.len() >= room;
            return if full { Err(Fault::HeadTooLarge(self.limits.head)) } else { Ok(bytes.len()) };
        };
        self.raw.clear();
        if (100..200).contains(&head.status) {
            self.interim += length;
        } else {
            let framing = head.framing()?;
            if matches!(framing, Framing::Length(length) if length > self.limits.body) {
                return Err(Fault::BodyTooLarge(self.limits.body));
            }
            self.is_complete = matches!(framing, Framing::Empty | Framing::Length(0));
            self.head = Some((head, framing));
        }
        // The head did not end within what was there before, so it took at least one of the new
        // bytes.
        Ok(length - before)
    }

    fn push_body(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let (have, most) = (self.body.len() as u64, self.limits.body);
        let taken = match self.head {
            Some((_, Framing::Length(length))) => {
                let left = usize::try_from(length - have).unwrap_or(usize::MAX);
                let taken = left.min(bytes.len());
                self.is_complete = taken == left;
                self.body.extend_from_slice(&bytes[..taken]);
                taken
            }
            Some((_, Framing::Chunked)) => {
                let taken = self.chunks.push(bytes, &mut self.body, most)?;
                self.is_complete = self.chunks.is_done();
                taken
            }
            Some((_, Framing::UntilClose)) if have + bytes.len() as u64 > most => {
                return Err(Fault::BodyTooLarge(most));
            }
            Some((_, Framing::UntilClose)) => {
                self.body.extend_from_slice(bytes);
                bytes.len()
            }
            Some((_, Framing::Empty)) | None => 0,
        };
        Ok(taken)
    }

    /// Says that no more bytes will come: the response, or what is missing of it.
    pub fn finish(self) -> Result<Response, Fault> {
        let (got, complete) = (self.body.len() as u64, self.is_complete);
        let Some((head, framing)) = self.head else {
            head::parse(&self.raw)?;
            return Err(Fault::NoHead { got: self.interim + self.raw.len() });
        };
        match framing {
            Framing::Length(of) if !complete => Err(Fault::Truncated { got, of: Some(of) }),
            Framing::Chunked if !complete => Err(Fault::Truncated { got, of: None }),
            _ => {
                let reusable = complete && head.keeps_alive();
                Ok(Response { head, body: self.body, reusable })
            }
        }
    }
}
