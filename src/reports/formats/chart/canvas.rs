//! Writes the elements of an SVG: text, rectangles, lines, paths.
//! Where they lie is said by the charts; which colours there are, in `palette.rs`.

use std::fmt::Write as _;

use super::number::coordinate;
use super::options::Theme;
use super::palette::Paint;
use super::text::escape;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    pub size: f64,
    pub paint: Paint,
    pub bold: bool,
}

/// How a mark looks: its fill, and its outline with the width.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub fill: Option<Paint>,
    pub stroke: Option<(Paint, f64)>,
    pub dashed: bool,
}

impl Mark {
    pub fn filled(paint: Paint) -> Self {
        Self { fill: Some(paint), stroke: None, dashed: false }
    }

    pub fn line(paint: Paint, width: f64) -> Self {
        Self { fill: None, stroke: Some((paint, width)), dashed: false }
    }

    pub fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }

    /// Hollow: filled with what is behind it.
    pub fn outlined(paint: Paint, width: f64) -> Self {
        Self { fill: Some(Paint::Surface), stroke: Some((paint, width)), dashed: false }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Debug)]
pub struct Canvas {
    theme: Theme,
    body: String,
}

// Writing to a string cannot fail: the results of `write!` are dropped.
impl Canvas {
    pub fn new(theme: Theme) -> Self {
        Self { theme, body: String::new() }
    }

    pub fn into_body(self) -> String {
        self.body
    }

    /// `y` is the baseline.
    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, face: Face, text: &str) {
        let class = face.paint.class();
        let (x, y, size) = (coordinate(x), coordinate(y), coordinate(face.size));
        let colour = face.paint.colour(self.theme);
        let _ = write!(self.body, r#"<text x="{x}" y="{y}" font-size="{size}""#);
        let _ = write!(self.body, r#" class="f-{class}" fill="{colour}""#);
        if face.bold {
            self.body.push_str(r#" font-weight="600""#);
        }
        self.body.push_str(match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        });
        let _ = write!(self.body, ">{}</text>", escape(text));
    }

    pub fn rect(&mut self, area: Area, radius: f64, mark: Mark) {
        let Area { x, y, width, height } = area;
        let (x, y) = (coordinate(x), coordinate(y));
        let (width, height) = (coordinate(width.max(0.0)), coordinate(height.max(0.0)));
        let _ = write!(self.body, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}""#);
        if radius > 0.0 {
            let _ = write!(self.body, r#" rx="{}""#, coordinate(radius));
        }
        self.look(mark);
        self.body.push_str("/>");
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), mark: Mark) {
        let (x1, y1) = (coordinate(from.0), coordinate(from.1));
        let (x2, y2) = (coordinate(to.0), coordinate(to.1));
        let _ = write!(self.body, r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}""#);
        self.look(mark);
        self.body.push_str("/>");
    }

    pub fn circle(&mut self, at: (f64, f64), radius: f64, mark: Mark) {
        let (x, y) = (coordinate(at.0), coordinate(at.1));
        let _ = write!(self.body, r#"<circle cx="{x}" cy="{y}" r="{}""#, coordinate(radius));
        self.look(mark);
        self.body.push_str("/>");
    }

    /// A square on its corner.
    pub fn diamond(&mut self, at: (f64, f64), radius: f64, mark: Mark) {
        let (x, y) = (coordinate(at.0), coordinate(at.1 - radius));
        let r = coordinate(radius);
        self.path(&format!("M{x} {y}l{r} {r}l-{r} {r}l-{r} -{r}z"), mark);
    }

    /// `data` is made by this folder, never a caller's text.
    pub fn path(&mut self, data: &str, mark: Mark) {
        let _ = write!(self.body, r#"<path d="{data}""#);
        self.look(mark);
        self.body.push_str("/>");
    }

    fn look(&mut self, mark: Mark) {
        let fill = mark.fill.map(|paint| format!("f-{}", paint.class()));
        let stroke = mark.stroke.map(|(paint, _)| format!("s-{}", paint.class()));
        let classes: Vec<String> = fill.into_iter().chain(stroke).collect();
        let colour = mark.fill.map_or("none", |paint| paint.colour(self.theme));
        let _ = write!(self.body, r#" class="{}" fill="{colour}""#, classes.join(" "));
        if let Some((paint, width)) = mark.stroke {
            let (colour, width) = (paint.colour(self.theme), coordinate(width));
            let _ = write!(self.body, r#" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round""#);
        }
        if mark.dashed {
            self.body.push_str(r#" stroke-dasharray="6 4""#);
        }
    }
}

/// A way through points, broken where there is none.
pub fn polyline(points: &[Option<(f64, f64)>]) -> String {
    let mut data = String::new();
    let mut drawing = false;
    for point in points {
        if let Some((x, y)) = point {
            let (x, y) = (coordinate(*x), coordinate(*y));
            let _ = write!(data, "{}{x} {y}", if drawing { 'L' } else { 'M' });
        }
        drawing = point.is_some();
    }
    data
}
