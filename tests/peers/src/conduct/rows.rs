//! The rows of the plan, in groups: what each measures, on which backends, and what it has to reach.

use super::plan::{Figure, Kind, OURS, Row, Target};

const EXECUTORS: &[&str] =
    &["floor", OURS, "embassy", "tokio", "tokio-local", "smol", "futures", "unordered", "edge"];
const JOINERS: &[&str] =
    &["floor", OURS, "embassy", "tokio", "tokio-local", "smol", "futures", "edge"];
const CHANNELS: &[&str] = &[
    "floor",
    OURS,
    "wakeful+sync",
    "embassy",
    "tokio",
    "tokio-local",
    "smol",
    "futures",
    "edge",
    "tokio+mpsc",
    "tokio-local+mpsc",
    "smol+async-channel",
];
pub const CLOCKS: &[&str] = &["floor", OURS, "tokio", "smol"];
const SLACKS: &[&str] = &["floor", OURS, "wakeful+slack", "tokio", "smol"];
const NICED: &[&str] = &["floor", OURS, "wakeful+nice", "tokio", "smol"];
const PAYS: &[&str] = &[OURS, "tokio", "smol"];
const FIRMWARE: &[&str] = &["floor", OURS, "embassy", "lilos", "edge"];

fn figure(key: &'static str, title: &'static str, scale: f64, target: Target) -> Figure {
    Figure { key, title, scale, target }
}

fn cpu(target: Target) -> Vec<Figure> {
    vec![figure("cpu_ns", "CPU ns", 1.0, target), figure("wall_ns", "wall ns", 1.0, Target::None)]
}

fn cpu_us(target: Target) -> Vec<Figure> {
    vec![
        figure("cpu_ns", "CPU us", 1_000.0, target),
        figure("wall_ns", "wall us", 1_000.0, Target::None),
    ]
}

/// A row of one process.
fn process(id: &str, title: &str, workload: &'static str, size: usize, count: usize) -> Row {
    Row {
        id: id.into(),
        title: title.into(),
        kind: Kind::Process,
        workload,
        size,
        count,
        rounds: 5,
        backends: EXECUTORS,
        python: false,
        figures: cpu(Target::None),
        also: Vec::new(),
    }
}

pub fn executors() -> Vec<Row> {
    let mut rows = vec![Row {
        backends: JOINERS,
        figures: cpu(Target::AtMost(25.0)),
        ..process("spawn_join", "Spawn a task and join it", "spawn_join", 1, 1_000_000)
    }];
    for (size, limit) in [(1, 10.0), (10, 4.5), (1_000, 4.5), (100_000, 4.5)] {
        let (id, title) = (format!("yield_{size}"), format!("Yield, tasks: {size}"));
        rows.push(Row {
            figures: cpu(Target::AtMost(limit)),
            ..process(&id, &title, "yield", size, 4_000_000)
        });
    }
    rows.push(Row {
        backends: CHANNELS,
        figures: cpu(Target::AtMost(30.0)),
        also: vec![("wakeful+sync", Target::AtMost(30.0))],
        ..process("channel", "Round trip over two bounded(1) channels", "channel", 1, 1_000_000)
    });
    let wakes = [(10, Target::Best), (1_000, Target::Best), (100_000, Target::AtMost(27.0))];
    for (size, target) in wakes {
        let (id, title) =
            (format!("wake_{size}"), format!("Wake parked tasks in random order, tasks: {size}"));
        rows.push(Row {
            figures: cpu(target),
            ..process(&id, &title, "wake_random", size, 2_000_000)
        });
    }
    rows
}

pub fn timers() -> Vec<Row> {
    let mut at_once = process(
        "sleeps_at_once",
        "1,000,000 sleeps at once",
        "sleeps_at_once",
        1_000_000,
        1_000_000,
    );
    at_once.backends = CLOCKS;
    at_once.rounds = 3;
    at_once.figures = vec![
        figure("cpu_ns", "CPU ns each", 1.0, Target::AtMost(800.0)),
        figure("bytes", "bytes each", 1.0, Target::AtMost(250.0)),
    ];
    let mut spread =
        process("sleeps_spread", "100,000 sleeps over 2 s", "sleeps_spread", 100_000, 100_000);
    spread.backends = SLACKS;
    spread.also = vec![("wakeful+slack", Target::AtMost(1_350.0))];
    spread.rounds = 3;
    spread.figures = vec![
        figure("cpu_ns", "CPU ns each", 1.0, Target::AtMost(4_500.0)),
        figure("late_us", "late us, median", 1.0, Target::AtMost(60.0)),
        figure("late_99_us", "late us, 99 of 100", 1.0, Target::None),
    ];
    let mut rows = vec![at_once, spread];
    let late = Target::AtMost(200.0);
    for (seconds, rounds) in [(1, 3), (3, 1), (25, 1)] {
        let (id, title) = (format!("late_{seconds}"), format!("One timer, {seconds} s long"));
        rows.push(Row {
            backends: NICED,
            rounds,
            figures: vec![
                figure("late_us", "late us, median", 1.0, late),
                figure("late_most_us", "late us, most", 1.0, Target::None),
            ],
            also: vec![("wakeful+nice", late)],
            ..process(&id, &title, "lateness", 1_000 * seconds, 9)
        });
    }
    for size in [10, 1_000, 100_000] {
        let (id, title) =
            (format!("timeout_{size}"), format!("Arm and drop a timeout, others armed: {size}"));
        rows.push(Row {
            backends: CLOCKS,
            figures: cpu(Target::AtMost(70.0)),
            ..process(&id, &title, "timeout", size, 1_000_000)
        });
    }
    rows
}

