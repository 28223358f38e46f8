//! Working time between many pairs of instants: the hours of each date are added up once.
//! What the hours are is in `working_time.rs`.

use chrono::{Days, NaiveDate};

use super::working_time::WorkingTime;
use crate::kernel::clock::Timestamp;

/// The working time within a range of instants, ready to be asked often.
#[derive(Debug, Clone)]
pub struct ElapsedWork {
    calendar: WorkingTime,
    /// From here to there the spans are known.
    range: (i64, i64),
    spans: Vec<Span>,
    /// For each day from the first span on (86,400 s): how many spans have begun when it begins.
    days: Vec<usize>,
    /// No span begins before the one before it has ended.
    is_ordered: bool,
}

const DAY: i64 = 86_400_000;

/// How many spans have begun at the beginning of each day from the first one on.
fn days_of(spans: &[Span]) -> Vec<usize> {
    let Some(first) = spans.first() else { return Vec::new() };
    let mut days = Vec::new();
    for (place, span) in spans.iter().enumerate() {
        let day = usize::try_from(span.start.saturating_sub(first.start).div_euclid(DAY)).unwrap_or(0);
        while days.len() <= day {
            days.push(place);
        }
    }
    days
}

/// A stretch of working time, in milliseconds since 1970, and how much there was before it.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: i64,
    end: i64,
    before: i64,
}

impl ElapsedWork {
    /// Made for instants between these two; others are answered as well, only slower.
    pub fn within(calendar: WorkingTime, from: Timestamp, to: Timestamp) -> Self {
        let zone = calendar.zone();
        let first = from.date(zone).checked_sub_days(Days::new(1)).unwrap_or(NaiveDate::MIN);
        let last = to.date(zone).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let mut spans: Vec<Span> = Vec::new();
        let (mut before, mut is_ordered) = (0_i64, true);
        for date in first.iter_days().take_while(|date| *date <= last) {
            for (start, end) in calendar.spans(date).filter(|(start, end)| start < end) {
                let (start, end) = (start.millis(), end.millis());
                is_ordered &= spans.last().is_none_or(|last| last.end <= start);
                spans.push(Span { start, end, before });
                before = before.saturating_add(end.saturating_sub(start));
            }
        }
        let days = days_of(&spans);
        Self { calendar, range: (from.millis(), to.millis()), spans, days, is_ordered }
    }

    /// Milliseconds of working time between two instants; none if `to` is not the later one.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        if to <= from {
            return 0;
        }
        if !self.is_ordered || from < self.range.0 || to > self.range.1 {
            let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(to));
            return self.calendar.between(from, to).num_milliseconds();
        }
        self.until(to).saturating_sub(self.until(from))
    }

    /// How much working time there was from the beginning of the range until an instant.
    fn until(&self, at: i64) -> i64 {
        let Some(first) = self.spans.first() else { return 0 };
        let day = usize::try_from(at.saturating_sub(first.start).div_euclid(DAY)).ok();
        let Some(day) = day else { return 0 };
        let mut begun = self.days.get(day).copied().unwrap_or(self.spans.len());
        while self.spans.get(begun).is_some_and(|span| span.start <= at) {
            begun += 1;
        }
        let Some(span) = begun.checked_sub(1).and_then(|place| self.spans.get(place)) else { return 0 };
        span.before.saturating_add(at.min(span.end).saturating_sub(span.start))
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::Calendar;

    proptest! {
        #[test]
        fn it_is_what_the_calendar_says(
            zone in prop::sample::select(vec![
                chrono_tz::Asia::Shanghai, chrono_tz::America::New_York, chrono_tz::America::Havana,
            ]),
            from in 1_700_000_000_000_i64..1_740_000_000_000,
            span in 0_i64..5_000_000_000,
        ) {
            let calendar = WorkingTime::new(&Calendar::default(), zone);
            let range = [1_700_000_000_000, 1_742_000_000_000].map(Timestamp::from_millis);
            let elapsed = ElapsedWork::within(calendar.clone(), range[0], range[1]);
            let wanted = calendar.between(Timestamp::from_millis(from), Timestamp::from_millis(from + span));
            prop_assert_eq!(elapsed.between(from, from + span), wanted.num_milliseconds());
            prop_assert_eq!(elapsed.between(from + span, from), 0);
        }
    }

    #[test]
    fn what_is_beyond_the_range_is_known_as_well() {
        let calendar = WorkingTime::new(&Calendar::default(), Tz::UTC);
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let elapsed = ElapsedWork::within(calendar, at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z"));
        let weeks = (at("2026-11-02T00:00:00Z").millis(), at("2026-11-16T00:00:00Z").millis());
        assert_eq!(elapsed.between(weeks.0, weeks.1), 10 * 9 * 3_600_000);
    }
}
