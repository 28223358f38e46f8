//! Reckoning in working time: the hours of a date, and when so many minutes or days of them have passed.
//! What people write of it is in `model.rs` and `request.rs`.

use std::collections::BTreeMap;

use chrono::{Days, Duration, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::model::{Calendar, Interval, Week, weekday};
use crate::kernel::clock::{Timestamp, instant};

/// No answer is on a later date than this many days after the date that is counted from.
pub const HORIZON_DAYS: u32 = 400;

/// A calendar made ready to be asked. It costs up to 2,000 dates to clone: share it in an `Arc`.
#[derive(Debug, Clone)]
pub struct WorkingTime {
    zone: Tz,
    week: Week,
    /// Holidays (none) and make-up days (the weekday whose hours they have).
    exceptions: BTreeMap<NaiveDate, Option<u8>>,
}

impl WorkingTime {
    /// The organisation's configured zone counts where the calendar has none.
    pub fn new(calendar: &Calendar, configured: Tz) -> Self {
        let holidays = calendar.holidays.iter().map(|day| (day.date, None));
        let make_up_days = calendar.make_up_days.iter().map(|day| (day.date, Some(day.weekday)));
        Self {
            zone: calendar.timezone.unwrap_or(configured),
            week: calendar.week.clone(),
            exceptions: holidays.chain(make_up_days).collect(),
        }
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The weekday whose hours and shifts count on a date, 1 (Monday) to 7; none on a holiday.
    pub fn weekday(&self, date: NaiveDate) -> Option<u8> {
        self.exceptions.get(&date).copied().unwrap_or_else(|| Some(weekday(date)))
    }

    pub fn hours(&self, date: NaiveDate) -> &[Interval] {
        self.weekday(date).map_or(&[], |weekday| self.week.hours(weekday))
    }

    /// Whether any working time passes on a date; not if the clocks skip all of its hours.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        self.spans(date).any(|(start, end)| start < end)
    }

    /// The first instant at which `n` minutes of working time have passed since `from`: at the end of an
    /// interval that end, not the start of the next. None beyond the horizon.
    pub fn minutes(&self, from: Timestamp, n: u32) -> Option<Timestamp> {
        if n == 0 {
            return Some(from);
        }
        let mut left = Duration::minutes(n.into());
        for (start, end) in self.dates(from).flat_map(|date| self.spans(date)) {
            let start = start.max(from);
            let open = end.since(start).max(Duration::zero());
            if left <= open {
                return Some(start.plus(left));
            }
            left -= open;
        }
        None
    }

    /// The wall time of `from` on the `n`-th working day after its date. None beyond the horizon.
    pub fn working_days(&self, from: Timestamp, n: u32) -> Option<Timestamp> {
        let Some(before) = n.checked_sub(1) else { return Some(from) };
        let mut days = self.dates(from).skip(1).filter(|date| self.is_working_day(*date));
        Some(self.same_time(from, days.nth(usize::try_from(before).ok()?)?))
    }

    /// The wall time of `from` on the `n`-th date after its own. None beyond the horizon.
    pub fn days(&self, from: Timestamp, n: u32) -> Option<Timestamp> {
        if n == 0 {
            return Some(from);
        }
        let date = from.date(self.zone).checked_add_days(Days::new(n.into()))?;
        (n <= HORIZON_DAYS).then(|| self.same_time(from, date))
    }

    /// The working time between two instants; none if `to` is not the later one.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Duration {
        // Where clocks go back over midnight, hours of the next date begin on the date before.
        let last = to.date(self.zone).succ_opt().unwrap_or(NaiveDate::MAX);
        let dates = from.date(self.zone).iter_days().take_while(|date| *date <= last);
        let worked = dates.flat_map(|date| self.spans(date)).map(|(start, end)| {
            let passed = end.min(to).since(start.max(from));
            passed.max(Duration::zero())
        });
        worked.fold(Duration::zero(), |sum, passed| sum + passed)
    }

    /// The intervals of a date as instants, end excluded.
    pub(super) fn spans(&self, date: NaiveDate) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.hours(date).iter().map(move |interval| interval.on(date, self.zone))
    }

    /// The date of an instant and those after it, to the horizon.
    fn dates(&self, from: Timestamp) -> impl Iterator<Item = NaiveDate> {
        let first = from.date(self.zone);
        let last = first.checked_add_days(Days::new(HORIZON_DAYS.into())).unwrap_or(NaiveDate::MAX);
        first.iter_days().take_while(move |date| *date <= last)
    }

    fn same_time(&self, from: Timestamp, date: NaiveDate) -> Timestamp {
        let wall: NaiveDateTime = from.utc().with_timezone(&self.zone).naive_local();
        instant(date.and_time(wall.time()), self.zone)
    }
}

#[cfg(test)]
mod tests;
