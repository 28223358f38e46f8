//! The overview report: inquiries received, their status, and response times, by day or in one row.
//! Counts are by the current status and the date of receipt.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, SchemaFormat};

use super::report::Column;
use crate::access::Scope;
use crate::follow_ups::store::overdue;
use crate::inquiries::store::{inquiries, inquiry_facts};
use crate::inquiries::{Category, Filter, Status, list};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::kernel::language::Language;
use crate::platform::db::Read;

/// Key, Chinese and English label, unit.
const COLUMNS: &[(&str, &str, &str, &str)] = &[
    ("date", "日期", "Date", "date"),
    ("received", "收到", "Received", "count"),
    ("valid", "有效", "Valid", "count"),
    ("assigned", "已分配", "Assigned", "count"),
    ("new", "新线索", "New", "count"),
    ("contacted", "已联系", "Contacted", "count"),
    ("qualified", "有意向", "Qualified", "count"),
    ("viewing", "看房中", "Viewing", "count"),
    ("negotiating", "洽谈中", "Negotiating", "count"),
    ("signed", "已签约", "Signed", "count"),
    ("landed", "已落地", "Landed", "count"),
    ("lost", "已流失", "Lost", "count"),
    ("invalid", "无效", "Invalid", "count"),
    ("open", "进行中", "Open", "count"),
    ("overdue_follow_ups", "逾期跟进", "Overdue follow-ups", "count"),
    ("response_p50_minutes", "首次联系用时中位数", "Response, median", "minutes"),
    ("response_p90_minutes", "首次联系用时 90 分位", "Response, 90th percentile", "minutes"),
    ("expected_tax_wan", "预计年税收", "Expected tax a year", "wan"),
];

pub fn columns(language: Language) -> Vec<Column> {
    let column = |(key, zh, en, unit): &(&'static str, &'static str, &'static str, &'static str)| Column {
        key,
        label: language.pick(zh, en).to_owned(),
        unit,
    };
    COLUMNS.iter().map(column).collect()
}

/// The schema of a row in the OpenAPI document: a member for each column.
pub fn row_schema() -> Schema {
    let row = ObjectBuilder::new().description(Some(
        "A row of the overview, by the columns' keys. `date` is null where the row is of all days.",
    ));
    let row = COLUMNS.iter().fold(row, |row, (key, _, label, unit)| {
        let number = |kind, example| ObjectBuilder::new().schema_type(kind).examples([example]);
        let or_null = |kind| SchemaType::from_iter([kind, Type::Null]);
        let member = match *unit {
            "date" => number(or_null(Type::String), json!("2026-11-27"))
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
            "count" => number(Type::Integer.into(), json!(12)),
            "minutes" => number(or_null(Type::Number), json!(34.5)),
            _ => number(or_null(Type::Number), json!(1200)),
        };
        row.property(*key, member.description(Some(*label))).required(*key)
    });
    row.into()
}

/// A row of the report, by the columns' keys.
pub type Row = Map<String, Value>;

/// The figures of one day, or of all.
#[derive(Debug, Default, Clone)]
struct Figures {
    by_status: BTreeMap<Status, i64>,
    assigned: i64,
    overdue: i64,
    /// Minutes from receipt to the first real contact.
    responses: Vec<f64>,
    /// Of the open inquiries.
    tax_fen: i64,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        for (status, count) in &other.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
        self.assigned += other.assigned;
        self.overdue += other.overdue;
        self.responses.extend_from_slice(&other.responses);
        self.tax_fen = self.tax_fen.saturating_add(other.tax_fen);
    }

    fn count(&self, fits: impl Fn(Status) -> bool) -> i64 {
        self.by_status.iter().filter(|(status, _)| fits(**status)).map(|(_, count)| count).sum()
    }

    fn row(mut self, date: Option<NaiveDate>) -> Row {
        self.responses.sort_by(f64::total_cmp);
        let mut row = Map::new();
        for (key, ..) in COLUMNS {
            let value = match *key {
                "date" => json!(date.map(|date| date.to_string())),
                "received" => json!(self.count(|_| true)),
                "valid" => json!(self.count(|status| status != Status::Invalid)),
                "assigned" => json!(self.assigned),
                "open" => json!(self.count(|status| status.category() == Category::Open)),
                "overdue_follow_ups" => json!(self.overdue),
                "response_p50_minutes" => json!(percentile(&self.responses, 50)),
                "response_p90_minutes" => json!(percentile(&self.responses, 90)),
                "expected_tax_wan" => json!(wan(self.tax_fen)),
                status => {
                    json!(Status::from_word(status).map_or(0, |wanted| self.count(|status| status == wanted)))
                }
            };
            row.insert((*key).to_owned(), value);
        }
        row
    }
}

