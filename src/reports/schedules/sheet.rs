//! A report as a mail shows it: its totals, its first rows with a bar each, all as text in the reader's
//! language. The words around it are in the templates of `notifications`.

use serde_json::Value;

use crate::kernel::language::Language;
use crate::reports::definitions::{ReportKind, Unit};
use crate::reports::formats::chart::Amounts;
use crate::reports::report::{Column, Report, Row};

/// Rows that a mail shows of one report.
const ROWS_MAX: usize = 20;
/// Figures of a row that a mail shows: a page has all.
const ROW_FIGURES: usize = 4;
/// What is written where there is no value.
const NONE: &str = "–";

/// A report as a mail shows it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its name in addresses.
    pub report: &'static str,
    pub title: String,
    /// The dates that it is of, or the moment.
    pub period: String,
    pub totals: Vec<Figure>,
    pub has_previous: bool,
    /// What the rows are called, and their figures.
    pub headings: Vec<String>,
    pub rows: Vec<SheetRow>,
    /// Rows that are left out.
    pub more: usize,
    /// The parameters of its page, without the moment.
    pub query: String,
}

/// A figure of the totals.
#[derive(Debug, Clone)]
pub struct Figure {
    pub label: String,
    pub value: String,
    /// That of the period before.
    pub previous: String,
}

/// A row: what it is called, its figures, and how long its bar is.
#[derive(Debug, Clone)]
pub struct SheetRow {
    pub name: String,
    /// Of the longest, from 0 to 100; of the first figure.
    pub bar: u32,
    pub figures: Vec<String>,
}

impl SheetRow {
    /// What is left beside the bar.
    pub fn rest(&self) -> u32 {
        100_u32.saturating_sub(self.bar)
    }
}

impl Sheet {
    /// `query`: the parameters of its page, without dates and moment.
    pub fn of(report: &Report, query: &str, language: Language) -> Self {
        let figures = figures(report);
        let previous = report.previous.as_ref().map(|previous| &previous.totals);
        let totals = figures.iter().map(|column| Figure {
            label: column.label.clone(),
            value: written(column, &report.totals, language),
            previous: previous.map_or_else(String::new, |totals| written(column, totals, language)),
        });
        // One row without a key would only repeat the totals.
        let has_rows = report.group_by != "none" || report.rows.len() > 1;
        let shown: Vec<&Column> = figures.iter().copied().take(ROW_FIGURES).collect();
        let rows = if has_rows { rows(report, &shown, language) } else { Vec::new() };
        let all = if has_rows { report.rows.len().saturating_add(report.more) } else { 0 };
        let name = report.row_label();
        Self {
            report: report.report,
            title: report.title.clone(),
            period: period(report, language),
            totals: totals.collect(),
            has_previous: previous.is_some(),
            headings: std::iter::once(name).chain(shown.iter().map(|column| column.label.clone())).collect(),
            more: all.saturating_sub(rows.len()),
            rows,
            query: with_dates(report, query),
        }
    }
}

/// Whether each count of the totals is 0.
pub fn is_empty(report: &Report) -> bool {
    let counts = report.columns.iter().filter(|column| column.unit == Unit::Count);
    counts.into_iter().all(|column| amount(report.totals.get(column.key)) == 0.0)
}

/// The columns that are figures.
fn figures(report: &Report) -> Vec<&Column> {
    let is_figure = |column: &&Column| !matches!(column.unit, Unit::Id | Unit::Text | Unit::Date);
    report.columns.iter().skip(1).filter(is_figure).collect()
}

fn rows(report: &Report, shown: &[&Column], language: Language) -> Vec<SheetRow> {
    let first = |row: &Row| shown.first().map_or(0.0, |column| amount(row.get(column.key)));
    let longest = report.rows.iter().map(&first).fold(0.0, f64::max);
    let row = |row: &Row| SheetRow {
        name: row.get("label").and_then(Value::as_str).unwrap_or(NONE).to_owned(),
        bar: percent(first(row), longest),
        figures: shown.iter().map(|column| written(column, row, language)).collect(),
    };
    report.rows.iter().take(ROWS_MAX).map(row).collect()
}

fn amount(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_f64).unwrap_or(0.0)
}

/// How many hundredths of another amount one is, at least one of what is there.
fn percent(part: f64, whole: f64) -> u32 {
    if part <= 0.0 || whole <= 0.0 {
        return 0;
    }
    let reached = |percent: &u32| part * 100.0 >= f64::from(*percent) * whole;
    (1..=100).rev().find(reached).unwrap_or(1)
}

/// A figure of a row as text, with its unit.
fn written(column: &Column, row: &Row, language: Language) -> String {
    let amounts = Amounts::new(column.unit, language);
    match row.get(column.key) {
        None | Some(Value::Null) => NONE.to_owned(),
        Some(Value::Number(number)) if column.unit == Unit::Share => {
            let hundredths = format!("{:.2}", number.as_f64().unwrap_or(0.0) * 100.0);
            format!("{}%", hundredths.trim_end_matches('0').trim_end_matches('.'))
        }
        Some(Value::String(text)) => text.clone(),
        Some(value) => match (amounts.word(), language, value.as_f64()) {
            (Some(_), Language::En, Some(number)) if column.unit == Unit::Wan => amounts.full(number),
            (Some(unit), ..) => format!("{value} {unit}"),
            (None, ..) => value.to_string(),
        },
    }
}

/// The dates, or the moment of what has none.
fn period(report: &Report, language: Language) -> String {
    match (report.from, report.to) {
        (Some(from), Some(to)) => format!("{from} – {to}"),
        _ => {
            let zone = report.timezone.parse().unwrap_or(chrono_tz::Tz::UTC);
            let at = report.as_of.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M");
            format!("{}{at}", language.pick("截至 ", "As of "))
        }
    }
}

/// The parameters with the dates, where the report is of dates.
fn with_dates(report: &Report, query: &str) -> String {
    let dates = report.from.zip(report.to).filter(|_| report.kind != ReportKind::Stock);
    let dates = dates.map(|(from, to)| format!("from={from}&to={to}"));
    let parts = [Some(query.to_owned()), dates].into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_of_the_longest() {
        for (part, whole, bar) in
            [(0.0, 0.0, 0), (0.0, 5.0, 0), (5.0, 5.0, 100), (1.0, 3.0, 33), (0.001, 5.0, 1), (-1.0, 5.0, 0)]
        {
            assert_eq!(percent(part, whole), bar, "{part} of {whole}");
        }
    }

    #[test]
    fn figures_are_written_as_they_are() {
        let column =
            |unit| Column { key: "x", label: String::new(), unit, of: None, definition: String::new() };
        let write_in = |language, unit, value: Value| {
            written(&column(unit), &Row::from_iter([("x".to_owned(), value)]), language)
        };
        let write = |unit, value| write_in(Language::Zh, unit, value);
        assert_eq!(write(Unit::Count, 12.into()), "12");
        assert_eq!(write(Unit::Wan, 1234.5.into()), "1234.5 万元");
        assert_eq!(write_in(Language::En, Unit::Wan, 1234.5.into()), "12,345,000 CNY");
        assert_eq!(write_in(Language::En, Unit::Minutes, 2703.6.into()), "2703.6 min");
        assert_eq!(write(Unit::Share, 0.3333.into()), "33.33%");
        assert_eq!(write(Unit::Share, 0.5.into()), "50%");
        assert_eq!(write(Unit::Share, 0.into()), "0%");
        assert_eq!(write(Unit::Minutes, Value::Null), "–");
    }
}
