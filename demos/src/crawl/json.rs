//! A line of JSON, written member by member. Two dozen lines in place of a library, since nothing
//! is ever read.

use std::fmt::{Display, Write};

/// One object on one line.
pub struct Line(String);

impl Line {
    /// An object without members.
    #[expect(
        clippy::new_without_default,
        reason = "nobody needs another name for it"
    )]
    pub fn new() -> Self {
        Line(String::from("{"))
    }

    /// Adds a text.
    pub fn text(mut self, key: &str, value: impl Display) -> Self {
        self.key(key);
        self.0.push('"');
        for letter in value.to_string().chars() {
            match letter {
                '"' | '\\' => self.0.extend(['\\', letter]),
                control if control < ' ' => {
                    // Writing to a String cannot fail.
                    let _ = write!(self.0, "\\u{:04x}", control as u32);
                }
                plain => self.0.push(plain),
            }
        }
        self.0.push('"');
        self
    }

    /// Adds a number, or a `true` or `false`.
    pub fn plain(mut self, key: &str, value: impl Display) -> Self {
        self.key(key);
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// The line, without its end.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{key}\":");
    }
}
