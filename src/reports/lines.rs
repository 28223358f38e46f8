//! The lines of a report: which there are, in which order, and the figures of each.
//! What is added up is in `tally.rs`, what they are called in `labels.rs`.

use std::cmp::Reverse;

use serde_json::Value;

use super::dates::begin_of;
use super::definitions::{Definition, Figure, Period, ReportKind};
use super::groups::{GroupBy, Key};
use super::history::{STAGES, Symbols};
use super::keys::key_text;
use super::sums::Sums;
use super::tally::{Chances, Reckoned, Tally};
use crate::inquiries::{Category, Status};

/// The figures of a row, or of the totals.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The key as it is written, none for what is unknown. Without one: the totals.
    pub key: Option<Option<String>>,
    /// Of the funnel.
    pub stage: Option<usize>,
    /// In the order of the definition.
    pub figures: Vec<Value>,
}

/// The lines of a report, of which `more` are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    pub lines: Vec<Line>,
    pub totals: Line,
    pub more: usize,
}

/// What lines are made of.
pub struct LineMaker<'a> {
    pub definition: &'static Definition,
    pub group: GroupBy,
    /// The moment of the report, in milliseconds since 1970.
    pub as_of: i64,
    pub symbols: &'a Symbols,
}

/// Which rows a report has.
pub struct Wanted {
    /// The keys in their order, if the report gives it; otherwise by the first figure.
    keys: Option<Vec<Key>>,
    /// Keys that have a row whatever they add up to.
    always: Vec<Key>,
}

impl Wanted {
    /// `people` have a row also with noughts.
    pub fn of(definition: &Definition, group: GroupBy, period: Option<Period>, people: Vec<Key>) -> Self {
        let keys = match group {
            GroupBy::None => Some(vec![Some(0)]),
            GroupBy::Day | GroupBy::Week | GroupBy::Month => Some(times(group, period)),
            GroupBy::Status => Some(statuses(definition)),
            natural => natural.natural().map(|count| (0..count).map(|at| i64::try_from(at).ok()).collect()),
        };
        Self { keys, always: people }
    }

    /// How many rows there are.
    pub fn count(&self, tally: &Tally) -> usize {
        match &self.keys {
            Some(keys) => keys.len(),
            None => tally.keys().count().saturating_add(self.always.len()),
        }
    }
}

/// The days, weeks or months of a period, by their first date.
fn times(group: GroupBy, period: Option<Period>) -> Vec<Key> {
    let Some(Period { first, last, .. }) = period else { return Vec::new() };
    let mut keys: Vec<Key> = (first..=last).map(|day| Some(begin_of(group, day).into())).collect();
    keys.dedup();
    keys
}

/// The statuses that a report may have.
fn statuses(definition: &Definition) -> Vec<Key> {
    let fits = |status: Status| match (definition.kind, definition.name) {
        (ReportKind::Stock, _) => status.category() == Category::Open,
        (_, "lost-reasons") => matches!(status.category(), Category::Lost | Category::Invalid),
        _ => true,
    };
    let all = Status::ALL.iter().enumerate().filter(|(_, status)| fits(**status));
    all.map(|(at, _)| i64::try_from(at).ok()).collect()
}

impl LineMaker<'_> {
    /// The lines of these keys and the totals of all.
    pub fn lines_of(&self, tally: &mut Tally, keys: &[Key], limit: usize) -> Lines {
        let chances = tally.chances();
        let mut totals = tally.totals();
        let stages = self.stages();
        let mut lines = Vec::new();
        for key in keys.iter().take(limit.div_ceil(stages.len())) {
            let mut sums = tally.take(*key);
            for stage in &stages {
                lines.push(self.line(Some(*key), *stage, &mut sums, &chances));
            }
        }
        lines.truncate(limit);
        let more = keys.len().saturating_mul(stages.len()).saturating_sub(lines.len());
        Lines { lines, totals: self.line(None, None, &mut totals, &chances), more }
    }

    /// The stages of each group; one without a stage where there are none.
    pub fn stages(&self) -> Vec<Option<usize>> {
        if self.definition.has_stages() { (0..STAGES.len()).map(Some).collect() } else { vec![None] }
    }

    /// The keys of the rows, in their order.
    pub fn keys(&self, tally: &Tally, wanted: &Wanted) -> Vec<Key> {
        let mut keys = match &wanted.keys {
            Some(keys) => {
                let mut keys = keys.clone();
                // What no key of the order is, comes last.
                let others = tally.keys().filter(|key| !keys.contains(key)).collect::<Vec<_>>();
                keys.extend(others);
                return keys;
            }
            None => tally.keys().collect::<Vec<_>>(),
        };
        let missing = wanted.always.iter().filter(|key| !keys.contains(key)).copied().collect::<Vec<_>>();
        keys.extend(missing);
        let first = self.definition.figures.first();
        let mut ordered: Vec<(bool, Reverse<i64>, String, Key)> = keys
            .into_iter()
            .map(|key| {
                let count = first.map_or(0, |first| tally.peek(key, first));
                (key.is_none(), Reverse(count), key_text(self.symbols, self.group, key), key)
            })
            .collect();
        ordered.sort();
        ordered.into_iter().map(|(.., key)| key).collect()
    }

    /// One figure, of a key or of the totals.
    pub fn figure(
        &self,
        tally: &mut Tally,
        figure: &Figure,
        key: Option<Key>,
        stage: Option<usize>,
    ) -> Value {
        let chances = tally.chances();
        let mut sums = match key {
            None => tally.totals(),
            Some(key) => tally.take(key),
        };
        self.reckoned(&mut sums, key, stage, &chances).figure(figure)
    }

    fn reckoned<'s>(
        &self,
        sums: &'s mut Sums,
        key: Option<Key>,
        stage: Option<usize>,
        chances: &'s Chances,
    ) -> Reckoned<'s> {
        let is_by_status = self.group == GroupBy::Status;
        let is_total = key.is_none() || self.group == GroupBy::None;
        Reckoned { sums, key, stage, chances, as_of: self.as_of, is_by_status, is_total }
    }

    fn line(&self, key: Option<Key>, stage: Option<usize>, sums: &mut Sums, chances: &Chances) -> Line {
        let mut reckoned = self.reckoned(sums, key, stage, chances);
        let figures = self.definition.figures.iter().map(|figure| reckoned.figure(figure)).collect();
        let written = |key: i64| key_text(self.symbols, self.group, Some(key));
        Line { key: key.map(|key| key.map(written)), stage, figures }
    }
}
