//! The calendar as a caller writes it, and every fault of it. A stored one is read in the same way.
//! What a valid one is and how it is shown is in `model.rs`.

use std::collections::{BTreeMap, HashSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::model::{Calendar, Holiday, Interval, MakeUpDay, Week};
use super::wall_time::WallTime;
use crate::kernel::error::{
    BAD_FORMAT, Fault, FaultKind, Faults, INVALID, NOT_ONE_OF, OUT_OF_RANGE, Result, TOO_MANY_ITEMS,
};
use crate::kernel::language::Bilingual;
use crate::kernel::text;

/// Intervals of one day.
pub const INTERVALS_MAX: usize = 12;
/// Dates in each of the lists.
pub const DATES_MAX: usize = 1_000;
/// Code points in the name of a date.
pub const NAME_MAX: usize = 100;

static REVERSED: FaultKind =
    FaultKind::new("reversed", "结束时间应晚于开始时间。", "The end must be after the start.");
static OVERLAP: FaultKind = FaultKind::new(
    "overlap",
    "一天的各段时间应按先后排列，且不能重叠。",
    "The intervals of a day must be in order, and may not overlap.",
);
static DATE_TWICE: FaultKind = FaultKind::new(
    "date_twice",
    "该日期重复：每个日期只能列一次，不能既是节假日又是调休上班日。",
    "This date is listed twice. A date can be listed once, as a holiday or as a make-up day.",
);

/// When people work, as a whole. What is absent takes its default.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"week": {"1": [["09:00", "12:00"], ["13:30", "18:00"]], "6": [["10:00", "16:00"]]},
    "holidays": [{"date": "2027-02-08", "name": "春节"}],
    "make_up_days": [{"date": "2027-02-20", "as": 1}]}))]
pub struct CalendarRequest {
    /// An IANA time zone such as `Asia/Shanghai`; null for the organisation's configured one.
    #[serde(default)]
    pub timezone: Option<String>,
    /// The weekdays `1` (Monday) to `7` (Sunday), each with its hours: at most 12 pairs of `HH:MM` that
    /// ascend and do not overlap; `24:00` may end one. A weekday that is absent has none. If there is no
    /// week at all: Monday to Friday, 09:00 to 18:00.
    #[serde(default)]
    #[schema(nullable = false)]
    pub week: Option<BTreeMap<String, Vec<Vec<String>>>>,
    /// Dates without working time, at most 1,000.
    #[serde(default)]
    pub holidays: Vec<HolidayRequest>,
    /// Dates with the hours of another weekday (调休), at most 1,000.
    #[serde(default)]
    pub make_up_days: Vec<MakeUpDayRequest>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayRequest {
    /// `YYYY-MM-DD`, 1970 to 2200.
    pub date: String,
    /// At most 100 characters.
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeUpDayRequest {
    /// `YYYY-MM-DD`, 1970 to 2200.
    pub date: String,
    /// The weekday whose hours it has, 1 (Monday) to 7 (Sunday); 1 unless given.
    #[serde(default, rename = "as")]
    pub weekday: Option<i64>,
    /// At most 100 characters.
    #[serde(default)]
    pub name: Option<String>,
}

impl CalendarRequest {
    /// The calendar, or all faults.
    pub fn check(&self) -> Result<Calendar> {
        let mut faults = Faults::default();
        let timezone = self.timezone.as_deref().and_then(|name| faults.keep(timezone(name)));
        let week = self.week.as_ref().map_or_else(Week::default, |given| week(given, &mut faults));
        let mut dates = HashSet::new();
        let holidays = self.checked_holidays(&mut dates, &mut faults);
        let make_up_days = self.checked_make_up_days(&mut dates, &mut faults);
        faults.none_or(&INVALID)?;
        Ok(Calendar { timezone, week, holidays, make_up_days })
    }

    fn checked_holidays(&self, dates: &mut HashSet<NaiveDate>, faults: &mut Faults) -> Vec<Holiday> {
        count("/holidays", self.holidays.len(), DATES_MAX, faults);
        let mut holidays = Vec::new();
        for (place, given) in self.holidays.iter().enumerate() {
            let at = format!("/holidays/{place}");
            let date = faults.keep(new_date(&at, &given.date, dates));
            let name = name(&at, given.name.as_deref(), faults);
            holidays.extend(date.map(|date| Holiday { date, name }));
        }
        holidays.sort_by_key(|day| day.date);
        holidays
    }

    fn checked_make_up_days(&self, dates: &mut HashSet<NaiveDate>, faults: &mut Faults) -> Vec<MakeUpDay> {
        count("/make_up_days", self.make_up_days.len(), DATES_MAX, faults);
        let mut make_up_days = Vec::new();
        for (place, given) in self.make_up_days.iter().enumerate() {
            let at = format!("/make_up_days/{place}");
            let date = faults.keep(new_date(&at, &given.date, dates));
            let weekday = faults.keep(given_weekday(&at, given.weekday.unwrap_or(1)));
            let name = name(&at, given.name.as_deref(), faults);
            let day = date.zip(weekday).map(|(date, weekday)| MakeUpDay { date, weekday, name });
            make_up_days.extend(day);
        }
        make_up_days.sort_by_key(|day| day.date);
        make_up_days
    }
}

/// From the document that was stored.
impl<'de> Deserialize<'de> for Calendar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CalendarRequest::deserialize(deserializer)?.check().map_err(serde::de::Error::custom)
    }
}

