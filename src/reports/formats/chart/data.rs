//! What of a report is drawn: the figure asked for, and the rows as points.
//! The order of bars and the sum of the others are in `bar_rows.rs`.

use serde_json::Value;

use super::number::real;
use super::text::clean;
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::report::{Column, Report, Row};

/// Closer than this, columns are side by side without gaps.
pub const CLOSE: f64 = 4.0;

/// Reports whose main figure is not simply the first count.
const MAIN_FIGURES: &[(&str, &str)] =
    &[("overview", "received"), ("funnel", "reached"), ("response-times", "p50_minutes")];

/// A row: its words, its value, and that of the second series: the period before, or the second figure.
#[derive(Debug, Clone)]
pub struct Point {
    pub label: String,
    pub value: Option<f64>,
    pub second: Option<f64>,
}

pub fn is_by_time(report: &Report) -> bool {
    matches!(report.group_by, "day" | "week" | "month")
}

pub fn number(row: &Row, key: &str) -> Option<f64> {
    row.get(key).and_then(Value::as_f64).filter(|value| value.is_finite())
}

/// The columns that hold amounts; the others name the row.
fn figures(report: &Report) -> impl Iterator<Item = &Column> {
    let names_row = |column: &&Column| matches!(column.unit, Unit::Date | Unit::Id | Unit::Text);
    report.columns.iter().filter(move |column| !names_row(column))
}

pub fn figure_of_key<'a>(report: &'a Report, key: &str) -> Option<&'a Column> {
    figures(report).find(|column| column.key == key)
}

/// The figure asked for, else the report's main one, else its first count, else its first.
pub fn figure<'a>(report: &'a Report, asked: Option<&str>) -> Option<&'a Column> {
    let main = MAIN_FIGURES.iter().find(|(name, _)| *name == report.report).map(|(_, key)| *key);
    asked
        .and_then(|key| figure_of_key(report, key))
        .or_else(|| main.and_then(|key| figure_of_key(report, key)))
        .or_else(|| figures(report).find(|column| column.unit == Unit::Count))
        .or_else(|| figures(report).next())
}

/// The words of a row: its label, else its key. A row without both is the one of all, or of none.
pub fn label(report: &Report, row: &Row, language: Language) -> String {
    let key = report.columns.first().and_then(|column| row.get(column.key));
    let words = [row.get("label"), key].into_iter().flatten().find_map(|value| match value {
        Value::String(text) => Some(clean(text)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    words.unwrap_or_else(|| {
        let nameless = if report.group_by == "none" { ("合计", "Total") } else { ("（无）", "(none)") };
        language.pick(nameless.0, nameless.1).to_owned()
    })
}

/// The figure of every row, with that of the row of the period before.
pub fn points(report: &Report, key: &str, language: Language) -> Vec<Point> {
    let before = report.previous.iter().flat_map(|previous| &previous.rows);
    let before = before.map(|row| number(row, key)).chain(std::iter::repeat(None));
    let point =
        |(row, second)| Point { label: label(report, row, language), value: number(row, key), second };
    report.rows.iter().zip(before).map(point).collect()
}

/// Two figures of every row.
pub fn pairs(report: &Report, first: &str, second: &str, language: Language) -> Vec<Point> {
    let point = |row| Point {
        label: label(report, row, language),
        value: number(row, first),
        second: number(row, second),
    };
    report.rows.iter().map(point).collect()
}

/// How many points of the period before are averaged, where they lie so close that its line would be a
/// thicket.
pub fn window(group_by: &str, slot: f64) -> Option<usize> {
    match group_by {
        _ if slot >= CLOSE => None,
        "day" if slot >= 1.0 => Some(7),
        "day" => Some(28),
        _ => Some(4),
    }
}

/// The moving average of the second series, each point with those before it.
pub fn smooth(points: &mut [Point], window: usize) {
    let seconds: Vec<Option<f64>> = points.iter().map(|point| point.second).collect();
    for (index, point) in points.iter_mut().enumerate() {
        let first = (index + 1).saturating_sub(window);
        let known: Vec<f64> = seconds.iter().take(index + 1).skip(first).copied().flatten().collect();
        let whole = index + 1 >= window && !known.is_empty();
        point.second = whole.then(|| known.iter().sum::<f64>() / real(known.len()));
    }
}

/// What such an average is called.
pub fn average_words(group_by: &str, window: usize, language: Language) -> String {
    let (zh, en) = match group_by {
        "week" => ("周", "week"),
        "month" => ("个月", "month"),
        _ => ("天", "day"),
    };
    let (zh, en) = (format!("{window} {zh}滚动平均"), format!("{window}-{en} moving average"));
    language.pick(zh.as_str(), en.as_str()).to_owned()
}

/// Whether there is nothing to draw: no row has a value but nought.
pub fn is_empty(points: &[Point]) -> bool {
    points.iter().all(|point| point.value.is_none_or(|value| value == 0.0))
}

/// The index and value of the greatest; the first of equals.
pub fn greatest(values: impl Iterator<Item = Option<f64>>) -> Option<(usize, f64)> {
    let known = values.enumerate().filter_map(|(index, value)| value.map(|value| (index, value)));
    known.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_of_a_whole_window() {
        let point = |second| Point { label: String::new(), value: None, second };
        let mut points: Vec<Point> = [Some(2.0), Some(4.0), None, Some(9.0)].map(point).into();
        smooth(&mut points, 2);
        let seconds: Vec<Option<f64>> = points.iter().map(|point| point.second).collect();
        assert_eq!(seconds, [None, Some(3.0), Some(4.0), Some(9.0)]);
        assert_eq!((window("day", 10.0), window("day", 2.0), window("week", 0.5)), (None, Some(7), Some(4)));
        assert_eq!(average_words("day", 7, Language::En), "7-day moving average");
    }

    #[test]
    fn the_first_of_equals_is_the_greatest() {
        assert_eq!(greatest([None, Some(1.0), Some(3.0), Some(3.0)].into_iter()), Some((2, 3.0)));
        assert_eq!(greatest([None].into_iter()), None);
    }
}
