//! The handle of a child: its pipes, its end, and what becomes of it without a handle.

use std::task::{Context, Poll, ready};
use std::{cell::RefCell, fmt, future::poll_fn, io, pin::Pin, rc::Rc};

use futures_io::AsyncRead;

use super::exit::Watch;
use super::{ChildStderr, ChildStdin, ChildStdout, ExitStatus, Output, orphan};
use crate::error::context;

/// What the command says of the child's end.
#[derive(Clone, Copy)]
pub(super) struct Policy {
    pub(super) kill_on_drop: bool,
    pub(super) reap_on_drop: bool,
    pub(super) exit_by_signal: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { kill_on_drop: false, reap_on_drop: true, exit_by_signal: false }
    }
}

/// A child process that was started by [`Command::spawn`](super::Command::spawn).
///
/// Dropping it leaves the child running, unless [`kill_on_drop`](super::Command::kill_on_drop) was
/// set; when it ends later, the reactor reaps it.
///
/// # Examples
///
/// ```
/// use wakeful_reactor::process::{Command, Stdio};
///
/// # wakeful_reactor::block_on(async {
/// let mut child = Command::new("cat").stdin(Stdio::piped()).spawn()?;
/// assert_eq!(child.try_status()?, None);
/// // The pipe has futures-io's `AsyncWrite`; closing it ends what the child reads.
/// drop(child.stdin.take());
/// assert!(child.status().await?.success());
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Child {
    /// Where it reads from, if that is a pipe.
    pub stdin: Option<ChildStdin>,
    /// Where it writes to, if that is a pipe.
    pub stdout: Option<ChildStdout>,
    /// Where it writes errors, if that is a pipe.
    pub stderr: Option<ChildStderr>,
    guard: Rc<Guard>,
}

impl Child {
    pub(super) fn new(mut child: std::process::Child, policy: Policy) -> io::Result<Child> {
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let pid = child.id();
        let mut guard = Guard { child: RefCell::new(Some(child)), pid, policy };
        let registered = || -> io::Result<_> {
            let stdout = stdout.map(ChildStdout::new).transpose()?;
            let stderr = stderr.map(ChildStderr::new).transpose()?;
            Ok((stdin.map(ChildStdin::new).transpose()?, stdout, stderr))
        };
        let (stdin, stdout, stderr) = match registered() {
            Ok(registered) => registered,
            Err(error) => {
                // Nobody gets a handle of it, so nobody else could end it.
                (guard.policy.kill_on_drop, guard.policy.reap_on_drop) = (true, true);
                let doing = format_args!("registering the pipes of child process {pid}");
                return Err(context(doing, error));
            }
        };
        let guard = Rc::new(guard);
        Ok(Child { stdin, stdout, stderr, guard })
    }

    /// The child's process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.guard.pid
    }

    /// Kills the child with SIGKILL. It still has to be awaited, or dropped.
    ///
    /// # Errors
    ///
    /// What the system says. A child that has ended and been awaited is no error.
    pub fn kill(&mut self) -> io::Result<()> {
        match &mut *self.guard.child.borrow_mut() {
            Some(child) => child.kill(),
            None => Ok(()),
        }
    }

    /// The exit status if the child has ended, without waiting.
    ///
    /// # Errors
    ///
    /// What the system says, if somebody else in the program has reaped the child.
    pub fn try_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.guard.try_status()
    }

    /// Closes the child's stdin, if that is a pipe, and waits for its end.
    ///
    /// The future does not borrow the child, so the child may be killed meanwhile; and it keeps the
    /// child from counting as dropped.
    ///
    /// # Errors
    ///
    /// What the system says, if it has no descriptors left or somebody else has reaped the child.
    ///
    /// # Cancellation
    ///
    /// Dropping it loses nothing: the status is kept, and may be asked for again.
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        drop(self.stdin.take());
        let guard = Rc::clone(&self.guard);
        async move {
            if let Some(status) = guard.try_status()? {
                return Ok(status);
            }
            let named =
                |error| context(format_args!("watching child process {}", guard.pid), error);
            let mut watch = Watch::new(guard.pid, guard.policy.exit_by_signal).map_err(named)?;
            poll_fn(|cx| watch.poll(cx, || guard.try_status())).await
        }
    }

    /// Std's name for [`status`](Child::status).
    ///
    /// # Cancellation
    ///
    /// As for [`status`](Child::status): nothing is lost.
    pub fn wait(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        self.status()
    }

    /// Closes the child's stdin, collects what it writes to pipes until their end, and waits for
    /// its end.
    ///
    /// # Errors
    ///
    /// As for [`status`](Child::status), or what reading a pipe comes to.
    ///
    /// # Cancellation
    ///
    /// Dropping it drops the child and what was read.
    pub fn output(mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        let status = self.status();
        async move {
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            poll_fn(|cx| {
                let out = poll_drain(&mut self.stdout, &mut stdout, cx)?;
                let err = poll_drain(&mut self.stderr, &mut stderr, cx)?;
                match out.is_ready() && err.is_ready() {
                    true => Poll::Ready(io::Result::Ok(())),
                    false => Poll::Pending,
                }
            })
            .await?;
            let status = status.await?;
            Ok(Output { status, stdout, stderr })
        }
    }
}

/// The child itself, shared by its handle and the futures that await it. When the last of them is
/// dropped, the child is killed, or left to be reaped.
struct Guard {
    /// `None` only while it is dropped.
    child: RefCell<Option<std::process::Child>>,
    pid: u32,
    policy: Policy,
}

impl Guard {
    fn try_status(&self) -> io::Result<Option<ExitStatus>> {
        match &mut *self.child.borrow_mut() {
            Some(child) => child.try_wait(),
            None => Ok(None),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(mut child) = self.child.get_mut().take() else {
            return;
        };
        if self.policy.kill_on_drop {
            // A child that was reaped is not signalled; one that has only ended takes no harm.
            let _ = child.kill();
        }
        if self.policy.reap_on_drop && matches!(child.try_wait(), Ok(None)) {
            orphan::adopt(child, self.policy.exit_by_signal);
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)
    }
}

/// Reads a pipe until it would block, or to its end, and then closes it.
fn poll_drain<R: AsyncRead + Unpin>(
    pipe: &mut Option<R>,
    all: &mut Vec<u8>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    // The buffer is the poll's and not the future's, which keeps the future small.
    let mut buffer = [0; 8192];
    while let Some(open) = pipe {
        match ready!(Pin::new(open).poll_read(cx, &mut buffer))? {
            0 => *pipe = None,
            n => all.extend_from_slice(&buffer[..n]),
        }
    }
    Poll::Ready(Ok(()))
}
