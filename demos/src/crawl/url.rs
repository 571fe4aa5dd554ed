//! URLs: what names a page, and how the links on a page lead to others.
//!
//! Parsing and the resolving of references are the browsers' (`url`, the WHATWG's standard): what
//! people write by mistake is read here as there. On top of it, percent-encodings that RFC 3986
//! calls equal are made equal, so that a page is not fetched under two names.
//!
//! Invariants of a [`Url`]: its scheme is `http` or `https`, it has a host, and neither a fragment
//! nor a user name or password, so that it can be printed.

use std::fmt::{self, Write};
use std::net::IpAddr;
use thiserror::Error;
use url::{Host, ParseError, Position};

/// A page's name: scheme, host, port, path and query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Url(url::Url);

/// Why a text is no URL that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    #[error("not a URL: http:// is missing")]
    NoScheme,
    #[error("scheme {0:?} is neither http nor https")]
    Scheme(String),
    #[error("a user name or password belongs into --header \"Authorization: ...\"")]
    UserInfo,
    #[error("not a URL: {0}")]
    Malformed(#[from] ParseError),
}

impl Url {
    /// The URL that `text` is.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let url = match url::Url::parse(text) {
            Err(ParseError::RelativeUrlWithoutBase) => return Err(UrlError::NoScheme),
            parsed => parsed?,
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::UserInfo);
        }
        // What stands before the colon of `localhost:8080` looks like a scheme.
        let port = url.path().starts_with(|c: char| c.is_ascii_digit());
        if url.cannot_be_a_base() && port {
            return Err(UrlError::NoScheme);
        }
        Url::cleaned(url)
    }

    /// Where a link or redirect `reference` on this page leads. Bytes that are not UTF-8 stand for
    /// themselves; a user name is left out.
    pub fn join(&self, reference: impl AsRef<[u8]>) -> Result<Url, UrlError> {
        let reference = reference.as_ref();
        let mut text = String::with_capacity(reference.len());
        for chunk in reference.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                // Writing to a String cannot fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
        Url::cleaned(self.0.join(&text)?)
    }

    fn cleaned(mut url: url::Url) -> Result<Url, UrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(url.scheme().to_string()));
        }
        url.set_fragment(None);
        // They fail for URLs without a host, which `http` does not have.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        if let Some(path) = normalized(url.path()) {
            url.set_path(&path);
        }
        if let Some(query) = url.query().and_then(normalized) {
            url.set_query(Some(&query));
        }
        Ok(Url(url))
    }

    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, in lower case; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host, if it is an address.
    pub fn address(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// The port, also where it was left out.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    pub fn target(&self) -> &str {
        &self.0[Position::BeforePath..Position::AfterQuery]
    }

    /// The path, which begins with a slash, and the query, if there is one.
    pub fn path_and_query(&self) -> (&str, Option<&str>) {
        (self.0.path(), self.0.query())
    }

    /// Host and port as they stand in the `Host` field: without the scheme's own port.
    pub fn authority(&self) -> &str {
        &self.0[Position::BeforeHost..Position::AfterPort]
    }

    /// What names the server: scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.0[..Position::AfterPort]
    }

    /// Whether both are pages of one site: of one host, at one port or at the schemes' own.
    pub fn same_site(&self, other: &Url) -> bool {
        let at = |url: &Url| url.0.port();
        self.host() == other.host() && at(self) == at(other)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// A text that may hold a URL, without the user name and password in it, to be shown in a message.
pub fn without_password(text: &str) -> String {
    let start = text.find("//").map_or(0, |at| at + 2);
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => format!("{}...{}", &text[..start], &text[start + at..]),
        None => text.to_string(),
    }
}

/// The text with its percent-encodings in their normal form (RFC 3986, section 6.2.2), if that is
/// another one: capital digits, and letters, digits and `-._~` as themselves.
fn normalized(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut clean = parts.next()?.to_string();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| match digits.starts_with('+') {
            true => None,
            false => u8::from_str_radix(digits, 16).ok(),
        });
        match byte.map(char::from) {
            Some(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => clean.push(c),
            Some(_) => clean.extend(['%'].into_iter().chain(part[..2].to_uppercase().chars())),
            None => clean.push('%'),
        }
        clean.push_str(&part[byte.map_or(0, |_| 2)..]);
    }
    (clean != text).then_some(clean)
}
