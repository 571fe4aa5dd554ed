//! The gallery: made by one command, complete, current, and shown by a browser as it is meant.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wakeful_demos::{gallery, tutorial};

/// Makes the page anew by the command that the guide names.
fn made() -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery.html");
    let run = Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["gallery", "--out"])
        .arg(&file)
        .env("SCALE", "0.05")
        .output()
        .expect("the wakeful binary starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    file
}

/// The first of these that can be started.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    names.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|version| version.status.success())
    })
}

#[test]
fn a_browser_shows_every_demo_with_its_picture() {
    let Some(browser) = browser() else {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!ci, "no chromium, and this is CI, which installs it");
        eprintln!("skipped: no chromium on this machine");
        return;
    };
    // The page has no script. A copy gets one that tells what the browser made of it.
    let page = fs::read_to_string(made()).expect("the page was written");
    let script = "<script>addEventListener('load', () => {\n\
        const seen = [...document.querySelectorAll('section')].filter(section => {\n\
          const box = section.getBoundingClientRect(), image = section.querySelector('img');\n\
          const texts = [...section.querySelectorAll('pre')].map(pre => pre.innerText.length);\n\
          return box.height > 100 && image.complete && image.naturalHeight > 80\n\
            && texts.length == 2 && texts.every(length => length > 10)\n\
            && [...section.querySelectorAll('pre')].every(pre =>\n\
              pre.scrollWidth <= pre.clientWidth && pre.scrollHeight <= pre.clientHeight + 1);\n\
        });\n\
        const wide = document.documentElement.scrollWidth - innerWidth;\n\
        document.title = `seen ${seen.length}, too wide by ${Math.max(0, wide)}`;\n\
        });</script></body>";
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery_asked.html");
    fs::write(&copy, page.replace("</body>", script)).expect("the copy can be written");
    let run = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1600,1000"])
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("file://{}", copy.display()))
        .output()
        .expect("the browser starts");
    let shown = String::from_utf8_lossy(&run.stdout);
    let title = shown.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
    let wanted = format!("seen {}, too wide by 0", tutorial::REGISTRY.len());
    assert_eq!(title, Some(wanted.as_str()), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn the_page_in_the_repository_shows_the_sources_as_they_are() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("gallery.html");
    let page = fs::read_to_string(page).expect("demos/gallery.html is there");
    assert!(page.contains("<section id=\"tls_echo\">"), "made without the feature https");
    let stale: Vec<&str> = tutorial::REGISTRY
        .iter()
        .filter(|demo| !page.contains(&gallery::source(demo)))
        .map(|demo| demo.name)
        .collect();
    assert!(
        stale.is_empty(),
        "stale, run `cargo run --release -- gallery --pictures demos/pictures`: {stale:?}"
    );
}

#[test]
fn the_guide_leads_to_every_demo_and_its_picture() {
    let demos = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(demos.join("README.md")).expect("the guide is there");
    for demo in tutorial::REGISTRY {
        let (name, picture) = (demo.name, format!("pictures/{}.svg", demo.name));
        let link = format!("[**{name}**](src/tutorial/{name}.rs) ([picture]({picture}))");
        assert!(guide.contains(&link), "{link}");
        let drawn = fs::read_to_string(demos.join(&picture)).expect("the picture is there");
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{picture}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_the_demos_run() {
    let run = Command::new(env!("CARGO_BIN_EXE_wakeful"))
        .args(["gallery", "--out", "/dev/null/no/gallery.html"])
        .output()
        .expect("the wakeful binary starts");
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(said, "wakeful: /dev/null/no: Not a directory (os error 20)\n");
}

#[test]
fn the_readme_shows_the_heart_of_the_tiny_crawler_as_it_is() {
    let demos = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(demos.join("../README.md")).expect("the README is there");
    let source = fs::read_to_string(demos.join("src/tutorial/tiny.rs")).expect("tiny.rs is there");
    let heart = readme.split("```rust,ignore\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut lines = source.lines();
    for line in heart.expect("the heart is shown").lines().filter(|line| !line.is_empty()) {
        assert!(lines.any(|other| other == line), "not in tiny.rs, or not there: {line:?}");
    }
    let code = source.lines().map(str::trim_start);
    let code = code.filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    assert!(code <= 135, "{code} lines: it is to be read in five minutes");
}
