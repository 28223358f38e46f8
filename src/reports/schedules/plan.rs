//! When a schedule is due, by the organisation's clocks and working days, and which dates its reports are of.
//! Pure; when timers fire is in `planning.rs`.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::calendar::model::weekday;
use crate::calendar::{WallTime, WorkingTime};
use crate::kernel::clock::Timestamp;
use crate::reports::period::{Period, Span};
use crate::word_enum;

/// How many dates are looked at for one on which it is due.
const LOOKED_AT: usize = 800;

word_enum! {
    /// How often reports are mailed.
    pub enum Every as "ReportEvery" {
        Day => "day",
        WorkingDay => "working_day",
        Week => "week",
        Month => "month",
    }
}

word_enum! {
    /// What becomes of a run on a date without working time.
    pub enum OnHoliday as "ReportOnHoliday" {
        Send => "send",
        Skip => "skip",
        /// At the same wall time.
        NextWorkingDay => "next_working_day",
    }
}

word_enum! {
    /// The last day of a month.
    pub enum LastDay {
        Last => "last",
    }
}

/// A day of each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DayOfMonth {
    /// From 1 to 28, which each month has.
    Number(u8),
    Word(LastDay),
}

impl PartialSchema for DayOfMonth {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(28));
        let last = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["last"]));
        OneOfBuilder::new().item(number).item(last).into()
    }
}

impl ToSchema for DayOfMonth {}

word_enum! {
    /// The dates that reports are of, as of the date on which they are due.
    pub enum MailedPeriod as "MailedReportPeriod" {
        Yesterday => "yesterday",
        Last7Days => "last_7_days",
        Last30Days => "last_30_days",
        /// Monday to Sunday.
        LastWeek => "last_week",
        LastMonth => "last_month",
        /// To the day before; on a Monday the whole week before.
        ThisWeek => "this_week",
        /// To the day before; on the first the whole month before.
        ThisMonth => "this_month",
    }
}

impl MailedPeriod {
    /// The first and the last date, both inside.
    pub fn span(self, today: NaiveDate) -> Span {
        let before = today.pred_opt().unwrap_or(today);
        // A week that has begun today would have no days: the one of the day before has ended with it.
        let to_the_day_before = |period: Period| (period.span(before).0, before);
        match self {
            Self::Yesterday => Period::Yesterday.span(today),
            Self::Last7Days => Period::Last7Days.span(today),
            Self::Last30Days => Period::Last30Days.span(today),
            Self::LastWeek => Period::LastWeek.span(today),
            Self::LastMonth => Period::LastMonth.span(today),
            Self::ThisWeek => to_the_day_before(Period::ThisWeek),
            Self::ThisMonth => to_the_day_before(Period::ThisMonth),
        }
    }
}

/// When a schedule is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub every: Every,
    pub weekday: Option<u8>,
    pub day_of_month: Option<DayOfMonth>,
    pub at: WallTime,
    pub on_holiday: OnHoliday,
}

impl Plan {
    /// The first due moment after another one; none if none is in sight.
    pub fn next_after(&self, at: Timestamp, working: &WorkingTime) -> Option<Timestamp> {
        let dates = day_before(at, working).iter_days().take(LOOKED_AT);
        self.moments(dates, working).find(|moment| *moment > at)
    }

    /// The last due moment after one and up to another.
    pub fn newest(&self, after: Timestamp, until: Timestamp, working: &WorkingTime) -> Option<Timestamp> {
        let first = day_before(after, working);
        let last = until.date(working.zone()).checked_add_days(Days::new(1));
        let dates = std::iter::successors(last, NaiveDate::pred_opt).take_while(|date| *date >= first);
        self.moments(dates.take(LOOKED_AT), working).find(|moment| (after < *moment) && (*moment <= until))
    }

    fn moments(
        &self,
        dates: impl Iterator<Item = NaiveDate>,
        working: &WorkingTime,
    ) -> impl Iterator<Item = Timestamp> {
        let due = dates.filter(|date| self.is_due_on(*date, working));
        due.map(|date| self.at.on(date, working.zone()))
    }

    fn is_due_on(&self, date: NaiveDate, working: &WorkingTime) -> bool {
        let is_named = self.names(date, working);
        match self.on_holiday {
            OnHoliday::Send => is_named,
            OnHoliday::Skip => is_named && working.is_working_day(date),
            OnHoliday::NextWorkingDay => {
                working.is_working_day(date) && (is_named || self.is_put_off_to(date, working))
            }
        }
    }

    /// Whether one of the dates without working time just before this one is named.
    fn is_put_off_to(&self, date: NaiveDate, working: &WorkingTime) -> bool {
        let before = std::iter::successors(date.pred_opt(), NaiveDate::pred_opt).take(LOOKED_AT);
        before.take_while(|date| !working.is_working_day(*date)).any(|date| self.names(date, working))
    }

    /// Whether this is one of the dates, whatever becomes of those without working time.
    fn names(&self, date: NaiveDate, working: &WorkingTime) -> bool {
        match self.every {
            Every::Day => true,
            Every::WorkingDay => working.is_working_day(date),
            Every::Week => self.weekday == Some(weekday(date)),
            Every::Month => match self.day_of_month {
                Some(DayOfMonth::Number(day)) => date.day() == u32::from(day),
                Some(DayOfMonth::Word(LastDay::Last)) => date.succ_opt().is_some_and(|next| next.day() == 1),
                None => false,
            },
        }
    }
}

/// Where clocks go back over midnight, a moment of one date lies on the next.
fn day_before(at: Timestamp, working: &WorkingTime) -> NaiveDate {
    let date = at.date(working.zone());
    date.pred_opt().unwrap_or(date)
}

#[cfg(test)]
mod tests;
