//! The chunked transfer coding (RFC 9112 section 7.1), decoded as the bytes come.
//!
//! `SIZE CRLF data CRLF ... 0 CRLF trailer-fields CRLF`. Chunk extensions and trailer fields are
//! skipped, within limits, so that a server cannot keep a page busy for ever without sending a
//! body.

use super::fault::Fault;

/// The longest size line or trailer line, and the longest trailer section, in bytes.
const MAX_LINE: usize = 8 * 1024;

/// The decoder: where it stands in the coding. A new one stands before the first size line.
#[derive(Debug, Default)]
pub struct Chunked {
    state: State,
    /// The size line or trailer line so far.
    line: Vec<u8>,
    trailer: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    Data(u64),
    DataEnd,
    Trailer,
    Done,
}

impl Chunked {
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes bytes from the front of `bytes`, appends the decoded ones to `body`, and says how many
    /// it took: all of them, unless the coding ended before. Stops with an error when `body` would
    /// outgrow `limit`.
    pub fn push(&mut self, bytes: &[u8], body: &mut Vec<u8>, limit: u64) -> Result<usize, Fault> {
        let mut at = 0;
        while at < bytes.len() && self.state != State::Done {
            let rest = &bytes[at..];
            at += if let State::Data(left) = self.state {
                let count = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                body.extend_from_slice(&rest[..count]);
                self.state = match left - count as u64 {
                    0 => State::DataEnd,
                    left => State::Data(left),
                };
                count
            } else {
                self.take_line(rest, body.len() as u64, limit)?
            };
        }
        Ok(at)
    }

    /// Gathers a line; a whole one moves the state on. The line after the data is an empty one.
    fn take_line(&mut self, bytes: &[u8], have: u64, limit: u64) -> Result<usize, Fault> {
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|newline| newline + 1);
        let count = end.unwrap_or(bytes.len());
        self.line.extend_from_slice(&bytes[..count]);
        let wrong = match self.state {
            State::DataEnd => !b"\r\n".starts_with(&self.line),
            _ => self.line.len() > MAX_LINE,
        };
        if wrong {
            return Err(Fault::Chunk(self.part()));
        }
        if end.is_some() {
            self.state = self.after_line(have, limit)?;
            self.line.clear();
        }
        Ok(count)
    }

    fn after_line(&mut self, have: u64, limit: u64) -> Result<State, Fault> {
        match self.state {
            // The parser takes a line without any digit for a zero, which would end the body early.
            State::Size if !self.line[0].is_ascii_hexdigit() => Err(Fault::Chunk(self.part())),
            State::Size => match httparse::parse_chunk_size(&self.line) {
                Ok(httparse::Status::Complete((_, 0))) => Ok(State::Trailer),
                Ok(httparse::Status::Complete((_, size))) if size > limit.saturating_sub(have) => {
                    Err(Fault::BodyTooLarge(limit))
                }
                Ok(httparse::Status::Complete((_, size))) => Ok(State::Data(size)),
                _ => Err(Fault::Chunk(self.part())),
            },
            State::DataEnd => Ok(State::Size),
            State::Trailer if self.line == b"\r\n" => Ok(State::Done),
            State::Trailer if self.line.ends_with(b"\r\n") => {
                self.trailer += self.line.len();
                let within = self.trailer <= MAX_LINE;
                within.then_some(State::Trailer).ok_or(Fault::Chunk(self.part()))
            }
            _ => Err(Fault::Chunk(self.part())),
        }
    }

    /// What a complaint is about.
    fn part(&self) -> &'static str {
        match self.state {
            State::Size => "its size line",
            State::Trailer | State::Done => "the trailer",
            State::Data(_) | State::DataEnd => "the end of its data",
        }
    }
}
