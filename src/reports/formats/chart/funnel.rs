//! The funnel: a bar for each stage, centred, with its count and its share of the first stage.
//! What a stage is, and how many reached it, comes from the report's rows.

use super::canvas::{Anchor, Area, Canvas, Face, Mark};
use super::data::{label, number};
use super::frame::Frame;
use super::number::{Amounts, coordinate};
use super::palette::Paint;
use super::text::{clean, cut, width};
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::report::Report;

/// The figures that the funnel shows.
pub const FIGURES: &[&str] = &["reached", "from_first", "from_previous"];

/// For a report of several groups, whose rows name the group too.
const STAGES: &[(&str, &str, &str)] = &[
    ("new", "新线索", "New"),
    ("contacted", "已联系", "Contacted"),
    ("qualified", "有意向", "Qualified"),
    ("viewing", "看房中", "Viewing"),
    ("negotiating", "洽谈中", "Negotiating"),
    ("signed", "已签约", "Signed"),
    ("landed", "已落地", "Landed"),
];

#[derive(Debug, Clone)]
pub struct Stage {
    key: String,
    pub label: String,
    pub reached: f64,
    pub from_first: Option<f64>,
    pub from_previous: Option<f64>,
    rows: usize,
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then_some(part / whole)
}

/// The stages in the order of their rows; those of several groups are added up.
pub fn stages(report: &Report, language: Language) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for row in &report.rows {
        let label = label(report, row, language);
        let key = row.get("stage").and_then(|stage| stage.as_str()).map_or_else(|| label.clone(), clean);
        let reached = number(row, "reached").unwrap_or(0.0);
        if let Some(stage) = stages.iter_mut().find(|stage| stage.key == key) {
            stage.reached += reached;
            stage.rows += 1;
            continue;
        }
        let (from_first, from_previous) = (number(row, "from_first"), number(row, "from_previous"));
        stages.push(Stage { key, label, reached, from_first, from_previous, rows: 1 });
    }
    if stages.iter().any(|stage| stage.rows > 1) {
        add_up(&mut stages, language);
    }
    stages
}

/// Names and shares of stages of several groups.
fn add_up(stages: &mut [Stage], language: Language) {
    let first = stages.first().map_or(0.0, |stage| stage.reached);
    let mut before = None;
    for stage in stages {
        let name = STAGES.iter().find(|(key, ..)| *key == stage.key).map(|(_, zh, en)| language.pick(zh, en));
        stage.label = name.map_or_else(|| stage.key.clone(), str::to_owned);
        stage.from_first = share(stage.reached, first);
        stage.from_previous = before.and_then(|before| share(stage.reached, before));
        before = Some(stage.reached);
    }
}

/// Where the parts of all stages lie.
struct Layout<'a> {
    frame: &'a Frame,
    left: f64,
    right: f64,
    most: f64,
    bar: f64,
    /// Between a bar and the next.
    gap: f64,
}

/// Draws the funnel; gives where it ends.
pub fn draw(canvas: &mut Canvas, frame: &Frame, top: f64, stages: &[Stage]) -> f64 {
    let em = frame.em;
    let size = frame.body().size;
    let longest = stages.iter().map(|stage| width(&stage.label, size)).fold(0.0, f64::max);
    let (label_room, share_room) = if frame.is_wide() {
        let shares =
            stages.iter().map(|stage| width(&previous_words(stage, frame.language), frame.tick().size));
        (longest.min(frame.inner() * 0.26) + em * 1.4, shares.fold(em * 5.0, f64::max) + em * 1.4)
    } else {
        (0.0, 0.0)
    };
    let layout = Layout {
        frame,
        left: frame.left() + label_room,
        right: frame.right() - share_room,
        most: stages.iter().map(|stage| stage.reached).fold(0.0, f64::max).max(1e-9),
        bar: if frame.is_wide() { em * 2.5 } else { em * 1.9 },
        gap: if frame.is_wide() { em * 0.9 } else { em * 2.0 },
    };
    let mut y = top + if frame.is_wide() { em * 1.2 } else { em * 2.1 };
    let nexts = stages.iter().skip(1).map(Some).chain([None]);
    for (stage, next) in stages.iter().zip(nexts) {
        if let Some(next) = next.filter(|_| frame.is_wide()) {
            layout.join(canvas, y + layout.bar, stage, next);
        }
        layout.stage(canvas, y, stage);
        y += layout.bar + layout.gap;
    }
    y - layout.gap
}

