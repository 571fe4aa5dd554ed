//! The response reader against its oracle: on the fuzz corpus, and on samples damaged at random
//! from a fixed seed.

use std::path::Path;

use crate::response_model;
use fastrand::Rng;
use wakeful_tests::model::replay;

const SAMPLES: [&[u8]; 8] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nnothing here",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\nnext",
    b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000\r\n\r\n",
];

fn damage(bytes: &mut Vec<u8>, random: &mut Rng) {
    let at = random.usize(..bytes.len());
    let telling = b"\r\n:;,0159afFx \xff";
    match random.u8(..5) {
        0 => bytes[at] = telling[random.usize(..telling.len())],
        1 => bytes.insert(at, telling[random.usize(..telling.len())]),
        2 => drop(bytes.remove(at)),
        3 => bytes.truncate(at.max(1)),
        _ => {
            let end = (at + 1 + random.usize(..60)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let to = random.usize(..bytes.len());
            bytes.splice(to..to, part);
        }
    }
}

#[test]
fn damaged_responses_are_read_as_the_oracle_reads_them() {
    let mut random = Rng::with_seed(0x9E37);
    for _ in 0..40_000 {
        let mut bytes = SAMPLES[random.usize(..SAMPLES.len())].to_vec();
        for _ in 0..random.usize(..4) {
            if bytes.len() > 1 {
                damage(&mut bytes, &mut random);
            }
        }
        bytes.insert(0, random.u8(..));
        response_model::check(&bytes);
    }
}

#[test]
fn the_fuzz_corpus_is_read_as_the_oracle_reads_it() {
    replay(Path::new("../fuzz/corpus/response"), response_model::check);
}
