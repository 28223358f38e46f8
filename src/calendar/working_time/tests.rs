//! Working time by hand, and against a reference that walks the time line minute by minute.
//! Which documents make a calendar is tested in `request.rs`.

use chrono::{LocalResult, Offset, TimeZone};
use chrono_tz::{America, Asia, Pacific};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::calendar::request::CalendarRequest;
use crate::kernel::clock::day_span;

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn working_time(document: Value, zone: Tz) -> WorkingTime {
    let request: CalendarRequest = serde_json::from_value(document).unwrap();
    WorkingTime::new(&request.check().unwrap(), zone)
}

fn new_york() -> WorkingTime {
    let document = json!({"timezone": "America/New_York",
        "week": {"1": [["09:00", "12:00"], ["13:00", "17:30"]], "2": [["09:00", "17:00"]],
            "3": [["09:00", "17:00"]], "4": [["09:00", "17:00"]], "5": [["09:00", "17:00"]],
            "7": [["00:00", "24:00"]]},
        "holidays": [{"date": "2027-03-17"}], "make_up_days": [{"date": "2027-03-20"}]});
    working_time(document, Asia::Shanghai)
}

#[test]
fn minutes_by_hand() {
    for (from, n, then) in [
        ("2027-03-15T13:00:00Z", 60, "2027-03-15T14:00:00Z"),
        // The end of the morning, not the beginning of the afternoon.
        ("2027-03-15T13:00:00Z", 180, "2027-03-15T16:00:00Z"),
        ("2027-03-15T13:00:00Z", 181, "2027-03-15T17:01:00Z"),
        ("2027-03-15T16:30:00.250Z", 0, "2027-03-15T16:30:00.250Z"),
        ("2027-03-15T16:30:00.250Z", 1, "2027-03-15T17:01:00Z"),
        // Over the holiday, to the make-up day.
        ("2027-03-16T20:30:00Z", 60, "2027-03-18T13:30:00Z"),
        ("2027-03-19T21:00:00Z", 200, "2027-03-20T17:20:00Z"),
        // A Sunday of 23 hours, and one of 25.
        ("2027-03-14T05:00:00Z", 23 * 60, "2027-03-15T04:00:00Z"),
        ("2027-03-14T05:00:00Z", 130, "2027-03-14T07:10:00Z"),
        ("2027-11-07T04:00:00Z", 25 * 60, "2027-11-08T05:00:00Z"),
        ("2027-11-07T06:30:30.500Z", 30, "2027-11-07T07:00:30.500Z"),
    ] {
        assert_eq!(new_york().minutes(at(from), n), Some(at(then)), "{from} {n}");
    }
}

#[test]
fn days_by_hand() {
    for (from, n, then) in [
        ("2027-03-15T14:00:00Z", 0, "2027-03-15T14:00:00Z"),
        ("2027-03-15T14:00:00Z", 2, "2027-03-18T14:00:00Z"),
        ("2027-03-19T14:00:00Z", 1, "2027-03-20T14:00:00Z"),
        // The clocks go forward in between.
        ("2027-03-12T15:00:00Z", 1, "2027-03-14T14:00:00Z"),
        ("2027-03-15T14:00:07.089Z", 1, "2027-03-16T14:00:07.089Z"),
    ] {
        assert_eq!(new_york().working_days(at(from), n), Some(at(then)), "{from} {n}");
    }
    let days = |from, n| new_york().days(at(from), n);
    // 02:30 does not exist.
    assert_eq!(days("2027-03-13T07:30:00Z", 1), Some(at("2027-03-14T07:00:00Z")));
    // 01:30 comes twice.
    assert_eq!(days("2027-11-06T05:30:00Z", 1), Some(at("2027-11-07T05:30:00Z")));
    // The second 01:30 is left as it is, and the day after it is the day after.
    assert_eq!(days("2027-11-07T06:30:00Z", 0), Some(at("2027-11-07T06:30:00Z")));
    assert_eq!(days("2027-11-07T06:30:00Z", 1), Some(at("2027-11-08T06:30:00Z")));
}

#[test]
fn which_hours_count() {
    let calendar = new_york();
    assert_eq!(calendar.zone(), America::New_York);
    assert_eq!(working_time(json!({}), Asia::Shanghai).zone(), Asia::Shanghai);
    for (day, weekday, intervals) in [
        ("2027-03-14", Some(7), 1),
        ("2027-03-15", Some(1), 2),
        ("2027-03-17", None, 0),
        ("2027-03-20", Some(1), 2),
        ("2027-03-27", Some(6), 0),
    ] {
        assert_eq!(calendar.weekday(date(day)), weekday, "{day}");
        assert_eq!(calendar.hours(date(day)).len(), intervals, "{day}");
        assert_eq!(calendar.is_working_day(date(day)), intervals > 0, "{day}");
    }
}

