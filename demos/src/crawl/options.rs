//! What `wakeful crawl` can be told.

use super::response::Limits;
use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

/// How the crawler names itself.
const AGENT: &str = concat!("wakeful/", env!("CARGO_PKG_VERSION"));

/// The arguments of `wakeful crawl`.
#[derive(Debug, clap::Parser)]
#[command(after_help = "\
Links of a, area, frame and iframe are followed, on the hosts and ports of the given URLs and of
where those are redirected to. A page is asked for once, whatever leads to it.

Exit code: 0 when every page came, but for links that robots.txt or --include, --exclude and
--depth leave out; 1 when something failed, was not saved, or was left out because of
--max-pages or too many links on a page; 2 when the arguments cannot be used; 130 when
interrupted.

Not here: cookies, forms, scripts, proxies, resuming a crawl.")]
pub struct Options {
    /// Where to begin; - reads URLs from standard input, one a line
    #[arg(required = true, value_name = "URL")]
    pub urls: Vec<String>,
    /// Pages under way at once
    #[arg(short, long, value_name = "N", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: u32,
    /// Pages under way at once on one server, and connections kept for it
    #[arg(long, value_name = "N", default_value_t = 6,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub per_host: u32,
    /// Follow links so many steps from the given URLs; 0 follows none [default: all]
    #[arg(short, long, value_name = "N")]
    pub depth: Option<usize>,
    /// Follow links to other hosts too
    #[arg(long)]
    pub any_host: bool,
    /// Follow only links to URLs that match, * standing for anything; may be given more than once
    #[arg(long, value_name = "PATTERN", value_parser = whole)]
    pub include: Vec<String>,
    /// Do not follow links to URLs that match, * standing for anything; may be given more than once
    #[arg(long, value_name = "PATTERN", value_parser = whole)]
    pub exclude: Vec<String>,
    /// Fetch no more pages than this
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub max_pages: u64,
    /// Fetch also what robots.txt forbids, without the pauses that it wants
    #[arg(long)]
    pub no_robots: bool,
    /// Seconds between two requests to one server
    #[arg(long, value_name = "S", default_value = "0", value_parser = seconds)]
    pub delay: Duration,
    /// How often to ask again after 429 and 503, as late as Retry-After says
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub retries: u32,
    /// What the crawler calls itself
    #[arg(long, value_name = "NAME", default_value = AGENT, value_parser = field_value)]
    pub user_agent: String,
    /// A field for every request, as in "Accept-Language: de"; may be given more than once
    #[arg(long, value_name = "FIELD", value_parser = field)]
    pub header: Vec<String>,
    /// Save each page in a file below this folder
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print JSON: a line for each page, and one for the crawl
    #[arg(long)]
    pub json: bool,
    /// Print no line for a page that came
    #[arg(short, long)]
    pub quiet: bool,
    /// Trust the certificates in this PEM file in place of the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Seconds for a page, from its request to its last byte, redirects included
    #[arg(short, long, value_name = "S", default_value = "30", value_parser = some_seconds)]
    pub timeout: Duration,
    /// Seconds for a connection to each address of a server
    #[arg(long, value_name = "S", default_value = "10", value_parser = some_seconds)]
    pub connect_timeout: Duration,
    /// Redirects to follow for one page
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub redirects: usize,
    /// Largest body of a page, in bytes, unpacked
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body)]
    pub max_body: u64,
    /// Largest head of a response, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().head)]
    pub max_head: usize,
    /// Bytes of the bodies that are under way, as they come: more wait for their turn, one at a
    /// time. Up to four at once are unpacked besides, each to --max-body
    #[arg(long, value_name = "BYTES", default_value_t = 512 * 1024 * 1024)]
    pub max_memory: usize,
}

impl Options {
    pub fn of(words: &[&str]) -> Result<Self, clap::Error> {
        clap::Parser::try_parse_from(["crawl"].iter().chain(words))
    }

    pub fn limits(&self) -> Limits {
        Limits { head: self.max_head, body: self.max_body }
    }

    /// The fields of every request, each with its line's end.
    pub fn fields(&self) -> String {
        let agent = format!("User-Agent: {}", self.user_agent);
        let usual = [agent, "Accept: */*".to_string(), "Accept-Encoding: gzip".to_string()];
        let name = |field: &str| field.split(':').next().unwrap_or_default().to_lowercase();
        let is_given = |usual: &&String| self.header.iter().any(|field| name(field) == name(usual));
        let usual = usual.iter().filter(|usual| !is_given(usual));
        usual.chain(&self.header).map(|field| format!("{field}\r\n")).collect()
    }
}

/// What must match as a whole.
fn whole(pattern: &str) -> Result<String, Infallible> {
    Ok(format!("{pattern}$"))
}

/// A number of seconds, fractions allowed.
fn seconds(text: &str) -> Result<Duration, String> {
    /// The longest time that can be waited for: a year.
    const LONGEST: f64 = 365.0 * 24.0 * 3600.0;
    match text.parse() {
        Ok(seconds) if (0.0..=LONGEST).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(_) => Err(format!("it must be from 0 to {LONGEST} seconds")),
        Err(_) => Err("it is no number of seconds".to_string()),
    }
}

/// The same, but not none.
fn some_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("it must be more than 0".to_string()),
        time => Ok(time),
    }
}

fn field_value(text: &str) -> Result<String, String> {
    match text.bytes().any(|byte| byte < b' ' || byte == 127) {
        true => Err("it has control characters".to_string()),
        false => Ok(text.to_string()),
    }
}

fn field(text: &str) -> Result<String, String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    match field_value(text)?.split_once(':') {
        Some((name, _)) if !name.is_empty() && name.chars().all(is_token) => Ok(text.to_string()),
        _ => Err("it is no field, as in \"Accept-Language: de\"".to_string()),
    }
}
