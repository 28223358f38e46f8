//! The calendar as it is kept and shown: the week's hours, holidays and make-up days, all of them valid.
//! As a caller writes it, and what is a fault, is in `request.rs`; the reckoning is in `working_time.rs`.

use chrono::{Datelike, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::wall_time::WallTime;
use crate::kernel::clock::Timestamp;

/// When people work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"timezone": null,
    "week": {"1": [["09:00", "18:00"]], "2": [["09:00", "18:00"]], "3": [["09:00", "18:00"]],
        "4": [["09:00", "18:00"]], "5": [["09:00", "18:00"]], "6": [], "7": []},
    "holidays": [{"date": "2027-02-08", "name": "春节"}],
    "make_up_days": [{"date": "2027-02-20", "as": 1, "name": null}]}))]
pub struct Calendar {
    /// IANA time zone; null for the organisation's configured one.
    #[serde(serialize_with = "zone_name")]
    #[schema(value_type = Option<String>)]
    pub timezone: Option<Tz>,
    #[schema(value_type = BTreeMap<String, Vec<Vec<String>>>)]
    pub week: Week,
    /// By date.
    pub holidays: Vec<Holiday>,
    /// By date.
    pub make_up_days: Vec<MakeUpDay>,
}

/// The hours of each weekday, Monday first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week([Vec<Interval>; 7]);

/// A stretch of a day; its end comes after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub start: WallTime,
    pub end: WallTime,
}

/// A date without working time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Holiday {
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    pub name: Option<String>,
}

/// A date with the hours of another weekday (调休).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MakeUpDay {
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    /// The weekday, 1 for Monday to 7 for Sunday.
    #[serde(rename = "as")]
    pub weekday: u8,
    pub name: Option<String>,
}

impl Week {
    /// No hours at all.
    pub const CLOSED: Self = Self([const { Vec::new() }; 7]);

    /// The hours of a weekday, 1 for Monday to 7 for Sunday.
    pub fn hours(&self, weekday: u8) -> &[Interval] {
        usize::from(weekday).checked_sub(1).and_then(|place| self.0.get(place)).map_or(&[], Vec::as_slice)
    }

    /// Replaces the hours of a weekday.
    pub fn set(&mut self, weekday: u8, hours: Vec<Interval>) {
        let place = usize::from(weekday).checked_sub(1);
        if let Some(day) = place.and_then(|place| self.0.get_mut(place)) {
            *day = hours;
        }
    }
}

/// Monday to Friday, 09:00 to 18:00.
impl Default for Week {
    fn default() -> Self {
        let mut week = Self::CLOSED;
        if let (Some(start), Some(end)) = (WallTime::from_minutes(9 * 60), WallTime::from_minutes(18 * 60)) {
            for weekday in 1..=5 {
                week.set(weekday, vec![Interval { start, end }]);
            }
        }
        week
    }
}

/// `1` to `7` and their hours.
impl Serialize for Week {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((1_u8..=7).map(|weekday| (weekday.to_string(), self.hours(weekday))))
    }
}

impl Interval {
    /// The instants between which it lies on a date, end excluded; the same twice if it is inside a gap.
    pub fn on(self, date: NaiveDate, zone: Tz) -> (Timestamp, Timestamp) {
        (self.start.on(date, zone), self.end.on(date, zone))
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.start, self.end).serialize(serializer)
    }
}

/// The weekday of a date by ISO 8601, 1 for Monday to 7 for Sunday.
pub fn weekday(date: NaiveDate) -> u8 {
    match date.weekday() {
        Weekday::Mon => 1,
        Weekday::Tue => 2,
        Weekday::Wed => 3,
        Weekday::Thu => 4,
        Weekday::Fri => 5,
        Weekday::Sat => 6,
        Weekday::Sun => 7,
    }
}

fn zone_name<S: Serializer>(zone: &Option<Tz>, serializer: S) -> Result<S::Ok, S::Error> {
    zone.map(Tz::name).serialize(serializer)
}
