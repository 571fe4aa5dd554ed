//! The naive oracle of the response reader, shared by the ordinary tests and the fuzz target.
//!
//! It has the whole input before it and knows nothing of pieces or states: lines are found by
//! searching, chunks by walking. [`check`] holds the reader to it, and to the promise that how the
//! bytes are cut never matters.

use wakeful_demos::crawl::failure::Fault;
use wakeful_demos::crawl::head::{self, Framing};
use wakeful_demos::crawl::response::{Limits, Reader, Response};

/// Small, so that short inputs reach them.
pub const LIMITS: Limits = Limits { head: 256, body: 128 };

/// What is compared: status, body, whether the connection can be used again, bytes taken.
type Seen = (u16, Vec<u8>, bool, usize);

/// Reads `input` in three ways of cutting and by the oracle. The first byte chooses a way to cut.
///
/// # Panics
/// When two of them disagree, or the reader breaks a promise about what it took.
pub fn check(input: &[u8]) {
    let Some((seed, bytes)) = input.split_first() else { return };
    let whole = read(bytes, &mut || usize::MAX);
    let single = read(bytes, &mut || 1);
    assert_eq!(whole, single, "cut into single bytes");
    let mut state = u32::from(*seed) + 1;
    let cut = read(bytes, &mut || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1 + (state >> 24) as usize % 40
    });
    assert_eq!(whole, cut, "cut by seed {seed}");
    match (model(bytes), whole) {
        (Some(model), Ok(whole)) => assert_eq!(model, whole),
        (None, Err(_)) => {}
        (model, whole) => panic!("the oracle says {model:?}, the reader {whole:?}"),
    }
}

fn read(bytes: &[u8], piece: &mut dyn FnMut() -> usize) -> Result<Seen, Fault> {
    let mut reader = Reader::new(LIMITS);
    let mut at = 0;
    while at < bytes.len() && !reader.is_complete() {
        let end = at.saturating_add(piece()).min(bytes.len());
        let taken = reader.push(&bytes[at..end])?;
        assert!(reader.body_len() as u64 <= LIMITS.body, "the body outgrew its limit");
        assert!(taken == end - at || reader.is_complete(), "bytes were refused too early");
        at += taken;
    }
    let Response { head, body, reusable } = reader.finish()?;
    Ok((head.status, body, reusable, at))
}

/// The response at the front of `bytes`, after which the connection ends; `None` for any fault.
fn model(bytes: &[u8]) -> Option<Seen> {
    let mut at = 0;
    let head = loop {
        let window = &bytes[at..bytes.len().min(LIMITS.head)];
        // A parser may find fault with half a line; the reader gives it whole ones.
        let lines = window.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (head, length) = head::parse(&window[..lines]).ok()??;
        at += length;
        if !(100..200).contains(&head.status) {
            break head;
        }
        // Like the reader: a limit that interim heads used up leaves none for the real one.
        if at >= LIMITS.head {
            return None;
        }
    };
    let rest = &bytes[at..];
    let (body, taken, delimited) = match head.framing().ok()? {
        Framing::Empty => (Vec::new(), 0, true),
        Framing::Length(length) => {
            let length = usize::try_from(length).ok()?;
            (rest.get(..length)?.to_vec(), length, true)
        }
        Framing::UntilClose => (rest.to_vec(), rest.len(), false),
        Framing::Chunked => {
            let (body, taken) = unchunk(rest)?;
            (body, taken, true)
        }
    };
    let fits = body.len() as u64 <= LIMITS.body;
    fits.then(|| (head.status, body, delimited && head.keeps_alive(), at + taken))
}

/// The joined chunks, and how many bytes the coding took.
fn unchunk(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = line(&bytes[at..])?;
        at += line.len() + 2;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        // Blanks and tabs are space here, and nothing else is.
        let behind = line[digits..].iter().find(|byte| !b" \t".contains(byte));
        let extension = behind.is_none_or(|byte| *byte == b';');
        if digits == 0 || digits > 16 || !extension || line.contains(&b'\r') {
            return None;
        }
        let text = std::str::from_utf8(&line[..digits]).ok()?;
        let size = usize::from_str_radix(text, 16).ok()?;
        if size == 0 {
            break;
        }
        let end = at.checked_add(size)?;
        body.extend_from_slice(bytes.get(at..end)?);
        at = end;
        if bytes.get(at..at + 2)? != b"\r\n" {
            return None;
        }
        at += 2;
    }
    loop {
        let line = line(&bytes[at..])?;
        at += line.len() + 2;
        if line.is_empty() {
            return Some((body, at));
        }
    }
}

/// Up to the first line feed, which a carriage return must precede.
fn line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    bytes[..end].strip_suffix(b"\r")
}
