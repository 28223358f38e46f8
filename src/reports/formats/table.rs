//! A report as a table: its columns with those of the period before, its rows and then its totals.
//! How a cell is written is in `csv.rs` and `xlsx.rs`.

use std::borrow::Cow;

use serde_json::Value;

use crate::kernel::language::Language;
use crate::reports::report::{Column, Report, Row};

/// A column of the table: one of the report's columns, for its period or for the period before.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub column: &'a Column,
    is_previous: bool,
}

/// A row of the table, with the row of the period before.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    now: &'a Row,
    before: Option<&'a Row>,
    pub is_totals: bool,
}

/// The columns of the table. With a period before, its figures are beside those of the period.
pub fn fields(report: &Report) -> Vec<Field<'_>> {
    let mut fields = Vec::with_capacity(report.columns.len() * 2);
    for (position, column) in report.columns.iter().enumerate() {
        fields.push(Field { column, is_previous: false });
        let is_figure = position > 0 && !["label", "stage"].contains(&column.key);
        if is_figure && report.previous.is_some() {
            fields.push(Field { column, is_previous: true });
        }
    }
    fields
}

/// The rows of the table; the totals come last.
pub fn lines(report: &Report) -> impl Iterator<Item = Line<'_>> {
    let previous = report.previous.as_ref();
    let rows = report.rows.iter().enumerate().map(move |(position, now)| Line {
        now,
        before: previous.and_then(|previous| previous.rows.get(position)),
        is_totals: false,
    });
    let before = previous.map(|previous| &previous.totals);
    rows.chain([Line { now: &report.totals, before, is_totals: true }])
}

impl<'a> Field<'a> {
    pub fn key(&self) -> Cow<'a, str> {
        if self.is_previous {
            Cow::Owned(format!("{}_previous", self.column.key))
        } else {
            Cow::Borrowed(self.column.key)
        }
    }

    /// The heading, from the label of the report's column in that language.
    pub fn heading(&self, label: &str, language: Language) -> String {
        let suffix = if self.is_previous { language.pick("（上期）", " (previous)") } else { "" };
        format!("{label}{suffix}")
    }

    /// What the cell holds; nothing if that is null.
    pub fn value(&self, line: &Line<'a>) -> Option<&'a Value> {
        let row = if self.is_previous { line.before } else { Some(line.now) };
        row?.get(self.column.key).filter(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::formats::tests::sample;

    #[test]
    fn the_figures_of_the_period_before_are_beside_the_figures() {
        let report = sample::funnel();
        let keys: Vec<_> = fields(&report).iter().map(|field| field.key().into_owned()).collect();
        assert_eq!(
            keys,
            ["agent", "label", "stage", "reached", "reached_previous", "from_first", "from_first_previous"]
        );
    }

    #[test]
    fn a_row_that_the_period_before_lacks_is_empty_there() {
        let mut report = sample::funnel();
        report.previous.as_mut().unwrap().rows.clear();
        let (lines, fields) = (lines(&report).collect::<Vec<_>>(), fields(&report));
        assert_eq!(fields[3].value(&lines[0]), Some(&Value::from(12)));
        assert_eq!(fields[4].value(&lines[0]), None);
        assert_eq!(fields[4].value(lines.last().unwrap()), Some(&Value::from(9)));
        assert_eq!(fields[1].heading("名称", Language::Zh), "名称");
        assert_eq!(fields[4].heading("Reached", Language::En), "Reached (previous)");
    }
}