fn timezone(name: &str) -> Result<chrono_tz::Tz, Fault> {
    name.parse().map_err(|_| {
        let expected = ("时区名（IANA），例如 Asia/Shanghai", "an IANA time zone such as Asia/Shanghai");
        Fault::with("/timezone", &BAD_FORMAT, expected)
    })
}

fn week(given: &BTreeMap<String, Vec<Vec<String>>>, faults: &mut Faults) -> Week {
    let mut week = Week::CLOSED;
    for (key, intervals) in given {
        let at = format!("/week/{}", key.replace('~', "~0").replace('/', "~1"));
        match (1..=7).find(|weekday: &u8| weekday.to_string() == *key) {
            Some(weekday) => week.set(weekday, hours(&at, intervals, faults)),
            None => {
                let days = Bilingual::words("1, 2, 3, 4, 5, 6, 7");
                faults.add(Fault::with(at, &NOT_ONE_OF, days));
            }
        }
    }
    week
}

/// The intervals of a day that are valid; each is held against the last valid one before it.
fn hours(at: &str, given: &[Vec<String>], faults: &mut Faults) -> Vec<Interval> {
    count(at, given.len(), INTERVALS_MAX, faults);
    let mut hours: Vec<Interval> = Vec::new();
    for (place, pair) in given.iter().enumerate() {
        let previous = hours.last().copied();
        hours.extend(faults.keep(interval(&format!("{at}/{place}"), pair, previous)));
    }
    hours
}

fn interval(at: &str, pair: &[String], previous: Option<Interval>) -> Result<Interval, Fault> {
    let times = match pair {
        [start, end] => WallTime::parse(start).zip(WallTime::parse(end)),
        _ => None,
    };
    let Some((start, end)) = times else {
        let expected = (
            "一段时间，例如 [\"09:00\", \"18:00\"]，最晚到 24:00",
            "a pair of times such as [\"09:00\", \"18:00\"], 24:00 at the latest",
        );
        return Err(Fault::with(at, &BAD_FORMAT, expected));
    };
    if end <= start {
        return Err(Fault::new(at, &REVERSED));
    }
    if previous.is_some_and(|previous| start < previous.end) {
        return Err(Fault::new(at, &OVERLAP));
    }
    Ok(Interval { start, end })
}

/// A date that is not in the lists yet.
fn new_date(at: &str, text: &str, dates: &mut HashSet<NaiveDate>) -> Result<NaiveDate, Fault> {
    let at = format!("{at}/date");
    let Some(date) = date(text) else {
        let expected = ("日期，例如 2026-11-23", "a date such as 2026-11-23");
        return Err(Fault::with(at, &BAD_FORMAT, expected));
    };
    if !(1970..=2200).contains(&date.year()) {
        return Err(Fault::with(at, &OUT_OF_RANGE, ("1970–2200 年", "the years 1970 to 2200")));
    }
    if dates.insert(date) { Ok(date) } else { Err(Fault::new(at, &DATE_TWICE)) }
}

/// `YYYY-MM-DD`, and nothing else that chrono would take.
fn date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (date.to_string() == text).then_some(date)
}

fn given_weekday(at: &str, weekday: i64) -> Result<u8, Fault> {
    let valid = u8::try_from(weekday).ok().filter(|weekday| (1..=7).contains(weekday));
    valid.ok_or_else(|| Fault::with(format!("{at}/as"), &OUT_OF_RANGE, Bilingual::same("1–7")))
}

/// A name; a blank one is none.
fn name(at: &str, given: Option<&str>, faults: &mut Faults) -> Option<String> {
    let given = given?;
    faults.keep(text::one_line(&format!("{at}/name"), given, NAME_MAX))?;
    text::some(given)
}

fn count(at: &str, given: usize, max: usize, faults: &mut Faults) {
    if given > max {
        faults.add(Fault::with(at, &TOO_MANY_ITEMS, max));
    }
}

#[cfg(test)]
mod tests;
