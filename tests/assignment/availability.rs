//! When somebody is on duty or away, and what is wrong with an availability: by hand, and against a walk over
//! the clock minute by minute. Who is chosen is in `engine.rs`.

use chrono::{Datelike, Duration, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use leaddock::assignment::availability::{Absence, Availability};
use leaddock::calendar::WorkingTime;
use leaddock::kernel::clock::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::setup::{at, availability_of, faults, working};

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

fn shifts(shifts: &Value) -> Availability {
    availability_of(&json!({ "shifts": shifts }))
}

fn found(document: &Value) -> Vec<String> {
    faults(|faults| availability_of(document).check(faults))
}

#[test]
fn no_shifts_are_always_and_an_empty_list_is_never() {
    let working = working(&json!({"holidays": [{"date": "2027-03-03"}]}));
    for day in 1..=9 {
        let moment = at(&format!("2027-03-0{day}T03:00:00Z"));
        assert!(shifts(&json!(null)).is_on_duty(moment, &working), "on a holiday too");
        assert!(!shifts(&json!([])).is_on_duty(moment, &working));
    }
    assert_eq!(availability_of(&json!({})), Availability::default());
}

#[test]
fn on_duty_by_hand() {
    // Monday the 1st; Wednesday is a holiday, Saturday has the shifts of Monday. In UTC+8.
    let working = working(&json!({"holidays": [{"date": "2027-03-03"}],
        "make_up_days": [{"date": "2027-03-06", "as": 1}]}));
    let day = json!([{"days": [1, 2, 3], "from": "09:00", "to": "18:00"}]);
    let night = json!([{"days": [1, 2, 3, 7], "from": "22:00", "to": "06:00"}]);
    let late = json!([{"days": [1], "from": "18:00", "to": "24:00"}]);
    let round = json!([{"days": [1], "from": "08:00", "to": "08:00"}]);
    for (shift, local, expected) in [
        (&day, "03-01T08:59:59", false),
        (&day, "03-01T09:00:00", true),
        (&day, "03-01T17:59:59", true),
        (&day, "03-01T18:00:00", false),
        (&day, "03-03T12:00:00", false),
        (&day, "03-04T12:00:00", false),
        (&day, "03-06T12:00:00", true),
        (&day, "03-10T12:00:00", true),
        (&night, "03-01T05:59:00", true),
        (&night, "03-01T06:00:00", false),
        (&night, "03-01T21:59:00", false),
        (&night, "03-02T00:00:00", true),
        // What began on Tuesday ends on the holiday; on the holiday nothing begins.
        (&night, "03-03T05:59:00", true),
        (&night, "03-03T22:00:00", false),
        (&night, "03-04T01:00:00", false),
        (&night, "03-06T23:00:00", true),
        (&night, "03-07T05:00:00", true),
        (&night, "03-08T05:00:00", true),
        (&late, "03-01T23:59:59", true),
        (&late, "03-02T00:00:00", false),
        (&round, "03-01T08:00:00", true),
        (&round, "03-02T07:59:00", true),
        (&round, "03-02T08:00:00", false),
        (&round, "03-01T07:59:00", false),
    ] {
        let moment = at(&format!("2027-{local}+08:00"));
        assert_eq!(shifts(shift).is_on_duty(moment, &working), expected, "{shift} {local}");
    }
}

#[test]
fn shifts_follow_the_clocks() {
    let zone = json!({"timezone": "America/New_York"});
    let night = shifts(&json!([{"days": [6, 7], "from": "01:30", "to": "02:30"}]));
    for (moment, expected) in [
        // 02:00 to 03:00 does not exist on the 14th.
        ("2027-03-14T06:29:00Z", false),
        ("2027-03-14T06:30:00Z", true),
        ("2027-03-14T06:59:00Z", true),
        ("2027-03-14T07:00:00Z", false),
        // 01:00 to 02:00 comes twice on the 7th: the shift lasts two hours.
        ("2027-11-07T05:29:00Z", false),
        ("2027-11-07T05:30:00Z", true),
        ("2027-11-07T06:10:00Z", true),
        ("2027-11-07T07:29:00Z", true),
        ("2027-11-07T07:30:00Z", false),
    ] {
        assert_eq!(night.is_on_duty(at(moment), &working(&zone)), expected, "{moment}");
    }
}

#[test]
fn a_shift_that_begins_before_the_clocks_go_back_over_midnight_goes_on() {
    // From 00:01 of the 29th, a Sunday, back to 23:01 of the 28th; as working time is reckoned.
    let zone = json!({"timezone": "America/St_Johns", "week": {"7": [["00:00", "01:00"]]}});
    let sunday = shifts(&json!([{"days": [7], "from": "00:00", "to": "01:00"}]));
    let working = working(&zone);
    for (moment, expected) in [
        ("2006-10-29T02:29:00Z", false),
        ("2006-10-29T02:30:00Z", true),
        ("2006-10-29T02:45:00Z", true),
        ("2006-10-29T04:29:00Z", true),
        ("2006-10-29T04:30:00Z", false),
    ] {
        let minute = Duration::minutes(1);
        assert_eq!(working.between(at(moment), at(moment).plus(minute)) == minute, expected, "{moment}");
        assert_eq!(sunday.is_on_duty(at(moment), &working), expected, "{moment}");
    }
}

#[test]
fn absences_are_half_open() {
    let away = availability_of(&json!({"absences": [
        {"from": "2027-03-01T00:00:00Z", "to": "2027-03-02T00:00:00Z"},
        {"from": "2027-03-05T00:00:00+08:00", "to": null, "note": "年假"},
    ]}));
    for (moment, expected) in [
        ("2027-02-28T23:59:59.999Z", false),
        ("2027-03-01T00:00:00Z", true),
        ("2027-03-01T23:59:59.999Z", true),
        ("2027-03-02T00:00:00Z", false),
        ("2027-03-04T15:59:59.999Z", false),
        ("2027-03-04T16:00:00Z", true),
        ("2099-01-01T00:00:00Z", true),
    ] {
        assert_eq!(away.is_absent(at(moment)), expected, "{moment}");
    }
}

#[test]
fn each_fault_has_its_pointer() {
    let shift = |days: Value, from: &str, to: &str| json!({"days": days, "from": from, "to": to});
    for (document, expected) in [
        (json!({}), &[][..]),
        (json!({"open_max": 0, "daily_max": 1_000_000, "weight": 100, "paused": true}), &[]),
        (json!({"open_max": 1_000_001}), &["/open_max out_of_range"]),
        (json!({"daily_max": 1_000_001, "weight": 0}), &["/daily_max out_of_range", "/weight out_of_range"]),
        (json!({"weight": 101}), &["/weight out_of_range"]),
        (json!({"shifts": [shift(json!([]), "09:00", "18:00")]}), &["/shifts/0/days bad_format"]),
        (json!({"shifts": [shift(json!([8]), "09:00", "18:00")]}), &["/shifts/0/days bad_format"]),
        (json!({"shifts": [shift(json!([1, 0]), "09:00", "18:00")]}), &["/shifts/0/days bad_format"]),
        (json!({"shifts": [shift(json!([1]), "24:00", "18:00")]}), &["/shifts/0/from out_of_range"]),
        (json!({"shifts": [shift(json!([1, 1]), "09:00", "18:00")]}), &["/shifts/0 overlap"]),
        (
            json!({"absences": [{"from": "2027-03-02T00:00:00Z", "to": "2027-03-02T00:00:00Z"},
                {"from": "2027-03-02T00:00:00Z", "to": "2027-03-01T00:00:00Z"},
                {"from": "2027-03-02T00:00:00Z"}]}),
            &["/absences/0/to backwards", "/absences/1/to backwards"],
        ),
    ] {
        assert_eq!(found(&document), expected, "{document}");
    }
}

#[test]
fn what_is_no_document_is_refused() {
    for document in [
        json!({"paused": 1}),
        json!({"paused": null}),
        json!({"weight": null}),
        json!({"open_max": -1}),
        json!({"pause": true}),
        json!({"shifts": [{"days": [1], "from": "09:00"}]}),
        json!({"shifts": [{"days": [1], "from": "9:00", "to": "18:00"}]}),
        json!({"shifts": [{"days": [1], "from": "09:00", "to": "24:01"}]}),
        json!({"shifts": [{"days": [300], "from": "09:00", "to": "18:00"}]}),
        json!({"shifts": [{"days": [1], "from": "09:00", "to": "18:00", "name": "x"}]}),
        json!({"absences": null}),
        json!({"absences": [{"to": "2027-03-01T00:00:00Z"}]}),
        json!({"absences": [{"from": "2027-03-01"}]}),
    ] {
        assert!(serde_json::from_value::<Availability>(document.clone()).is_err(), "{document}");
    }
}

#[test]
fn shifts_overlap_also_around_midnight_and_the_end_of_the_week() {
    for (first, second, expected) in [
        (json!([[1], "09:00", "12:00"]), json!([[1], "12:00", "18:00"]), false),
        (json!([[1], "09:00", "12:01"]), json!([[1], "12:00", "18:00"]), true),
        (json!([[1], "09:00", "12:00"]), json!([[2], "09:00", "12:00"]), false),
        (json!([[1, 2], "09:00", "12:00"]), json!([[2, 3], "11:00", "13:00"]), true),
        (json!([[1], "22:00", "06:00"]), json!([[2], "05:00", "09:00"]), true),
        (json!([[1], "22:00", "06:00"]), json!([[2], "06:00", "09:00"]), false),
        (json!([[1], "22:00", "24:00"]), json!([[2], "00:00", "09:00"]), false),
        (json!([[7], "22:00", "06:00"]), json!([[1], "05:00", "09:00"]), true),
        (json!([[1], "05:00", "09:00"]), json!([[7], "22:00", "06:00"]), true),
        (json!([[7], "22:00", "06:00"]), json!([[1], "06:00", "09:00"]), false),
        (json!([[7], "18:00", "18:00"]), json!([[1], "17:59", "18:30"]), true),
        (json!([[7], "18:00", "18:00"]), json!([[1], "18:00", "18:30"]), false),
        (json!([[7], "00:00", "00:00"]), json!([[1], "00:00", "24:00"]), false),
        (json!([[7], "23:00", "00:00"]), json!([[7], "23:59", "24:00"]), true),
    ] {
        let shift = |of: &Value| json!({"days": of[0], "from": of[1], "to": of[2]});
        for (one, other) in [(&first, &second), (&second, &first)] {
            let found = found(&json!({"shifts": [shift(one), shift(other)]}));
            let expected: &[&str] = if expected { &["/shifts/1 overlap"] } else { &[] };
            assert_eq!(found, expected, "{one} {other}");
        }
    }
    // Two days of one night shift follow one another; all of them do.
    assert!(found(&json!({"shifts": [{"days": [7, 1], "from": "20:00", "to": "20:00"}]})).is_empty());
    let all = json!({"shifts": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}]});
    assert!(found(&all).is_empty());
    // Of three, each that overlaps with one before it.
    let three = json!({"shifts": [{"days": [1], "from": "09:00", "to": "10:00"},
        {"days": [1], "from": "12:00", "to": "13:00"}, {"days": [1], "from": "09:30", "to": "12:30"}]});
    assert_eq!(found(&three), ["/shifts/2 overlap"]);
}

