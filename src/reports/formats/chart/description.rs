//! The main figures of a chart in words, for readers who do not see it.
//! The title and what is above the chart are in `header.rs`.

use super::bar_rows::BarRows;
use super::data::{Point, greatest, number};
use super::funnel::{Stage, share_words};
use super::number::Amounts;
use super::text::cut;
use crate::kernel::language::Language;
use crate::reports::definitions::Unit;
use crate::reports::report::{Column, Report};

/// Labels are cut at this many em.
const LABEL_ROOM: f64 = 40.0;

pub fn no_data(language: Language) -> &'static str {
    language.pick("暂无数据", "No data")
}

/// A sentence of clauses.
fn sentence(clauses: &[String], language: Language) -> String {
    clauses.join(language.pick("；", "; "))
}

fn with_brackets(words: &str, amount: &str, language: Language) -> String {
    let (zh, en) = (format!("{words}（{amount}）"), format!("{words} ({amount})"));
    language.pick(zh.as_str(), en.as_str()).to_owned()
}

fn named(point: &Point, value: f64, amounts: Amounts) -> String {
    let label = cut(&point.label, 1.0, LABEL_ROOM);
    let amount = amounts.full(value);
    with_brackets(&label, &amount, amounts.language)
}

/// The figure of all rows: that of the totals, else the sum of what adds up.
fn total(report: &Report, key: &str, points: &[Point], amounts: Amounts) -> Option<f64> {
    let sum = || points.iter().filter_map(|point| point.value).sum();
    number(&report.totals, key).or_else(|| amounts.adds_up().then(sum))
}

/// The figure of all, its greatest and, below nought, its least, and that of the period before.
pub fn of_figure(report: &Report, figure: &Column, points: &[Point], amounts: Amounts) -> String {
    let language = amounts.language;
    let mut clauses = vec![clause(report, figure, points, amounts)];
    let least = greatest(points.iter().map(|point| point.value.map(|value| -value)));
    if let Some((index, value)) = least.filter(|(_, value)| *value > 0.0)
        && let Some(point) = points.get(index)
    {
        clauses.push(format!(
            "{}{}",
            language.pick("最低的是 ", "the lowest is "),
            named(point, -value, amounts)
        ));
    }
    let previous = report.previous.as_ref().and_then(|previous| number(&previous.totals, figure.key));
    if let Some(value) = previous {
        clauses.push(format!("{}{}", language.pick("上期 ", "the period before "), amounts.full(value)));
    }
    sentence(&clauses, language)
}

fn clause(report: &Report, figure: &Column, points: &[Point], amounts: Amounts) -> String {
    let language = amounts.language;
    let total = total(report, figure.key, points, amounts);
    let mut clauses =
        vec![total.map_or_else(
            || figure.label.clone(),
            |total| format!("{} {}", figure.label, amounts.full(total)),
        )];
    let most = greatest(points.iter().map(|point| point.value));
    if let Some((index, value)) = most
        && let Some(point) = points.get(index)
    {
        let most = if amounts.adds_up() {
            language.pick("其中最多的是 ", "most of them ")
        } else {
            language.pick("最高的是 ", "the highest is ")
        };
        clauses.push(format!("{most}{}", named(point, value, amounts)));
    }
    sentence(&clauses, language)
}

/// Both figures.
pub fn of_pair(report: &Report, pair: (&Column, &Column), points: &[Point], amounts: Amounts) -> String {
    let seconds: Vec<Point> =
        points.iter().map(|point| Point { value: point.second, second: None, ..point.clone() }).collect();
    let clauses = [clause(report, pair.0, points, amounts), clause(report, pair.1, &seconds, amounts)];
    sentence(&clauses, amounts.language)
}

/// As of the figure, and what is said of the rows without a bar.
pub fn with_note(text: String, rows: &BarRows, amounts: Amounts) -> String {
    let clauses: Vec<String> = std::iter::once(text).chain(super::bars::note(rows, amounts)).collect();
    sentence(&clauses, amounts.language)
}

/// Every stage with its count and share.
pub fn of_funnel(stages: &[Stage], language: Language) -> String {
    let counts = Amounts::new(Unit::Count, language);
    let clauses: Vec<String> = stages
        .iter()
        .map(|stage| {
            let label = cut(&stage.label, 1.0, LABEL_ROOM);
            let (count, share) = (counts.full(stage.reached), share_words(stage, language));
            with_brackets(&format!("{label} {count}"), &share, language)
        })
        .collect();
    sentence(&clauses, language)
}
