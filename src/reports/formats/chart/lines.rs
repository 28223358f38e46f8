//! Two figures, or one and its period before, as lines over time.
//! The axes are in `axes.rs`, the dashed line is that of `columns.rs`.

use super::axes::{self, Plot};
use super::canvas::{Canvas, Face, Mark, polyline};
use super::columns::{NO_MARKERS, is_alone, line};
use super::data::{CLOSE, Point};
use super::frame::Frame;
use super::labels::{Labels, around, worth_writing};
use super::number::Amounts;
use super::palette::Paint;

const DOT: f64 = 3.4;

/// Draws the chart; gives where it ends.
pub fn draw(canvas: &mut Canvas, frame: &Frame, top: f64, points: &[Point], amounts: Amounts) -> f64 {
    let plot = axes::draw(canvas, frame, top, points, amounts);
    let mut labels = plot.labels(frame);
    let second = plot.places(points.iter().map(|point| point.second));
    line(canvas, &plot, &second, &mut labels, false);
    let first = plot.places(points.iter().map(|point| point.value));
    main_line(canvas, &plot, &first, &mut labels);
    let values: Vec<Option<f64>> = points.iter().map(|point| point.value).collect();
    let seconds: Vec<Option<f64>> = points.iter().map(|point| point.second).collect();
    let draft = Draft { frame, plot: &plot, amounts };
    draft.write(canvas, &values, &seconds, Paint::Ink, &mut labels);
    draft.write(canvas, &seconds, &values, Paint::Second, &mut labels);
    plot.foot
}

fn main_line(canvas: &mut Canvas, plot: &Plot, places: &[Option<(f64, f64)>], labels: &mut Labels) {
    let data = polyline(places);
    if data.is_empty() {
        return;
    }
    let width = if plot.slot < CLOSE { 1.4 } else { 2.4 };
    canvas.path(&data, Mark::line(Paint::Main, width));
    let sparse = plot.slot >= NO_MARKERS;
    for (index, place) in places.iter().enumerate() {
        let Some(at) = place else { continue };
        if sparse || is_alone(places, index) {
            let mark = Mark { stroke: Some((Paint::Surface, 1.2)), ..Mark::filled(Paint::Main) };
            canvas.circle(*at, if sparse { DOT } else { DOT / 2.0 }, mark);
        }
        labels.crowd(around(*at, if sparse { DOT } else { 1.0 }));
    }
}

/// Writes values away from the other line.
struct Draft<'a> {
    frame: &'a Frame,
    plot: &'a Plot,
    amounts: Amounts,
}

impl Draft<'_> {
    fn write(
        &self,
        canvas: &mut Canvas,
        values: &[Option<f64>],
        others: &[Option<f64>],
        paint: Paint,
        labels: &mut Labels,
    ) {
        let face = Face { paint, ..self.frame.value() };
        for index in worth_writing(values) {
            let Some(value) = values.get(index).copied().flatten() else { continue };
            let y = self.plot.y(value);
            let (above, below) = (y - face.size * 0.75, y + face.size * 1.5);
            let is_lower = others.get(index).copied().flatten().is_some_and(|other| other > value);
            let places = if is_lower { [below, above] } else { [above, below] };
            labels.write(canvas, self.plot.x(index), &places, face, &self.amounts.short(value));
        }
    }
}
