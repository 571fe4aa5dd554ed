//! Other people's libraries, served by wakeful on one thread and met by other people's clients: the
//! programs of `examples/` against curl and Python, and our clients against Python's servers.
//!
//! Where curl or python3 is missing the tests say so and pass; in CI they fail.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::example::{Server, example};

/// Whether the foreign tool is there. In CI it has to be.
fn have(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|out| out.status.success());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "{tool} is missing, and this is CI");
        eprintln!("not tested: {tool} is missing");
    }
    found
}

fn curl(args: &[&str]) -> Output {
    let common = ["--silent", "--show-error", "--max-time", "30"];
    Command::new("curl").args(common).args(args).output().expect("curl runs")
}

fn python(script: &str, args: &[&str]) -> Output {
    Command::new("python3").arg("-c").arg(script).args(args).output().expect("python3 runs")
}

/// The output of a program that must have succeeded.
fn said(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A place for a certificate, one for each test.
fn certificate(test: &str) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join(format!("{test}-{}.pem", std::process::id()));
    file.to_str().expect("a readable path").to_owned()
}

#[test]
fn curl_is_served_by_hyper_on_one_thread() {
    if !have("curl") {
        return;
    }
    let server = Server::start("hyper_server", &["127.0.0.1:0"]);
    let url = |path: &str| format!("http://{}{path}", server.address);

    assert_eq!(said(&curl(&[&url("/")])), "hello from wakeful\n");
    let status = curl(&["--output", "/dev/null", "--write-out", "%{http_code}", &url("/none")]);
    assert_eq!(said(&status), "404");

    // A body of many segments, sent in pieces of no declared length.
    let body = "all work and no play\n".repeat(20_000);
    let file = certificate("body");
    std::fs::write(&file, &body).expect("written");
    let post = format!("@{file}");
    let answer =
        curl(&["--header", "Transfer-Encoding: chunked", "--data-binary", &post, &url("/upper")]);
    assert!(said(&answer) == body.to_ascii_uppercase(), "the body came back otherwise");

    // Longer than is accepted: refused, and the server stands.
    std::fs::write(&file, vec![b'x'; (1 << 20) + 1]).expect("written");
    let too_long = curl(&[
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        "--data-binary",
        &post,
        &url("/upper"),
    ]);
    assert_eq!(String::from_utf8_lossy(&too_long.stdout), "413");
    std::fs::remove_file(&file).expect("removed");

    // Three requests on one connection.
    let thrice = curl(&["--write-out", "%{num_connects}\n", &url("/"), &url("/"), &url("/")]);
    let new_connections: Vec<_> =
        said(&thrice).lines().filter(|line| line.len() == 1).map(str::to_owned).collect();
    assert_eq!(new_connections, ["1", "0", "0"]);

    assert_eq!(server.threads(), 1);
    assert!(server.end().starts_with("ended by a signal"));
}

#[test]
fn a_client_that_sends_no_whole_head_is_sent_away_by_hyper_s_own_timer() {
    let server = Server::start("hyper_server", &["127.0.0.1:0"]);
    let mut slow = TcpStream::connect(&server.address).expect("it listens");
    slow.write_all(b"GET / HTTP/1.1\r\n").expect("sent");
    let begin = Instant::now();
    // Against a hang only: the server's own limit is a minute.
    let patience = Some(Duration::from_secs(30));
    slow.set_read_timeout(patience).expect("set");
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).expect("an end, not a timeout");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    assert!(server.end().starts_with("ended by a signal"));
}

/// The next command of a redis client, in the wire's form: `*2`, `$4`, `INCR`, `$1`, `x`.
fn redis_command(from: &mut impl BufRead) -> Option<Vec<String>> {
    let mut line = || {
        let mut line = String::new();
        from.read_line(&mut line).ok()?;
        (!line.is_empty()).then(|| line.trim_end().to_owned())
    };
    let words: usize = line()?.strip_prefix('*')?.parse().ok()?;
    let mut word = |_| {
        let length: usize = line()?.strip_prefix('$')?.parse().ok()?;
        line().filter(|word| word.len() == length)
    };
    (0..words).map(&mut word).collect()
}

