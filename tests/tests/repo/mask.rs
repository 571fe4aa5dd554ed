//! The mask hides what may differ between two correct runs, and nothing else.

use wakeful_tests::mask::mask;

#[test]
fn ids_are_renamed_by_first_appearance() {
    let output = "Hello 0 now = 12:34:56 serve thread id = ThreadId(7)\n\
                  Hello 1 now = 12:34:57 serve thread id = 0x7f00aa\n\
                  Hello 2 now = 12:34:57 serve thread id = ThreadId(7)\n";
    let masked = "Hello 0 now = HH:MM:SS serve thread id = T1\n\
                  Hello 1 now = HH:MM:SS serve thread id = T2\n\
                  Hello 2 now = HH:MM:SS serve thread id = T1\n";
    assert_eq!(mask("hello_async", output), masked);
    let output = "<Greenlet at 0x9: f(5)> 0\n<Greenlet \"x\" at 0x8: f(5)> 0\npid = 9\n";
    assert_eq!(mask("-", output), "<Greenlet G1: f(5)> 0\n<Greenlet G2: f(5)> 0\npid = P1\n");
}

#[test]
fn addresses_ports_and_durations_are_hidden_and_counts_are_not() {
    let output = "at 0xdeadbeef 0xf on 127.0.0.1:8080\n耗时: 0.56\nelapsed = 12.5 ms, 10 pages\n";
    let masked = "at 0xADDR 0xf on 127.0.0.1:PORT\n耗时: T\nelapsed = T ms, 10 pages\n";
    assert_eq!(mask("-", output), masked);
}

#[test]
fn free_lines_are_sorted_where_the_first_of_them_stood() {
    let output = "GET\n2 bytes received from /page/10\n3 bytes received from /page/9\nend\n";
    let masked = "GET\n3 bytes received from /page/9\n2 bytes received from /page/10\nend\n";
    assert_eq!(mask("crawl", output), masked);
    assert_eq!(mask("get_joinall", output), output, "only where the order is free");
}

#[test]
fn the_streams_of_run_in_executor_are_parted() {
    let output = "m---> 0\na----->> 0\nm---> 1\n0 1\n21 1\n";
    assert_eq!(mask("run_in_executor", output), "m---> 0\nm---> 1\na----->> 0\n0 1\n21 1\n");
    let early = "m---> 0\n21 1\n0 1\n";
    let masked = mask("run_in_executor", early);
    assert!(masked.starts_with("ORDER VIOLATION: awaited result printed before"), "{masked}");
}

#[test]
fn a_bye_before_its_hello_or_out_of_turn_is_a_violation() {
    let fine = "Hello 1\nHello 0\nBye.. 0\nHello 2\nBye.. 1\nBye.. 2\n# end\n";
    let masked = "Hello 0\nHello 1\nHello 2\nBye.. 0\nBye.. 1\nBye.. 2\n# end\n";
    assert_eq!(mask("hello_thread", fine), masked);
    let early = "Bye.. 0\nHello 0\n";
    assert!(mask("hello_thread", early).starts_with("ORDER VIOLATION: Bye 0 before its Hello\n"));
    let before = "Hello 1\nBye.. 0\nHello 0\nBye.. 1\n";
    assert!(mask("hello_thread", before).starts_with("ORDER VIOLATION: Bye 0 before its Hello\n"));
    let swapped = "Hello 0\nHello 1\nBye.. 1\nBye.. 0\n";
    assert!(mask("hello_thread", swapped).starts_with("ORDER VIOLATION: Bye lines not in order"));
}
