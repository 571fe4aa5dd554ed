//! A line of JSON, written member by member: nothing is ever read, so no library is needed.

use std::fmt::{Display, Write};

/// One object on one line.
pub struct Line(String);

impl Line {
    pub fn new(key: &str, value: impl Display) -> Self {
        Line("{".to_string()).text(key, Some(value))
    }

    /// Adds a text, if there is one.
    pub fn text(mut self, key: &str, value: Option<impl Display>) -> Self {
        let Some(value) = value else { return self };
        self = self.plain(key, Some('"'));
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

    /// Adds a number, or a `true` or `false`, if there is one.
    pub fn plain(mut self, key: &str, value: Option<impl Display>) -> Self {
        let Some(value) = value else { return self };
        let comma = if self.0.len() > 1 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{comma}\"{key}\":{value}");
        self
    }

    pub fn end(self) -> String {
        self.0 + "}"
    }
}
