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
    /// 64 KiB of head, 64 MiB of body.
    fn default() -> Self {
        Limits { head: 64 * 1024, body: 64 * 1024 * 1024 }
    }
}

/// A whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status and header fields.
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
    head: Option<Head>,
    end: End,
    body: Vec<u8>,
}

/// What is still to come.
#[derive(Debug)]
enum End {
    Head,
    Length(u64),
    Chunked(Chunked),
    Close,
    Reached,
}

impl Reader {
    /// A reader that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        let (raw, body) = (Vec::new(), Vec::new());
        Reader { limits, raw, interim: 0, head: None, end: End::Head, body }
    }

    /// The head, once it is whole.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Bytes of the body so far.
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    /// True when the response is whole and wants no more bytes. A response that only the end of the
    /// connection delimits is never complete before [`finish`](Self::finish).
    pub fn is_complete(&self) -> bool {
        matches!(self.end, End::Reached)
    }

    /// Takes the next bytes and says how many belonged to this response: all of them, unless it
    /// became complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut taken = 0;
        // Interim responses (100, 103) come before the real one, each a head of its own.
        while matches!(self.end, End::Head) && taken < bytes.len() {
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
        let parsed = match newline {
            Some(newline) => head::parse(&self.raw[..=before + newline])?,
            None => None,
        };
        let Some((head, length)) = parsed else {
            let full = bytes.len() >= room;
            return if full { Err(Fault::HeadTooLarge(self.limits.head)) } else { Ok(bytes.len()) };
        };
        self.raw.clear();
        if (100..200).contains(&head.status) {
            self.interim += length;
        } else {
            self.end = match head.framing()? {
                Framing::Empty | Framing::Length(0) => End::Reached,
                Framing::Length(length) if length > self.limits.body => {
                    return Err(Fault::BodyTooLarge(self.limits.body));
                }
                Framing::Length(length) => End::Length(length),
                Framing::Chunked => End::Chunked(Chunked::default()),
                Framing::UntilClose => End::Close,
            };
            self.head = Some(head);
        }
        // The head did not end within what was there before, so it took at least one of the new
        // bytes.
        Ok(length - before)
    }

    fn push_body(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let have = self.body.len() as u64;
        let (taken, reached) = match &mut self.end {
            End::Head | End::Reached => return Ok(0),
            End::Length(length) => {
                let left = usize::try_from(*length - have).unwrap_or(usize::MAX);
                let taken = left.min(bytes.len());
                self.body.extend_from_slice(&bytes[..taken]);
                (taken, taken == left)
            }
            End::Chunked(chunks) => {
                let taken = chunks.push(bytes, &mut self.body, self.limits.body)?;
                (taken, chunks.is_done())
            }
            End::Close if have + bytes.len() as u64 > self.limits.body => {
                return Err(Fault::BodyTooLarge(self.limits.body));
            }
            End::Close => {
                self.body.extend_from_slice(bytes);
                (bytes.len(), false)
            }
        };
        if reached {
            self.end = End::Reached;
        }
        Ok(taken)
    }

    /// Says that no more bytes will come: the response, or what is missing of it.
    pub fn finish(self) -> Result<Response, Fault> {
        let got = self.body.len() as u64;
        match self.end {
            End::Head => {
                head::parse(&self.raw)?;
                return Err(Fault::NoHead { got: self.interim + self.raw.len() });
            }
            End::Length(of) => return Err(Fault::Truncated { got, of: Some(of) }),
            End::Chunked(_) => return Err(Fault::Truncated { got, of: None }),
            End::Close | End::Reached => {}
        }
        let complete = matches!(self.end, End::Reached);
        let head = self.head.ok_or(Fault::NoHead { got: 0 })?;
        let reusable = complete && head.keeps_alive();
        Ok(Response { head, body: self.body, reusable })
    }
}
