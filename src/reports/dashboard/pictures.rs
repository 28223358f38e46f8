//! The pictures of the dashboard: which reports they are of, by what, and the figures in the table under
//! each. The tiles are in `tiles.rs`; how a picture is drawn is the matter of `formats/chart`.

use super::address::Address;
use super::tables::{Extent, Table};
use crate::platform::http::page::Layout;
use crate::reports::catalogue;
use crate::reports::definitions::{Definition, ReportKind};
use crate::reports::engine::Request;
use crate::reports::formats::chart::{self, ChartOptions};
use crate::reports::groups::GroupBy;
use crate::reports::query::Asked;
use crate::reports::report::Report;

/// Pixels that a picture is drawn for: readable on a phone, three abreast on a desk.
const WIDTH: u32 = 400;
/// Rows of a report for a picture; those that have no bar are put together.
const ROWS: usize = 1_000;
/// Bytes of the rows of a table.
const TABLE_BYTES: usize = 11_000;
/// Up to so many days there is a row for each day, or for each week.
const DAYS_BY_DAY: i64 = 31;
const DAYS_BY_WEEK: i64 = 186;
const DAYS_OF_WEEKS: i64 = 371;

/// A picture with its table.
#[derive(Debug)]
pub struct Picture {
    pub name: &'static str,
    pub title: String,
    pub svg: String,
    pub table: Table,
    /// The whole report.
    pub href: String,
}

/// What a picture is of.
struct Sketch {
    report: &'static str,
    group: fn(days: i64) -> GroupBy,
    figures: &'static [&'static str],
    bars: usize,
    compare: bool,
}

impl Sketch {
    const fn new(report: &'static str, group: fn(i64) -> GroupBy, figures: &'static [&'static str]) -> Self {
        Self { report, group, figures, bars: 6, compare: false }
    }
}

static SKETCHES: [Sketch; 8] = [
    Sketch { compare: true, ..Sketch::new("overview", by_time, &["received"]) },
    Sketch::new("funnel", |_| GroupBy::None, &["reached", "here", "lost", "invalid", "from_first"]),
    Sketch {
        compare: true,
        ..Sketch::new("response-times", by_week, &["contacted", "p50_minutes", "p90_minutes"])
    },
    Sketch::new("sources", |_| GroupBy::Source, &["received", "valid", "reached_signed", "valid_share"]),
    Sketch::new(
        "agents",
        |_| GroupBy::Agent,
        &["assigned", "contacted", "response_p50_minutes", "signed", "open"],
    ),
    Sketch { bars: 8, ..Sketch::new("ageing", |_| GroupBy::Band, &["open", "never_contacted", "overdue"]) },
    Sketch::new("demand", |_| GroupBy::NeedKind, &["received", "valid", "unmet", "area_sqm"]),
    Sketch::new("lost-reasons", |_| GroupBy::Reason, &["closed", "never_contacted", "tax_wan"]),
];

/// So that there are neither too few points nor too many.
fn by_time(days: i64) -> GroupBy {
    if days <= DAYS_BY_DAY {
        GroupBy::Day
    } else if days <= DAYS_BY_WEEK {
        GroupBy::Week
    } else {
        GroupBy::Month
    }
}

fn by_week(days: i64) -> GroupBy {
    if days > DAYS_OF_WEEKS { GroupBy::Month } else { GroupBy::Week }
}

/// What is asked of one report, of a period of so many days. What is open is so whenever it was received.
pub fn asked_of(definition: &Definition, asked: &Asked, group: GroupBy) -> Asked {
    let mut asked = Asked { group_by: Some(group), ..asked.clone() };
    if definition.kind == ReportKind::Stock {
        (asked.from, asked.to, asked.period) = (None, None, None);
    }
    asked
}

/// The reports that the pictures are of.
pub fn requests(asked: &Asked, days: i64, with_agents: bool) -> Vec<Request> {
    let wanted = SKETCHES.iter().filter(|sketch| with_agents || sketch.report != "agents");
    let request = |sketch: &Sketch| {
        let definition = catalogue::by_name(sketch.report)?;
        let asked = asked_of(definition, asked, (sketch.group)(days));
        Some(Request { definition, asked, compare: sketch.compare, limit: Some(ROWS) })
    };
    wanted.filter_map(request).collect()
}

impl Picture {
    /// Of a report; none of one that has no picture.
    pub fn of(report: &Report, layout: &Layout<'_>) -> Option<Self> {
        let sketch = SKETCHES.iter().find(|sketch| sketch.report == report.report)?;
        let id = format!("picture-{}", sketch.report);
        let options = ChartOptions {
            width: WIDTH,
            language: layout.language,
            most_bars: sketch.bars,
            inline: true,
            id: &id,
            ..ChartOptions::default()
        };
        let compares = sketch.report == "overview";
        let extent = Extent { figures: sketch.figures, bytes: TABLE_BYTES, compares };
        Some(Self {
            name: sketch.report,
            title: report.title.clone(),
            svg: chart::render(report, &options),
            table: Table::of(report, extent, layout),
            href: Address::of(layout, report).report(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sketch_is_of_figures_and_groupings_that_the_report_has() {
        for sketch in &SKETCHES {
            let definition = catalogue::by_name(sketch.report).unwrap();
            for figure in sketch.figures {
                assert!(definition.figure(figure).is_some(), "{} {figure}", sketch.report);
            }
            for days in [1, 31, 32, 186, 187, 371, 372, 1_100] {
                assert!(definition.groups.contains(&(sketch.group)(days)), "{} {days}", sketch.report);
            }
        }
    }
}
