//! The command line: what the program can be asked to do.

use crate::cores;
use crate::crawl;
use crate::gallery;
use crate::job;
use crate::part;
use crate::site::Site;
use crate::tutorial;
use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::io::{self, Write};
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
        #[arg(value_parser = demo_names(), hide_possible_values = true)]
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
    /// Prints a line for each page, for each that failed what went wrong, and which page leads to
    /// it.
    Crawl(Box<crawl::options::Options>),
    /// Print what a shell needs to complete this program's arguments
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Measure what more cores give: an executor and a reactor for each, as threads and as
    /// processes
    Cores(cores::Options),
    /// Do one part of the measurement of cores
    #[command(hide = true)]
    CorePart(cores::PartOptions),
    /// Crawl the embedded site in one way, as a part of the main job
    #[command(hide = true)]
    Way(job::child::Options),
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

/// The arguments cannot be used.
const USAGE: u8 = 2;
/// Nobody reads the output any more: what the shell calls the end by that signal.
const CLOSED_PIPE: u8 = 128 + 13;

pub fn main() -> ExitCode {
    end_with_the_reader();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(CLOSED_PIPE),
        Err(error) => {
            eprintln!("wakeful: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> io::Result<ExitCode> {
    let Some(command) = cli.command else {
        let right = job::run(&cli.job)?;
        return Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    match command {
        Command::Demo { name: None, list: false, .. } => {
            eprintln!("wakeful: which demo? `wakeful demo --list` names them; try hello_async");
            return Ok(ExitCode::from(USAGE));
        }
        Command::Demo { name, timeline, .. } => {
            tutorial::command(name.as_deref(), timeline.as_deref())?;
        }
        Command::Gallery { out, pictures } => gallery::write(&out, pictures.as_deref())?,
        Command::ServeSite { delay, port } => {
            let site = Site::start_on(port, Duration::from_millis(delay))?;
            part::say(site.addr())?;
            part::until_left_alone()?;
        }
        Command::Cores(options) => cores::run(&options)?,
        Command::CorePart(options) => cores::run_part(&options)?,
        Command::Crawl(options) => return crawl::run::run(*options),
        Command::Way(options) => job::child::run(&options)?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "wakeful", &mut script);
            io::stdout().write_all(&script)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What `println` says when nobody reads the output any more is no bug: the program ends without a
/// word, as other programs do.
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>().map_or("", |text| text);
        if text.starts_with("failed printing to stdout") && text.contains("Broken pipe") {
            std::process::exit(CLOSED_PIPE.into());
        }
        usual(panic);
    }));
}

fn demo_names() -> PossibleValuesParser {
    let demos = tutorial::REGISTRY.iter().map(|demo| demo.name);
    // What is not built in says so when it is asked for.
    let absent = cfg!(not(feature = "https")).then_some("tls_echo");
    PossibleValuesParser::new(demos.chain(absent))
}
