//! Timestamps (UTC in whole milliseconds), the clock, and calendar days in a time zone.
//! Working hours and holidays are not here.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, truncated to milliseconds, so that the stored and the returned value agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.num_milliseconds()))
    }

    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span.num_milliseconds()))
    }

    /// The time between two moments; negative if `earlier` is the later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::milliseconds(self.0.saturating_sub(earlier.0))
    }

    /// RFC 3339 with any offset, in the years 1 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
        (1..=9999).contains(&moment.year()).then(|| Self(moment.timestamp_millis()))
    }

    /// The date of this moment in a time zone.
    pub fn date(self, zone: Tz) -> NaiveDate {
        self.utc().with_timezone(&zone).date_naive()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .description(Some("RFC 3339; answers are in UTC with milliseconds"))
            .examples(["2026-11-23T08:30:00.000Z"])
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {}

/// The instant at which a date begins in a time zone (the end of the gap where midnight does not exist).
pub fn day_start(date: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    for quarter in 0..=96 {
        let wall = midnight + Duration::minutes(15 * quarter);
        match zone.from_local_datetime(&wall) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                return moment.with_timezone(&Utc).into();
            }
            LocalResult::None => {}
        }
    }
    midnight.and_utc().into()
}

/// The instants between which a date lies in a time zone, end excluded.
pub fn day_span(date: NaiveDate, zone: Tz) -> (Timestamp, Timestamp) {
    (day_start(date, zone), day_start(date.succ_opt().unwrap_or(date), zone))
}

/// The number of a date, counted from 1970-01-01.
pub fn day_number(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// The clock: the machine's, the machine's with an offset, or a manual one for tests.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// So many milliseconds beside the machine's clock; whoever shares the number may change it at any time.
    Offset(Arc<AtomicI64>),
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A manual clock, stopped at `at`.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.millis())))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Utc::now().into(),
            Self::Offset(millis) => {
                Self::System.now().plus(Duration::milliseconds(millis.load(Ordering::SeqCst)))
            }
            Self::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Advances a manual clock; no effect on another one.
    pub fn advance(&self, span: Duration) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(span.num_milliseconds(), Ordering::SeqCst);
        }
    }

    /// Sets a manual clock; no effect on another one.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(millis) = self {
            millis.store(at.millis(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_converted_to_utc() {
        let at = Timestamp::parse("2031-05-01T09:30:00+08:00").unwrap();
        assert_eq!(at.to_string(), "2031-05-01T01:30:00.000Z");
        assert_eq!(Timestamp::parse("2026-02-30T10:00:00Z"), None);
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn a_day_has_the_zone_s_length() {
        let shanghai = day_span(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(), chrono_tz::Asia::Shanghai);
        assert_eq!(shanghai.0.to_string(), "2026-11-22T16:00:00.000Z");
        assert_eq!(shanghai.1.since(shanghai.0), Duration::hours(24));
        let change = day_span(NaiveDate::from_ymd_opt(2026, 3, 29).unwrap(), chrono_tz::Europe::Berlin);
        assert_eq!(change.1.since(change.0), Duration::hours(23));
    }
}
