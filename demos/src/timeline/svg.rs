//! Draws a record as an SVG picture: time runs to the right in milliseconds, one lane a task.
//!
//! A wait is a pale bar in the colour of what was waited for; a poll is a dark mark on it, never
//! thinner than can be seen. Hovering over either shows its times. The picture needs no script and
//! no font of its own, and follows the reader's light or dark setting.

use super::{Lane, Poll};
use std::fmt::Write;
use std::time::Duration;

const WIDTH: f64 = 1200.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 78.0;
const BOTTOM: f64 = 34.0;
/// The thinnest mark of a poll, in pixels.
const MARK: f64 = 1.6;
/// Wait colours by order of first appearance; the last is for waits that nobody named.
const COLOURS: [&str; 7] = [
    "#e8b45a", "#6fa8dc", "#8fc58a", "#c79bd3", "#e58e8e", "#6cc4c1", "#c3c7cf",
];
const STYLE: &str = "\
svg{background:#fff;font-family:ui-sans-serif,system-ui,sans-serif;fill:#1c2330}\
.title{font-size:17px;font-weight:600}.sub,.tick,.key{font-size:12px;fill:#5a6473}\
.grid{stroke:#e3e6eb}.alt{fill:#f6f7f9}.poll{fill:#1c2330}.bad{fill:#c62828}\
.end{fill:none;stroke:#1c2330;stroke-width:1.2}.cut{stroke:#c62828;stroke-width:1.6}\
@media(prefers-color-scheme:dark){svg{background:#14181f;fill:#e6e9ef}.sub,.tick,.key{fill:#9aa4b2}\
.grid{stroke:#2a313c}.alt{fill:#191e27}.poll{fill:#fff}.end{stroke:#fff}.bad{fill:#ff7b72}\
.cut{stroke:#ff7b72}}";

/// The whole picture.
pub fn draw(title: &str, lanes: &[(String, &Lane)]) -> String {
    let sheet = Sheet::new(lanes);
    let mut out = String::new();
    sheet.head(&mut out, title, lanes);
    sheet.axis(&mut out);
    for (row, (name, lane)) in lanes.iter().enumerate() {
        sheet.lane(&mut out, row, name, lane);
    }
    out.push_str("</svg>\n");
    out
}

/// The measures of one picture.
struct Sheet {
    left: f64,
    lane: f64,
    height: f64,
    span: Duration,
    causes: Vec<&'static str>,
}

impl Sheet {
    fn new(lanes: &[(String, &Lane)]) -> Self {
        let count = lanes.len();
        // Few lanes are drawn tall, many low, but never so low that their labels collide.
        let lane = (420.0 / count.max(1) as f64).clamp(11.0, 30.0);
        let longest = lanes
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        let left = 24.0 + (longest as f64 * label_size(lane) * 0.58).clamp(40.0, 320.0);
        let span = lanes
            .iter()
            .map(|(_, lane)| last_moment(lane))
            .max()
            .unwrap_or_default();
        let mut causes = Vec::new();
        let polls = lanes.iter().flat_map(|(_, lane)| &lane.polls);
        for cause in polls.filter_map(|poll| poll.then) {
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
        let height = TOP + lane * count as f64 + BOTTOM;
        Sheet {
            left,
            lane,
            height,
            span: span.max(Duration::from_micros(1)),
            causes,
        }
    }

    fn x(&self, at: Duration) -> f64 {
        let share = at.as_secs_f64() / self.span.as_secs_f64();
        self.left + share * (WIDTH - self.left - RIGHT)
    }

    fn colour(&self, cause: Option<&'static str>) -> &'static str {
        let unnamed = COLOURS.len() - 1;
        let place = cause.and_then(|cause| self.causes.iter().position(|other| *other == cause));
        COLOURS[place.map_or(unnamed, |place| place % unnamed)]
    }

    fn head(&self, out: &mut String, title: &str, lanes: &[(String, &Lane)]) {
        let height = self.height;
        let polls: usize = lanes.iter().map(|(_, lane)| lane.polls.len()).sum();
        let title = escape(title);
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{title}\">\n\
             <style>{STYLE}</style>\n<text class=\"title\" x=\"24\" y=\"28\">{title}</text>\n\
             <text class=\"sub\" x=\"24\" y=\"48\">{} lanes, {polls} polls, {}</text>\n",
            lanes.len(),
            ms(self.span),
        );
        let mut x = self.left;
        self.key(out, &mut x, "class=\"poll\"", 3.0, "poll: the task runs");
        for cause in &self.causes {
            let fill = format!("fill=\"{}\"", self.colour(Some(cause)));
            self.key(out, &mut x, &fill, 14.0, &format!("waits for {cause}"));
        }
        let unnamed = format!("fill=\"{}\"", COLOURS[COLOURS.len() - 1]);
        self.key(out, &mut x, &unnamed, 14.0, "waits for its turn");
    }

    fn key(&self, out: &mut String, x: &mut f64, paint: &str, wide: f64, text: &str) {
        let label = *x + wide + 5.0;
        let _ = writeln!(
            out,
            "<rect {paint} x=\"{x:.1}\" y=\"58\" width=\"{wide}\" height=\"10\"/>\
             <text class=\"key\" x=\"{label:.1}\" y=\"67\">{}</text>",
            escape(text)
        );
        *x = label + text.chars().count() as f64 * 6.6 + 16.0;
    }

    fn axis(&self, out: &mut String) {
        let step = round_step(self.span);
        let bottom = self.height - BOTTOM;
        let mut at = Duration::ZERO;
        while at <= self.span {
            let x = self.x(at);
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                ms(at)
            );
            at += step;
        }
    }

