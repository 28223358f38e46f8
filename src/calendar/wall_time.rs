//! Times of day as clocks show them, `00:00` to `24:00`, and the instants they mean on a date.
//! How a zone's gaps and overlaps are resolved is in `kernel/clock.rs`.

use std::fmt;

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kernel::clock::{Timestamp, instant};

/// A time of day in whole minutes; `24:00` is 00:00 of the next date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u16);

impl WallTime {
    /// 24:00.
    pub const END: Self = Self(1440);

    /// Minutes since midnight, at most 1440.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes <= Self::END.0 { Some(Self(minutes)) } else { None }
    }

    /// Minutes since midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// `HH:MM`, at most `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        if minutes < 60 { Self::from_minutes(60 * hours + minutes) } else { None }
    }

    /// The instant at which it begins on a date: the end of the gap if it does not exist, the first of two.
    pub fn on(self, date: NaiveDate, zone: Tz) -> Timestamp {
        let midnight = date.and_time(NaiveTime::MIN);
        let wall = midnight.checked_add_signed(Duration::minutes(self.0.into()));
        instant(wall.unwrap_or(NaiveDateTime::MAX), zone)
    }
}

fn two_digits(text: &str) -> Option<u16> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a time of day"))
    }
}

impl utoipa::PartialSchema for WallTime {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))
            .description(Some("A time of day, `00:00` to `24:00`"))
            .examples(["09:00"])
            .into()
    }
}

impl utoipa::ToSchema for WallTime {}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Asia, Australia, Pacific};

    #[test]
    fn two_digits_each() {
        for minutes in 0..=1440 {
            let time = WallTime::from_minutes(minutes).unwrap();
            assert_eq!(WallTime::parse(&time.to_string()), Some(time));
        }
        assert_eq!(WallTime::from_minutes(1441), None);
        assert_eq!(WallTime::parse("09:05").map(WallTime::minutes), Some(545));
        assert_eq!(WallTime::parse("24:00"), Some(WallTime::END));
        for wrong in [
            "",
            ":",
            "9:00",
            "09:0",
            "0900",
            "09:00:00",
            "09:60",
            "24:01",
            "25:00",
            "99:99",
            "-1:00",
            "+9:00",
            " 09:00",
            "09:00 ",
            "09：00",
            "０９:00",
            "٠٩:00",
            "noon",
            "é:00",
        ] {
            assert_eq!(WallTime::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn instants_of_a_date() {
        let on = |time: &str, (year, month, day), zone| {
            let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            WallTime::parse(time).unwrap().on(date, zone).to_string()
        };
        assert_eq!(on("09:00", (2027, 3, 15), Asia::Shanghai), "2027-03-15T01:00:00.000Z");
        assert_eq!(on("24:00", (2027, 3, 15), Asia::Shanghai), "2027-03-15T16:00:00.000Z");
        assert_eq!(on("05:45", (2027, 3, 15), Asia::Kathmandu), "2027-03-15T00:00:00.000Z");
        // 02:00 to 03:00 does not exist.
        assert_eq!(on("02:30", (2027, 3, 14), America::New_York), "2027-03-14T07:00:00.000Z");
        // 01:00 to 02:00 comes twice.
        assert_eq!(on("01:30", (2027, 11, 7), America::New_York), "2027-11-07T05:30:00.000Z");
        // Half an hour is skipped.
        assert_eq!(on("02:10", (2027, 10, 3), Australia::Lord_Howe), "2027-10-02T15:30:00.000Z");
        // The whole date is skipped.
        assert_eq!(on("09:00", (2011, 12, 30), Pacific::Apia), "2011-12-30T10:00:00.000Z");
        assert_eq!(on("24:00", (2011, 12, 29), Pacific::Apia), "2011-12-30T10:00:00.000Z");
    }
}
