//! Quiet hours: the times of day, and perhaps whole days, in which messages are held back. Pure.
//! What becomes of a message that is held is in `../enqueue.rs`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::{WallTime, WorkingTime};
use crate::kernel::clock::{Timestamp, day_start};
use crate::kernel::error::{Fault, FaultKind, Faults, OUT_OF_RANGE};
use crate::kernel::language::Bilingual;

/// Stretches of quiet that follow each other without a gap, at most: a year of days without working time.
const STRETCHES_MAX: usize = 400;

static EMPTY: FaultKind =
    FaultKind::new("empty_span", "开始和结束不能相同。", "It must not end when it begins.");

/// When messages are held back, by the organisation's clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "21:30", "to": "08:00", "non_working_days": false}))]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: WallTime,
    /// The first minute after it; not after `from`: on the next day.
    pub to: WallTime,
    /// Whether days without working time are quiet as a whole.
    #[serde(default)]
    pub non_working_days: bool,
}

impl QuietHours {
    pub(super) fn check(&self, faults: &mut Faults) {
        if self.from == WallTime::END {
            faults.add(Fault::with("/quiet_hours/from", &OUT_OF_RANGE, Bilingual::same("00:00–23:59")));
        }
        if self.from == self.to {
            faults.add(Fault::new("/quiet_hours/to", &EMPTY));
        }
    }

    /// When the quiet ends that a moment lies in; none if it lies in none. Where no working day is in sight,
    /// days without working time are days like others: a message that waits for ever serves nobody.
    pub fn end(&self, at: Timestamp, working: &WorkingTime) -> Option<Timestamp> {
        let every_day = Self { non_working_days: false, ..self.clone() };
        self.end_of_stretches(at, working).or_else(|| every_day.end_of_stretches(at, working))
    }

    fn end_of_stretches(&self, at: Timestamp, working: &WorkingTime) -> Option<Timestamp> {
        let mut end = at;
        for _ in 0..STRETCHES_MAX {
            match self.stretch_end(end, working) {
                Some(later) if later > end => end = later,
                _ => return (end > at).then_some(end),
            }
        }
        None
    }

    /// When one of the stretches ends that a moment lies in.
    fn stretch_end(&self, at: Timestamp, working: &WorkingTime) -> Option<Timestamp> {
        let zone = working.zone();
        let today = at.date(zone);
        let next = |date: NaiveDate| date.succ_opt().unwrap_or(date);
        let free =
            (self.non_working_days && !working.is_working_day(today)).then(|| day_start(next(today), zone));
        let of_hours = |date: NaiveDate| {
            let last = if self.to <= self.from { next(date) } else { date };
            let (start, end) = (self.from.on(date, zone), self.to.on(last, zone));
            (start <= at && at < end).then_some(end)
        };
        let hours = [today.pred_opt(), Some(today)].into_iter().flatten().filter_map(of_hours);
        hours.chain(free).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;
    use chrono_tz::Asia::Shanghai;

    fn end(from: &str, to: &str, non_working_days: bool, at: &str) -> Option<String> {
        let time = |text| WallTime::parse(text).unwrap();
        let quiet = QuietHours { from: time(from), to: time(to), non_working_days };
        let at = Timestamp::parse(&format!("{at}+08:00")).unwrap();
        let end = quiet.end(at, &WorkingTime::new(&Calendar::default(), Shanghai))?;
        Some(end.utc().with_timezone(&Shanghai).format("%m-%dT%H:%M").to_string())
    }

    #[test]
    fn its_first_minute_is_inside_and_its_end_is_not() {
        let night = |at| end("21:30", "08:00", false, at);
        // 2026-11-23 is a Monday.
        assert_eq!(night("2026-11-23T21:29:59"), None);
        assert_eq!(night("2026-11-23T21:30:00").as_deref(), Some("11-24T08:00"));
        assert_eq!(night("2026-11-24T00:10:00").as_deref(), Some("11-24T08:00"));
        assert_eq!(night("2026-11-24T07:59:59").as_deref(), Some("11-24T08:00"));
        assert_eq!(night("2026-11-24T08:00:00"), None);
        assert_eq!(end("12:00", "13:00", false, "2026-11-24T12:30:00").as_deref(), Some("11-24T13:00"));
        assert_eq!(end("18:00", "24:00", false, "2026-11-24T23:30:00").as_deref(), Some("11-25T00:00"));
    }

    #[test]
    fn days_without_work_are_quiet_where_that_is_wanted() {
        let free = |at| end("21:30", "08:00", true, at);
        assert_eq!(free("2026-11-27T21:30:00").as_deref(), Some("11-30T08:00"), "over the weekend");
        assert_eq!(free("2026-11-28T12:00:00").as_deref(), Some("11-30T08:00"));
        assert_eq!(end("21:30", "08:00", false, "2026-11-28T12:00:00"), None);
        assert_eq!(end("12:00", "13:00", true, "2026-11-29T23:00:00").as_deref(), Some("11-30T00:00"));
    }

    #[test]
    fn without_any_working_day_the_hours_are_quiet_all_the_same() {
        let time = |text| WallTime::parse(text).unwrap();
        let quiet = QuietHours { from: time("21:30"), to: time("08:00"), non_working_days: true };
        let closed = Calendar { week: crate::calendar::model::Week::CLOSED, ..Calendar::default() };
        let at = |text: &str| Timestamp::parse(&format!("{text}+08:00")).unwrap();
        let working = WorkingTime::new(&closed, Shanghai);
        assert_eq!(quiet.end(at("2026-11-23T20:00:00"), &working), None);
        assert_eq!(quiet.end(at("2026-11-23T23:00:00"), &working), Some(at("2026-11-24T08:00:00")));
    }
}