pub fn wires() -> Vec<Row> {
    let mut rows = Vec::new();
    let near = Target::OfFloor(1.02);
    for (size, target) in [(1, Target::None), (64, near), (1_000, near)] {
        rows.push(Row {
            kind: Kind::Echo,
            backends: CLOCKS,
            python: size == 64,
            figures: cpu_us(target),
            ..process(
                &format!("echo_{size}"),
                &format!("Echo of 64 bytes, a request, connections: {size}"),
                "echo",
                size,
                100_000,
            )
        });
    }
    rows.push(Row {
        kind: Kind::Hyper,
        backends: PAYS,
        figures: vec![
            figure("cpu_ns", "server CPU us", 1_000.0, Target::Best),
            figure("rate", "requests a second", 1.0, Target::None),
        ],
        ..process("hyper", "hyper's hello under wrk, a request, connections: 64", "hyper", 64, 3)
    });
    let calls = |limit| vec![figure("calls", "system calls", 1.0, Target::AtMost(limit))];
    rows.push(Row {
        kind: Kind::PacedCalls,
        backends: CLOCKS,
        python: true,
        rounds: 1,
        figures: calls(3.1),
        ..process("calls_asleep", "System calls a request, server asleep between", "echo", 1, 1_000)
    });
    rows.push(Row {
        kind: Kind::BusyCalls,
        backends: CLOCKS,
        python: true,
        rounds: 1,
        figures: calls(2.1),
        ..process("calls_64", "System calls a request, 64 busy connections", "echo", 64, 40_000)
    });
    let wake = |id, title, kind, rounds, count, figures| Row {
        kind,
        backends: PAYS,
        rounds,
        figures,
        ..process(id, title, "remote_wake", 1, count)
    };
    let best = |key, title| figure(key, title, 1.0, Target::Best);
    rows.push(wake(
        "remote_wake",
        "Wake a sleeping thread's future from another thread",
        Kind::Process,
        5,
        4_000,
        vec![best("p50_us", "p50 us"), figure("p99_us", "p99 us", 1.0, Target::None)],
    ));
    rows.push(wake(
        "calls_wake",
        "System calls for a wake from another thread, both sides",
        Kind::WakeCalls,
        1,
        500,
        vec![best("calls", "system calls")],
    ));
    for size in [100, 1_000, 19_000] {
        let (id, title) =
            (format!("idle_{size}"), format!("Memory of an idle connection, connections: {size}"));
        rows.push(Row {
            kind: Kind::Idle,
            backends: CLOCKS,
            rounds: 1,
            figures: vec![figure("bytes", "bytes each", 1.0, Target::AtMost(400.0))],
            ..process(&id, &title, "echo", size, size)
        });
    }
    rows.push(Row {
        kind: Kind::Crawl,
        backends: CLOCKS,
        python: true,
        figures: cpu_us(Target::AtMost(39.0)),
        ..process("crawl", "Crawl 10,000 pages of 14 KB, 100 wide, a page", "crawl", 100, 10_000)
    });
    rows.push(Row {
        kind: Kind::PageCalls,
        backends: CLOCKS,
        python: true,
        rounds: 1,
        figures: vec![figure("calls", "system calls", 1.0, Target::Best)],
        ..process(
            "calls_page",
            "System calls a page of the crawl, waits included",
            "crawl",
            100,
            2_000,
        )
    });
    rows
}

/// The counts that callgrind makes: they do not depend on the machine's mood.
pub fn counted() -> Vec<Row> {
    let counted = |id: &str, title: &str, workload, size, count, backends| Row {
        kind: Kind::Instructions,
        backends,
        rounds: 1,
        figures: vec![figure("instructions", "instructions", 1.0, Target::Best)],
        ..process(id, &format!("Instructions: {title}"), workload, size, count)
    };
    vec![
        counted("i_spawn", "spawn and join", "spawn_join", 1, 10_000, JOINERS),
        counted("i_yield_1", "yield, 1 task", "yield", 1, 20_000, EXECUTORS),
        counted("i_yield", "yield, 1,000 tasks", "yield", 1_000, 20_000, EXECUTORS),
        counted("i_channel", "channel round trip", "channel", 1, 10_000, CHANNELS),
        counted("i_wake", "wake one of 1,000", "wake_random", 1_000, 20_000, EXECUTORS),
        counted("i_timeout", "arm and drop a timeout", "timeout", 10, 10_000, CLOCKS),
    ]
}

/// The counts on a microcontroller, which are the same on any day, too.
pub fn firmware() -> Vec<Row> {
    let row = |cpu, title: &str, bytes: f64, instructions: f64| Row {
        kind: Kind::Firmware,
        backends: FIRMWARE,
        rounds: 1,
        figures: vec![
            figure("over", "text over the floor, bytes", 1.0, Target::AtMost(bytes)),
            figure("one_more", "RAM of one more task, bytes", 1.0, Target::Best),
            figure("yield", "instructions a yield", 1.0, Target::AtMost(instructions)),
        ],
        ..process(cpu, title, cpu, 1, 1)
    };
    vec![
        row("m3", "A bare Cortex-M3, optimised for size", 408.0, 73.0),
        row("m0", "A bare Cortex-M0, optimised for size", 340.0, 80.0),
    ]
}

/// What building costs.
pub fn pay() -> Row {
    Row {
        kind: Kind::Pay,
        backends: PAYS,
        rounds: 1,
        figures: vec![
            figure("echo_bytes", "echo, stripped KiB", 1_024.0, Target::Best),
            figure("crawler_bytes", "crawler, stripped KiB", 1_024.0, Target::Best),
            figure("build_s", "clean build, s", 1.0, Target::Best),
            figure("crates", "crates in the tree", 1.0, Target::Best),
        ],
        ..process("pay", "What a user pays", "pay", 1, 1)
    }
}
