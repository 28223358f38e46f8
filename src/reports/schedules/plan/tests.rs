//! When schedules are due, case by case.
//! What happens then is tested in `tests/api/report_schedules.rs`.

use chrono_tz::Tz;

use super::*;
use crate::calendar::Calendar;

const SHANGHAI: Tz = chrono_tz::Asia::Shanghai;

fn plan(every: Every) -> Plan {
    let at = WallTime::parse("08:30").unwrap();
    Plan { every, weekday: None, day_of_month: None, at, on_holiday: OnHoliday::Send }
}

fn monthly(day: DayOfMonth, on_holiday: OnHoliday) -> Plan {
    Plan { day_of_month: Some(day), on_holiday, ..plan(Every::Month) }
}

fn calendar(document: serde_json::Value, zone: Tz) -> WorkingTime {
    WorkingTime::new(&serde_json::from_value::<Calendar>(document).unwrap(), zone)
}

fn plain(zone: Tz) -> WorkingTime {
    WorkingTime::new(&Calendar::default(), zone)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// The next due moments after one.
fn next(plan: &Plan, after: &str, working: &WorkingTime, count: usize) -> Vec<String> {
    let first = plan.next_after(at(after), working);
    let all = std::iter::successors(first, |moment| plan.next_after(*moment, working));
    all.take(count).map(|moment| moment.to_string()).collect()
}

#[test]
fn each_kind_has_its_dates() {
    let working = plain(SHANGHAI);
    // A Monday, ten o'clock.
    let now = "2026-11-23T02:00:00Z";
    let first = |plan: &Plan| next(plan, now, &working, 1).remove(0);
    assert_eq!(first(&plan(Every::Day)), "2026-11-24T00:30:00.000Z");
    assert_eq!(first(&plan(Every::WorkingDay)), "2026-11-24T00:30:00.000Z");
    let weekly = Plan { weekday: Some(1), ..plan(Every::Week) };
    assert_eq!(first(&weekly), "2026-11-30T00:30:00.000Z");
    let later = Plan { at: WallTime::parse("10:01").unwrap(), ..weekly };
    assert_eq!(first(&later), "2026-11-23T02:01:00.000Z");
    assert_eq!(first(&monthly(DayOfMonth::Number(1), OnHoliday::Send)), "2026-12-01T00:30:00.000Z");
    let last = monthly(DayOfMonth::Word(LastDay::Last), OnHoliday::Send);
    assert_eq!(
        next(&last, "2028-01-31T00:30:00Z", &working, 3),
        ["2028-02-29T00:30:00.000Z", "2028-03-31T00:30:00.000Z", "2028-04-30T00:30:00.000Z"]
    );
    assert_eq!(
        next(&plan(Every::WorkingDay), "2026-11-27T00:30:00Z", &working, 1),
        ["2026-11-30T00:30:00.000Z"]
    );
}

#[test]
fn the_moment_itself_is_not_the_next_one() {
    let working = plain(SHANGHAI);
    assert_eq!(
        next(&plan(Every::Day), "2026-11-23T00:29:59.999Z", &working, 2),
        ["2026-11-23T00:30:00.000Z", "2026-11-24T00:30:00.000Z"]
    );
}

#[test]
fn holidays_stay_are_skipped_or_shift() {
    let working = calendar(
        serde_json::json!({"holidays": [{"date": "2027-01-01", "name": "元旦"}],
            "make_up_days": [{"date": "2027-01-02", "as": 1}]}),
        SHANGHAI,
    );
    let first = |on_holiday| {
        next(&monthly(DayOfMonth::Number(1), on_holiday), "2026-12-30T02:00:00Z", &working, 1).remove(0)
    };
    assert_eq!(first(OnHoliday::Send), "2027-01-01T00:30:00.000Z");
    assert_eq!(first(OnHoliday::NextWorkingDay), "2027-01-02T00:30:00.000Z", "the make-up day");
    assert_eq!(first(OnHoliday::Skip), "2027-02-01T00:30:00.000Z");
}

#[test]
fn what_shifts_onto_an_ordinary_date_comes_once() {
    let working = plain(SHANGHAI);
    let daily = Plan { on_holiday: OnHoliday::NextWorkingDay, ..plan(Every::Day) };
    // Saturday, Sunday and Monday are one.
    assert_eq!(
        next(&daily, "2026-11-26T02:00:00Z", &working, 3),
        ["2026-11-27T00:30:00.000Z", "2026-11-30T00:30:00.000Z", "2026-12-01T00:30:00.000Z"]
    );
    let weekly = Plan { weekday: Some(7), on_holiday: OnHoliday::NextWorkingDay, ..plan(Every::Week) };
    assert_eq!(
        next(&weekly, "2026-11-26T02:00:00Z", &working, 2),
        ["2026-11-30T00:30:00.000Z", "2026-12-07T00:30:00.000Z"]
    );
}

#[test]
fn clocks_that_change_leave_one_a_day() {
    let berlin = plain(chrono_tz::Europe::Berlin);
    let daily = Plan { at: WallTime::parse("02:30").unwrap(), ..plan(Every::Day) };
    // On 29 March 2:00 to 3:00 is skipped: the end of the gap.
    assert_eq!(
        next(&daily, "2026-03-28T12:00:00Z", &berlin, 2),
        ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]
    );
    // On 25 October 2:30 comes twice: the first.
    assert_eq!(
        next(&daily, "2026-10-24T12:00:00Z", &berlin, 2),
        ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]
    );
    // 30 December 2011 was left out.
    let apia = plain(chrono_tz::Pacific::Apia);
    let midnight = Plan { at: WallTime::parse("00:00").unwrap(), ..plan(Every::Day) };
    let moments = next(&midnight, "2011-12-29T00:00:00Z", &apia, 3);
    assert!(moments.is_sorted() && moments.windows(2).all(|pair| pair[0] != pair[1]), "{moments:?}");
}

