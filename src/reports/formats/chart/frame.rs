//! The measures all charts share: width, margins, sizes of type.
//! What is within them is said by each chart.

use super::canvas::Face;
use super::palette::Paint;
use crate::kernel::language::Language;

#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub width: f64,
    /// Between the edge and what is drawn.
    pub margin: f64,
    /// The size of running text; other sizes come from it.
    pub em: f64,
    pub language: Language,
}

impl Frame {
    pub fn new(width: f64, language: Language) -> Self {
        let em = 13.0 * (width / 720.0).powf(0.35).clamp(0.9, 1.35);
        Self { width, margin: (width * 0.034).clamp(14.0, 40.0), em, language }
    }

    pub fn left(&self) -> f64 {
        self.margin
    }

    pub fn right(&self) -> f64 {
        self.width - self.margin
    }

    pub fn inner(&self) -> f64 {
        self.width - 2.0 * self.margin
    }

    /// Whether labels have room beside the bars, not above them.
    pub fn is_wide(&self) -> bool {
        self.width >= 520.0
    }

    /// The height of the part of a chart over time that holds the values.
    pub fn plot_height(&self) -> f64 {
        (self.width * 0.36).clamp(170.0, 460.0)
    }

    pub fn title(&self) -> Face {
        Face { size: self.em * 1.3, paint: Paint::Ink, bold: true }
    }

    pub fn body(&self) -> Face {
        Face { size: self.em, paint: Paint::Ink, bold: false }
    }

    pub fn strong(&self) -> Face {
        Face { size: self.em * 0.96, paint: Paint::Ink, bold: true }
    }

    pub fn note(&self) -> Face {
        Face { size: self.em * 0.92, paint: Paint::Muted, bold: false }
    }

    pub fn tick(&self) -> Face {
        Face { size: self.em * 0.86, paint: Paint::Muted, bold: false }
    }

    pub fn value(&self) -> Face {
        Face { size: self.em * 0.88, paint: Paint::Ink, bold: false }
    }
}
