//! Draws a record as an SVG picture: time runs to the right on a true scale, one lane a row.
//!
//! A dark bar is a lane that runs, never thinner than can be seen; a striped one keeps its thread off the CPU;
//! pale ones wait, in the colour of what is waited for. Printed lines are numbered above the bar of
//! whoever printed them and listed below. The picture needs no script and no font of its own, and
//! follows the reader's light or dark setting.

use super::{Lane, Line, Stretch, What};
use std::time::Duration;

/// Wide enough for a page of text, and still to be read when a phone shows it at two thirds.
const WIDTH: f64 = 720.0;
const EDGE: f64 = 16.0;
/// The thinnest mark of a lane that runs, in pixels.
const MARK: f64 = 2.0;
/// Pixels of a letter of the list, and of a label.
const LETTER: f64 = 7.9;
const LABEL: f64 = 7.2;
const ROW: f64 = 18.0;
/// Columns of the list: number, time, lane.
const NUMBER: usize = 3;
const TIME: usize = 9;
/// Wait colours by order of first appearance; the last is for a wait without a name.
const COLOURS: [&str; 6] = ["#e8b45a", "#6fa8dc", "#8fc58a", "#c79bd3", "#6cc4c1", "#b9cbe4"];
const STYLE: &str = include_str!("picture.css");

/// Adds a line to the picture.
macro_rules! put {
    ($sheet:expr, $($text:tt)*) => { $sheet.out += &(format!($($text)*) + "\n") };
}

pub fn draw(title: &str, below: &str, lanes: &[Lane], lines: &[Line]) -> String {
    let mut sheet = Sheet::new(lanes, lines);
    sheet.head(title, below);
    sheet.axis();
    for (row, lane) in sheet.drawn.clone().into_iter().enumerate() {
        put!(sheet, r#"<g data-lane="{}">"#, escape(lanes[lane].label()));
        sheet.lane(row, &lanes[lane]);
        sheet.numbers(lane);
        sheet.out += "</g>\n";
        sheet.y += sheet.lane;
    }
    sheet.list();
    let (height, title, drawing) = (sheet.y, escape(title), sheet.out);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0}" viewBox="0 0 {WIDTH} {height:.0}" role="img" aria-label="{title}" xml:space="preserve">
<style>
{STYLE}</style>
<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="s0" width="6" height="6"/><line class="s1" x1="1" x2="1" y2="6"/></pattern></defs>
{drawing}</svg>
"##
    )
}

/// A picture while it is drawn, from the top down to `y`.
struct Sheet<'a> {
    out: String,
    y: f64,
    lanes: &'a [Lane],
    lines: &'a [Line],
    /// The lanes that are drawn.
    drawn: Vec<usize>,
    /// Where time begins, and the height of a lane.
    left: f64,
    lane: f64,
    span: Duration,
    causes: Vec<&'static str>,
}

impl<'a> Sheet<'a> {
    fn new(lanes: &'a [Lane], lines: &'a [Line]) -> Self {
        let drawn: Vec<usize> =
            (0..lanes.len()).filter(|lane| lanes[*lane].name.is_some()).collect();
        // Few lanes are drawn tall, many low, but never so low that their labels collide.
        let least = if lines.is_empty() { 12.0 } else { 34.0 };
        let longest = drawn.iter().map(|lane| width_of(lanes[*lane].label())).max().unwrap_or(0);
        let ends = drawn.iter().filter_map(|lane| lanes[*lane].stretches.last());
        let mut causes = Vec::new();
        for stretch in drawn.iter().flat_map(|lane| &lanes[*lane].stretches) {
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
            left: EDGE + 10.0 + (longest as f64 * LABEL).clamp(40.0, 150.0),
            lane: (400.0 / drawn.len().max(1) as f64).clamp(least, 34.0),
            span: ends.map(|stretch| stretch.to).max().unwrap_or_default(),
            drawn,
            causes,
        }
    }

    fn x(&self, at: Duration) -> f64 {
        let share = at.as_secs_f64() / self.span.as_secs_f64().max(1e-9);
        self.left + share.min(1.0) * (WIDTH - self.left - EDGE)
    }

