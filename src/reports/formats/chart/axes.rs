//! The axes of a chart over time: grid, amounts at its side, time under it.
//! The marks between them are in `columns.rs` and `lines.rs`.

use super::canvas::{Anchor, Area, Canvas, Mark};
use super::data::Point;
use super::frame::Frame;
use super::labels::Labels;
use super::number::{Amounts, real};
use super::palette::Paint;
use super::scale::Scale;
use super::text::width;
use super::time_axis;

/// Where values and times lie.
#[derive(Debug)]
pub struct Plot {
    pub area: Area,
    pub scale: Scale,
    /// How far two times lie apart.
    pub slot: f64,
    /// Where all that was drawn ends.
    pub foot: f64,
}

impl Plot {
    pub fn x(&self, index: usize) -> f64 {
        self.area.x + self.slot * (real(index) + 0.5)
    }

    pub fn y(&self, value: f64) -> f64 {
        self.area.y + self.area.height * (1.0 - self.scale.fraction(value))
    }

    /// The places of a series.
    pub fn places(&self, values: impl Iterator<Item = Option<f64>>) -> Vec<Option<(f64, f64)>> {
        let place = |(index, value): (usize, Option<f64>)| value.map(|value| (self.x(index), self.y(value)));
        values.enumerate().map(place).collect()
    }

    /// Labels may lie in the plot and a little above it.
    pub fn labels(&self, frame: &Frame) -> Labels {
        let head = frame.em * 1.6;
        let Area { x, y, width, height } = self.area;
        let left = (x - frame.em * 0.5).max(frame.margin * 0.5);
        Labels::new(Area {
            x: left,
            y: y - head,
            width: width + x - left + frame.margin * 0.5,
            height: height + head,
        })
    }
}

/// Draws both axes for these points, of which both values count.
pub fn draw(canvas: &mut Canvas, frame: &Frame, top: f64, points: &[Point], amounts: Amounts) -> Plot {
    let values = || points.iter().flat_map(|point| [point.value, point.second]).flatten();
    let scale = Scale::new(
        values().fold(0.0, f64::min),
        values().fold(0.0, f64::max),
        amounts.divisor(),
        amounts.is_whole(),
    );
    let face = frame.tick();
    let amount_room =
        scale.ticks.iter().map(|tick| width(&amounts.tick(*tick), face.size)).fold(0.0, f64::max);
    let left = frame.left() + amount_room + frame.em * 0.7;
    let area =
        Area { x: left, y: top + frame.em * 1.8, width: frame.right() - left, height: frame.plot_height() };
    let slot = area.width / real(points.len().max(1));
    let mut plot = Plot { area, scale, slot, foot: 0.0 };
    for tick in &plot.scale.ticks {
        let y = plot.y(*tick);
        let zero = tick.abs() < 1e-9;
        let mark = Mark::line(if zero { Paint::Axis } else { Paint::Grid }, 1.0);
        canvas.line((left, y), (frame.right(), y), mark);
        let text = amounts.tick(*tick);
        canvas.text(left - frame.em * 0.7, y + face.size * 0.36, Anchor::End, face, &text);
    }
    plot.foot = times(canvas, frame, &plot, points);
    plot
}

/// Writes the times; gives where they end.
fn times(canvas: &mut Canvas, frame: &Frame, plot: &Plot, points: &[Point]) -> f64 {
    let face = frame.tick();
    let labels: Vec<&str> = points.iter().map(|point| point.label.as_str()).collect();
    let ticks = time_axis::ticks(&labels, plot.slot, face.size);
    let bottom = plot.area.y + plot.area.height;
    let base = bottom + face.size * 1.6;
    let mut end = 0.0;
    for tick in &ticks {
        let wide = width(&tick.text, face.size);
        let least = wide / 2.0 + 2.0;
        let x = plot.x(tick.index).max(least).min(frame.width - least);
        if x - wide / 2.0 < end {
            continue;
        }
        end = x + wide / 2.0 + 4.0;
        if plot.slot < 24.0 && points.len() > ticks.len() {
            let at = plot.x(tick.index);
            canvas.line((at, bottom), (at, bottom + face.size * 0.4), Mark::line(Paint::Axis, 1.0));
        }
        canvas.text(x, base, Anchor::Middle, face, &tick.text);
        if let Some(year) = &tick.year {
            canvas.text(x, base + face.size * 1.3, Anchor::Middle, face, year);
        }
    }
    let two_lines = ticks.iter().any(|tick| tick.year.is_some());
    base + if two_lines { face.size * 1.3 } else { 0.0 }
}
