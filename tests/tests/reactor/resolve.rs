//! `resolve`: names, addresses, and errors that say what was asked. Only loopback names are used.

use super::*;
use futures_lite::future::block_on;
use wakeful_reactor::resolve;

#[test]
fn localhost_resolves_to_loopback_addresses_with_the_port() {
    let addresses = block_on(resolve("localhost:8080")).expect("the hosts file knows it");
    assert!(!addresses.is_empty());
    for address in addresses {
        assert!(address.ip().is_loopback(), "{address}");
        assert_eq!(address.port(), 8080);
    }
}

#[test]
fn an_address_is_given_back_at_the_first_poll() {
    for text in ["127.0.0.1:80", "[::1]:443", "255.255.255.255:65535"] {
        let mut answer = pin!(resolve(text));
        let Poll::Ready(answer) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("{text} took a thread");
        };
        let expected: SocketAddr = text.parse().expect("an address");
        assert_eq!(answer.expect("resolved"), [expected]);
    }
}

#[test]
fn a_missing_or_bad_port_is_invalid_input_and_names_the_host() {
    for host in ["localhost", "localhost:", "localhost:http", "localhost:65536", ""] {
        let error = block_on(resolve(host)).expect_err("no port");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{host:?}: {error}");
        let start = format!("resolving {host:?}: ");
        assert!(error.to_string().starts_with(&start), "{error}");
    }
}

#[test]
fn a_name_that_cannot_exist_is_an_error_that_names_it() {
    // A label may have 63 bytes, so no name server is asked.
    let host = format!("{}:80", "x".repeat(64));
    let error = block_on(resolve(host.clone())).expect_err("no such name");
    assert!(error.to_string().contains(&host), "{error}");
}

#[test]
fn an_abandoned_question_harms_no_later_one() {
    for _ in 0..100 {
        let mut asked = pin!(resolve("localhost:1"));
        let _ = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    assert!(block_on(resolve("localhost:2")).is_ok());
}
