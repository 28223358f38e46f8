//! The tiles of the dashboard: the figures that matter most, each with that of the period before.
//! The pictures are in `pictures.rs`.

use serde_json::{Value, json};

use super::address::{Address, Place};
use super::cells::{Cell, change};
use super::pictures::asked_of;
use super::words::Words;
use crate::kernel::language::Language;
use crate::platform::http::page::Layout;
use crate::reports::catalogue;
use crate::reports::engine::Request;
use crate::reports::groups::GroupBy;
use crate::reports::query::Asked;
use crate::reports::report::Report;

/// A figure and the one before.
#[derive(Debug)]
pub struct Tile {
    pub label: String,
    pub definition: String,
    pub value: Cell,
    pub before: Option<Before>,
}

#[derive(Debug)]
pub struct Before {
    pub value: Cell,
    /// When that was, in words.
    pub when: &'static str,
    pub change: Option<String>,
}

/// A report's figure that has a tile; with a name of its own if the report's says too little by itself.
struct Sketch {
    report: &'static str,
    figure: &'static str,
    label: Option<Words>,
}

const fn of(report: &'static str, figure: &'static str) -> Sketch {
    Sketch { report, figure, label: None }
}

static TILES: [Sketch; 9] = [
    of("overview", "received"),
    of("overview", "valid"),
    of("overview", "open"),
    Sketch { label: Some(("等待首次联系", "Waiting")), ..of("response-times", "waiting") },
    of("overview", "overdue_follow_ups"),
    of("overview", "signed"),
    of("overview", "expected_tax_wan"),
    of("overview", "response_p50_minutes"),
    of("overview", "response_p50_work_minutes"),
];

/// What is open and nobody's.
const POOL: Words = ("公海中", "In the pool");
const POOL_ABOUT: Words = (
    "还没有结果、也没有经办人的线索，不论何时收到。",
    "Open inquiries that nobody owns, whenever they were received.",
);
/// The place of that tile.
const POOL_AT: usize = 5;

/// The report of what is in the pool: what is open by its age, but only of nobody's.
pub fn pool_request(asked: &Asked) -> Option<Request> {
    let definition = catalogue::by_name("ageing")?;
    let mut asked = asked_of(definition, asked, GroupBy::None);
    asked.owners = vec!["none".to_owned()];
    asked.filters.insert("assignee".to_owned(), json!("none"));
    Some(Request { definition, asked, compare: true, limit: Some(1) })
}

/// The tiles of these reports, and of the pool where that is theirs who look.
pub fn tiles(reports: &[Report], pool: Option<&Report>, layout: &Layout<'_>) -> Vec<Tile> {
    let tile = |sketch: &Sketch| {
        let report = reports.iter().find(|report| report.report == sketch.report)?;
        let tile = Tile::of(report, sketch.figure, layout)?;
        let label = sketch.label.map(|(zh, en)| layout.language.pick(zh, en).to_owned());
        Some(Tile { label: label.unwrap_or(tile.label), ..tile })
    };
    let mut tiles: Vec<Tile> = TILES.iter().filter_map(tile).collect();
    if let Some(tile) = pool.and_then(|report| Tile::of(report, "open", layout)) {
        let pick = |(zh, en): Words| layout.language.pick(zh, en).to_owned();
        let tile = Tile { label: pick(POOL), definition: pick(POOL_ABOUT), ..tile };
        tiles.insert(POOL_AT.min(tiles.len()), tile);
    }
    tiles
}

impl Tile {
    /// Of the totals of a report.
    fn of(report: &Report, figure: &str, layout: &Layout<'_>) -> Option<Self> {
        let column = report.columns.iter().find(|column| column.key == figure)?;
        let (address, language) = (Address::of(layout, report), layout.language);
        let value = Cell::of(column, &report.totals, &address, Place::Totals, language);
        let number = |value: Option<&Value>| value.and_then(Value::as_f64);
        let before =
            report.previous.as_ref().zip(Address::before(layout, report)).map(|(previous, address)| {
                let now = number(report.totals.get(figure));
                Before {
                    value: Cell::of(column, &previous.totals, &address, Place::Totals, language),
                    when: when(report, language),
                    change: change(now, number(previous.totals.get(figure))),
                }
            });
        Some(Self { label: column.label.clone(), definition: column.definition.clone(), value, before })
    }
}

fn when(report: &Report, language: Language) -> &'static str {
    match report.from {
        Some(_) => language.pick("上期", "before"),
        None => language.pick("30 天前", "30 days ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_is_a_figure_of_its_report() {
        for Sketch { report, figure, .. } in &TILES {
            assert!(catalogue::by_name(report).unwrap().figure(figure).is_some(), "{report} {figure}");
        }
    }

    #[test]
    fn the_pool_is_what_nobody_owns_whenever_it_came() {
        let asked = Asked { period: Some(crate::reports::period::Period::Today), ..Asked::default() };
        let request = pool_request(&asked).unwrap();
        assert_eq!((request.asked.period, request.asked.owners.as_slice()), (None, &["none".to_owned()][..]));
    }
}
