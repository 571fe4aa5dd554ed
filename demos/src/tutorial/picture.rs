//! Draws what was recorded as an SVG: time runs down, each actor has a column.
//!
//! Every line that was printed stands in the column of whoever printed it. Beside it runs the
//! actor's bar: dark while it is being polled, pale while it waits to be resumed. The steps of a
//! demo take microseconds, so they are drawn one below the other, at even distances; only where
//! time passes that a reader would feel, half a unit or more, the picture has a gap, and says how
//! long it is. A dark bar through a gap is a blocked thread, a pale one is a coroutine that waits.

use std::fmt::Write;

use super::record::{Log, What};
use super::stage::seconds;

const ROW: f64 = 18.0;
/// The height of a poll in which nothing was printed.
const TICK: f64 = 7.0;
/// Between two polls, so that they can be told apart.
const GAP: f64 = 3.0;
/// The height of a unit of time in which nothing happened, and the most that a wait gets.
const UNIT: f64 = 26.0;
const MOST: f64 = 80.0;
const LEFT: f64 = 58.0;
const TOP: f64 = 74.0;
const LETTER: f64 = 7.0;

const STYLE: &str = "svg{background:#fff;color:#1c2330;font:12px ui-monospace,monospace}\
text{fill:currentColor}.title{font-size:15px;font-weight:600}.time{fill:#7a8494;font-size:11px}\
.life{fill:#c9d6ea}.poll{fill:#2c5aa0}.gap{fill:#f3efe2}.rule{stroke:#e3e6eb}.note{fill:#7a8494}\
@media(prefers-color-scheme:dark){svg{background:#14181f;color:#e6e9ef}.life{fill:#2b3a52}\
.poll{fill:#7fb0f5}.gap{fill:#24211a}.rule{stroke:#2a313c}.time,.note{fill:#8f99a8}}";

/// A column: where it is, and which parts of its bar are drawn.
struct Column {
    x: f64,
    width: f64,
    /// From the first entry to the end.
    life: Option<(f64, f64)>,
    over: bool,
    polls: Vec<(f64, f64)>,
    open: Option<f64>,
}

/// The whole picture.
pub(super) fn draw(title: &str, log: &Log) -> String {
    let mut columns = columns(log);
    let mut text = String::new();
    let bottom = lay_out(log, &mut columns, &mut text);
    let right = columns
        .last()
        .map_or(LEFT, |column| column.x + column.width);
    let (width, height) = (right.max(300.0) + 12.0, bottom + 20.0);

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\
         <title>{title}</title><style>{STYLE}</style>\n\
         <text class=\"title\" x=\"14\" y=\"26\">{title}</text>\
         <text class=\"note\" x=\"14\" y=\"44\">time runs down; dark: runs, pale: waits</text>\n",
        title = escape(title)
    );
    // Gaps lie below everything, then the bars, then the words.
    let (gaps, words): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with("<rect"));
    for line in gaps {
        let _ = writeln!(out, "{}", line.replace("WIDTH", &format!("{width:.0}")));
    }
    for (column, actor) in columns.iter().zip(&log.actors) {
        bars(&mut out, column, &actor.name, bottom);
    }
    for line in words {
        let _ = writeln!(out, "{line}");
    }
    if log.omitted > 0 {
        let _ = writeln!(
            out,
            "<text class=\"note\" x=\"14\" y=\"{:.0}\">{} more steps are not drawn</text>",
            bottom + 12.0,
            log.omitted
        );
    }
    out + "</svg>\n"
}

/// A column for each actor, as wide as what it says.
fn columns(log: &Log) -> Vec<Column> {
    let mut x = LEFT;
    let column = |(index, actor): (usize, &super::record::Actor)| {
        let said = log.entries.iter().filter(|entry| entry.actor == index);
        let widths = said.map(|entry| match &entry.what {
            What::Said(line) => columns_of(line),
            _ => 0,
        });
        let letters = widths.max().unwrap_or(0).max(columns_of(&actor.name));
        let width = 34.0 + LETTER * letters as f64;
        let at = x;
        x += width;
        Column {
            x: at,
            width,
            life: None,
            over: false,
            polls: Vec::new(),
            open: None,
        }
    };
    log.actors.iter().enumerate().map(column).collect()
}

