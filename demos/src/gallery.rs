//! The gallery: one page with every demo: its source, output and timeline side by side.
//!
//! Each demo is run once, in a process of its own, as a reader would run it. The page needs nothing
//! but itself: no script, no font, no picture from elsewhere. The timelines are pictures inside it,
//! so that their styles and the page's do not meet.

use crate::progress::Progress;
use crate::system::{at, writable};
use crate::timeline::svg::escape;
use crate::tutorial::{self, Demo};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const HEAD: &str = include_str!("gallery/head.html");

struct Shown {
    demo: &'static Demo,
    output: String,
    picture: String,
}

/// How long a quick demo is tried.
const TRIES: Duration = Duration::from_millis(400);

/// Runs every demo and writes the page into `file`; each timeline also into a file of its own in
/// the folder `pictures`, if one is named.
pub fn write(file: &Path, pictures: Option<&Path>) -> io::Result<()> {
    // Before the demos run, which takes a while, and without touching what is there.
    for folder in file.parent().into_iter().chain(pictures) {
        fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    }
    writable(file).map_err(|error| at(file, error))?;
    let mut progress = Progress::new("gallery", "demo", tutorial::REGISTRY.len() as u64);
    let mut shown = Vec::new();
    for demo in tutorial::REGISTRY {
        let one = play(demo)?;
        if let Some(folder) = pictures {
            let file = folder.join(demo.name).with_extension("svg");
            fs::write(&file, &one.picture).map_err(|error| at(&file, error))?;
        }
        shown.push(one);
        progress.at(shown.len() as u64);
    }
    progress.close();
    let page = page(&shown);
    fs::write(file, &page).map_err(|error| at(file, error))?;
    let (count, size) = (shown.len(), page.len() / 1024);
    println!("{count} demos, {size} KiB: {}", file.display());
    Ok(())
}

/// Runs a demo three times, a quick one for a while, and keeps the shortest run: what else the
/// machine does only lengthens it.
fn play(demo: &'static Demo) -> io::Result<Shown> {
    let (start, mut runs) = (Instant::now(), Vec::new());
    while runs.len() < 3 || start.elapsed() < TRIES {
        let began = Instant::now();
        let shown = play_once(demo)?;
        runs.push((began.elapsed(), shown));
    }
    let shortest = runs.into_iter().min_by_key(|(took, _)| *took);
    shortest.map(|(_, shown)| shown).ok_or_else(|| io::Error::other("it was run three times"))
}

fn play_once(demo: &'static Demo) -> io::Result<Shown> {
    let name = format!("wakeful-{}-{}.svg", std::process::id(), demo.name);
    let file = std::env::temp_dir().join(name);
    let run = Command::new(std::env::current_exe()?)
        .args(["demo", demo.name, "--timeline"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()?;
    let picture = fs::read_to_string(&file);
    // It may not be there, and it is not needed any more.
    let _ = fs::remove_file(&file);
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        let what = format!("the demo {} ended with {}: {said}", demo.name, run.status);
        return Err(io::Error::other(what));
    }
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    Ok(Shown { demo, output, picture: picture? })
}

fn page(shown: &[Shown]) -> String {
    let mut out = HEAD.replace("STYLE", include_str!("gallery/page.css"));
    out += "<nav>\n";
    for group in tutorial::groups() {
        let _ = writeln!(out, "<b>{}</b>", escape(group[0].group));
        for Demo { name, .. } in group {
            let _ = writeln!(out, "<a href=\"#{name}\">{name}</a>");
        }
    }
    out += "</nav>\n<main>\n";
    let mut shown = shown.iter();
    for group in tutorial::groups() {
        let _ = writeln!(out, "<h2>{}</h2>", escape(group[0].group));
        shown.by_ref().take(group.len()).for_each(|one| section(&mut out, one));
    }
    out + "</main>\n</body>\n</html>\n"
}

fn section(out: &mut String, Shown { demo, output, picture }: &Shown) {
    let name = demo.name;
    let _ = write!(
        out,
        "<section id=\"{name}\">\n<h3><a href=\"#{name}\">{name}</a></h3>\n<p>{about} \
         <code>cargo run --release -- demo {name}</code></p>\n<div class=\"two\">\n\
         {source}\n<div><pre class=\"output\">{output}</pre>\n\
         <img loading=\"eager\" alt=\"timeline of {name}\" src=\"data:image/svg+xml,{picture}\">\
         </div>\n</div>\n</section>\n",
        about = escape(demo.about),
        source = source(demo),
        output = escape(output),
        picture = percent_encode(picture),
    );
}

/// A demo's source as the page shows it.
pub fn source(demo: &Demo) -> String {
    format!("<pre class=\"source\">{}</pre>", escape(demo.source))
}

/// Text as it is written in a data URL in double quotes: only what would end or change it is
/// encoded, and letters beyond ASCII.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for byte in text.bytes() {
        match byte {
            b'"' | b'%' | b'#' | b'<' | b'>' | b'&' | b'\n' | 0x80.. => {
                let _ = write!(out, "%{byte:02X}");
            }
            _ => out.push(char::from(byte)),
        }
    }
    out
}
