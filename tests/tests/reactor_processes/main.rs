//! The reactor's tests that start processes, fork, or catch signals. One that needs its process for
//! itself runs in a child of this one (`wakeful_tests::child::alone`).
#![cfg(unix)]

// What several modules use: they begin with `use super::*`.
use futures_lite::future::{poll_once, zip};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use wakeful_reactor::process::{Command, Stdio};
use wakeful_reactor::signal::{SIGUSR1, Signals};
use wakeful_reactor::{Async, Metrics, block_on, os_code, sleep, timeout};
use wakeful_tests::child::{alone, returns_in_a_fork};
use wakeful_tests::sockets::{MS, SOON, tcp_pair};
use wakeful_tests::strace::{calls_of, faults_are_injected, mark};

mod pool_fork;
mod process;
mod process_descriptors;
mod process_orphans;
mod signal;
mod sockets;
mod syscalls;