// ---- against a walk

/// What the clocks of a zone show at an instant, in milliseconds.
fn shown(zone: Tz, millis: i64) -> i64 {
    let moment = Timestamp::from_millis(millis).utc();
    millis + 1000 * i64::from(zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc())
}

/// The next change of a zone's offset within 300 days, to the minute.
fn next_change(zone: Tz, from: i64) -> Option<i64> {
    let offset = |millis| shown(zone, millis) - millis;
    let day = (0..300).map(|day| from + day * DAY).find(|day| offset(*day) != offset(day + DAY))?;
    (0..1_440).map(|minute| day + minute * MINUTE).find(|minute| offset(*minute) != offset(day))
}

/// A calendar and shifts as they are written, and a minute, every other one near a change of the clocks.
#[derive(Debug, Clone)]
struct Case {
    zone: Tz,
    holidays: Vec<NaiveDate>,
    make_up_days: Vec<(NaiveDate, u8)>,
    /// Days, from and to in minutes.
    shifts: Vec<(Vec<u8>, u16, u16)>,
    from: i64,
}

fn written(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

impl Case {
    fn working(&self) -> WorkingTime {
        let holidays: Vec<Value> = self.holidays.iter().map(|date| json!({ "date": date })).collect();
        let make_up: Vec<Value> =
            self.make_up_days.iter().map(|(date, like)| json!({"date": date, "as": like})).collect();
        working(&json!({"timezone": self.zone.name(), "holidays": holidays, "make_up_days": make_up}))
    }

    fn availability(&self) -> Availability {
        let shifts_written = self
            .shifts
            .iter()
            .map(|(days, from, to)| json!({"days": days, "from": written(*from), "to": written(*to)}));
        shifts(&shifts_written.collect())
    }

    /// The day of the week that counts on a date.
    fn weekday(&self, date: NaiveDate) -> Option<u8> {
        if self.holidays.contains(&date) {
            return None;
        }
        let made_up = self.make_up_days.iter().find(|(day, _)| *day == date);
        Some(
            made_up
                .map_or_else(|| date.weekday().number_from_monday().try_into().unwrap(), |(_, like)| *like),
        )
    }

    /// Whether a wall time lies in a shift of its date, or of the date before.
    fn is_in_shift(&self, wall: i64) -> bool {
        let date = Timestamp::from_millis(wall).utc().date_naive();
        let minute = u16::try_from(wall.rem_euclid(DAY) / MINUTE).unwrap();
        let begun_on = |date: NaiveDate| {
            let day = self.weekday(date);
            self.shifts.iter().filter(move |(days, ..)| day.is_some_and(|day| days.contains(&day)))
        };
        begun_on(date).any(|(_, from, to)| *from <= minute && (minute < *to || to <= from))
            || begun_on(date.pred_opt().unwrap()).any(|(_, from, to)| to <= from && minute < *to)
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    let days = prop::collection::btree_set(1_u8..=7, 1..=7).prop_map(|days| days.into_iter().collect());
    // In quarters of an hour: edges meet.
    let shift = (days, 0_u16..96, 0_u16..=96).prop_map(|(days, from, to)| (days, from * 15, to * 15));
    let shifts = prop::collection::vec(shift, 0..4);
    let holidays = prop::collection::btree_set(-2_i64..6, 0..3);
    let make_up_days = prop::collection::btree_map(-2_i64..6, 1_u8..=7, 0..3);
    let zone = prop::sample::select(&chrono_tz::TZ_VARIANTS[..]);
    let instant = (63_072_000_000_i64..4_102_444_800_000, prop::option::of(-DAY..DAY));
    (shifts, holidays, make_up_days, zone, instant).prop_map(
        |(shifts, holidays, make_up, zone, (from, near))| {
            let change = near.and_then(|apart| Some(next_change(zone, from)? + apart));
            let from = change.unwrap_or(from).div_euclid(MINUTE) * MINUTE;
            let date = |apart: i64| Timestamp::from_millis(from).date(zone) + Duration::days(apart);
            Case {
                zone,
                make_up_days: make_up
                    .into_iter()
                    .filter(|(apart, _)| !holidays.contains(apart))
                    .map(|(apart, like)| (date(apart), like))
                    .collect(),
                holidays: holidays.into_iter().map(date).collect(),
                shifts,
                from,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A shift lasts while the latest wall time that was shown so far lies in it.
    #[test]
    fn on_duty_is_what_a_walk_over_the_clock_says(case in any_case()) {
        // In Liberia clocks were 44 minutes and 30 seconds late until 1972; whole minutes are walked.
        prop_assume!((shown(case.zone, case.from) - case.from) % MINUTE == 0);
        let (working, availability) = (case.working(), case.availability());
        let mut latest = i64::MIN;
        for n in -1_440..1_800 {
            let moment = case.from + n * MINUTE;
            latest = latest.max(shown(case.zone, moment));
            // What began before the walk may be shown again at first.
            if n >= 0 {
                let is = availability.is_on_duty(Timestamp::from_millis(moment), &working);
                prop_assert_eq!(is, case.is_in_shift(latest), "{}", Timestamp::from_millis(moment));
            }
        }
    }

    /// Two shifts overlap where a week has a minute that lies in both.
    #[test]
    fn overlaps_are_those_of_a_week_in_minutes(case in any_case()) {
        let mut covered = vec![0_u8; 7 * 1440];
        let mut expected = Vec::new();
        for (n, (days, from, to)) in case.shifts.iter().enumerate() {
            let length = if to <= from { to + 1440 - from } else { to - from };
            let mut is_twice = false;
            for day in days {
                let start = usize::from(day - 1) * 1440 + usize::from(*from);
                for minute in start..start + usize::from(length) {
                    covered[minute % (7 * 1440)] += 1;
                    is_twice |= covered[minute % (7 * 1440)] > 1;
                }
            }
            if is_twice {
                expected.push(format!("/shifts/{n} overlap"));
            }
        }
        prop_assert_eq!(faults(|faults| case.availability().check(faults)), expected);
    }

    /// A valid document with one member spoiled has a fault at that member.
    #[test]
    fn what_is_spoiled_has_a_fault_at_its_pointer(
        count in 1_usize..=7, place in 0_usize..7, spoil in 0_usize..7, much in 1_u32..1_000,
    ) {
        let mut shifts: Vec<Value> =
            (1..=count).map(|day| json!({"days": [day], "from": "09:00", "to": "18:00"})).collect();
        let mut absences = vec![json!({"from": "2027-03-01T00:00:00Z", "to": "2027-03-02T00:00:00Z"}); count];
        let place = place % count;
        let mut document = json!({"open_max": 5, "daily_max": 5, "weight": 5});
        prop_assert!(faults(|faults| availability_of(&document).check(faults)).is_empty());
        let pointer = match spoil {
            0 => { document["open_max"] = json!(1_000_000 + much); "/open_max".to_owned() }
            1 => { document["daily_max"] = json!(1_000_000 + much); "/daily_max".to_owned() }
            2 => { document["weight"] = json!(100 + much); "/weight".to_owned() }
            3 => { shifts[place]["days"] = json!([]); format!("/shifts/{place}/days") }
            4 => { shifts[place]["from"] = json!("24:00"); format!("/shifts/{place}/from") }
            5 => { shifts.push(shifts[place].clone()); format!("/shifts/{count}") }
            _ => { absences[place]["to"] = json!("2027-02-01T00:00:00Z"); format!("/absences/{place}/to") }
        };
        document["shifts"] = json!(shifts);
        document["absences"] = json!(absences);
        let found = faults(|faults| availability_of(&document).check(faults));
        prop_assert!(found.iter().any(|fault| fault.split(' ').next() == Some(&pointer)), "{:?}", found);
    }

    #[test]
    fn somebody_is_away_within_any_of_their_absences(
        spans in prop::collection::vec((0_i64..1_000, prop::option::of(1_i64..300)), 0..6),
        moment in 0_i64..1_400,
    ) {
        let time = Timestamp::from_millis;
        let absences = spans.iter().map(|(from, length)| {
            Absence { from: time(*from), to: length.map(|length| time(from + length)), note: None }
        });
        let of = Availability { absences: absences.collect(), ..Availability::default() };
        let mut days = vec![false; 1_400];
        for (from, length) in &spans {
            let (from, to) = (usize::try_from(*from).unwrap(), length.map_or(1_400, |length| from + length));
            days[from..usize::try_from(to).unwrap().min(1_400)].fill(true);
        }
        prop_assert_eq!(of.is_absent(time(moment)), days[usize::try_from(moment).unwrap()]);
    }
}
