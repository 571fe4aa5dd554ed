//! URLs: what names a page, and how the links on a page lead to others.
//!
//! Parsing, the resolving of relative references and normalization are RFC 3986's and done by
//! `iri-string`, which has no dependencies (the `url` crate brings Unicode tables of two dozen
//! crates). Around it: what people and pages write by mistake (blanks, letters outside ASCII) is
//! percent-encoded first, as browsers do, and what the crawler cannot fetch is refused in words.

use iri_string::format::ToDedicatedString;
use iri_string::types::{UriReferenceStr, UriStr, UriString};
use std::fmt;

/// A page's name: scheme, host, port, path and query. Two that name the same page by RFC 3986's
/// syntax-based normalization are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Url {
    /// True for `https`.
    pub secure: bool,
    /// In lower case; an IPv6 address without its brackets.
    pub host: String,
    /// The port, also where it was left out.
    pub port: u16,
    /// Path and query: what the request line asks for. Begins with a slash.
    pub target: String,
}

/// Why a text is no URL that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlError {
    /// Not the form of a URL at all.
    Malformed,
    /// There is no `http://` before it.
    NoScheme,
    /// Another scheme than `http` and `https`.
    Scheme(String),
    /// There is no host.
    NoHost,
    /// The port is no number from 1 to 65535.
    Port(String),
    /// A user name or password stands before the host.
    UserInfo,
    /// The host has letters outside ASCII.
    Host(String),
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlError::Malformed => write!(f, "not a URL"),
            UrlError::NoScheme => write!(f, "not a URL: http:// is missing"),
            UrlError::Scheme(scheme) => write!(f, "scheme {scheme:?} is neither http nor https"),
            UrlError::NoHost => write!(f, "the URL has no host"),
            UrlError::Port(port) => write!(f, "{port:?} is no port"),
            UrlError::UserInfo => write!(f, "user names in URLs are not supported"),
            UrlError::Host(host) => write!(f, "host {host:?} must be in its xn-- form"),
        }
    }
}

impl std::error::Error for UrlError {}

impl Url {
    /// The URL that `text` is.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let clean = cleaned(text);
        if !has_scheme(&clean) {
            return Err(UrlError::NoScheme);
        }
        let uri = UriStr::new(&clean).map_err(|_| UrlError::Malformed)?;
        Url::from_uri(uri.normalize().to_dedicated_string())
    }

    /// Where a link `reference` on this page leads.
    pub fn join(&self, reference: &str) -> Result<Url, UrlError> {
        let clean = cleaned(reference);
        let reference = UriReferenceStr::new(&clean).map_err(|_| UrlError::Malformed)?;
        let base = UriString::try_from(self.to_string()).map_err(|_| UrlError::Malformed)?;
        let absolute = base.to_absolute();
        Url::from_uri(
            reference
                .resolve_against(absolute)
                .and_normalize()
                .to_dedicated_string(),
        )
    }

    fn from_uri(uri: UriString) -> Result<Url, UrlError> {
        let secure = match uri.scheme_str() {
            "http" => false,
            "https" => true,
            other => return Err(UrlError::Scheme(other.to_string())),
        };
        let authority = uri.authority_components().ok_or(UrlError::NoHost)?;
        if authority.userinfo().is_some() {
            return Err(UrlError::UserInfo);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        if host.contains('%') {
            return Err(UrlError::Host(host.to_string()));
        }
        let port = match authority.port().filter(|port| !port.is_empty()) {
            None => {
                if secure {
                    443
                } else {
                    80
                }
            }
            Some(port) => match port.parse() {
                Ok(port @ 1..) => port,
                _ => return Err(UrlError::Port(port.to_string())),
            },
        };
        let path = Some(uri.path_str())
            .filter(|path| !path.is_empty())
            .unwrap_or("/");
        let query = uri
            .query_str()
            .map_or(String::new(), |query| format!("?{query}"));
        let target = format!("{path}{query}");
        Ok(Url {
            secure,
            host: host.to_ascii_lowercase(),
            port,
            target,
        })
    }

    /// Host and port as they stand in a URL and in the `Host` field: without the scheme's own port.
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match (self.secure, self.port) {
            (false, 80) | (true, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// The scheme's name.
    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// Whether both are pages of one server: same scheme, host and port.
    pub fn same_origin(&self, other: &Url) -> bool {
        (self.secure, &self.host, self.port) == (other.secure, &other.host, other.port)
    }

    /// The path alone, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority(), self.target)
    }
}

/// `name:` with something other than a port number behind it.
fn has_scheme(text: &str) -> bool {
    let Some((name, rest)) = text.split_once(':') else {
        return false;
    };
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    named && !rest.starts_with(|c: char| c.is_ascii_digit())
}

/// The text without blanks around it, line breaks in it, or its fragment, and with what no URL may
/// hold percent-encoded.
fn cleaned(text: &str) -> String {
    let whole = text.trim();
    let text = whole.split('#').next().unwrap_or_default();
    let bytes = text.as_bytes();
    let mut clean = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().enumerate() {
        let hex = |offset: usize| bytes.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        match byte {
            b'\t' | b'\r' | b'\n' => {}
            b'%' if !(hex(1) && hex(2)) => clean.push_str("%25"),
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0..=32 | 127.. => {
                clean.push_str(&format!("%{byte:02X}"));
            }
            plain => clean.push(*plain as char),
        }
    }
    clean
}