    fn lane(&self, out: &mut String, row: usize, name: &str, lane: &Lane) {
        let (y, name) = (TOP + row as f64 * self.lane, escape(name));
        if row % 2 == 1 {
            let wide = WIDTH - RIGHT - self.left;
            let (left, tall) = (self.left, self.lane);
            let _ = writeln!(
                out,
                "<rect class=\"alt\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" \
                 height=\"{tall:.1}\"/>"
            );
        }
        let bad = if lane.failed { " class=\"bad\"" } else { "" };
        let size = label_size(self.lane);
        let (x, base) = (self.left - 8.0, y + self.lane * 0.5 + size * 0.35);
        let _ = writeln!(
            out,
            "<text{bad} x=\"{x:.1}\" y=\"{base:.1}\" font-size=\"{size:.1}\" \
             text-anchor=\"end\">{name}</text>"
        );
        for (cause, from, to) in waits(lane) {
            let what = escape(cause.unwrap_or("its turn"));
            let paint = format!("fill=\"{}\"", self.colour(cause));
            let tip = format!(
                "{name}: waits for {what} from {} for {}",
                ms(from),
                ms(to - from)
            );
            self.bar(out, &paint, (from, to), (y + self.lane * 0.22, 0.56), &tip);
        }
        for (number, Poll { begin, end, .. }) in (1..).zip(&lane.polls) {
            let took = ms(end.saturating_sub(*begin));
            let tip = format!("{name}: poll {number} at {} for {took}", ms(*begin));
            self.bar(
                out,
                "class=\"poll\"",
                (*begin, *end),
                (y + self.lane * 0.1, 0.8),
                &tip,
            );
        }
        if let Some(ended) = lane.ended.filter(|_| lane.failed) {
            let (x, middle, arm) = (self.x(ended), y + self.lane * 0.5, self.lane * 0.25);
            let [left, right, top, low] = [x - arm, x + arm, middle - arm, middle + arm];
            let _ = writeln!(
                out,
                "<path class=\"cut\" d=\"M{left:.1} {top:.1}L{right:.1} {low:.1}M{left:.1} \
                 {low:.1}L{right:.1} {top:.1}\"><title>{name}: failed at {}</title></path>",
                ms(ended)
            );
        }
    }

    /// A bar over a stretch of time, at `y`, as tall as a share of the lane.
    fn bar(
        &self,
        out: &mut String,
        paint: &str,
        (from, to): (Duration, Duration),
        (y, share): (f64, f64),
        tip: &str,
    ) {
        let (x, tall) = (self.x(from), self.lane * share);
        let wide = self.x(to) - x;
        // A poll can always be seen; a wait too short for that is not worth it.
        let wide = if paint.starts_with("class") {
            wide.max(MARK)
        } else {
            wide
        };
        let _ = writeln!(
            out,
            "<rect {paint} x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" \
             height=\"{tall:.1}\"><title>{tip}</title></rect>"
        );
    }
}

/// The waits of a lane, each with what was waited for: from its birth to the first poll, between
/// polls until the wake and from there on for its turn, and from the last one to its end.
fn waits(lane: &Lane) -> Vec<(Option<&'static str>, Duration, Duration)> {
    let mut waits = Vec::new();
    let (mut cause, mut from, mut woken) = (None, lane.born, None);
    for poll in &lane.polls {
        let turn = woken
            .unwrap_or(poll.begin)
            .clamp(from, poll.begin.max(from));
        waits.push((cause, from, turn));
        waits.push((None, turn, poll.begin));
        (cause, from, woken) = (poll.then, poll.end, poll.woken);
    }
    waits.push((cause, from, lane.ended.unwrap_or(from)));
    waits.retain(|(_, from, to)| to > from);
    waits
}

fn last_moment(lane: &Lane) -> Duration {
    let polled = lane.polls.last().map_or(lane.born, |poll| poll.end);
    lane.ended.map_or(polled, |ended| ended.max(polled))
}

fn label_size(lane: f64) -> f64 {
    (lane * 0.72).clamp(8.5, 13.0)
}

/// A step of 1, 2 or 5 times a power of ten that cuts the span into at most ten parts.
fn round_step(span: Duration) -> Duration {
    let mut step = Duration::from_nanos(1);
    loop {
        for times in [1, 2, 5] {
            if step * times * 10 >= span {
                return step * times;
            }
        }
        step *= 10;
    }
}

fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    let text = if ms < 10.0 {
        format!("{ms:.3}")
    } else {
        format!("{ms:.1}")
    };
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{} ms", if short.is_empty() { "0" } else { short })
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Control characters are not allowed in XML at all.
            other if other.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}
