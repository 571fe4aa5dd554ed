//! Reads one HTTP/1 response from bytes that come in pieces of any size.
//!
//! The reader knows no socket: it is given bytes ([`Reader::push`]) and told when there are no more
//! ([`Reader::finish`]). So it can be fed by a coroutine, a thread or a fuzzer, and how the bytes
//! were cut into pieces never matters to the outcome; a fuzz target holds it to that.
//!
//! Chunk extensions and trailer fields are skipped, within limits.
//!
//! Invariants: the head's bytes are kept only until it is parsed; the body never outgrows its
//! limit; after a fault the reader is of no further use.

use super::failure::Fault;
use super::head::{self, Framing, Head};

/// The longest size line or trailer section of the chunked coding, in bytes: a server cannot keep a
/// page busy for ever without sending a body.
const MAX_LINE: usize = 8 * 1024;

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
    state: State,
    /// The head, the line, or the trailer section that is being read.
    raw: Vec<u8>,
    interim: usize,
    /// The head, once it is whole.
    head: Option<Head>,
    body: Vec<u8>,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// So many bytes of a body whose length was announced.
    Length(u64),
    UntilClose,
    /// The chunked coding (RFC 9112 section 7.1): the line with a chunk's size, the rest of its
    /// data, the line's end behind it, and the trailer after the last.
    Size,
    Data(u64),
    DataEnd,
    Trailer,
    Done,
}

impl Reader {
    pub fn new(limits: Limits) -> Self {
        let (raw, body) = Default::default();
        Reader { limits, state: State::Head, raw, interim: 0, head: None, body }
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
        self.state == State::Done
    }

    /// Takes the next bytes and says how many belonged to this response: all of them, unless it
    /// became complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_complete() {
            let taken = match self.state {
                State::Head => self.push_head(rest)?,
                State::Length(left) | State::Data(left) => self.push_data(rest, left),
                State::UntilClose => {
                    let left = self.fitting(rest.len() as u64)?;
                    self.push_data(rest, left)
                }
                _ => self.push_line(rest)?,
            };
            rest = &rest[taken..];
        }
        Ok(bytes.len() - rest.len())
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
        // Interim responses (100, 103) come before the real one, each a head of its own.
        if (100..200).contains(&head.status) {
            self.interim += length;
        } else {
            self.state = match head.framing()? {
                Framing::Empty | Framing::Length(0) => State::Done,
                Framing::Length(length) => State::Length(self.fitting(length)?),
                Framing::Chunked => State::Size,
                Framing::UntilClose => State::UntilClose,
            };
            self.head = Some(head);
        }
        // The head did not end within what was there before, so it took at least one of the new
        // bytes.
        Ok(length - before)
    }

    /// The size of what comes next of the body, if it fits.
    fn fitting(&self, size: u64) -> Result<u64, Fault> {
        let most = self.limits.body;
        let fits = size <= most.saturating_sub(self.body.len() as u64);
        fits.then_some(size).ok_or(Fault::BodyTooLarge(most))
    }

    fn push_data(&mut self, bytes: &[u8], left: u64) -> usize {
        let taken = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.body.extend_from_slice(&bytes[..taken]);
        self.state = match (self.state, left - taken as u64) {
            (State::Length(_), 0) => State::Done,
            (State::Length(_), left) => State::Length(left),
            (State::Data(_), 0) => State::DataEnd,
            (State::Data(_), left) => State::Data(left),
            (state, _) => state,
        };
        taken
    }

    /// Takes a line of the chunked coding, or a part of one.
    fn push_line(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let newline = bytes.iter().position(|byte| *byte == b'\n');
        let taken = newline.map_or(bytes.len(), |newline| newline + 1);
        self.raw.extend_from_slice(&bytes[..taken]);
        let part = match self.state {
            State::Size => "its size line",
            State::Trailer => "the trailer",
            _ => "the end of its data",
        };
        let is_end = self.state != State::DataEnd || b"\r\n".starts_with(&self.raw);
        if self.raw.len() > MAX_LINE || !is_end {
            return Err(Fault::Chunk(part));
        }
        if newline.is_some() {
            let was = self.state;
            self.state = self.after_line()?.ok_or(Fault::Chunk(part))?;
            if was != State::Trailer {
                self.raw.clear();
            }
        }
        Ok(taken)
    }

    /// What comes after a line. `None` if it is malformed.
    fn after_line(&self) -> Result<Option<State>, Fault> {
        Ok(match self.state {
            // The parser takes a line without any digit for a zero, which would end the body early.
            State::Size if !self.raw[0].is_ascii_hexdigit() => None,
            State::Size => match httparse::parse_chunk_size(&self.raw) {
                Ok(httparse::Status::Complete((_, 0))) => Some(State::Trailer),
                Ok(httparse::Status::Complete((_, size))) => Some(State::Data(self.fitting(size)?)),
                _ => None,
            },
            State::Trailer if self.raw == b"\r\n" || self.raw.ends_with(b"\n\r\n") => {
                Some(State::Done)
            }
            State::Trailer => self.raw.ends_with(b"\r\n").then_some(State::Trailer),
            _ => Some(State::Size),
        })
    }

    /// Says that no more bytes will come: the response, or what is missing of it.
    pub fn finish(self) -> Result<Response, Fault> {
        let Some(head) = self.head else {
            head::parse(&self.raw)?;
            return Err(Fault::NoHead { got: self.interim + self.raw.len() });
        };
        let got = self.body.len() as u64;
        match self.state {
            State::Length(left) => Err(Fault::Truncated { got, of: Some(got + left) }),
            State::Done | State::UntilClose => {
                let reusable = self.state == State::Done && head.keeps_alive();
                Ok(Response { head, body: self.body, reusable })
            }
            _ => Err(Fault::Truncated { got, of: None }),
        }
    }
}
