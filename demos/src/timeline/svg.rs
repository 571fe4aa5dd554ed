//! Draws a record as an SVG picture: time runs to the right on a true scale, one lane a row.
//!
//! A dark bar is a lane that runs, never thinner than can be seen; a striped one keeps its thread off the CPU;
//! pale ones wait, in the colour of what is waited for. Printed lines are numbered above the bar of
//! whoever printed them and listed below. The picture needs no script and no font of its own, and
//! follows the reader's light or dark setting.

use super::{Lane, Line, Stretch, What};
use std::fmt::Write;
use std::time::Duration;

/// Wide enough for a page of text, and still to be read when a phone shows it at two thirds.
const WIDTH: f64 = 720.0;
const EDGE: f64 = 16.0;
/// The thinnest mark of a lane that runs, in pixels.
const MARK: f64 = 2.0;
/// Pixels of a letter of the list, and of a label.
const LETTER: f64 = 7.9;
const LABEL: f64 = 7.2;
/// The height of a row of the list.
const ROW: f64 = 18.0;
/// Columns of the list: number, time, lane.
const NUMBER: usize = 3;
const TIME: usize = 9;
/// Wait colours by order of first appearance; the last is for a wait without a name.
const COLOURS: [&str; 6] = ["#e8b45a", "#6fa8dc", "#8fc58a", "#c79bd3", "#6cc4c1", "#b9cbe4"];
const STYLE: &str = "\
svg{background:#fff;font-family:ui-sans-serif,system-ui,sans-serif;fill:#1c2330}\
.title{font-size:18px;font-weight:600}.soft{font-size:13px;fill:#4d5766}\
.list{font:13px ui-monospace,monospace;white-space:pre}.no{font-size:12px;font-weight:600}\
.grid{stroke:#dfe3e9}.tick{stroke:#1c2330}.alt{fill:#f4f6f8}.run{fill:#1c2330}.bad{fill:#c62828}\
.s0{fill:#f3c3b5}.s1{stroke:#b3402a;stroke-width:2.4}.cut{stroke:#c62828;stroke-width:1.6}\
@media(prefers-color-scheme:dark){svg{background:#14181f;fill:#e6e9ef}.soft{fill:#a7b1be}\
.grid{stroke:#2a313c}.tick{stroke:#fff}.alt{fill:#1a2029}.run{fill:#fff}.bad{fill:#ff7b72}.cut{stroke:#ff7b72}\
.s0{fill:#5b2f28}.s1{stroke:#ff8d75}.wait{opacity:.72}}";

/// The whole picture.
pub fn draw(title: &str, below: &str, lanes: &[Lane], lines: &[Line]) -> String {
    let mut sheet = Sheet::new(lanes, lines);
    sheet.head(title, below);
    let drawn: Vec<usize> = sheet.drawn().collect();
    sheet.axis(drawn.len());
    for (row, lane) in drawn.into_iter().enumerate() {
        let _ = writeln!(sheet.out, "<g data-lane=\"{}\">", escape(lanes[lane].label()));
        sheet.lane(row, &lanes[lane]);
        sheet.numbers(row, lane);
        sheet.out += "</g>\n";
    }
    sheet.list();
    let (height, title) = (sheet.y, escape(title));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>{STYLE}</style>\n<defs><pattern id=\"stripes\" width=\"6\" height=\"6\" \
         patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"s0\" \
         width=\"6\" height=\"6\"/><line class=\"s1\" x1=\"1\" x2=\"1\" y2=\"6\"/></pattern></defs>\n\
         {}</svg>\n",
        sheet.out
    )
}

/// A picture while it is drawn, from the top down to `y`.
struct Sheet<'a> {
    out: String,
    y: f64,
    lanes: &'a [Lane],
    lines: &'a [Line],
    left: f64,
    lane: f64,
    span: Duration,
    causes: Vec<&'static str>,
}

impl<'a> Sheet<'a> {
    fn new(lanes: &'a [Lane], lines: &'a [Line]) -> Self {
        let drawn = lanes.iter().filter(|lane| lane.name.is_some());
        let count = drawn.clone().count().max(1) as f64;
        // Few lanes are drawn tall, many low, but never so low that their labels collide.
        let least = if lines.is_empty() { 12.0 } else { 34.0 };
        let longest = drawn.clone().map(|lane| width_of(lane.label())).max();
        let ends = drawn.clone().filter_map(|lane| lane.stretches.last());
        let mut causes = Vec::new();
        for stretch in drawn.flat_map(|lane| &lane.stretches) {
            match stretch.what {
                What::Waits(Some(cause)) if !causes.contains(&cause) => causes.push(cause),
                _ => {}
            }
        }
        Sheet {
            out: String::new(),
            y: 34.0,
            lanes,
            lines,
            left: EDGE + 10.0 + (longest.unwrap_or(0) as f64 * LABEL).clamp(40.0, 150.0),
            lane: (400.0 / count).clamp(least, 34.0),
            span: ends.map(|stretch| stretch.to).max().unwrap_or_default(),
            causes,
        }
    }

