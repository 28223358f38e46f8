//! Columns over time, and the period before as a dashed line upon them.
//! The axes are in `axes.rs`.

use std::fmt::Write as _;

use super::axes::{self, Plot};
use super::canvas::{Area, Canvas, Mark, polyline};
use super::data::{CLOSE, Point};
use super::frame::Frame;
use super::labels::{Labels, around, worth_writing};
use super::number::{Amounts, coordinate};
use super::palette::Paint;

/// Closer than this, points of the line have no markers.
pub const NO_MARKERS: f64 = 9.0;

const MARKER: f64 = 3.8;

/// Draws the chart; gives where it ends.
pub fn draw(canvas: &mut Canvas, frame: &Frame, top: f64, points: &[Point], amounts: Amounts) -> f64 {
    let plot = axes::draw(canvas, frame, top, points, amounts);
    let mut labels = plot.labels(frame);
    let thick = if plot.slot < CLOSE { plot.slot } else { (plot.slot * 0.64).min(frame.em * 4.5) };
    columns(canvas, &plot, points, thick);
    let second = plot.places(points.iter().map(|point| point.second));
    line(canvas, &plot, &second, &mut labels, true);
    let bars = points.iter().enumerate().filter_map(|(index, point)| Some((index, point.value?)));
    for (index, value) in bars {
        labels.take(bar_area(&plot, index, value, thick));
    }
    write_values(canvas, frame, &plot, points, amounts, &mut labels);
    if plot.slot >= NO_MARKERS {
        write_second(canvas, frame, &plot, points, amounts, &mut labels);
    }
    plot.foot
}

fn bar_area(plot: &Plot, index: usize, value: f64, thick: f64) -> Area {
    let (zero, end) = (plot.y(0.0), plot.y(value));
    let least = if value == 0.0 { 0.0 } else { 1.0 };
    let height = (zero - end).abs().max(least);
    let y = if value < 0.0 { zero } else { zero - height };
    Area { x: plot.x(index) - thick / 2.0, y, width: thick, height }
}

fn columns(canvas: &mut Canvas, plot: &Plot, points: &[Point], thick: f64) {
    let areas = points.iter().enumerate().filter_map(|(index, point)| {
        let value = point.value.filter(|value| *value != 0.0)?;
        Some((bar_area(plot, index, value, thick), value < 0.0))
    });
    let all = if plot.slot < CLOSE {
        silhouette(plot, points)
    } else {
        areas.map(|(area, downwards)| column(area, downwards)).collect()
    };
    if !all.is_empty() {
        canvas.path(&all, Mark::filled(Paint::Main));
    }
}

/// The outline of columns side by side, without seams between them.
fn silhouette(plot: &Plot, points: &[Point]) -> String {
    let zero = coordinate(plot.y(0.0));
    let mut data = format!("M{} {zero}", coordinate(plot.area.x));
    for (index, point) in points.iter().enumerate() {
        let (top, right) = (plot.y(point.value.unwrap_or(0.0)), plot.x(index) + plot.slot / 2.0);
        // Writing to a string cannot fail.
        let _ = write!(data, "V{}H{}", coordinate(top), coordinate(right));
    }
    let _ = write!(data, "V{zero}z");
    data
}

/// A rectangle whose outer end is rounded.
fn column(area: Area, downwards: bool) -> String {
    let radius = (area.width / 4.0).min(4.0).min(area.height);
    let (base, sign) = if downwards { (area.y, "") } else { (area.y + area.height, "-") };
    let back = if downwards { "-" } else { "" };
    let straight = coordinate(area.height - radius);
    let flat = coordinate(area.width - 2.0 * radius);
    let (x, y, r) = (coordinate(area.x), coordinate(base), coordinate(radius));
    format!(
        "M{x} {y}v{sign}{straight}q0 {sign}{r} {r} {sign}{r}h{flat}q{r} 0 {r} {back}{r}v{back}{straight}z"
    )
}

/// The dashed line with hollow diamonds; upon columns it has a rim that sets it off.
pub fn line(canvas: &mut Canvas, plot: &Plot, places: &[Option<(f64, f64)>], labels: &mut Labels, rim: bool) {
    let data = polyline(places);
    if data.is_empty() {
        return;
    }
    if rim {
        canvas.path(&data, Mark::line(Paint::Surface, 4.5));
    }
    let width = if plot.slot < CLOSE && !rim { 1.0 } else { 1.8 };
    canvas.path(&data, Mark::line(Paint::Second, width).dashed());
    let sparse = plot.slot >= NO_MARKERS;
    for (index, place) in places.iter().enumerate() {
        let Some(at) = place else { continue };
        // A point without neighbours has no line.
        if sparse || is_alone(places, index) {
            canvas.diamond(
                *at,
                if sparse { MARKER } else { MARKER / 2.0 },
                Mark::outlined(Paint::Second, 1.6),
            );
        }
        labels.crowd(around(*at, if sparse { MARKER } else { 1.0 }));
    }
}

/// Whether a point has no neighbour to draw a line to.
pub fn is_alone(places: &[Option<(f64, f64)>], index: usize) -> bool {
    let is_there = |index: usize| places.get(index).is_some_and(Option::is_some);
    !index.checked_sub(1).is_some_and(is_there) && !is_there(index + 1)
}

fn write_values(
    canvas: &mut Canvas,
    frame: &Frame,
    plot: &Plot,
    points: &[Point],
    amounts: Amounts,
    labels: &mut Labels,
) {
    let face = frame.value();
    let values: Vec<Option<f64>> = points.iter().map(|point| point.value).collect();
    for index in worth_writing(&values) {
        let Some(point) = points.get(index) else { continue };
        let Some(value) = point.value else { continue };
        let near =
            if value < 0.0 { plot.y(value) + face.size * 1.15 } else { plot.y(value) - face.size * 0.45 };
        // Above the marker of the line, if that lies where the text would.
        let marker = point
            .second
            .map(|second| plot.y(second))
            .filter(|y| (near - face.size * 0.4 - y).abs() < face.size);
        let far = marker.map_or(near, |y| y - face.size * 0.8);
        labels.write(canvas, plot.x(index), &[near, far.min(near)], face, &amounts.short(value));
    }
}

/// The values of the line, where there is room beside the columns.
fn write_second(
    canvas: &mut Canvas,
    frame: &Frame,
    plot: &Plot,
    points: &[Point],
    amounts: Amounts,
    labels: &mut Labels,
) {
    let face = frame.value();
    let face = super::canvas::Face { paint: Paint::Second, ..face };
    let values: Vec<Option<f64>> = points.iter().map(|point| point.second).collect();
    for index in worth_writing(&values) {
        let Some(value) = values.get(index).copied().flatten() else { continue };
        let y = plot.y(value);
        labels.write(canvas, plot.x(index), &[y - face.size * 0.8], face, &amounts.short(value));
    }
}
