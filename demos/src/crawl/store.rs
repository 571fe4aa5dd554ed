//! `--out DIR`: each page in a file of its own, `DIR/HOST/PATH`.
//!
//! A name follows from its URL alone, and no two URLs have the same:
//!
//! - a file's name has a dot or an `@`: `/a` is `a@`, `/a.html` is `a.html`, a query stands behind
//!   an `@` (`/a?b=1` is `a@b=1`), and the page of a folder, `/a/`, is `a/{index}.html`;
//! - a folder's name has neither, or ends in an `@`: `/1.0/x.html` is in `1.0@`;
//! - letters that some systems do not allow in names are written `{3A}`, and `{` with them, so that
//!   braces are free for the rest: a long name is cut into folders that end in `{+`. Capitals are
//!   written so where the system does not tell `a` from `A`.
//!
//! URLs are normalized and percent-encoded: there are no `..` parts, control characters or letters
//! outside ASCII in them. A page is written under another name first, so that it is there whole or
//! not at all. All this blocks, and is done on the pool's threads.

use super::url::Url;
use crate::system::at;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest part of a name, in bytes; most systems allow 255.
const LONGEST: usize = 160;

pub struct Store {
    folder: PathBuf,
    /// Whether `a` and `A` are the same name there.
    ignores_case: bool,
    written: AtomicU64,
}

impl Store {
    pub fn new(folder: &Path) -> io::Result<Self> {
        let probe = folder.join("{case}");
        let made = fs::create_dir_all(folder).and_then(|()| fs::write(&probe, ""));
        made.map_err(|why| at(folder, why))?;
        let ignores_case = folder.join("{CASE}").exists();
        fs::remove_file(&probe).map_err(|why| at(&probe, why))?;
        Ok(Store { folder: folder.to_path_buf(), ignores_case, written: AtomicU64::new(0) })
    }

    /// Writes a page and says where it is.
    /// It cannot be written; the message names the file, and nothing of it is left.
    pub fn save(&self, url: &Url, body: &[u8]) -> io::Result<PathBuf> {
        let path = self.folder.join(name(url, self.ignores_case));
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let part = self.folder.join(format!("{{part-{}-{number}}}", std::process::id()));
        let written = fs::create_dir_all(path.parent().unwrap_or(&self.folder))
            .and_then(|()| fs::write(&part, body))
            .and_then(|()| fs::rename(&part, &path));
        if let Err(why) = written {
            // It may never have been made.
            let _ = fs::remove_file(&part);
            return Err(at(&path, why));
        }
        Ok(path)
    }
}

/// The file of a URL, below the folder of all.
pub fn name(url: &Url, ignores_case: bool) -> PathBuf {
    let escaped = |text| escaped(text, ignores_case);
    let host = match (url.is_secure(), url.port()) {
        (true, 443) => escaped(url.host()),
        (is_secure, port) => {
            format!("{}@{port}{}", escaped(url.host()), if is_secure { "s" } else { "" })
        }
    };
    let (path, query) = url.path_and_query();
    let mut names = vec![host];
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    for folder in folders.split('/').skip(1) {
        let mark = if escaped(folder).contains('.') { "@" } else { "" };
        names.push(escaped(folder) + mark);
    }
    let file = if file.is_empty() { "{index}.html".to_string() } else { escaped(file) };
    let query = match query {
        None if file.contains('.') => String::new(),
        None => "@".to_string(),
        Some("") => "@{}".to_string(),
        Some(query) => format!("@{}", escaped(query)),
    };
    names.push(file + &query);
    let mut whole = PathBuf::new();
    for mut name in names {
        while name.len() > LONGEST {
            whole.push(format!("{}{{+", &name[..LONGEST]));
            name.replace_range(..LONGEST, "");
        }
        whole.push(name);
    }
    whole
}

/// A part of a URL as a part of a name. An empty one, and a dot at the end, are no names
/// everywhere.
fn escaped(text: &str, ignores_case: bool) -> String {
    let mut name = String::new();
    for (at, byte) in text.bytes().enumerate() {
        let is_last = at + 1 == text.len();
        let stays = match byte {
            b'.' => !is_last,
            b'A'..=b'Z' => !ignores_case,
            _ => byte.is_ascii_alphanumeric() || b"-_~!$&'()+,;=%[]".contains(&byte),
        };
        match stays {
            true => name.push(byte as char),
            false => name.push_str(&format!("{{{byte:02X}}}")),
        }
    }
    if name.is_empty() {
        name.push_str("{}");
    }
    name
}
