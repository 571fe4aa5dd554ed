//! The `wakeful` binary. Everything is in the library beside it, so that tests can reach it.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    wakeful_demos::cli::main()
}
