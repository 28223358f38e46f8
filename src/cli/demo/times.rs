//! Times in the demo: more inquiries by day than by night, and people work on weekdays.
//! What happens is generated in `story.rs`.

use chrono::{Datelike, Duration, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;

use super::texts::Chance;
use crate::kernel::clock::{Timestamp, day_start};

/// Milliseconds of the year that the demo looks back over.
const YEAR: i64 = 365 * 24 * 3_600_000;

/// Relative number of inquiries by hour of the day.
const BY_HOUR: [i64; 24] =
    [2, 1, 1, 1, 1, 2, 4, 8, 22, 40, 46, 34, 16, 28, 42, 42, 36, 26, 14, 12, 12, 9, 6, 3];

/// How many more inquiries, of a hundred, come at the end of the year than at its beginning.
const GROWTH: i64 = 45;

/// The product of the highest weights of an hour, a weekday and a part of the year.
const WEIGHT_MAX: i64 = 46 * 112 * (100 + GROWTH);

/// The moments in the last year at which inquiries come in, in their order.
pub fn arrivals(chance: &mut Chance, count: usize, now: Timestamp, zone: Tz) -> Vec<Timestamp> {
    let mut moments = Vec::with_capacity(count);
    while moments.len() < count {
        let back = chance.between(1, YEAR);
        let at = now.minus(Duration::milliseconds(back));
        if chance.between(1, WEIGHT_MAX) <= weight(at, back, zone) {
            moments.push(at);
        }
    }
    moments.sort_unstable();
    moments
}

fn weight(at: Timestamp, back: i64, zone: Tz) -> i64 {
    let local = at.utc().with_timezone(&zone);
    let by_hour = usize::try_from(local.hour()).ok().and_then(|hour| BY_HOUR.get(hour)).copied().unwrap_or(1);
    let by_day = match local.weekday() {
        Weekday::Sat => 35,
        Weekday::Sun => 22,
        Weekday::Mon => 112,
        _ => 100,
    };
    by_hour * by_day * (100 + GROWTH * (YEAR - back) / YEAR)
}

/// The first moment from `at` on at which somebody is at work.
pub fn at_work(chance: &mut Chance, at: Timestamp, zone: Tz) -> Timestamp {
    let local = at.utc().with_timezone(&zone);
    let (date, hour) = (local.date_naive(), local.hour());
    if (9..18).contains(&hour) && workday(date) == date {
        return at;
    }
    let from = if hour < 9 { date } else { next_day(date) };
    day_start(workday(from), zone).plus(Duration::hours(9)).plus(Duration::seconds(chance.between(60, 5_400)))
}

/// A time that somebody names for a plan some days from now: on a weekday, at the full or half hour.
pub fn appointment(chance: &mut Chance, now: Timestamp, days: i64, zone: Tz) -> Timestamp {
    let date = now.plus(Duration::days(days.max(1))).date(zone);
    day_start(workday(date), zone).plus(Duration::minutes(30 * chance.between(18, 34)))
}

fn next_day(date: NaiveDate) -> NaiveDate {
    date.succ_opt().unwrap_or(date)
}

/// The date, or the Monday after it.
fn workday(date: NaiveDate) -> NaiveDate {
    match date.weekday() {
        Weekday::Sat => next_day(next_day(date)),
        Weekday::Sun => next_day(date),
        _ => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = chrono_tz::Asia::Shanghai;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn arrivals_are_in_order_and_in_the_past() {
        let now = at("2026-11-23T18:00:00+08:00");
        let moments = arrivals(&mut Chance::seeded(7), 2_000, now, ZONE);
        assert_eq!(moments.len(), 2_000);
        assert!(moments.is_sorted());
        assert!(moments.iter().all(|moment| *moment < now && *moment >= now.minus(Duration::days(365))));
        assert_eq!(moments, arrivals(&mut Chance::seeded(7), 2_000, now, ZONE), "the same every time");
        let middle = now.minus(Duration::days(182));
        assert!(moments.iter().filter(|moment| **moment > middle).count() > 1_020, "they grow");
    }

    #[test]
    fn nobody_works_at_night_or_at_the_weekend() {
        let mut chance = Chance::seeded(7);
        let friday_noon = at("2026-11-20T12:00:00+08:00");
        assert_eq!(at_work(&mut chance, friday_noon, ZONE), friday_noon);
        for idle in ["2026-11-20T18:30:00+08:00", "2026-11-21T11:00:00+08:00", "2026-11-23T06:00:00+08:00"] {
            let then = at_work(&mut chance, at(idle), ZONE);
            assert!(
                then > at(idle) && then.date(ZONE) == NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
                "{idle}: {then}"
            );
        }
        let due = appointment(&mut chance, friday_noon, 1, ZONE);
        assert_eq!(due.date(ZONE), NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
    }
}
