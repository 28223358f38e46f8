//! Periods: which dates `last_month` and the like mean, and which period comes before another one.
//! Dates that are given as such are read in `query.rs`.

use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;

use crate::kernel::clock::{Timestamp, instant};
use crate::text_enum;

text_enum! {
    /// A period that is named from today. Weeks begin on Monday; those that begin with `last_` and a number
    /// end today.
    pub enum Period as "ReportPeriod" {
        Today => "today",
        Yesterday => "yesterday",
        ThisWeek => "this_week",
        LastWeek => "last_week",
        ThisMonth => "this_month",
        LastMonth => "last_month",
        ThisQuarter => "this_quarter",
        LastQuarter => "last_quarter",
        ThisYear => "this_year",
        LastYear => "last_year",
        Last7Days => "last_7_days",
        Last30Days => "last_30_days",
        Last90Days => "last_90_days",
    }
}

impl Period {
    /// Its first and its last day, both inside: whole weeks, months, quarters and years, also the one that is
    /// not over.
    pub fn span(self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        let days_before = |date: NaiveDate, days: u64| date.checked_sub_days(Days::new(days)).unwrap_or(date);
        let week = days_before(today, u64::from(today.weekday().num_days_from_monday()));
        let months = |months: i32| first_of_month(today, months);
        let month = i32::try_from(today.month0()).unwrap_or(0);
        let quarter = -(month % 3);
        let whole = |begin: NaiveDate, next: NaiveDate| (begin, days_before(next, 1));
        match self {
            Self::Today => (today, today),
            Self::Yesterday => (days_before(today, 1), days_before(today, 1)),
            Self::ThisWeek => (week, week.checked_add_days(Days::new(6)).unwrap_or(week)),
            Self::LastWeek => whole(days_before(week, 7), week),
            Self::ThisMonth => whole(months(0), months(1)),
            Self::LastMonth => whole(months(-1), months(0)),
            Self::ThisQuarter => whole(months(quarter), months(quarter + 3)),
            Self::LastQuarter => whole(months(quarter - 3), months(quarter)),
            Self::ThisYear => whole(months(-month), months(12 - month)),
            Self::LastYear => whole(months(-month - 12), months(-month)),
            Self::Last7Days => (days_before(today, 6), today),
            Self::Last30Days => (days_before(today, 29), today),
            Self::Last90Days => (days_before(today, 89), today),
        }
    }
}

/// The first and the last date of a period, both inside.
pub type Span = (NaiveDate, NaiveDate);

/// Days from the moment of a stock report to the one that it is compared with.
const STOCK_DAYS: u64 = 30;

/// The period before another one: of whole calendar months as many months, otherwise as many days; and the
/// moment as of which it is as old as the other one is as of `as_of`.
pub fn previous(span: Option<Span>, as_of: Timestamp, zone: Tz) -> (Option<Span>, Timestamp) {
    let Some((from, to)) = span else { return (None, days_before(as_of, STOCK_DAYS, zone)) };
    let day_before = from.pred_opt().unwrap_or(from);
    let first = if is_whole_months((from, to)) {
        let months = (to.year() - from.year()) * 12 + months_of(to) - months_of(from) + 1;
        first_of_month(from, -months)
    } else {
        let days = u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or(0);
        day_before.checked_sub_days(Days::new(days)).unwrap_or(from)
    };
    let distance = u64::try_from(from.signed_duration_since(first).num_days()).unwrap_or(0);
    (Some((first, day_before)), days_before(as_of, distance, zone))
}

fn is_whole_months((from, to): Span) -> bool {
    from.day() == 1 && to.succ_opt().is_some_and(|next| next.day() == 1)
}

fn months_of(date: NaiveDate) -> i32 {
    i32::try_from(date.month()).unwrap_or(0)
}

/// The same wall time so many days before; in a gap of the clocks its end.
fn days_before(at: Timestamp, days: u64, zone: Tz) -> Timestamp {
    let wall = at.utc().with_timezone(&zone).naive_local();
    wall.checked_sub_days(Days::new(days)).map_or(at, |wall| instant(wall, zone))
}

