//! The command line: what the program can be asked to do.

use crate::cores;
use crate::crawl;
use crate::gallery;
use crate::job;
use crate::site::Site;
use crate::tutorial;
use clap::{Parser, Subcommand};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Tasks on one thread: a tiny executor, a reactor, and the crawler that they drive.
#[derive(Parser)]
#[command(name = "wakeful", version, args_conflicts_with_subcommands = true)]
///
/// Without a command: the main job. A small site on loopback is crawled three ways, one page after
/// another, with a thread for each page, and on one thread of wakeful; what each way cost is told
/// as a table and a picture.
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    job: job::Options,
}

#[derive(Subcommand)]
enum Command {
    /// Run one of the tutorials' programs
    ///
    /// SCALE in the environment says how many seconds a tutorial's second lasts (0.05).
    Demo {
        /// Which one
        #[arg(required_unless_present = "list")]
        name: Option<String>,
        /// Name them all, group by group
        #[arg(long, conflicts_with = "name")]
        list: bool,
        /// Draw who ran when, as an SVG picture
        #[arg(long, value_name = "FILE", requires = "name")]
        timeline: Option<PathBuf>,
    },
    /// Show all of the tutorials' programs on one page: source, output, timeline
    Gallery {
        /// Where to write the page
        #[arg(long, value_name = "FILE", default_value = "demos/gallery.html")]
        out: PathBuf,
        /// A folder that gets each timeline as a file
        #[arg(long, value_name = "FOLDER")]
        pictures: Option<PathBuf>,
    },
    /// Crawl web pages, from any server
    ///
    /// Prints a line for each page, and for each that failed what went wrong. The exit code is 1 if
    /// any failed.
    Crawl(crawl::options::Options),
    /// Measure what more cores give: an executor and a reactor for each, as threads and as
    /// processes
    Cores(cores::Options),
    /// Do one part of the measurement of cores
    #[command(hide = true)]
    CorePart(cores::PartOptions),
    /// Crawl the embedded site in one way, as a part of the main job
    #[command(hide = true)]
    Way(job::ChildOptions),
    /// Serve the embedded site on loopback until standard input ends
    #[command(hide = true)]
    ServeSite {
        /// Think time before each answer, in milliseconds
        #[arg(long, value_name = "MS", default_value_t = 0)]
        delay: u64,
        /// Port of 127.0.0.1 to listen on; 0 picks a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
}

/// Runs the program with the arguments it was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Some(Command::Demo { name, timeline, .. }) => {
            tutorial::command(name.as_deref(), timeline.as_deref()).map(|()| true)
        }
        Some(Command::Gallery { out, pictures }) => {
            gallery::write(&out, pictures.as_deref()).map(|()| true)
        }
        Some(Command::ServeSite { delay, port }) => {
            serve_site(port, Duration::from_millis(delay)).map(|()| true)
        }
        Some(Command::Cores(options)) => cores::run(&options).map(|()| true),
        Some(Command::CorePart(options)) => cores::run_part(&options).map(|()| true),
        Some(Command::Crawl(options)) => crawl::run::run(&options),
        Some(Command::Way(options)) => job::run_child(&options).map(|()| true),
        None => job::run(&cli.job),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("wakeful: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_site(port: u16, think: Duration) -> io::Result<()> {
    let site = Site::start_on(port, think)?;
    let mut out = io::stdout();
    writeln!(out, "listening {}", site.addr())?;
    out.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