/// Whole fen as 万元.
fn wan(fen: i64) -> Value {
    // Up to 9 quadrillion fen a double holds every fen.
    let text = format!("{}.{:06}", fen / 1_000_000, fen % 1_000_000);
    text.parse::<f64>().map_or(Value::Null, |wan| json!(wan))
}

/// The nearest-rank percentile of sorted values, to a tenth; none of none.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|value| (value * 10.0).round() / 10.0)
}

/// Rows by day (or none) and totals, over the inquiries that a filter with both dates of receipt lets
/// through.
pub fn figures(
    read: &mut Read<'_>,
    scope: &Scope,
    filter: &Filter,
    days: &[NaiveDate],
    zone: Tz,
) -> Result<(Vec<Row>, Row)> {
    let mut by_day: BTreeMap<NaiveDate, Figures> =
        days.iter().map(|day| (*day, Figures::default())).collect();
    count_inquiries(read, scope, filter, zone, &mut by_day)?;
    for received_at in overdue(read.conn, scope, filter, read.now, zone)? {
        by_day.entry(received_at.date(zone)).or_default().overdue += 1;
    }
    let mut total = Figures::default();
    by_day.values().for_each(|figures| total.add(figures));
    let rows = by_day.into_iter().map(|(day, figures)| figures.row(Some(day))).collect();
    Ok((rows, total.row(None)))
}

type Counted = (Timestamp, Status, Option<UserId>, Option<Timestamp>, Option<i64>);

fn count_inquiries(
    read: &mut Read<'_>,
    scope: &Scope,
    filter: &Filter,
    zone: Tz,
    by_day: &mut BTreeMap<NaiveDate, Figures>,
) -> Result<()> {
    let tax = inquiry_facts::table
        .filter(inquiry_facts::inquiry_id.eq(inquiries::id))
        .select(inquiry_facts::tax_fen_per_year)
        .single_value();
    let columns = (
        inquiries::received_at,
        inquiries::status,
        inquiries::assignee_id,
        inquiries::first_contacted_at,
        tax,
    );
    let rows: Vec<Counted> = list::filtered(scope, filter).select(columns).load(read.conn)?;
    for (received_at, status, assignee, contacted_at, tax) in rows {
        let figures = by_day.entry(received_at.date(zone)).or_default();
        *figures.by_status.entry(status).or_default() += 1;
        figures.assigned += i64::from(assignee.is_some());
        if let Some(contacted_at) = contacted_at {
            // A contact may be entered with any time: one before the receipt counts as zero.
            let seconds =
                i32::try_from(contacted_at.since(received_at).num_seconds().max(0)).unwrap_or(i32::MAX);
            figures.responses.push(f64::from(seconds) / 60.0);
        }
        if status.category() == Category::Open {
            figures.tax_fen = figures.tax_fen.saturating_add(tax.unwrap_or(0));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[3.0], 90), Some(3.0));
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!((percentile(&ten, 50), percentile(&ten, 90)), (Some(5.0), Some(9.0)));
    }

    #[test]
    fn fen_are_reported_in_wan() {
        assert_eq!(wan(300_000_000), json!(300.0));
        assert_eq!(wan(1), json!(0.000001));
        assert_eq!(wan(0), json!(0.0));
    }

    #[test]
    fn a_row_has_every_column() {
        let row = Figures::default().row(None);
        assert!(COLUMNS.iter().all(|(key, ..)| row.contains_key(*key)));
        assert_eq!(row["received"], json!(0));
    }
}