#[test]
fn redis_rs_talks_over_a_stream_that_passes_for_send() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut commands = BufReader::new(stream.try_clone().expect("a duplicate"));
        let mut number = 0;
        while let Some(command) = redis_command(&mut commands) {
            let answer = match command[0].as_str() {
                "SET" => {
                    number = command[2].parse().expect("a number");
                    "+OK\r\n".to_owned()
                }
                "INCR" => {
                    number += 1;
                    format!(":{number}\r\n")
                }
                _ => "+OK\r\n".to_owned(),
            };
            stream.write_all(answer.as_bytes()).expect("sent");
        }
        number
    });
    let output = Command::new(example("redis_client")).arg(&address).output();
    assert_eq!(said(&output.expect("it starts")), "set: OK, then 42\n");
    assert_eq!(server.join().expect("it served"), 42);
}

#[test]
fn hyper_as_a_client_reads_pythons_pages() {
    if !have("python3") {
        return;
    }
    const SITE: &str = include_str!("foreign/site.py");
    let mut site = Command::new("python3");
    let mut site = site.args(["-c", SITE]).stdout(Stdio::piped()).spawn().expect("python3 starts");
    let mut port = String::new();
    BufReader::new(site.stdout.take().expect("piped")).read_line(&mut port).expect("a port");
    let host = format!("127.0.0.1:{}", port.trim());
    let urls = ["/page", "/chunked", "/none"].map(|path| format!("http://{host}{path}"));

    let answered = Command::new(example("hyper_client")).args(&urls).output();
    let refused = Command::new(example("hyper_client")).arg("http://127.0.0.1:1/").output();
    site.kill().expect("killed");
    site.wait().expect("awaited");

    let page = format!("you asked {host} for /page");
    let none = format!("you asked {host} for /none");
    let expected = format!(
        "{}: 200, {} bytes\n{page}{}: 200, 7 bytes\none two{}: 404, {} bytes\n{none}",
        urls[0],
        page.len(),
        urls[1],
        urls[2],
        none.len(),
    );
    assert_eq!(said(&answered.expect("the client runs")), expected);
    let refused = refused.expect("the client runs");
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stdout);
    assert!(text.starts_with("http://127.0.0.1:1/: connecting to 127.0.0.1:1: "), "{text}");
}

/// Connects by TLS with the certificates of the file, sends lines, prints what comes back.
const TLS_CLIENT: &str = include_str!("foreign/tls_client.py");

#[test]
fn python_speaks_tls_with_rustls_on_wakeful_and_refuses_a_certificate_it_does_not_know() {
    if !have("python3") {
        return;
    }
    let pem = certificate("server");
    let server = Server::start("tls_echo", &["server", "127.0.0.1:0", &pem]);
    let known = python(TLS_CLIENT, &[&server.address, &pem]);
    assert_eq!(said(&known), "TLSv1.3 same\n");
    let unknown = python(TLS_CLIENT, &[&server.address, ""]);
    assert_eq!(said(&unknown), "refused: CERTIFICATE_VERIFY_FAILED\n");
    // The refusal was its own connection's affair.
    assert_eq!(said(&python(TLS_CLIENT, &[&server.address, &pem])), "TLSv1.3 same\n");
    assert_eq!(server.threads(), 1);
    server.end();
    std::fs::remove_file(&pem).expect("removed");
}

