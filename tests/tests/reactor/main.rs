//! The reactor's tests: one program, a module for each part. None of them starts a process: until a
//! child runs its own program it holds a copy of every socket here, and closing one is not heard of
//! at its other end. Those that do are in `reactor_processes`.
#![cfg(unix)]

// What several modules use: they begin with `use super::*`.
use futures_lite::future::{poll_once, yield_now, zip};
use futures_lite::{AsyncReadExt, AsyncWriteExt, FutureExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};
use wakeful_executor::Executor;
use wakeful_reactor::{Async, Clock, Metrics, Timer, block_on, sleep, timeout};
use wakeful_tests::hand::{on_wake, parked, wake_later};
use wakeful_tests::sockets::{MS, SOON, tcp_pair};
use wakeful_tests::trace::{Wakes, poll};

mod block_on;
mod cancel;
mod faults;
mod models;
mod pool;
mod promises;
mod readiness;
mod resolve;
mod sockets;
mod tcp;
mod thousand;
mod timer;
mod timer_heap;