#[test]
fn hours_that_the_clocks_skip_are_none() {
    let night = working_time(
        json!({"week": {"7": [["02:00", "03:00"]], "1": [["02:00", "03:00"]]}}),
        America::New_York,
    );
    assert!(!night.is_working_day(date("2027-03-14")) && night.is_working_day(date("2027-03-21")));
    assert_eq!(night.working_days(at("2027-03-13T20:00:00Z"), 1), Some(at("2027-03-15T19:00:00Z")));
    assert_eq!(night.minutes(at("2027-03-13T20:00:00Z"), 1), Some(at("2027-03-15T06:01:00Z")));
    // Samoa had no 30th.
    let always =
        json!({"week": {"4": [["00:00", "24:00"]], "5": [["00:00", "24:00"]], "6": [["00:00", "24:00"]]}});
    let samoa = working_time(always, Pacific::Apia);
    assert!(!samoa.is_working_day(date("2011-12-30")));
    assert_eq!(samoa.working_days(at("2011-12-29T20:00:00Z"), 1), Some(at("2011-12-30T20:00:00Z")));
    assert_eq!(samoa.days(at("2011-12-29T20:00:00Z"), 1), Some(at("2011-12-30T10:00:00Z")));
    assert_eq!(samoa.minutes(at("2011-12-29T10:00:00Z"), 48 * 60), Some(at("2011-12-31T10:00:00Z")));
}

#[test]
fn hours_of_the_next_date_begin_before_the_clocks_go_back_over_midnight() {
    // From 00:01 of the 29th back to 23:01 of the 28th.
    let week = json!({"week": {"6": [["23:30", "24:00"]], "7": [["00:00", "01:00"]]}});
    let newfoundland = working_time(week, America::St_Johns);
    let second_2315 = at("2006-10-29T02:45:00Z");
    assert_eq!(second_2315.date(America::St_Johns), date("2006-10-28"));
    assert_eq!(newfoundland.minutes(second_2315, 105), Some(at("2006-10-29T04:30:00Z")));
    assert_eq!(newfoundland.minutes(at("2006-10-29T01:00:00Z"), 31), Some(at("2006-10-29T02:31:00Z")));
    assert_eq!(
        newfoundland.between(second_2315, second_2315.plus(Duration::minutes(7))),
        Duration::minutes(7)
    );
}

#[test]
fn the_horizon_is_400_days() {
    let from = at("2027-01-01T04:00:00Z");
    let last = date("2027-01-01") + Days::new(400);
    let with_one_day = |make_up: NaiveDate| {
        let mondays = date("2027-01-01").iter_days().take(403).filter(|day| weekday(*day) == 1);
        let holidays: Vec<Value> = mondays.map(|day| json!({"date": day})).collect();
        let document = json!({"week": {"1": [["09:00", "10:00"], ["23:00", "24:00"]]},
            "holidays": holidays, "make_up_days": [{"date": make_up}]});
        working_time(document, Asia::Shanghai)
    };
    let (reached, missed) = (with_one_day(last), with_one_day(last + Days::new(1)));
    assert_eq!(reached.minutes(from, 120), Some(at("2028-02-05T16:00:00Z")));
    assert_eq!(reached.minutes(from, 121), None);
    assert_eq!(reached.working_days(from, 1), Some(at("2028-02-05T04:00:00Z")));
    assert_eq!(reached.working_days(from, 2), None);
    assert_eq!((missed.minutes(from, 1), missed.working_days(from, 1)), (None, None));
    assert_eq!((missed.minutes(from, 0), missed.working_days(from, 0)), (Some(from), Some(from)));
    assert_eq!(reached.days(from, 400), Some(at("2028-02-05T04:00:00Z")));
    assert_eq!(reached.days(from, 401), None);
    for n in [u32::MAX, 1_000_000] {
        let asked = [reached.minutes(from, n), reached.working_days(from, n), reached.days(from, n)];
        assert_eq!(asked, [None; 3]);
    }
}

#[test]
fn the_first_and_the_last_year_have_an_end() {
    for from in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"].map(at) {
        for zone in [Asia::Shanghai, Pacific::Apia, America::New_York] {
            let calendar = working_time(json!({}), zone);
            let then = calendar.minutes(from, 540).unwrap();
            assert_eq!(calendar.between(from, then), Duration::minutes(540));
            assert_eq!(calendar.days(from, 400).map(|then| then > from), Some(true));
            assert_eq!(calendar.working_days(from, 10).map(|then| then > from), Some(true));
        }
    }
}