/// The first day of the month that is so many months from a date's.
fn first_of_month(date: NaiveDate, months: i32) -> NaiveDate {
    let first = date.with_day(1).unwrap_or(date);
    let by = Months::new(months.unsigned_abs());
    if months < 0 { first.checked_sub_months(by) } else { first.checked_add_months(by) }.unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(period: &str, today: &str) -> (String, String) {
        let (from, to) = Period::from_word(period).unwrap().span(today.parse().unwrap());
        (from.to_string(), to.to_string())
    }

    #[test]
    fn periods_are_whole_by_the_calendar() {
        for (period, from, to) in [
            ("today", "2026-11-28", "2026-11-28"),
            ("yesterday", "2026-11-27", "2026-11-27"),
            ("this_week", "2026-11-23", "2026-11-29"),
            ("last_week", "2026-11-16", "2026-11-22"),
            ("this_month", "2026-11-01", "2026-11-30"),
            ("last_month", "2026-10-01", "2026-10-31"),
            ("this_quarter", "2026-10-01", "2026-12-31"),
            ("last_quarter", "2026-07-01", "2026-09-30"),
            ("this_year", "2026-01-01", "2026-12-31"),
            ("last_year", "2025-01-01", "2025-12-31"),
            ("last_7_days", "2026-11-22", "2026-11-28"),
            ("last_30_days", "2026-10-30", "2026-11-28"),
            ("last_90_days", "2026-08-31", "2026-11-28"),
        ] {
            assert_eq!(span(period, "2026-11-28"), (from.to_owned(), to.to_owned()), "{period}");
        }
    }

    #[test]
    fn periods_cross_the_turn_of_the_year() {
        for (period, from, to) in [
            ("yesterday", "2027-12-31", "2027-12-31"),
            ("this_week", "2027-12-27", "2028-01-02"),
            ("last_month", "2027-12-01", "2027-12-31"),
            ("this_quarter", "2028-01-01", "2028-03-31"),
            ("last_quarter", "2027-10-01", "2027-12-31"),
            ("last_year", "2027-01-01", "2027-12-31"),
        ] {
            assert_eq!(span(period, "2028-01-01"), (from.to_owned(), to.to_owned()), "{period}");
        }
        assert_eq!(span("this_month", "2028-02-29"), ("2028-02-01".to_owned(), "2028-02-29".to_owned()));
    }

    #[test]
    fn the_period_before_is_equally_long_and_equally_old() {
        let zone = chrono_tz::America::New_York;
        let before = |from: &str, to: &str, as_of: &str| {
            let span = (from.parse().unwrap(), to.parse().unwrap());
            let (span, at) = previous(Some(span), Timestamp::parse(as_of).unwrap(), zone);
            let (from, to) = span.unwrap();
            format!("{from} {to} {at}")
        };
        assert_eq!(
            before("2026-11-01", "2026-11-30", "2026-11-12T12:00:00-05:00"),
            "2026-10-01 2026-10-31 2026-10-12T16:00:00.000Z",
            "a month; the clocks went back in between"
        );
        assert_eq!(
            before("2026-01-01", "2026-03-31", "2026-04-01T00:00:00-04:00"),
            "2025-10-01 2025-12-31 2025-12-30T05:00:00.000Z"
        );
        assert_eq!(
            before("2026-11-16", "2026-11-22", "2026-11-23T08:30:00-05:00"),
            "2026-11-09 2026-11-15 2026-11-16T13:30:00.000Z"
        );
        // 2:30 is skipped on 8 March.
        assert_eq!(
            before("2026-03-09", "2026-03-09", "2026-03-09T02:30:00-04:00"),
            "2026-03-08 2026-03-08 2026-03-08T07:00:00.000Z"
        );
        let (none, at) = previous(None, Timestamp::parse("2026-12-01T12:00:00Z").unwrap(), Tz::UTC);
        assert_eq!((none, at.to_string().as_str()), (None, "2026-11-01T12:00:00.000Z"));
    }
}
