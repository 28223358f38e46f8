//! Puts the SVG document together: its root, its words for readers who do not see it, styles, and the chart.
//! Which chart it is, is chosen in `picture.rs`.

use std::fmt::Write as _;

use super::canvas::{Anchor, Area, Canvas, Mark};
use super::frame::Frame;
use super::number::coordinate;
use super::options::ChartOptions;
use super::palette::{Paint, style};
use super::picture::{Body, Picture, picture};
use super::text::escape;
use super::{bars, columns, description, funnel, lines};
use crate::reports::report::Report;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

const FONTS: &str = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

/// The chart of a report as an SVG document, or as an element for an HTML page.
pub fn render(report: &Report, options: &ChartOptions<'_>) -> String {
    let frame = Frame::new(options.bounded_width(), options.language);
    let picture = picture(report, options.chart, options.most_bars, &frame);
    let mut canvas = Canvas::new(options.theme);
    let top = picture.header.draw(&mut canvas, &frame);
    let foot = draw(&picture, &mut canvas, &frame, top);
    let height = (foot + frame.margin * 0.8).ceil();
    document(&picture, options, &canvas.into_body(), height)
}

/// Draws what is below the header; gives where it ends.
fn draw(picture: &Picture, canvas: &mut Canvas, frame: &Frame, top: f64) -> f64 {
    let amounts = picture.amounts;
    match &picture.body {
        Body::Columns(points) => columns::draw(canvas, frame, top, points, amounts),
        Body::Lines(points) => lines::draw(canvas, frame, top, points, amounts),
        Body::Funnel(stages) => funnel::draw(canvas, frame, top, stages),
        Body::Bars(rows) => bars::draw(canvas, frame, top, rows, amounts),
        Body::NoData => no_data(canvas, frame, top),
    }
}

/// As high as a chart over time.
fn no_data(canvas: &mut Canvas, frame: &Frame, top: f64) -> f64 {
    let foot = top + frame.plot_height() + frame.em * 3.2;
    let (width, y) = (frame.inner(), top + frame.em * 1.2);
    let area = Area { x: frame.left(), y, width, height: foot - y };
    canvas.rect(area, 8.0, Mark::line(Paint::Grid, 1.0));
    let face = frame.note();
    let text = description::no_data(frame.language);
    canvas.text(frame.width / 2.0, y + area.height / 2.0 + face.size * 0.36, Anchor::Middle, face, text);
    foot
}

fn document(picture: &Picture, options: &ChartOptions<'_>, body: &str, height: f64) -> String {
    let id = options.plain_id();
    let (width, height) = (coordinate(options.bounded_width()), coordinate(height));
    let lang = options.lang_tag();
    let title = escape(&picture.header.full_title());
    let description = escape(&picture.description);
    let surface = Paint::Surface.colour(options.theme);
    let body = format!(r#"<rect width="100%" height="100%" class="f-surface" fill="{surface}"/>{body}"#);
    let mut out = String::with_capacity(body.len() + 8192);
    if !options.inline {
        out.push_str(DECLARATION);
    }
    // Writing to a string cannot fail.
    let _ =
        write!(out, r#"<svg xmlns="http://www.w3.org/2000/svg" id="{id}" viewBox="0 0 {width} {height}""#);
    let _ = write!(out, r#" width="{width}" height="{height}" role="img""#);
    let _ = write!(out, r#" aria-labelledby="{id}-title {id}-desc" lang="{lang}""#);
    if !options.inline {
        let _ = write!(out, r#" xml:lang="{lang}""#);
    }
    let _ = write!(out, r#" font-family="{FONTS}"><title id="{id}-title">{title}</title>"#);
    let _ = write!(out, r#"<desc id="{id}-desc">{description}</desc>"#);
    let _ = write!(out, "<style>{}</style>", style(&id, options.theme, &body));
    out.push_str(&body);
    out.push_str("</svg>\n");
    out
}