    /// The paint of a stretch, and what it does in words.
    fn paint(&self, what: What) -> (String, String) {
        let plain = |paint: &str, text: &str| (paint.to_string(), text.to_string());
        let wait = |colour: &str, text: &str| {
            (format!(r#"class="wait" fill="{colour}""#), text.to_string())
        };
        match what {
            What::Runs => plain(r#"class="run""#, "runs"),
            What::Blocks => plain(r#"fill="url(#stripes)""#, "off the CPU, keeps its thread"),
            What::Turn => wait("#c3c7cf", "waits for its turn"),
            What::Waits(None) => wait(COLOURS[COLOURS.len() - 1], "waits"),
            What::Waits(Some(cause)) => {
                let place = self.causes.iter().position(|other| *other == cause).unwrap_or(0);
                wait(COLOURS[place % (COLOURS.len() - 1)], &format!("waits for {cause}"))
            }
        }
    }

    fn head(&mut self, title: &str, below: &str) {
        put!(self, r#"<text class="title" x="{EDGE}" y="{}">{}</text>"#, self.y, escape(title));
        for part in wrap(below, ((WIDTH - 2.0 * EDGE) / 6.4) as usize) {
            self.y += ROW;
            self.text("soft", EDGE, self.y, "start", &part);
        }
        // The legend names what is there, and nothing else.
        self.y += ROW + 6.0;
        let mut x = EDGE;
        let mut kinds = vec![What::Runs, What::Blocks, What::Waits(None)];
        kinds.extend(self.causes.iter().map(|cause| What::Waits(Some(*cause))));
        kinds.push(What::Turn);
        let stretches = self.drawn.iter().flat_map(|lane| &self.lanes[*lane].stretches);
        let seen: Vec<What> = stretches.map(|stretch| stretch.what).collect();
        for what in kinds.into_iter().filter(|kind| seen.contains(kind)) {
            let (paint, text) = self.paint(what);
            let wide = 28.0 + text.chars().count() as f64 * 6.9;
            if x + wide > WIDTH - EDGE {
                (x, self.y) = (EDGE, self.y + ROW);
            }
            let top = self.y - 11.0;
            put!(self, r#"<rect {paint} x="{x:.0}" y="{top:.0}" width="14" height="12"/>"#);
            self.text("soft", x + 20.0, self.y, "start", &text);
            x += wide + 14.0;
        }
        self.y += 12.0;
    }

    fn text(&mut self, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
        let (text, at) = (escape(text), format!(r#"x="{x:.1}" y="{y:.1}""#));
        put!(self, r#"<text class="{class}" {at} text-anchor="{anchor}">{text}</text>"#);
    }

    /// The scale, behind the lanes.
    fn axis(&mut self) {
        let (top, tall, wide) = (self.y, self.lane, WIDTH - 2.0 * EDGE);
        for row in (1..self.drawn.len()).step_by(2) {
            let y = top + row as f64 * tall;
            put!(
                self,
                r#"<rect class="alt" x="{EDGE}" y="{y:.1}" width="{wide}" height="{tall:.1}"/>"#
            );
        }
        let low = top + tall * self.drawn.len() as f64;
        let step = round_step(self.span);
        let mut at = Duration::ZERO;
        while at <= self.span {
            let x = self.x(at);
            put!(
                self,
                r#"<line class="grid" x1="{x:.1}" y1="{top:.1}" x2="{x:.1}" y2="{low:.1}"/>"#
            );
            let anchor = if x > WIDTH - EDGE - 24.0 { "end" } else { "middle" };
            self.text("soft", x, low + 17.0, anchor, &time(at));
            at += step;
        }
    }

    fn lane(&mut self, row: usize, lane: &Lane) {
        let size = (self.lane * 0.72).clamp(11.5, 13.0);
        let letters = ((self.left - EDGE - 10.0) / LABEL).round() as usize;
        let (name, short) = (escape(lane.label()), escape(&cut(lane.label(), letters)));
        // Below the numbers, if there are any.
        let top = self.y + self.lane * if self.lines.is_empty() { 0.1 } else { 0.45 };
        let low = self.y + self.lane * 0.9;
        let (x, middle) = (self.left - 8.0, (top + low) * 0.5);
        let base = middle + size * 0.36;
        let bad = if lane.failed { r#" class="bad""# } else { "" };
        // Where rows are low, every second has its name.
        if row.is_multiple_of((14.0 / self.lane).ceil() as usize) {
            put!(
                self,
                r#"<text{bad} x="{x:.1}" y="{base:.1}" font-size="{size:.1}" text-anchor="end">{short}<title>{name}</title></text>"#
            );
        }
        let (runs, rest): (Vec<Stretch>, Vec<Stretch>) =
            lane.stretches.iter().partition(|stretch| stretch.what == What::Runs);
        for Stretch { from, to, what } in rest {
            let (paint, text) = self.paint(what);
            let inset = if what == What::Blocks { 0.0 } else { (low - top) * 0.2 };
            let tip = format!("{text} for {} from {}", time(to - from), time(from));
            let (from, to) = (self.x(from), self.x(to));
            if to - from >= 0.5 {
                self.bar(&paint, (from, to), (top + inset, low - inset), &tip);
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
            self.bar(r#"class="run""#, (from, right), (top, low), &tip);
        }
        if let Some(last) = lane.stretches.last().filter(|_| lane.failed) {
            let (left, top) = (self.x(last.to) - 3.0, middle - 3.0);
            put!(self, r#"<path class="cut" d="M{left:.1} {top:.1}l6 6m-6 0l6 -6"/>"#);
        }
    }

    fn bar(&mut self, paint: &str, (left, right): (f64, f64), (top, low): (f64, f64), tip: &str) {
        let (wide, tall) = (right - left, low - top);
        // Nobody can point at less than this.
        let tip = if wide < 3.0 { String::new() } else { format!("<title>{tip}</title>") };
        put!(
            self,
            r#"<rect {paint} x="{left:.2}" y="{top:.1}" width="{wide:.2}" height="{tall:.1}">{tip}</rect>"#
        );
    }

    /// A tick for each line that a lane printed, and its number; numbers that would collide are
    /// written side by side.
    fn numbers(&mut self, lane: usize) {
        let [base, top, low] = [0.34, 0.38, 0.45].map(|part| self.y + part * self.lane);
        let its = (1..).zip(self.lines).filter(|(_, line)| line.lane == lane);
        let its: Vec<(usize, f64)> = its.map(|(number, line)| (number, self.x(line.at))).collect();
        for (number, x) in &its {
            put!(
                self,
                r#"<line class="tick" data-line="{number}" x1="{x:.2}" x2="{x:.2}" y1="{top:.1}" y2="{low:.1}"/>"#
            );
        }
        // A label begins above its first tick, or ends at the edge.
        let wide = |numbers: &[usize]| ranges(numbers).chars().count() as f64 * LABEL;
        let left = |(x, numbers): &(f64, Vec<usize>)| x.min(WIDTH - EDGE - wide(numbers));
        let mut labels: Vec<(f64, Vec<usize>)> = Vec::new();
        for (number, x) in its {
            let mut label = (x, vec![number]);
            while let Some(mut before) =
                labels.pop_if(|before| left(&label) < left(before) + wide(&before.1) + 9.0)
            {
                before.1.append(&mut label.1);
                label = before;
            }
            labels.push(label);
        }
        for label in labels {
            let over = left(&label) < label.0;
            let (x, anchor) = if over { (WIDTH - EDGE, "end") } else { (label.0, "start") };
            self.text("no", x, base, anchor, &ranges(&label.1));
        }
    }

    /// The lines that were printed: number, time, lane, text; long ones go on in the next row.
    fn list(&mut self) {
        self.y += 26.0;
        if self.lines.is_empty() {
            return;
        }
        let names = self.lines.iter().map(|line| width_of(self.lanes[line.lane].label()));
        let name = names.max().unwrap_or(0).min(16);
        let before = NUMBER + TIME + name + 3;
        let columns = ((WIDTH - 2.0 * EDGE) / LETTER) as usize - before;
        self.y += 10.0;
        self.text("soft", EDGE, self.y, "start", "The lines printed, when, and by whom:");
        for (number, line) in (1..).zip(self.lines) {
            let lane = cut(self.lanes[line.lane].label(), name);
            let pad = " ".repeat(name - width_of(&lane).min(name));
            let mut first = format!("{number:>NUMBER$} {:>TIME$} {lane}{pad} ", time(line.at));
            for part in wrap(&line.text, columns) {
                self.y += ROW;
                self.text("list", EDGE, self.y, "start", &format!("{first}{part}"));
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
pub fn cut(text: &str, most: usize) -> String {
    match wrap(text, most.max(2) - 1).first() {
        Some(first) if width_of(text) > most => format!("{first}…"),
        _ => text.to_string(),
    }
}

/// The text in parts of at most so many letters' room, cut at spaces where there are any.
pub fn wrap(text: &str, most: usize) -> Vec<String> {
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
pub fn ranges(numbers: &[usize]) -> String {
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
pub fn time(time: Duration) -> String {
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