/// How many letters' room a text takes: Chinese ones take two.
fn columns_of(text: &str) -> usize {
    text.chars()
        .map(|letter| if letter >= '\u{1100}' { 2 } else { 1 })
        .sum()
}

/// Gives every entry its height, writes the words and gaps, and returns where the last row ends.
fn lay_out(log: &Log, columns: &mut [Column], text: &mut String) -> f64 {
    let unit = seconds(1).as_secs_f64();
    let (mut y, mut last, mut said) = (TOP, 0.0, true);
    for entry in &log.entries {
        let at = entry.at.as_secs_f64() / unit;
        if at - last >= 0.5 {
            let height = (UNIT * (at - last)).min(MOST);
            let _ = writeln!(
                text,
                "<rect class=\"gap\" x=\"0\" y=\"{y:.0}\" width=\"WIDTH\" height=\"{height:.0}\"/>"
            );
            let _ = writeln!(
                text,
                "<text class=\"time\" x=\"8\" y=\"{:.0}\">+{:.1}</text>",
                y + height / 2.0 + 4.0,
                at - last
            );
            y += height;
        }
        last = at;
        let top = y;
        let column = &mut columns[entry.actor];
        match &entry.what {
            What::Begin => {
                y += GAP;
                column.open = Some(y);
                said = false;
            }
            What::End => {
                // A poll is seen even if nothing was said in it.
                y += if said { 0.0 } else { TICK };
                column
                    .polls
                    .extend(column.open.take().map(|from| (from, y)));
                said = true;
            }
            What::Said(line) => {
                let (x, base) = (column.x + 18.0, y + 13.0);
                let _ = writeln!(
                    text,
                    "<text x=\"{x:.0}\" y=\"{base:.0}\">{}</text>",
                    escape(line)
                );
                y += ROW;
                said = true;
            }
            What::Over => column.over = true,
        }
        let first = if entry.what == What::Begin { y } else { top };
        column.life = Some((column.life.map_or(first, |(from, _)| from), y));
    }
    y
}

/// An actor's name and bar.
fn bars(out: &mut String, column: &Column, name: &str, bottom: f64) {
    let x = column.x;
    let _ = writeln!(
        out,
        "<text x=\"{x:.0}\" y=\"{:.0}\">{}</text>",
        TOP - 10.0,
        escape(name)
    );
    let _ = writeln!(
        out,
        "<line class=\"rule\" x1=\"{0:.0}\" x2=\"{0:.0}\" y1=\"{1:.0}\" y2=\"{bottom:.0}\"/>",
        x + 5.0,
        TOP - 4.0
    );
    let rect = |out: &mut String, class: &str, from: f64, to: f64| {
        let height = (to - from).max(2.0);
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{from:.0}\" width=\"10\" \
             height=\"{height:.0}\" rx=\"2\"/>"
        );
    };
    if let Some((from, to)) = column.life {
        // Who has not ended still waits when the program does.
        rect(
            out,
            "life",
            from,
            if column.over || column.polls.is_empty() {
                to
            } else {
                bottom
            },
        );
    }
    let open = column.open.map(|from| (from, bottom));
    for (from, to) in column.polls.iter().copied().chain(open) {
        rect(out, "poll", from, to);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{columns_of, escape};

    #[test]
    fn words_are_escaped_and_measured() {
        assert_eq!(escape("a & \"<b>\""), "a &amp; &quot;&lt;b&gt;&quot;");
        assert_eq!((columns_of("a5!"), columns_of("我a")), (3, 3));
    }
}
