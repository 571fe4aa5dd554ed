//! Content codings: `gzip`, which the requests offer.

use super::failure::Failure;
use super::fault::Fault;
use super::response::Response;
use flate2::bufread::MultiGzDecoder;
use std::io::Read;

/// The response with its body unpacked, which must not outgrow `limit`: a small body can unpack to
/// a very large one.
pub fn unpack(response: Response, limit: u64) -> Result<Response, Failure> {
    let coding = response
        .head
        .field("content-encoding")
        .unwrap_or("identity");
    if coding.eq_ignore_ascii_case("identity") {
        return Ok(response);
    }
    if !coding.eq_ignore_ascii_case("gzip") && !coding.eq_ignore_ascii_case("x-gzip") {
        return Err(Failure::Coding(format!(
            "content coding {coding:?} was not asked for"
        )));
    }
    // An empty body is none, whatever it is said to be.
    if response.body.is_empty() {
        return Ok(response);
    }
    let mut body = Vec::new();
    let mut decoder = MultiGzDecoder::new(&response.body[..]).take(limit.saturating_add(1));
    let read = decoder.read_to_end(&mut body);
    read.map_err(|why| Failure::Coding(format!("bad gzip: {why}")))?;
    if body.len() as u64 > limit {
        return Err(Failure::Response(Fault::BodyTooLarge(limit)));
    }
    Ok(Response { body, ..response })
}
