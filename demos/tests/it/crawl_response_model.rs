//! The response reader against its oracle: on the fuzz corpus, and on samples damaged at random
//! from a fixed seed.

use std::path::Path;

use crate::response_model;

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

/// A small generator (xorshift64), so that a failure names the round and comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    let telling = b"\r\n:;,0159afFx \xff";
    match dice.below(5) {
        0 => bytes[at] = telling[dice.below(telling.len())],
        1 => bytes.insert(at, telling[dice.below(telling.len())]),
        2 => drop(bytes.remove(at)),
        3 => bytes.truncate(at.max(1)),
        _ => {
            let end = (at + 1 + dice.below(60)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let to = dice.below(bytes.len());
            bytes.splice(to..to, part);
        }
    }
}

#[test]
fn damaged_responses_are_read_as_the_oracle_reads_them() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..40_000 {
        let mut bytes = SAMPLES[dice.below(SAMPLES.len())].to_vec();
        for _ in 0..dice.below(4) {
            if bytes.len() > 1 {
                damage(&mut bytes, &mut dice);
            }
        }
        bytes.insert(0, dice.below(256) as u8);
        response_model::check(&bytes);
    }
}

#[test]
fn the_fuzz_corpus_is_read_as_the_oracle_reads_it() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/response");
    let mut count = 0;
    for entry in std::fs::read_dir(&corpus).expect("the corpus is in the repository") {
        response_model::check(&std::fs::read(entry.expect("an entry").path()).expect("a file"));
        count += 1;
    }
    assert!(count >= SAMPLES.len(), "the corpus has only {count} inputs");
}
