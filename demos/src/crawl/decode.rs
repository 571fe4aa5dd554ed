//! Content codings: `gzip`, which the requests offer.

use super::failure::{Failure, Fetch};
use super::fault::Fault;
use super::head::Head;
use flate2::bufread::MultiGzDecoder;
use std::io::Read;

/// The body unpacked, if it is packed. It must not outgrow `limit`: a small body can unpack to a
/// very large one.
pub fn unpacked(head: &Head, body: &[u8], limit: u64) -> Fetch<Option<Vec<u8>>> {
    let coding = head.field("content-encoding").unwrap_or("identity");
    // An empty body is none, whatever it is said to be.
    if coding.eq_ignore_ascii_case("identity") || body.is_empty() {
        return Ok(None);
    }
    if !coding.eq_ignore_ascii_case("gzip") && !coding.eq_ignore_ascii_case("x-gzip") {
        return Err(Failure::Coding(format!("content coding {coding:?} was not asked for")));
    }
    let mut unpacked = Vec::new();
    let mut decoder = MultiGzDecoder::new(body).take(limit.saturating_add(1));
    let read = decoder.read_to_end(&mut unpacked);
    read.map_err(|why| Failure::Coding(format!("bad gzip: {why}")))?;
    if unpacked.len() as u64 > limit {
        return Err(Failure::Response(Fault::BodyTooLarge(limit)));
    }
    Ok(Some(unpacked))
}
