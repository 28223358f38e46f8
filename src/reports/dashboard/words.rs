//! Words of the dashboard in both languages that more than one of its files says, and how moments are
//! written. Labels of figures and rows are those of the reports.

use chrono_tz::Tz;

use crate::kernel::clock::Timestamp;
use crate::kernel::language::Language;
use crate::reports::definitions::Definition;
use crate::reports::groups::GroupBy;
use crate::reports::report::columns;

/// A text in Chinese and English.
pub type Words = (&'static str, &'static str);

pub const DASHBOARD_TITLE: Words = ("看板", "Dashboard");
pub const TOTALS: Words = ("合计", "Total");
/// Behind the label of a figure.
pub const BEFORE: Words = ("（上期）", " (previous)");
/// A row without a name.
pub const NOBODY: Words = ("（无）", "(none)");
pub const ALL: Words = ("全部", "All");

/// A moment by the clock of the organisation, to the minute.
pub fn moment(at: Timestamp, zone: Tz) -> String {
    at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// What a grouping is called.
pub fn grouping(definition: &Definition, group: GroupBy, language: Language) -> String {
    match group {
        GroupBy::None => language.pick("不分组", "No grouping").to_owned(),
        GroupBy::Day => language.pick("日", "Day").to_owned(),
        other => {
            let named = columns(definition, other, language).into_iter().next();
            named.map(|column| column.label).unwrap_or_default()
        }
    }
}
