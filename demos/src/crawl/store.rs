//! `--out DIR`: each page in a file of its own, `DIR/HOST/PATH`.
//!
//! The names come from the URL, which is normalized and percent-encoded: there are no `..` parts,
//! no control characters and no letters outside ASCII in it. Files are written by the thread pool:
//! the system has no readiness for them, and a slow disk must not hold up the loop.

use super::url::Url;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wakeful_reactor::unblock;

/// The longest name of a file or folder; most systems allow 255 bytes.
const LONGEST: usize = 200;

/// Writes pages below a folder.
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Makes the folder, with its parents.
    ///
    /// # Errors
    /// It cannot be made; the message names it.
    pub fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder).map_err(|why| named(folder, &why))?;
        Ok(Store {
            folder: folder.to_path_buf(),
        })
    }

    /// Writes a page and says where it is.
    ///
    /// # Cancellation
    /// The file is written all the same.
    pub async fn save(&self, url: &Url, body: Vec<u8>) -> io::Result<PathBuf> {
        let (folder, names) = (self.folder.clone(), names(url));
        unblock(move || write(folder, &names, &body)).await
    }
}

/// Folders and at last the file: the host, then the parts of the path. A path that ends in a slash
/// is called `index.html`; a query follows its file's name.
fn names(url: &Url) -> Vec<String> {
    let host = url.authority().replace(':', "_").replace(['[', ']'], "");
    let (path, query) = url.target.split_once('?').unwrap_or((&url.target, ""));
    let mut names = vec![host];
    names.extend(
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(String::from),
    );
    if path.ends_with('/') {
        names.push("index.html".to_string());
    }
    if let Some(file) = names.last_mut().filter(|_| !query.is_empty()) {
        file.push('?');
        file.push_str(&query.replace('/', "%2F"));
    }
    names.into_iter().map(shortened).collect()
}

/// A name too long keeps its beginning and ends in a checksum of the whole.
fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let sum = adler2::adler32_slice(name.as_bytes());
    format!("{}~{sum:08x}", &name[..LONGEST - 9])
}

fn write(mut path: PathBuf, names: &[String], body: &[u8]) -> io::Result<PathBuf> {
    let Some((file, folders)) = names.split_last() else {
        return Ok(path);
    };
    for folder in folders {
        path.push(folder);
        // `/a` is a page and `/a/b` another: what is a file cannot be a folder too.
        if path.is_file() {
            path.set_file_name(format!("{folder}~"));
        }
    }
    fs::create_dir_all(&path).map_err(|why| named(&path, &why))?;
    path.push(file);
    if path.is_dir() {
        path.set_file_name(format!("{file}~"));
    }
    fs::write(&path, body).map_err(|why| named(&path, &why))?;
    Ok(path)
}

fn named(path: &Path, why: &io::Error) -> io::Error {
    io::Error::new(why.kind(), format!("{}: {why}", path.display()))
}
