//! Timestamps (UTC in whole milliseconds), the clock, and wall times and calendar days in a time zone.
//! Working hours and holidays are not here.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{
    DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat,
    TimeZone, Utc,
};
use chrono_tz::{GapInfo, Tz};
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

/// The first instant at which the clocks of a time zone show a wall time or a later one: one that they skip
/// means the end of the gap, and one that they show twice its first occurrence.
pub fn instant(wall: NaiveDateTime, zone: Tz) -> Timestamp {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment.to_utc().into(),
        LocalResult::None => gap_end(wall, zone),
    }
}

/// A gap begins and ends at the same instant: its first wall time by the offset before it.
fn gap_end(wall: NaiveDateTime, zone: Tz) -> Timestamp {
    let begin = GapInfo::new(&wall, &zone).and_then(|gap| gap.begin);
    let end = begin.and_then(|(first, before)| first.checked_sub_offset(before.fix()));
    end.unwrap_or(wall).and_utc().into()
}

/// The instant at which a date begins in a time zone (the end of the gap where midnight does not exist).
pub fn day_start(date: NaiveDate, zone: Tz) -> Timestamp {
    instant(date.and_time(NaiveTime::MIN), zone)
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

    /// The time by which what a process does is measured, such as how long it may hold a lease: without the
    /// offset, which may leap.
    pub fn machine(&self) -> Timestamp {
        match self {
            Self::Offset(_) => Self::System.now(),
            Self::System | Self::Manual(_) => self.now(),
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

    /// The instants of 1970 to 2099 at which a zone's offset changes, with the offset before and after, in
    /// milliseconds.
    fn changes(zone: Tz) -> Vec<(i64, i64, i64)> {
        const STEP: i64 = 5 * 86_400_000;
        let offset = |millis: i64| {
            let moment = Timestamp::from_millis(millis).utc().with_timezone(&zone);
            i64::from(moment.offset().fix().local_minus_utc()) * 1000
        };
        let mut found = Vec::new();
        for begin in (0..9_500).map(|step| step * STEP) {
            let (before, after) = (offset(begin), offset(begin + STEP));
            let (mut low, mut high) = (begin, begin + STEP);
            while before != after && high - low > 1 {
                let middle = (low + high) / 2;
                if offset(middle) == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            found.extend((before != after).then_some((high, before, after)));
        }
        found
    }

    #[test]
    fn gaps_and_overlaps_of_every_zone() {
        let (mut gaps, mut overlaps) = (0, 0);
        for zone in chrono_tz::TZ_VARIANTS {
            for (at, before, after) in changes(zone) {
                let length = (after - before).abs();
                // What the clocks would show so long after the change by an offset, and when they do.
                let shown = |offset, more| {
                    let wall = Timestamp::from_millis(at + offset + more).utc().naive_utc();
                    instant(wall, zone).millis() - at
                };
                for inside in [0, 1, length / 2, length - 1] {
                    if after > before {
                        assert_eq!(shown(before, inside), 0, "{zone} {at}");
                    } else {
                        assert_eq!(shown(after, inside), inside - length, "{zone} {at}");
                    }
                }
                let (earlier, later) = (before.min(after), before.max(after));
                assert_eq!(shown(earlier, -1), earlier - before - 1, "{zone} {at}");
                assert_eq!(shown(later, 0), later - after, "{zone} {at}");
                gaps += usize::from(after > before);
                overlaps += usize::from(after < before);
            }
        }
        assert!(gaps > 10_000 && overlaps > 10_000, "{gaps} gaps, {overlaps} overlaps");
    }

    #[test]
    fn a_day_begins_where_its_midnight_is_skipped() {
        let begins = |zone: Tz, year, month, day| {
            day_start(NaiveDate::from_ymd_opt(year, month, day).unwrap(), zone).to_string()
        };
        // From 24:00 of the 29th to 00:00 of the 31st.
        assert_eq!(begins(chrono_tz::Pacific::Apia, 2011, 12, 30), "2011-12-30T10:00:00.000Z");
        assert_eq!(begins(chrono_tz::Pacific::Apia, 2011, 12, 31), "2011-12-30T10:00:00.000Z");
        assert_eq!(begins(chrono_tz::Pacific::Kwajalein, 1993, 8, 21), "1993-08-21T12:00:00.000Z");
        assert_eq!(begins(chrono_tz::America::Sao_Paulo, 2018, 11, 4), "2018-11-04T03:00:00.000Z");
        // By 44 minutes and 30 seconds.
        assert_eq!(begins(chrono_tz::Africa::Monrovia, 1972, 1, 7), "1972-01-07T00:44:30.000Z");
        // From 00:01 back to 23:01.
        assert_eq!(begins(chrono_tz::America::St_Johns, 2006, 10, 29), "2006-10-29T02:30:00.000Z");
    }
}