    fn drawn(&self) -> impl Iterator<Item = usize> + use<'a> {
        let lanes = self.lanes;
        (0..lanes.len()).filter(|lane| lanes[*lane].name.is_some())
    }

    fn x(&self, at: Duration) -> f64 {
        let share = at.as_secs_f64() / self.span.as_secs_f64().max(1e-9);
        self.left + share.min(1.0) * (WIDTH - self.left - EDGE)
    }

    /// The paint of a stretch, and what it does in words.
    fn paint(&self, what: What) -> (String, String) {
        let wait = |place: usize, text: String| {
            (format!("class=\"wait\" fill=\"{}\"", COLOURS[place]), text)
        };
        match what {
            What::Runs => ("class=\"run\"".into(), "runs".into()),
            What::Blocks => {
                ("fill=\"url(#stripes)\"".into(), "off the CPU, keeps its thread".into())
            }
            What::Turn => ("class=\"wait\" fill=\"#c3c7cf\"".into(), "waits for its turn".into()),
            What::Waits(None) => wait(COLOURS.len() - 1, "waits".into()),
            What::Waits(Some(cause)) => {
                let place = self.causes.iter().position(|other| *other == cause).unwrap_or(0);
                wait(place % (COLOURS.len() - 1), format!("waits for {cause}"))
            }
        }
    }

    fn head(&mut self, title: &str, below: &str) {
        let _ = writeln!(
            self.out,
            "<text class=\"title\" x=\"{EDGE}\" y=\"{}\">{}</text>",
            self.y,
            escape(title)
        );
        for part in wrap(below, ((WIDTH - 2.0 * EDGE) / 6.4) as usize) {
            self.y += ROW;
            self.soft(EDGE, self.y, "start", &part);
        }
        // The legend names what is there, and nothing else.
        self.y += ROW + 6.0;
        let mut x = EDGE;
        let mut kinds = vec![What::Runs, What::Blocks, What::Waits(None)];
        kinds.extend(self.causes.iter().map(|cause| What::Waits(Some(*cause))));
        kinds.push(What::Turn);
        let lanes = self.drawn().flat_map(|lane| &self.lanes[lane].stretches);
        let seen: Vec<What> = lanes.map(|stretch| stretch.what).collect();
        for what in kinds.into_iter().filter(|kind| seen.contains(kind)) {
            let (paint, text) = self.paint(what);
            let wide = 28.0 + text.chars().count() as f64 * 6.9;
            if x + wide > WIDTH - EDGE {
                (x, self.y) = (EDGE, self.y + ROW);
            }
            let top = self.y - 11.0;
            let _ = writeln!(
                self.out,
                "<rect {paint} x=\"{x:.0}\" y=\"{top:.0}\" width=\"14\" height=\"12\"/>"
            );
            self.soft(x + 20.0, self.y, "start", &text);
            x += wide + 14.0;
        }
        self.y += 12.0;
    }

    fn soft(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let _ = writeln!(
            self.out,
            "<text class=\"soft\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        );
    }

    /// The scale, behind as many lanes as there are.
    fn axis(&mut self, count: usize) {
        let (top, bottom) = (self.y, self.y + self.lane * count as f64);
        for row in (1..count).step_by(2) {
            let y = top + row as f64 * self.lane;
            let (wide, tall) = (WIDTH - 2.0 * EDGE, self.lane);
            let _ = writeln!(
                self.out,
                "<rect class=\"alt\" x=\"{EDGE}\" y=\"{y:.1}\" width=\"{wide}\" height=\"{tall:.1}\"/>"
            );
        }
        let step = round_step(self.span);
        let mut at = Duration::ZERO;
        while at <= self.span {
            let x = self.x(at);
            let _ = writeln!(
                self.out,
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>"
            );
            let anchor = if x > WIDTH - EDGE - 24.0 { "end" } else { "middle" };
            self.soft(x, bottom + 17.0, anchor, &time(at));
            at += step;
        }
    }

    fn lane(&mut self, row: usize, lane: &Lane) {
        let y = self.y + row as f64 * self.lane;
        let size = (self.lane * 0.72).clamp(11.5, 13.0);
        let letters = ((self.left - EDGE - 10.0) / LABEL).round() as usize;
        let (name, short) = (escape(lane.label()), escape(&cut(lane.label(), letters)));
        let (x, bars) = (self.left - 8.0, self.bars(y));
        let base = (bars.0 + bars.1) * 0.5 + size * 0.36;
        let bad = if lane.failed { " class=\"bad\"" } else { "" };
        // Where rows are low, every second has its name.
        if row.is_multiple_of((14.0 / self.lane).ceil() as usize) {
            let _ = writeln!(
                self.out,
                "<text{bad} x=\"{x:.1}\" y=\"{base:.1}\" font-size=\"{size:.1}\" \
                 text-anchor=\"end\">{short}<title>{name}</title></text>"
            );
        }
        let (runs, rest): (Vec<Stretch>, Vec<Stretch>) =
            lane.stretches.iter().partition(|stretch| stretch.what == What::Runs);
        for stretch in rest {
            let (paint, what) = self.paint(stretch.what);
            let (from, to) = (self.x(stretch.from), self.x(stretch.to));
            let inset = if stretch.what == What::Blocks { 0.0 } else { (bars.1 - bars.0) * 0.2 };
            let tip = format!(
                "{what} for {} from {}",
                time(stretch.to - stretch.from),
                time(stretch.from)
            );
            if to - from >= 0.5 {
                self.bar(&paint, (from, to), (bars.0 + inset, bars.1 - inset), &tip);
            }
        }
        // Runs that would touch in the picture are drawn as one mark.
        let mut runs = runs.into_iter().peekable();
        while let Some(first) = runs.next() {
            let (from, mut to, mut count) = (self.x(first.from), first.to, 1);
            let mut right = self.x(to).max(from + MARK);
            while let Some(next) = runs.next_if(|next| self.x(next.from) < right + 0.5) {
                (to, count) = (next.to, count + 1);
                right = self.x(to).max(right);
            }
            let tip = match count {
                1 => format!("runs for {} from {}", time(to - first.from), time(first.from)),
                _ => format!("runs {count} times from {} to {}", time(first.from), time(to)),
            };
            self.bar("class=\"run\"", (from, right), bars, &tip);
        }
        if let Some(last) = lane.stretches.last().filter(|_| lane.failed) {
            let (x, y) = (self.x(last.to), (bars.0 + bars.1) * 0.5);
            let [left, right, top, low] = [x - 3.0, x + 3.0, y - 3.0, y + 3.0];
            let _ = writeln!(
                self.out,
                "<path class=\"cut\" d=\"M{left:.1} {top:.1}L{right:.1} {low:.1}M{left:.1} \
                 {low:.1}L{right:.1} {top:.1}\"/>"
            );
        }
    }

    /// Where a lane's bars begin and end, below its numbers if there are any.
    fn bars(&self, y: f64) -> (f64, f64) {
        let top = if self.lines.is_empty() { 0.1 } else { 0.45 };
        (y + self.lane * top, y + self.lane * 0.9)
    }

    fn bar(&mut self, paint: &str, (left, right): (f64, f64), (top, low): (f64, f64), tip: &str) {
        let (wide, tall) = (right - left, low - top);
        // Nobody can point at less than this.
        let tip = match wide {
            wide if wide < 3.0 => String::new(),
            _ => format!("<title>{tip}</title>"),
        };
        let _ = writeln!(
            self.out,
            "<rect {paint} x=\"{left:.2}\" y=\"{top:.1}\" width=\"{wide:.2}\" \
             height=\"{tall:.1}\">{tip}</rect>"
        );
    }

    /// A tick for each line that a lane printed, and its number; numbers that would collide are
    /// written side by side.
    fn numbers(&mut self, row: usize, lane: usize) {
        let base = self.y + row as f64 * self.lane + self.lane * 0.34;
        let (top, low) = (
            self.y + row as f64 * self.lane + self.lane * 0.38,
            self.y + row as f64 * self.lane + self.lane * 0.45,
        );
        for (number, line) in (1..).zip(self.lines) {
            if line.lane == lane {
                let x = self.x(line.at);
                let _ = writeln!(
                    self.out,
                    "<line class=\"tick\" data-line=\"{number}\" x1=\"{x:.2}\" x2=\"{x:.2}\" \
                     y1=\"{top:.1}\" y2=\"{low:.1}\"/>"
                );
            }
        }
        let its = (1..).zip(self.lines).filter(|(_, line)| line.lane == lane);
        let mut its = its.map(|(number, line)| (number, self.x(line.at))).peekable();
        let mut labels = Vec::new();
        while let Some((first, x)) = its.next() {
            let mut numbers = vec![first];
            while let Some((next, _)) =
                its.next_if(|(_, next)| *next < x + ranges(&numbers).len() as f64 * LABEL + 9.0)
            {
                numbers.push(next);
            }
            labels.push((x, ranges(&numbers)));
        }
        for (x, text) in labels {
            let over = x + text.len() as f64 * LABEL > WIDTH - EDGE;
            let (x, anchor) = if over { (WIDTH - EDGE, "end") } else { (x, "start") };
            let _ = writeln!(
                self.out,
                "<text class=\"no\" x=\"{x:.1}\" y=\"{base:.1}\" text-anchor=\"{anchor}\">{text}</text>"
            );
        }
    }

    /// The lines that were printed: number, time, lane, text; long ones go on in the next row.
    fn list(&mut self) {
        self.y += self.lane * self.drawn().count() as f64 + 26.0;
        if self.lines.is_empty() {
            return;
        }
        let names = self.lines.iter().map(|line| width_of(self.lanes[line.lane].label()));
        let name = names.max().unwrap_or(0).min(16);
        let before = NUMBER + TIME + name + 3;
        let columns = ((WIDTH - 2.0 * EDGE) / LETTER) as usize - before;
        self.y += 10.0;
        self.soft(EDGE, self.y, "start", "The lines printed, when, and by whom:");
        for (number, line) in (1..).zip(self.lines) {
            let lane = cut(self.lanes[line.lane].label(), name);
            let pad = " ".repeat(name - width_of(&lane).min(name));
            let mut first = format!("{number:>NUMBER$} {:>TIME$} {lane}{pad} ", time(line.at));
            for part in wrap(&line.text, columns) {
                self.y += ROW;
                let _ = writeln!(
                    self.out,
                    "<text class=\"list\" x=\"{EDGE}\" y=\"{:.1}\" xml:space=\"preserve\">{}</text>",
                    self.y,
                    escape(&format!("{first}{part}"))
                );
                first = " ".repeat(before);
            }
        }
        self.y += 14.0;
    }
}

