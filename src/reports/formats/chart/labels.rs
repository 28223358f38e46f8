//! Finds places for the values written at bars and points, so that none lies upon another.
//! How they look is said by the charts.

use super::canvas::{Anchor, Area, Canvas, Face, Mark};
use super::data::greatest;
use super::palette::Paint;
use super::text::width;

/// Of more values than this only the greatest, the last and the first are written.
const FEW: usize = 16;

/// Between two labels.
const GAP: f64 = 3.0;

#[derive(Debug)]
pub struct Labels {
    bounds: Area,
    /// What no label may lie upon.
    taken: Vec<Area>,
    /// What a label had better not lie upon.
    crowded: Vec<Area>,
}

fn overlap(a: Area, b: Area) -> bool {
    a.x < b.x + b.width + GAP && b.x < a.x + a.width + GAP && a.y < b.y + b.height && b.y < a.y + a.height
}

/// The indices of the values to write, those first that matter most.
pub fn worth_writing(values: &[Option<f64>]) -> Vec<usize> {
    let known = || values.iter().enumerate().filter(|(_, value)| value.is_some()).map(|(index, _)| index);
    let top = greatest(values.iter().copied()).map(|(index, _)| index);
    let mut chosen = Vec::new();
    let rest = known().filter(|_| values.len() <= FEW);
    for index in top.into_iter().chain(known().next_back()).chain(known().next()).chain(rest) {
        if !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    chosen
}

/// Around a point.
pub fn around((x, y): (f64, f64), radius: f64) -> Area {
    Area { x: x - radius, y: y - radius, width: 2.0 * radius, height: 2.0 * radius }
}

impl Labels {
    pub fn new(bounds: Area) -> Self {
        Self { bounds, taken: Vec::new(), crowded: Vec::new() }
    }

    pub fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    pub fn crowd(&mut self, area: Area) {
        self.crowded.push(area);
    }

    /// Writes a text over `x` on the first of these baselines where it fits; tells whether it did.
    pub fn write(&mut self, canvas: &mut Canvas, x: f64, baselines: &[f64], face: Face, text: &str) -> bool {
        let width = width(text, face.size);
        let left = (x - width / 2.0).min(self.bounds.x + self.bounds.width - width).max(self.bounds.x);
        let area = |baseline: f64| Area { x: left, y: baseline - face.size * 0.82, width, height: face.size };
        let free = |area: &Area| {
            let bottom = self.bounds.y + self.bounds.height;
            area.y >= self.bounds.y
                && area.y + area.height <= bottom
                && !self.taken.iter().any(|taken| overlap(*area, *taken))
        };
        let quiet = |area: &Area| !self.crowded.iter().any(|crowded| overlap(*area, *crowded));
        let areas = || baselines.iter().copied().map(area).filter(free);
        let Some(found) = areas().find(quiet).or_else(|| areas().next()) else { return false };
        if !self.crowded.is_empty() {
            let back = Area { x: found.x - 2.0, width: found.width + 4.0, ..found };
            canvas.rect(back, 2.0, Mark::filled(Paint::Surface));
        }
        canvas.text(found.x + width / 2.0, found.y + face.size * 0.82, Anchor::Middle, face, text);
        self.taken.push(found);
        true
    }
}