/// What the clocks of a zone show at an instant, in milliseconds.
fn shown(zone: Tz, millis: i64) -> i64 {
    let moment = Timestamp::from_millis(millis).utc();
    millis + 1000 * i64::from(zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc())
}

/// The time line minute by minute. An interval lasts from the first instant that shows its start or later to
/// the first that shows its end or later: while the latest wall time that was shown so far is within it.
struct Walk<'c> {
    calendar: &'c WorkingTime,
    next: i64,
    latest: i64,
}

impl<'c> Walk<'c> {
    fn from(calendar: &'c WorkingTime, from: Timestamp) -> Self {
        let before = (from.millis() - 2 * DAY).div_euclid(MINUTE) * MINUTE;
        let mut walk = Self { calendar, next: before, latest: i64::MIN };
        while walk.next + MINUTE <= from.millis() {
            walk.step();
        }
        walk
    }

    /// The next minute and whether it is working time.
    fn step(&mut self) -> (i64, bool) {
        self.latest = self.latest.max(shown(self.calendar.zone, self.next));
        let begin = self.next;
        self.next += MINUTE;
        let wall = Timestamp::from_millis(self.latest).utc();
        let minute = self.latest.rem_euclid(DAY) / MINUTE;
        let hours = self.calendar.hours(wall.date_naive()).iter();
        let mut hours = hours.map(|hours| (hours.start.minutes().into(), hours.end.minutes().into()));
        (begin, hours.any(|(start, end): (i64, i64)| start <= minute && minute < end))
    }
}

/// The instant at which so many milliseconds of working time have passed, or how many passed until `last`.
fn walked(calendar: &WorkingTime, from: Timestamp, millis: i64, last: i64) -> Result<i64, i64> {
    let (mut walk, mut passed) = (Walk::from(calendar, from), 0);
    while walk.next < last {
        let (begin, is_working) = walk.step();
        let (begin, end) = (begin.max(from.millis()), (begin + MINUTE).min(last));
        if is_working && passed + end - begin >= millis {
            return Ok(begin + millis - passed);
        }
        passed += if is_working { end - begin } else { 0 };
    }
    Err(passed)
}

/// The next change of a zone's offset within 300 days, to the minute.
fn next_change(zone: Tz, from: i64) -> Option<i64> {
    let offset = |millis| shown(zone, millis) - millis;
    let day = (0..300).map(|day| from + day * DAY).find(|day| offset(*day) != offset(day + DAY))?;
    (0..1_440).map(|minute| day + minute * MINUTE).find(|minute| offset(*minute) != offset(day))
}

/// A calendar and an instant, every other one within three days of a change of the zone's offset.
fn any_case() -> impl Strategy<Value = (WorkingTime, Timestamp)> {
    let week = prop::collection::btree_map("[1-7]", any_hours(), 0..=7);
    let holidays = prop::collection::btree_set(-3_i64..40, 0..8);
    let make_up_days = prop::collection::btree_map(-3_i64..40, 1_u8..=7, 0..8);
    let zone = prop::sample::select(&chrono_tz::TZ_VARIANTS[..]);
    // 1971 to 2099, in milliseconds.
    let instant = (31_536_000_000_i64..4_102_444_800_000, prop::option::of(-3 * DAY..3 * DAY));
    (week, holidays, make_up_days, zone, instant).prop_map(|(week, holidays, make_up, zone, (from, near))| {
        let change = near.and_then(|apart| Some(next_change(zone, from)? + apart));
        let from = Timestamp::from_millis(change.unwrap_or(from));
        let date = |apart: i64| from.date(zone) + Duration::days(apart);
        let make_up = make_up.iter().filter(|(apart, _)| !holidays.contains(apart));
        let make_up_days: Vec<Value> =
            make_up.map(|(apart, weekday)| json!({"date": date(*apart), "as": weekday})).collect();
        let holidays: Vec<Value> = holidays.iter().map(|apart| json!({"date": date(*apart)})).collect();
        let document = json!({"week": week, "holidays": holidays, "make_up_days": make_up_days});
        (working_time(document, zone), from)
    })
}