impl Lane {
    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

/// How many letters' room a text takes: Chinese ones take two.
fn width_of(text: &str) -> usize {
    text.chars().map(|letter| if letter >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// The text in so many letters' room, with a sign where it was cut.
fn cut(text: &str, most: usize) -> String {
    match wrap(text, most.max(2) - 1).first() {
        Some(first) if width_of(text) > most => format!("{first}…"),
        _ => text.to_string(),
    }
}

/// The text in parts of at most so many letters' room, cut at spaces where there are any.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    for word in text.split_inclusive(' ') {
        if width_of(&part) + width_of(word.trim_end()) > most && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        for letter in word.chars() {
            if width_of(&part) >= most && letter != ' ' {
                parts.push(std::mem::take(&mut part));
            }
            part.push(letter);
        }
    }
    parts.push(part);
    parts
}

/// `1`, `1, 3`, `1–3, 5`.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let texts: Vec<String> = runs
        .map(|run| match run {
            [one] => one.to_string(),
            [first, .., last] => format!("{first}–{last}"),
            [] => String::new(),
        })
        .collect();
    texts.join(", ")
}

/// A step of 1, 2 or 5 times a power of ten that cuts the span into at most seven parts.
fn round_step(span: Duration) -> Duration {
    let steps = (0..).flat_map(|power| [1, 2, 5].map(|times| times * 10_u64.pow(power)));
    let mut steps = steps.map(Duration::from_nanos);
    steps.find(|step| *step * 7 >= span).unwrap_or(span)
}

