//! Dates of moments in the organisation's time zone, for many moments; and the dates that groups begin with.
//! Periods by name are in `period.rs`.

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;

use super::groups::GroupBy;
use crate::kernel::clock::{Timestamp, day_start};

/// The first date whose beginning is kept.
/// 2015-01-01.
const FIRST: Day = 735_599;

/// A time zone with the beginnings of its dates up to some date.
#[derive(Debug, Clone)]
pub struct Dates {
    zone: Tz,
    first: i32,
    /// Milliseconds since 1970, date after date.
    starts: Vec<i64>,
}

/// A date as its number: the days from 0001-01-01, which is 1.
pub type Day = i32;

pub fn day_of(date: NaiveDate) -> Day {
    date.num_days_from_ce()
}

pub fn date_of(day: Day) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MAX)
}

impl Dates {
    /// The dates to two years after a moment.
    pub fn until(zone: Tz, at: Timestamp) -> Self {
        let last = at.date(zone).checked_add_days(Days::new(731)).unwrap_or(NaiveDate::MAX);
        let dates = date_of(FIRST).iter_days().take_while(|date| *date <= last);
        let starts = dates.map(|date| day_start(date, zone).millis()).collect();
        Self { zone, first: FIRST, starts }
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The date of a moment.
    pub fn day(&self, at: i64) -> Day {
        // Where a date begins differs by hours only from where it would without clock changes.
        let guess = self.starts.first().and_then(|first| {
            let days = at.saturating_sub(*first).div_euclid(86_400_000);
            usize::try_from(days).ok()?.checked_sub(1)
        });
        let Some(mut place) = guess.filter(|place| place.saturating_add(3) < self.starts.len()) else {
            return day_of(Timestamp::from_millis(at).date(self.zone));
        };
        while self.starts.get(place.saturating_add(1)).is_some_and(|next| *next <= at) {
            place += 1;
        }
        self.first.saturating_add(i32::try_from(place).unwrap_or(i32::MAX))
    }

    /// The moment at which a date begins.
    pub fn start(&self, day: Day) -> i64 {
        let place = usize::try_from(day.saturating_sub(self.first)).ok();
        let known = place.and_then(|place| self.starts.get(place)).copied();
        known.unwrap_or_else(|| day_start(date_of(day), self.zone).millis())
    }
}

/// The first date of the day, week or month that a date lies in.
pub fn begin_of(group: GroupBy, day: Day) -> Day {
    match group {
        // Day 1 was a Monday.
        GroupBy::Week => day.saturating_sub((day.saturating_sub(1)).rem_euclid(7)),
        GroupBy::Month => date_of(day).with_day(1).map_or(day, day_of),
        _ => day,
    }
}

/// What a day, week or month is called: `2026-11-23`, `2026-W48` (ISO 8601), `2026-11`.
pub fn name_of(group: GroupBy, first: Day) -> String {
    let date = date_of(first);
    match group {
        GroupBy::Week => format!("{}-W{:02}", date.iso_week().year(), date.iso_week().week()),
        GroupBy::Month => date.format("%Y-%m").to_string(),
        _ => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        day_of(text.parse().unwrap())
    }

    #[test]
    fn weeks_begin_on_monday_and_are_named_by_iso_8601() {
        for (date, first, name) in [
            ("2026-11-29", "2026-11-23", "2026-W48"),
            ("2026-11-30", "2026-11-30", "2026-W49"),
            ("2027-01-03", "2026-12-28", "2026-W53"),
            ("2027-01-04", "2027-01-04", "2027-W01"),
        ] {
            assert_eq!(begin_of(GroupBy::Week, day(date)), day(first), "{date}");
            assert_eq!(name_of(GroupBy::Week, day(first)), name);
        }
        assert_eq!(begin_of(GroupBy::Month, day("2028-02-29")), day("2028-02-01"));
        assert_eq!(name_of(GroupBy::Month, day("2028-02-01")), "2028-02");
    }

    #[test]
    fn a_date_begins_when_its_clocks_say_so() {
        for zone in [chrono_tz::Asia::Shanghai, chrono_tz::America::Havana, chrono_tz::Pacific::Apia] {
            let dates = Dates::until(zone, Timestamp::parse("2027-01-01T00:00:00Z").unwrap());
            for hours in 0..40_000_i64 {
                let at = Timestamp::from_millis(1_600_000_000_000 + hours * 3_600_000 - 1);
                assert_eq!(dates.day(at.millis()), day_of(at.date(zone)), "{at} {zone}");
            }
            assert_eq!(dates.day(0), day_of(Timestamp::from_millis(0).date(zone)));
            assert_eq!(dates.day(dates.start(day("2026-03-29"))), day("2026-03-29"));
        }
    }
}