/// Stretches between ascending times in five minutes, some of which touch.
fn any_hours() -> impl Strategy<Value = Vec<[String; 2]>> {
    let times = prop::collection::btree_set(0_u16..=288, 0..=8);
    (times, prop::collection::vec(any::<bool>(), 7)).prop_map(|(times, open)| {
        let written = |time: u16| format!("{:02}:{:02}", time / 12, time % 12 * 5);
        let times: Vec<String> = times.into_iter().map(written).collect();
        let pairs = times.windows(2).zip(open).filter(|(_, open)| *open);
        pairs.map(|(pair, _)| [pair[0].clone(), pair[1].clone()]).collect()
    })
}

/// A wall time on a date by chrono's own rules, held against an answer.
fn assert_wall(answer: Timestamp, wall: NaiveDateTime, zone: Tz) -> Result<(), TestCaseError> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(only) => prop_assert_eq!(answer, only.to_utc().into()),
        LocalResult::Ambiguous(first, second) => {
            prop_assert!(first < second);
            prop_assert_eq!(answer, first.to_utc().into());
        }
        LocalResult::None => {
            let wall = wall.and_utc().timestamp_millis();
            let (before, after) = (shown(zone, answer.millis() - 1), shown(zone, answer.millis()));
            prop_assert!(before < wall && wall < after, "{} {} {}", before, wall, after);
        }
    }
    Ok(())
}

/// Whether working time passes on a date, asked of the time between its instants.
fn passes(calendar: &WorkingTime, date: NaiveDate) -> bool {
    let (begin, end) = day_span(date, calendar.zone);
    calendar.between(begin, end) > Duration::zero()
}

proptest! {
    #[test]
    fn minutes_are_those_of_a_walk((calendar, from) in any_case(), n in 1_u32..3_000) {
        // In Liberia clocks were 44 minutes and 30 seconds late until 1972; whole minutes are walked.
        prop_assume!((shown(calendar.zone, from.millis()) - from.millis()) % MINUTE == 0);
        let last = from.plus(Duration::days(7));
        let then = calendar.minutes(from, n);
        match walked(&calendar, from, i64::from(n) * MINUTE, last.millis()) {
            Ok(reached) => prop_assert_eq!(then, Some(Timestamp::from_millis(reached))),
            Err(passed) => {
                prop_assert!(then.is_none_or(|then| then > last));
                prop_assert_eq!(calendar.between(from, last).num_milliseconds(), passed);
            }
        }
    }

    #[test]
    fn minutes_and_between_agree((calendar, from) in any_case(), n in 0_u32..20_000) {
        let Some(then) = calendar.minutes(from, n) else { return Ok(()) };
        prop_assert_eq!(calendar.between(from, then), Duration::minutes(n.into()));
        if n == 0 {
            prop_assert_eq!(then, from);
        } else {
            // It is the first such instant: until then working time passes.
            let moment = Duration::milliseconds(1);
            prop_assert_eq!(calendar.between(then.minus(moment), then), moment);
        }
    }

    /// More minutes end later, and any part of them and then the rest where the whole ends. Each part has a
    /// horizon of its own, so both may be within reach where the whole is not.
    #[test]
    fn minutes_add_up((calendar, from) in any_case(), first in 0_u32..10_000, more in 0_u32..10_000) {
        let Some(whole) = calendar.minutes(from, first + more) else { return Ok(()) };
        let part = calendar.minutes(from, first).unwrap();
        prop_assert_eq!(part < whole, more > 0);
        prop_assert_eq!(calendar.minutes(part, more), Some(whole));
    }

    #[test]
    fn between_adds_up((calendar, from) in any_case(), first in 0..20 * DAY, second in 0..20 * DAY) {
        let middle = from.plus(Duration::milliseconds(first));
        let to = middle.plus(Duration::milliseconds(second));
        let worked = calendar.between(from, middle);
        prop_assert_eq!(calendar.between(from, to), worked + calendar.between(middle, to));
        prop_assert!(Duration::zero() <= worked && worked <= middle.since(from));
        prop_assert_eq!(calendar.between(middle, from), Duration::zero());
    }

    #[test]
    fn days_keep_the_wall_time((calendar, from) in any_case(), n in 1_u16..=400) {
        let wall = from.utc().with_timezone(&calendar.zone).naive_local();
        let later = wall + Days::new(n.into());
        assert_wall(calendar.days(from, n.into()).unwrap(), later, calendar.zone)?;
        let mut dates = wall.date().iter_days().skip(1).take(400).filter(|date| passes(&calendar, *date));
        match (calendar.working_days(from, n.into()), dates.nth(usize::from(n) - 1)) {
            (Some(then), Some(date)) => assert_wall(then, date.and_time(wall.time()), calendar.zone)?,
            (then, date) => prop_assert!(then.is_none() && date.is_none(), "{:?} {:?}", then, date),
        }
    }
}
