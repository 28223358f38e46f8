//! Horizontal bars with their labels and values, to both sides of nought.
//! Which rows are bars, and in what order, is in `bar_rows.rs`.

use super::bar_rows::BarRows;
use super::canvas::{Anchor, Area, Canvas, Mark};
use super::data::Point;
use super::frame::Frame;
use super::number::Amounts;
use super::palette::Paint;
use super::text::{cut, width};

/// A row without a value.
const NO_VALUE: &str = "–";

/// The width of the mark of the period before.
const TALLY: f64 = 5.0;

/// Where the parts of all bars lie.
struct Layout<'a> {
    frame: &'a Frame,
    amounts: Amounts,
    /// The width of the labels; nought where they are above the bars.
    label_room: f64,
    /// Where the least and the greatest value lie, and what they are.
    from: f64,
    to: f64,
    low: f64,
    high: f64,
}

impl<'a> Layout<'a> {
    fn new(frame: &'a Frame, rows: &BarRows, amounts: Amounts) -> Self {
        let all = || rows.bars.iter().chain(&rows.others);
        let values = || all().flat_map(|bar| [bar.value, bar.second]).flatten();
        let label_size = frame.body().size;
        let longest = all().map(|bar| width(&bar.label, label_size)).fold(0.0, f64::max);
        let label_room = if frame.is_wide() { longest.min(frame.inner() * 0.32) + frame.em } else { 0.0 };
        let gap = frame.em * 0.9;
        let room = |negative: bool| {
            let texts = all().filter(|bar| bar.value.is_some_and(|value| value < 0.0) == negative);
            let wide = |bar: &Point| {
                width(&value_text(bar, amounts), frame.strong().size) * 1.06 + gap + TALLY / 2.0
            };
            texts.map(wide).fold(0.0, f64::max)
        };
        Self {
            frame,
            amounts,
            label_room,
            from: frame.left() + label_room + room(true),
            to: frame.right() - room(false),
            low: values().fold(0.0, f64::min),
            high: values().fold(0.0, f64::max),
        }
    }

    fn x(&self, value: f64) -> f64 {
        let span = (self.high - self.low).max(1e-9);
        self.from + (self.to - self.from) * (value - self.low) / span
    }

    /// The heights of a row and of its bar, and how far below the row's top the bar begins.
    fn heights(&self) -> (f64, f64, f64) {
        let em = self.frame.em;
        if self.frame.is_wide() { (em * 2.25, em * 1.35, em * 0.45) } else { (em * 2.9, em, em * 1.5) }
    }

    fn row(&self, canvas: &mut Canvas, top: f64, bar: &Point, paint: Paint) {
        let (_, height, offset) = self.heights();
        let y = top + offset;
        let base = y + height / 2.0 + self.frame.em * 0.34;
        let face = self.frame.body();
        if self.frame.is_wide() {
            let x = self.frame.left() + self.label_room - self.frame.em;
            let text = cut(&bar.label, face.size, self.label_room - self.frame.em);
            canvas.text(x, base, Anchor::End, face, &text);
        } else {
            let text = cut(&bar.label, face.size, self.frame.inner());
            canvas.text(self.frame.left(), y - self.frame.em * 0.4, Anchor::Start, face, &text);
        }
        if let Some(value) = bar.value.filter(|value| *value != 0.0) {
            let (start, end) = (self.x(value.min(0.0)), self.x(value.max(0.0)));
            let mark = Mark::filled(paint);
            let area = Area { x: start, y, width: end - start, height };
            canvas.path(&rounded(area, value < 0.0), mark);
        }
        let zero = self.x(0.0);
        canvas.line((zero, y - 3.0), (zero, y + height + 3.0), Mark::line(Paint::Axis, 1.0));
        if let Some(second) = bar.second {
            let tally =
                Area { x: self.x(second) - TALLY / 2.0, y: y - 2.5, width: TALLY, height: height + 5.0 };
            canvas.rect(tally, 1.5, Mark::outlined(Paint::Second, 1.5));
        }
        self.value(canvas, base, bar);
    }

    /// Behind the bar; behind the tally of the period before too, where it would lie upon that.
    fn value(&self, canvas: &mut Canvas, base: f64, bar: &Point) {
        let face = self.frame.strong();
        let gap = self.frame.em * 0.55;
        let text = value_text(bar, self.amounts);
        let room = width(&text, face.size) * 1.06 + 2.0 * gap;
        let end = self.x(bar.value.unwrap_or(0.0));
        let second = bar.second.map_or(end, |second| self.x(second));
        if bar.value.is_some_and(|value| value < 0.0) {
            let is_near = second < end + gap && second > end - room;
            canvas.text(
                if is_near { second.min(end) - TALLY / 2.0 } else { end } - gap,
                base,
                Anchor::End,
                face,
                &text,
            );
        } else {
            let is_near = second > end - gap && second < end + room;
            canvas.text(
                if is_near { second.max(end) + TALLY / 2.0 } else { end } + gap,
                base,
                Anchor::Start,
                face,
                &text,
            );
        }
    }
}

fn value_text(bar: &Point, amounts: Amounts) -> String {
    bar.value.map_or_else(|| NO_VALUE.to_owned(), |value| amounts.full(value))
}

/// A bar whose outer end is rounded.
fn rounded(area: Area, leftwards: bool) -> String {
    use super::number::coordinate as c;
    let width = area.width.max(1.0);
    let radius = (area.height / 4.0).min(4.0).min(width);
    let (base, sign, back) = if leftwards { (area.x + width, "-", "") } else { (area.x, "", "-") };
    let (straight, tall) = (c(width - radius), c(area.height - 2.0 * radius));
    let (x, y, r) = (c(base), c(area.y), c(radius));
    format!(
        "M{x} {y}h{sign}{straight}q{sign}{r} 0 {sign}{r} {r}v{tall}q0 {r} {back}{r} {r}h{back}{straight}z"
    )
}

/// Draws the chart; gives where it ends.
pub fn draw(canvas: &mut Canvas, frame: &Frame, top: f64, rows: &BarRows, amounts: Amounts) -> f64 {
    let layout = Layout::new(frame, rows, amounts);
    let (height, ..) = layout.heights();
    let mut y = top + frame.em * 0.8;
    let own = rows.bars.iter().map(|bar| (bar, Paint::Main));
    for (bar, paint) in own.chain(rows.others.iter().map(|bar| (bar, Paint::Other))) {
        layout.row(canvas, y, bar, paint);
        y += height;
    }
    if let Some(note) = note(rows, amounts) {
        let face = frame.note();
        y += face.size * 1.5;
        canvas.text(frame.left(), y, Anchor::Start, face, &cut(&note, face.size, frame.inner()));
        y += face.size * 0.3;
    }
    y
}

/// What is said of the rows without a bar of their own.
pub fn note(rows: &BarRows, amounts: Amounts) -> Option<String> {
    let count = rows.left_out;
    if count == 0 {
        return None;
    }
    let (zh, en) = rows.others.as_ref().map_or_else(
        || (format!("另有 {count} 项未画出"), format!("{count} more left out")),
        |others| {
            let name = &others.label;
            (format!("“{name}”是其余 {count} 项之和"), format!("“{name}” is the sum of {count} more"))
        },
    );
    Some(amounts.language.pick(zh.as_str(), en.as_str()).to_owned())
}
