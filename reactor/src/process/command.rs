//! What to start. A thin layer over `std::process::Command`: what std does, std does.

use std::{ffi::OsStr, fmt, io, path::Path};

use super::child::{Child, Policy};
use super::{ExitStatus, Output, Stdio};
use crate::error::context;

/// A process to start, and how. [`spawn`](Command::spawn) may be called again and again.
///
/// It is made and configured as std's; for what is not here (user, group, process group), make a
/// `std::process::Command` and turn it into this with `From`.
///
/// # Examples
///
/// ```
/// use wakeful_reactor::process::Command;
///
/// # wakeful_reactor::block_on(async {
/// let status = Command::new("sh").args(["-c", "exit 3"]).status().await?;
/// assert_eq!(status.code(), Some(3));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub struct Command {
    std: std::process::Command,
    /// Whether the user has set stdin, stdout and stderr: `output` changes only the others.
    stdio_set: [bool; 3],
    policy: Policy,
}

impl Command {
    /// A command that starts `program`, found as std finds it, with no arguments.
    pub fn new(program: impl AsRef<OsStr>) -> Command {
        Command::from(std::process::Command::new(program))
    }

    /// Adds one argument.
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Command {
        self.std.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Command {
        self.std.args(args);
        self
    }

    /// Sets a variable of the child's environment.
    pub fn env(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Command {
        self.std.env(key, value);
        self
    }

    /// Sets variables of the child's environment.
    pub fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> &mut Command {
        self.std.envs(vars);
        self
    }

    /// Takes a variable out of the child's environment.
    pub fn env_remove(&mut self, key: impl AsRef<OsStr>) -> &mut Command {
        self.std.env_remove(key);
        self
    }

    /// Starts the child with no environment but what is set here.
    pub fn env_clear(&mut self) -> &mut Command {
        self.std.env_clear();
        self
    }

    /// Sets the child's working directory.
    pub fn current_dir(&mut self, dir: impl AsRef<Path>) -> &mut Command {
        self.std.current_dir(dir);
        self
    }

    /// Sets what the child reads: `Stdio::piped()` gives [`Child::stdin`]. By default ours.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Command {
        self.std.stdin(stdin);
        self.stdio_set[0] = true;
        self
    }

    /// Sets where the child writes: `Stdio::piped()` gives [`Child::stdout`]. By default ours,
    /// except under [`output`](Command::output).
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Command {
        self.std.stdout(stdout);
        self.stdio_set[1] = true;
        self
    }

    /// Sets where the child writes errors: `Stdio::piped()` gives [`Child::stderr`]. By default
    /// ours, except under [`output`](Command::output).
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Command {
        self.std.stderr(stderr);
        self.stdio_set[2] = true;
        self
    }

    /// Whether the child is killed when its [`Child`] is dropped before its end. By default not.
    pub fn kill_on_drop(&mut self, kill: bool) -> &mut Command {
        self.policy.kill_on_drop = kill;
        self
    }

    /// Whether the reactor reaps a child whose [`Child`] was dropped. By default it does.
    ///
    /// Without it the number of a dropped child stays with the system until this process ends.
    pub fn reap_on_drop(&mut self, reap: bool) -> &mut Command {
        self.policy.reap_on_drop = reap;
        self
    }

    /// Whether the end of the child is learnt by SIGCHLD even where the kernel has descriptors of
    /// processes. By default not, and where it has none, it is learnt by SIGCHLD in any case.
    ///
    /// For sandboxes whose filter answers `pidfd_open` by ending the caller, and for tests.
    pub fn exit_by_signal(&mut self, by_signal: bool) -> &mut Command {
        self.policy.exit_by_signal = by_signal;
        self
    }

    /// Starts the child. This blocks for as long as `fork` and `exec` take.
    ///
    /// # Errors
    ///
    /// What std says, mostly `NotFound`, with the program named; or that the pipes could not be
    /// registered with the reactor, in which case the child has been killed.
    pub fn spawn(&mut self) -> io::Result<Child> {
        super::orphan::sweep();
        let started = self.std.spawn().map_err(|error| {
            context(format_args!("starting {:?}", self.std.get_program()), error)
        })?;
        Child::new(started, self.policy)
    }

    /// Starts the child and gives its exit status. Its output goes where ours goes.
    ///
    /// The child is started at once, not at the first poll.
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the child running, or kills it if
    /// [`kill_on_drop`](Command::kill_on_drop) was set.
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async move { child?.status().await }
    }

    /// Starts the child, collects what it writes, and gives that with its exit status.
    ///
    /// Its stdout and stderr are pipes and its stdin is empty, unless they were set. The child is
    /// started at once, not at the first poll.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the pipes, and leaves the child running, or kills it if
    /// [`kill_on_drop`](Command::kill_on_drop) was set.
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.default_stdio(Stdio::null(), Stdio::piped);
        let child = self.spawn();
        self.default_stdio(Stdio::inherit(), Stdio::inherit); // for a later `spawn`
        async move { child?.output().await }
    }

    /// Sets those of the three streams that the user has not set.
    fn default_stdio(&mut self, stdin: Stdio, output: fn() -> Stdio) {
        if !self.stdio_set[0] {
            self.std.stdin(stdin);
        }
        if !self.stdio_set[1] {
            self.std.stdout(output());
        }
        if !self.stdio_set[2] {
            self.std.stderr(output());
        }
    }
}

impl From<std::process::Command> for Command {
    /// Takes over a command that std configured. What was set of stdin, stdout and stderr there
    /// holds for [`spawn`](Command::spawn) and [`status`](Command::status), but not from the first
    /// [`output`](Command::output) on, which cannot see what was set.
    fn from(std: std::process::Command) -> Command {
        Command { std, stdio_set: [false; 3], policy: Policy::default() }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.std, f)
    }
}
