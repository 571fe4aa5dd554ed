//! The programs of `examples/`, built and run.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Once;

/// A program of `examples/`, built.
pub fn example(name: &str) -> PathBuf {
    static BUILT: Once = Once::new();
    let test = std::env::current_exe().expect("this test has a path");
    let target = test.parent().and_then(Path::parent).expect("target/PROFILE/deps/TEST");
    let path = target.join("examples").join(name);
    // `cargo test` has built it; `cargo test --test NAME` has not.
    BUILT.call_once(|| {
        if !path.exists() {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "-p", "wakeful-demos", "--examples"]);
            cargo.arg("--target-dir").arg(target.parent().expect("target/PROFILE"));
            if target.ends_with("release") {
                cargo.arg("--release");
            }
            assert!(cargo.status().expect("cargo is there").success(), "the examples do not build");
        }
    });
    path
}

/// A server of `examples/`, listening on a port of the system's choice. Ended when dropped.
pub struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub address: String,
}

impl Server {
    pub fn start(name: &str, args: &[&str]) -> Server {
        let mut command = Command::new(example(name));
        let mut child =
            command.args(args).stdout(Stdio::piped()).spawn().expect("the example starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ").expect(&line).to_owned();
        Server { child, stdout, address }
    }

    /// How many threads it has.
    #[cfg(target_os = "linux")]
    pub fn threads(&self) -> usize {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        tasks.expect("it runs").count()
    }

    #[cfg(not(target_os = "linux"))]
    pub fn threads(&self) -> usize {
        1
    }

    /// Asks it to end, and gives what it said.
    pub fn end(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().expect("kill is there").success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("it ends");
        assert!(self.child.wait().expect("awaited").success());
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