#[test]
fn our_tls_client_talks_to_whom_it_knows_and_to_nobody_else() {
    let (pem, other_pem) = (certificate("known"), certificate("other"));
    let server = Server::start("tls_echo", &["server", "127.0.0.1:0", &pem]);
    let other = Server::start("tls_echo", &["server", "127.0.0.1:0", &other_pem]);
    let ask = |address: &str, pem: &str| {
        let mut client = Command::new(example("tls_echo"));
        client.args(["client", address, pem, "hello over there"]).output().expect("it runs")
    };
    assert_eq!(said(&ask(&server.address, &pem)), "hello over there\n");
    for (address, pem) in [(&server.address, &other_pem), (&other.address, &pem)] {
        let refused = ask(address, pem);
        assert!(!refused.status.success());
        assert_eq!(refused.stdout, b"");
        let why = String::from_utf8_lossy(&refused.stderr);
        assert!(why.contains("UnknownIssuer") || why.contains("BadSignature"), "{why}");
    }
    for pem in [&pem, &other_pem] {
        std::fs::remove_file(pem).expect("removed");
    }
}

/// Python's TLS server: says its port, then gives back one line, in capitals.
const TLS_SERVER: &str = include_str!("foreign/tls_server.py");

#[test]
fn our_tls_client_talks_to_pythons_server() {
    if !have("python3") {
        return;
    }
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let (pem, key) = (certificate("python"), certificate("python-key"));
    std::fs::write(&pem, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let mut server = Command::new("python3");
    let mut server =
        server.args(["-c", TLS_SERVER, &pem, &key]).stdout(Stdio::piped()).spawn().expect("starts");
    let mut port = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut port).expect("a port");
    let address = format!("127.0.0.1:{}", port.trim());
    let mut client = Command::new(example("tls_echo"));
    let answer = client.args(["client", &address, &pem, "quiet"]).output().expect("it runs");
    let ended = server.wait().expect("awaited");
    assert_eq!(said(&answer), "QUIET\n");
    assert!(ended.success(), "{ended}");
    for file in [&pem, &key] {
        std::fs::remove_file(file).expect("removed");
    }
}

/// A WebSocket client by hand: it knows the protocol from RFC 6455 and shares no code with ours.
const WEBSOCKET_CLIENT: &str = include_str!("foreign/websocket_client.py");

#[test]
fn a_websocket_client_in_python_gets_back_what_it_sends() {
    if !have("python3") {
        return;
    }
    let server = Server::start("websocket_echo", &["127.0.0.1:0"]);
    // Several at once, on the one thread.
    let clients: Vec<Child> = (0..4)
        .map(|_| {
            let mut client = Command::new("python3");
            client.args(["-c", WEBSOCKET_CLIENT, &server.address]);
            client.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python3 starts")
        })
        .collect();
    for client in clients {
        assert_eq!(said(&client.wait_with_output().expect("awaited")), "ok\n");
    }
    assert_eq!(server.threads(), 1);
    server.end();
}

#[test]
fn a_full_house_closes_the_newcomer_and_serves_the_next_when_there_is_room() {
    let server = Server::start("hyper_server", &["127.0.0.1:0"]);
    let visit = || {
        let mut visitor = TcpStream::connect(&server.address).expect("the listener stands");
        visitor.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        let asked = visitor.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n");
        let mut answer = [0; 12];
        match asked.and_then(|()| visitor.read_exact(&mut answer)) {
            Ok(()) => Some((visitor, answer)),
            Err(_) => None,
        }
    };
    // Each of them has its answer and stays.
    let mut guests: Vec<_> = (0..64).map(|_| visit().expect("there is room")).collect();
    assert!(guests.iter().all(|(_, answer)| answer == b"HTTP/1.1 200"));
    assert!(visit().is_none(), "64 are served, and no more");
    guests.truncate(32);
    // The server hears of their leaving before it hears of the next, or soon after.
    let next = std::iter::repeat_with(visit).take(1_000).flatten().next();
    assert_eq!(next.expect("there is room again").1, *b"HTTP/1.1 200");
    assert_eq!(server.threads(), 1);
    server.end();
}
