//! The tutorials' crawler as it was meant, on nothing but `std` and `polling`.
//!
//! A page is a coroutine, [`fetch`], that reads like blocking code. Where it would block it awaits a
//! [`Furture`], and its [`Task`] stops there. The [`Loop`] runs the other tasks meanwhile. When all
//! have stopped, it asks the operating system which sockets are ready and completes their Furtures,
//! which wakes their tasks. It ends when no task is left. All this is one thread; the locks are
//! there because a `Waker` may be used from any thread, and so `std` demands them.
#![allow(unsafe_code)] // One line: a poller wants a promise about its sockets.

use polling::{Event, Events, Poller};
use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

/// A page's length, and how its bytes are checked.
type Page = io::Result<usize>;
type Sum = fn(&[u8]) -> u32;

/// One readiness of one socket: whether it has come, and whom to wake when it does.
#[derive(Default)]
struct Furture {
    done: Mutex<bool>,
    waker: Mutex<Option<Waker>>,
}

impl Furture {
    fn complete(&self) {
        *lock(&self.done) = true;
        lock(&self.waker).iter().for_each(Waker::wake_by_ref);
    }
}

impl Future for &Furture {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if *lock(&self.done) {
            return Poll::Ready(());
        }
        *lock(&self.waker) = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// A coroutine, and the loop whose queue it joins when it is woken.
struct Task {
    coroutine: Mutex<Pin<Box<dyn Future<Output = Page> + Send>>>,
    of: Arc<Loop>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        lock(&self.of.state).ready.push_back(self.clone());
    }
}

/// Runs tasks until none is left.
struct Loop {
    poller: Poller,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Tasks that are to run.
    ready: VecDeque<Arc<Task>>,
    /// Sockets that the poller watches, and the Furture of each.
    waiting: HashMap<usize, (Arc<TcpStream>, Arc<Furture>)>,
    /// What the tasks that have ended returned.
    results: Vec<Page>,
}

impl Loop {
    fn run(&self) -> io::Result<()> {
        let mut events = Events::new();
        loop {
            while let Some(task) = self.next() {
                let waker = Waker::from(task.clone());
                let mut coroutine = lock(&task.coroutine);
                let step = coroutine.as_mut().poll(&mut Context::from_waker(&waker));
                if let Poll::Ready(page) = step {
                    lock(&self.state).results.push(page);
                }
            }
            if lock(&self.state).waiting.is_empty() {
                return Ok(());
            }
            events.clear();
            self.poller.wait(&mut events, None)?;
            for event in events.iter() {
                let (socket, furture) = lock(&self.state).waiting[&event.key].clone();
                self.poller.delete(&*socket)?;
                lock(&self.state).waiting.remove(&event.key);
                furture.complete();
            }
        }
    }

    fn next(&self) -> Option<Arc<Task>> {
        lock(&self.state).ready.pop_front()
    }

    /// Has the poller watch the socket until its next readiness, and awaits that.
    async fn ready(&self, socket: &Arc<TcpStream>, on: fn(usize) -> Event) -> io::Result<()> {
        let furture = Arc::new(Furture::default());
        let key = Arc::as_ptr(&furture) as usize;
        // SAFETY: a socket may not be closed while the poller knows it. `waiting` keeps it open, and
        // `run` deletes it from the poller before it removes it from `waiting`.
        unsafe { self.poller.add(&**socket, on(key))? };
        let waits = (socket.clone(), furture.clone());
        lock(&self.state).waiting.insert(key, waits);
        furture.as_ref().await;
        Ok(())
    }
}

/// One page. At each `await` the other pages go on.
async fn fetch(of: &Loop, site: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    // `std` waits until the connection is there; in `crawl.rs` others go on meanwhile.
    let socket = Arc::new(TcpStream::connect(site)?);
    socket.set_nonblocking(true)?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {site}\r\n\r\n");
    let (mut rest, mut answer) = (request.as_bytes(), Vec::new());
    while !rest.is_empty() {
        of.ready(&socket, Event::writable).await?;
        rest = &rest[(&*socket).write(rest)?..];
    }
    while let Err(error) = (&*socket).read_to_end(&mut answer) {
        if error.kind() != ErrorKind::WouldBlock {
            return Err(error);
        }
        of.ready(&socket, Event::readable).await?;
    }
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
    Ok(answer.split_off(head.ok_or(ErrorKind::UnexpectedEof)? + 4))
}

async fn page(of: Arc<Loop>, site: SocketAddr, n: usize, sum: Sum) -> Page {
    let page = fetch(&of, site, &format!("/page/{n}")).await?;
    let (length, sum) = (page.len(), sum(&page));
    println!("{length} bytes received from /page/{n}. adler32 {sum:08x}");
    Ok(length)
}

pub fn run(site: SocketAddr, sum: Sum) -> io::Result<Vec<Page>> {
    let began = Instant::now();
    let (poller, state) = (Poller::new()?, Mutex::default());
    let of = Arc::new(Loop { poller, state });
    for n in 0..10 {
        println!("GET: /page/{n}");
        let coroutine = Mutex::new(Box::pin(page(of.clone(), site, n, sum)) as _);
        let of = of.clone();
        Arc::new(Task { coroutine, of }).wake(); // Its first turn.
    }
    of.run()?;
    println!("耗时: {}", began.elapsed().as_secs_f64());
    Ok(std::mem::take(&mut lock(&of.state).results))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
