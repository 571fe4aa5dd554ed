//! The head of an HTTP response, and what it says about where the body ends.
//!
//! Terms: the *head* is the status line with the header fields up to the empty line; the *framing*
//! is the rule by which the body's end is known. RFC 9112 section 6.3 gives the order of
//! precedence, and [`Head::framing`] follows it for answers to `GET`.
//!
//! It does not read bodies (see [`response`](super::response)) and keeps no state: the reader calls
//! [`parse`] again on the whole of what it has, which its limit on heads keeps cheap.

use super::failure::Fault;

/// Fields of a usual head. One with more is parsed once more, with space for as many as its bytes
/// can hold.
const USUAL_FIELDS: usize = 64;
/// The shortest field and its line's end, in bytes.
const SHORTEST_FIELD: usize = 3;

/// The status line and header fields of one response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The minor version: 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor: u8,
    fields: Vec<(String, Vec<u8>)>,
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none, whatever the header fields say: 204, 304.
    Empty,
    Length(u64),
    /// Chunks, each with its size before it, until one of size zero.
    Chunked,
    /// Everything until the server closes the connection.
    UntilClose,
}

/// Reads one head from the front of `bytes`: the head and its length, or `None` while it is
/// incomplete.
pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Fault> {
    let most = bytes.len() / SHORTEST_FIELD + 1;
    let parsed = match parse_into(bytes, &mut [httparse::EMPTY_HEADER; USUAL_FIELDS]) {
        Err(httparse::Error::TooManyHeaders) => {
            parse_into(bytes, &mut vec![httparse::EMPTY_HEADER; most])
        }
        parsed => parsed,
    };
    parsed.map_err(Fault::NotHttp)
}

fn parse_into<'a>(
    bytes: &'a [u8],
    fields: &mut [httparse::Header<'a>],
) -> Result<Option<(Head, usize)>, httparse::Error> {
    let mut response = httparse::Response::new(fields);
    let status = httparse::ParserConfig::default()
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response(&mut response, bytes)?;
    let httparse::Status::Complete(length) = status else { return Ok(None) };
    let field = |field: &httparse::Header| (field.name.to_ascii_lowercase(), unfold(field.value));
    let head = Head {
        status: response.code.unwrap_or_default(),
        minor: response.version.unwrap_or_default(),
        fields: response.headers.iter().map(field).collect(),
    };
    Ok(Some((head, length)))
}

/// A field's value, which may be continued on lines that begin with a blank (RFC 9112, section
/// 5.2): the line ends count as blanks.
fn unfold(value: &[u8]) -> Vec<u8> {
    let blank = |byte: &u8| if b"\r\n".contains(byte) { b' ' } else { *byte };
    value.trim_ascii().iter().map(blank).collect()
}

impl Head {
    /// The first value of the field `name` (in lower case), if it is there and is text.
    pub fn field<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// Where a redirect leads, as the server wrote it.
    pub fn location(&self) -> Option<&[u8]> {
        let mut fields = self.fields.iter();
        let field = fields.find(|(field, _)| field == "location");
        field.map(|(_, value)| &value[..])
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(field, _)| field == name);
        named.filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// The members of a comma-separated field, over all its lines, in order.
    fn members<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values(name).flat_map(|line| line.split(',')).map(str::trim).filter(|m| !m.is_empty())
    }

    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }

    /// True when the server will keep the connection open after this response (RFC 9112 section
    /// 9.3).
    pub fn keeps_alive(&self) -> bool {
        let says = |word: &str| self.members("connection").any(|m| m.eq_ignore_ascii_case(word));
        !says("close") && (self.minor == 1 || says("keep-alive"))
    }

    /// How the body ends. A `Transfer-Encoding` beats a `Content-Length`.
    pub fn framing(&self) -> Result<Framing, Fault> {
        if matches!(self.status, 204 | 304) {
            return Ok(Framing::Empty);
        }
        let codings: Vec<&str> = self.members("transfer-encoding").collect();
        match codings[..] {
            [] => {}
            [one] if one.eq_ignore_ascii_case("chunked") => return Ok(Framing::Chunked),
            _ => return Err(Fault::TransferCoding(codings.join(", "))),
        }
        let mut lengths = self.fields.iter().filter(|(field, _)| field == "content-length");
        let Some((_, first)) = lengths.next() else { return Ok(Framing::UntilClose) };
        if lengths.any(|(_, other)| other != first) {
            return Err(Fault::Length("two that differ".into()));
        }
        decimal(first)
            .map(Framing::Length)
            .ok_or_else(|| Fault::Length(String::from_utf8_lossy(first).into_owned()))
    }
}

/// Digits and nothing else: `parse` alone would take a leading plus sign.
fn decimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}
