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
        let mut rest = bytes;
        while !rest.is_empty() && self.state != State::Done {
            let taken;
            if let State::Data(left) = self.state {
                let count = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                (taken, rest) = rest.split_at(count);
                body.extend_from_slice(taken);
                let left = left - count as u64;
                self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
                continue;
            }
            // A line, or a part of one.
            let newline = rest.iter().position(|byte| *byte == b'\n');
            (taken, rest) = rest.split_at(newline.map_or(rest.len(), |newline| newline + 1));
            self.line.extend_from_slice(taken);
            let is_end = self.state != State::DataEnd || b"\r\n".starts_with(&self.line);
            if self.line.len() > MAX_LINE || !is_end {
                return Err(Fault::Chunk(self.part()));
            }
            if newline.is_some() {
                self.state = self.after_line(body.len() as u64, limit)?;
                self.line.clear();
            }
        }
        Ok(bytes.len() - rest.len())
    }

    fn after_line(&mut self, have: u64, limit: u64) -> Result<State, Fault> {
        match self.state {
            // The parser takes a line without any digit for a zero, which would end the body early.
            State::Size if self.line[0].is_ascii_hexdigit() => {
                match httparse::parse_chunk_size(&self.line) {
                    Ok(httparse::Status::Complete((_, 0))) => return Ok(State::Trailer),
                    Ok(httparse::Status::Complete((_, size))) => {
                        let fits = size <= limit.saturating_sub(have);
                        return fits.then_some(State::Data(size)).ok_or(Fault::BodyTooLarge(limit));
                    }
                    _ => {}
                }
            }
            State::DataEnd => return Ok(State::Size),
            State::Trailer if self.line == b"\r\n" => return Ok(State::Done),
            State::Trailer if self.line.ends_with(b"\r\n") => {
                self.trailer += self.line.len();
                if self.trailer <= MAX_LINE {
                    return Ok(State::Trailer);
                }
            }
            _ => {}
        }
        Err(Fault::Chunk(self.part()))
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
