//! What is above every chart: title, period and unit, and the legend of two series.
//! The words for readers who do not see it are in `description.rs`.

use super::canvas::{Anchor, Area, Canvas, Mark};
use super::frame::Frame;
use super::palette::Paint;
use super::text::{cut, width};

/// How a series looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swatch {
    Bar,
    /// A line with dots.
    Line,
    /// A dashed line with hollow diamonds.
    Dashed,
    /// A thin hollow bar across the others.
    Tally,
}

#[derive(Debug)]
pub struct Header {
    pub title: String,
    /// The figure's words, after the title or under it.
    pub figure: String,
    pub subtitle: String,
    pub legend: Vec<(Swatch, String)>,
}

impl Header {
    pub fn full_title(&self) -> String {
        if self.figure.is_empty() { self.title.clone() } else { format!("{} · {}", self.title, self.figure) }
    }

    /// Draws it from the top; gives where it ends.
    pub fn draw(&self, canvas: &mut Canvas, frame: &Frame) -> f64 {
        let face = frame.title();
        // Bold letters are wider than others.
        let room = frame.inner() / 1.06;
        let full = self.full_title();
        let is_named = self.legend.iter().any(|(_, text)| self.figure.contains(text.as_str()));
        let lines = if width(&full, face.size) <= room {
            vec![full]
        } else if is_named && width(&self.figure, face.size) > room {
            vec![self.title.clone()]
        } else {
            vec![self.title.clone(), self.figure.clone()]
        };
        let mut y = frame.margin * 0.85;
        for line in lines.iter().filter(|line| !line.is_empty()) {
            y += face.size * 1.25;
            canvas.text(frame.left(), y - face.size * 0.25, Anchor::Start, face, &cut(line, face.size, room));
        }
        if !self.subtitle.is_empty() {
            let face = frame.note();
            y += face.size * 1.6;
            let text = cut(&self.subtitle, face.size, frame.inner());
            canvas.text(frame.left(), y - face.size * 0.25, Anchor::Start, face, &text);
        }
        if self.legend.is_empty() { y } else { self.draw_legend(canvas, frame, y + frame.em * 0.5) }
    }

    fn draw_legend(&self, canvas: &mut Canvas, frame: &Frame, top: f64) -> f64 {
        let face = frame.note();
        let swatch = frame.em * 2.2;
        let mut x = frame.left();
        let mut y = top + face.size * 1.5;
        for (kind, text) in &self.legend {
            let text = cut(text, face.size, frame.inner() - swatch - frame.em);
            let wide = swatch + frame.em * 0.6 + width(&text, face.size);
            if x > frame.left() && x + wide > frame.right() {
                x = frame.left();
                y += face.size * 1.6;
            }
            kind.draw(canvas, Area { x, y: y - face.size * 0.85, width: swatch, height: face.size });
            canvas.text(x + swatch + frame.em * 0.6, y, Anchor::Start, face, &text);
            x += wide + frame.em * 1.6;
        }
        y + face.size * 0.25
    }
}

impl Swatch {
    fn draw(self, canvas: &mut Canvas, area: Area) {
        let Area { x, y, width, height } = area;
        let middle = (x + width / 2.0, y + height / 2.0);
        let ends = ((x, middle.1), (x + width, middle.1));
        match self {
            Self::Bar => {
                let bar = Area { x, y: y + height * 0.1, width, height: height * 0.8 };
                canvas.rect(bar, 3.0, Mark::filled(Paint::Main));
            }
            Self::Line => {
                canvas.line(ends.0, ends.1, Mark::line(Paint::Main, 2.2));
                canvas.circle(middle, 3.5, Mark::filled(Paint::Main));
            }
            Self::Dashed => {
                canvas.line(ends.0, ends.1, Mark::line(Paint::Second, 1.8).dashed());
                canvas.diamond(middle, 4.0, Mark::outlined(Paint::Second, 1.6));
            }
            Self::Tally => {
                let bar = Area { x: middle.0 - 2.5, y: y - height * 0.1, width: 5.0, height: height * 1.2 };
                canvas.rect(bar, 1.5, Mark::outlined(Paint::Second, 1.5));
            }
        }
    }
}