#[test]
fn of_several_missed_ones_the_newest_counts() {
    let working = plain(SHANGHAI);
    let daily = plan(Every::Day);
    let newest = |after: &str, until: &str| {
        daily.newest(at(after), at(until), &working).map(|moment| moment.to_string())
    };
    assert_eq!(
        newest("2026-11-23T00:30:00Z", "2026-11-27T03:00:00Z").as_deref(),
        Some("2026-11-27T00:30:00.000Z")
    );
    assert_eq!(newest("2026-11-27T00:30:00Z", "2026-11-27T03:00:00Z"), None, "that one is done with");
    assert_eq!(
        newest("2026-11-26T00:30:00Z", "2026-11-27T00:30:00Z").as_deref(),
        Some("2026-11-27T00:30:00.000Z")
    );
    assert_eq!(newest("2026-11-27T00:30:00Z", "2026-11-26T00:00:00Z"), None, "the clock went back");
}

#[test]
fn without_any_working_day_none_is_in_sight() {
    let working = calendar(serde_json::json!({"week": {}}), SHANGHAI);
    for every in [Every::Day, Every::WorkingDay] {
        for on_holiday in [OnHoliday::Skip, OnHoliday::NextWorkingDay] {
            assert_eq!(
                Plan { on_holiday, ..plan(every) }.next_after(at("2026-11-23T00:00:00Z"), &working),
                None
            );
        }
    }
}

#[test]
fn periods_end_before_today_or_with_it() {
    for (period, today, from, to) in [
        (MailedPeriod::Yesterday, "2026-11-23", "2026-11-22", "2026-11-22"),
        (MailedPeriod::Last7Days, "2026-11-23", "2026-11-17", "2026-11-23"),
        (MailedPeriod::Last30Days, "2026-11-23", "2026-10-25", "2026-11-23"),
        (MailedPeriod::LastWeek, "2026-11-23", "2026-11-16", "2026-11-22"),
        (MailedPeriod::LastMonth, "2026-11-23", "2026-10-01", "2026-10-31"),
        (MailedPeriod::ThisWeek, "2026-11-25", "2026-11-23", "2026-11-24"),
        (MailedPeriod::ThisWeek, "2026-11-23", "2026-11-16", "2026-11-22"),
        (MailedPeriod::ThisMonth, "2026-11-23", "2026-11-01", "2026-11-22"),
        (MailedPeriod::ThisMonth, "2026-12-01", "2026-11-01", "2026-11-30"),
    ] {
        let span = period.span(today.parse().unwrap());
        assert_eq!((span.0.to_string(), span.1.to_string()), (from.to_owned(), to.to_owned()), "{period:?}");
    }
}