impl Layout<'_> {
    /// A bar's left end and its width.
    fn span(&self, stage: &Stage) -> (f64, f64) {
        let width = ((self.right - self.left) * stage.reached / self.most).max(2.0);
        (f64::midpoint(self.left, self.right) - width / 2.0, width)
    }

    fn stage(&self, canvas: &mut Canvas, y: f64, stage: &Stage) {
        let (x, wide) = self.span(stage);
        let radius = 4.0_f64.min(wide / 2.0);
        canvas.rect(Area { x, y, width: wide, height: self.bar }, radius, Mark::filled(Paint::Main));
        let amounts = Amounts::new(Unit::Count, self.frame.language);
        let count = amounts.full(stage.reached);
        let face = self.frame.strong();
        let base = y + self.bar / 2.0 + face.size * 0.36;
        let text_width = width(&count, face.size) * 1.06;
        if text_width + self.frame.em <= wide {
            let face = Face { paint: Paint::OnMain, ..face };
            canvas.text(x + wide / 2.0, base, Anchor::Middle, face, &count);
        } else {
            canvas.text(x + wide + self.frame.em * 0.5, base, Anchor::Start, face, &count);
        }
        if self.frame.is_wide() {
            self.words_beside(canvas, y, stage);
        } else {
            self.words_above(canvas, y, stage);
        }
    }

    fn words_beside(&self, canvas: &mut Canvas, y: f64, stage: &Stage) {
        let (body, strong, tick) = (self.frame.body(), self.frame.strong(), self.frame.tick());
        let middle = y + self.bar / 2.0;
        let room = self.left - self.frame.left() - self.frame.em * 1.4;
        let name = cut(&stage.label, body.size, room);
        canvas.text(self.frame.left(), middle + body.size * 0.36, Anchor::Start, body, &name);
        let x = self.frame.right();
        let before = previous_words(stage, self.frame.language);
        let first = share_words(stage, self.frame.language);
        if before.is_empty() {
            canvas.text(x, middle + strong.size * 0.36, Anchor::End, strong, &first);
        } else {
            canvas.text(x, middle - strong.size * 0.1, Anchor::End, strong, &first);
            canvas.text(x, middle + tick.size * 1.15, Anchor::End, tick, &before);
        }
    }

    fn words_above(&self, canvas: &mut Canvas, y: f64, stage: &Stage) {
        let (body, strong, tick) = (self.frame.body(), self.frame.strong(), self.frame.tick());
        let base = y - self.frame.em * 0.5;
        let first = share_words(stage, self.frame.language);
        let before = previous_words(stage, self.frame.language);
        let mut x = self.frame.right();
        canvas.text(x, base, Anchor::End, strong, &first);
        x -= width(&first, strong.size) * 1.06 + self.frame.em * 0.6;
        if !before.is_empty() {
            canvas.text(x, base, Anchor::End, tick, &before);
            x -= width(&before, tick.size) + self.frame.em * 0.6;
        }
        let name = cut(&stage.label, body.size, x - self.frame.left());
        canvas.text(self.frame.left(), base, Anchor::Start, body, &name);
    }

    /// The pale piece between a bar and the next.
    fn join(&self, canvas: &mut Canvas, y: f64, stage: &Stage, next: &Stage) {
        let ((x, wide), (next_x, next_wide)) = (self.span(stage), self.span(next));
        let corners =
            [(x + 3.0, y), (x + wide - 3.0, y), (next_x + next_wide, y + self.gap), (next_x, y + self.gap)];
        let corners = corners.map(|(x, y)| format!("{} {}", coordinate(x), coordinate(y)));
        canvas.path(&format!("M{}z", corners.join("L")), Mark::filled(Paint::Join));
    }
}

fn percent(share: Option<f64>, language: Language) -> Option<String> {
    share.map(|share| Amounts::new(Unit::Share, language).full(share))
}

/// The share of the first stage.
pub fn share_words(stage: &Stage, language: Language) -> String {
    percent(stage.from_first, language).unwrap_or_else(|| "–".to_owned())
}

fn previous_words(stage: &Stage, language: Language) -> String {
    let words = |share: String| {
        let (zh, en) = (format!("上一步的 {share}"), format!("{share} of previous"));
        language.pick(zh.as_str(), en.as_str()).to_owned()
    };
    percent(stage.from_previous, language).map(words).unwrap_or_default()
}
