//! Periods by name: which dates `last_month` and the like mean.
//! Dates that are given as such are read in `api.rs`.

use chrono::{Datelike, Days, Months, NaiveDate};

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
}