/// A time with its unit, to three figures.
fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    let (number, unit) = match ms {
        0.0 => return "0".to_string(),
        ms if ms < 1.0 => (ms * 1e3, "µs"),
        ms if ms < 1e3 => (ms, "ms"),
        ms => (ms / 1e3, "s"),
    };
    let digits = match number {
        number if number < 10.0 => 2,
        number if number < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{number:.digits$}");
    let short = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{short} {unit}")
}

/// Text as it is written in XML and HTML. Control characters are not allowed there at all.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other if other.is_control() && other != '\n' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_with_a_sign_and_wrapped_without_a_loss() {
        assert_eq!(cut("page/12345", 6), "page/…");
        assert_eq!(cut("page/1", 6), "page/1");
        assert_eq!(wrap("one two three", 7), ["one two ", "three"]);
        assert_eq!(wrap("我拿到了5!", 4), ["我拿", "到了", "5!"]);
        assert_eq!(wrap("  bite 1", 40), ["  bite 1"]);
    }

    #[test]
    fn numbers_and_times_are_short() {
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), "1–3, 5, 7–8");
        let times = [0, 700, 53_000, 2_000_000, 123_456_000, 5_300_000_000];
        let texts = times.map(|nanos| time(Duration::from_nanos(nanos)));
        assert_eq!(texts, ["0", "0.7 µs", "53 µs", "2 ms", "123 ms", "5.3 s"]);
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("a & \"<b>\"\u{7}"), "a &amp; &quot;&lt;b&gt;&quot;\u{fffd}");
    }
}
