//! When an ownership ends by itself, when its owner is warned, and what is due until when: by hand, and against
//! a reference that counts days and minutes one by one. What is done then is in `simulation.rs`.

use std::fmt::Write;

use chrono::{Datelike, Duration, NaiveDate};
use leaddock::assignment::terms::model::{Due, Recycling, Terms};
use leaddock::assignment::terms::{Deadline, Measure, Ownership, Recycle, SlaSettings, Step, Unit};
use leaddock::calendar::WorkingTime;
use leaddock::inquiries::Status;
use leaddock::inquiries::events::RecycleReason;
use leaddock::kernel::clock::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::setup::{at, faults, inquiry, team, user, working};

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

fn recycle(document: Value) -> Recycle {
    serde_json::from_value(document).unwrap()
}

fn sla(document: Value) -> SlaSettings {
    serde_json::from_value(document).unwrap()
}

/// Monday the 1st of March 2027; Wednesday is a holiday, Saturday a make-up day.
fn march() -> WorkingTime {
    working(&json!({"holidays": [{"date": "2027-03-03"}], "make_up_days": [{"date": "2027-03-06"}]}))
}

/// A moment of March 2027 in Shanghai: `01 10:00`.
fn local(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    at(&format!("2027-03-{day}T{time}:00+08:00"))
}

fn owned_since(assigned_at: Timestamp) -> Ownership {
    Ownership {
        assigned_at,
        accepted_at: None,
        last_contacted_at: None,
        status_changed_at: None,
        warned_at: None,
    }
}

fn recycling(recycle: &Recycle, ownership: &Ownership) -> Option<Recycling> {
    let working = march();
    Terms { recycle, sla: &SlaSettings::default(), working: &working }.recycling(ownership)
}

#[test]
fn days_are_counted_from_the_last_of_what_extends_them() {
    let all = json!({"no_contact_days": 3, "no_status_change_days": 5, "hard_days": 7, "warn_days": 2});
    let days = json!({"unit": "day", "no_contact_days": 3, "hard_days": 5, "warn_days": 1});
    use RecycleReason::{Hard, NoContact, NoStatusChange};
    for (settings, contacted, moved, end, reason, warn) in [
        // Tuesday, Thursday, Friday; the make-up day, Monday, Tuesday, Wednesday.
        (&all, None, None, "05 10:00", NoContact, "02 10:00"),
        (&all, Some("01 11:00"), None, "05 11:00", NoContact, "02 11:00"),
        (&all, Some("02 09:30"), None, "06 09:30", NoContact, "04 09:30"),
        // On the holiday it counts from the next working day on.
        (&all, Some("03 12:00"), None, "06 12:00", NoContact, "04 12:00"),
        (&all, Some("05 12:00"), None, "08 10:00", NoStatusChange, "05 10:00"),
        (&all, Some("05 12:00"), Some("01 10:01"), "08 10:01", NoStatusChange, "05 10:01"),
        (&all, Some("08 12:00"), Some("08 12:00"), "10 10:00", Hard, "08 10:00"),
        // What was before them was another owner's.
        (&all, Some("01 09:59"), Some("01 09:59"), "05 10:00", NoContact, "02 10:00"),
        (&all, Some("01 10:00"), None, "05 10:00", NoContact, "02 10:00"),
        // A move is no contact.
        (&all, None, Some("05 09:00"), "05 10:00", NoContact, "02 10:00"),
        (&days, None, None, "04 10:00", NoContact, "03 10:00"),
        (&days, Some("04 09:00"), None, "06 10:00", Hard, "05 10:00"),
    ] {
        let ownership = Ownership {
            last_contacted_at: contacted.map(local),
            status_changed_at: moved.map(local),
            ..owned_since(local("01 10:00"))
        };
        let expected = Recycling { at: local(end), reason, warn_at: Some(local(warn)), warned_at: None };
        assert_eq!(recycling(&recycle(settings.clone()), &ownership), Some(expected), "{ownership:?}");
    }
}

#[test]
fn accepting_extends_nothing() {
    let settings = recycle(json!({"no_contact_days": 3, "no_status_change_days": 5}));
    let ownership = owned_since(local("01 10:00"));
    let accepted = Ownership { accepted_at: Some(local("04 10:00")), ..ownership };
    assert_eq!(recycling(&settings, &accepted), recycling(&settings, &ownership));
}

#[test]
fn without_terms_or_working_days_there_is_no_end() {
    let ownership = owned_since(local("01 10:00"));
    assert_eq!(recycling(&recycle(json!({})), &ownership), None);
    let closed = working(&json!({"week": {}, "make_up_days": [{"date": "2027-03-02", "as": 1}]}));
    for (days, unit, is_some) in [(1, "working_day", false), (1, "day", true), (365, "day", true)] {
        let settings = recycle(json!({"unit": unit, "hard_days": days}));
        let terms = Terms { recycle: &settings, sla: &SlaSettings::default(), working: &closed };
        assert_eq!(terms.recycling(&ownership).is_some(), is_some, "{days} {unit}");
    }
    // 365 working days are more than the calendar looks through at once.
    let long = recycling(&recycle(json!({"hard_days": 365})), &ownership).unwrap();
    assert_eq!(long.at, at("2028-07-24T10:00:00+08:00"));
}

#[test]
fn a_term_no_longer_than_its_warning_has_none() {
    for (days, warn, warn_at) in [
        (3, 2, Some("02 10:00")),
        (2, 2, None),
        (1, 2, None),
        (3, 0, None),
        (3, 3, None),
        (3, 365, None),
        (4, 3, Some("02 10:00")),
    ] {
        let settings = recycle(json!({"no_contact_days": days, "warn_days": warn}));
        let found = recycling(&settings, &owned_since(local("01 10:00"))).unwrap();
        assert_eq!(found.warn_at, warn_at.map(local), "{days} {warn}");
    }
}

#[test]
fn a_warning_that_is_more_than_an_hour_late_leaves_the_days_of_the_warning() {
    let settings = recycle(json!({"no_contact_days": 3, "hard_days": 7, "warn_days": 2}));
    for (warned, end) in [
        ("02 10:00", "05 10:00"),
        ("02 11:00", "05 10:00"),
        ("02 11:01", "05 11:01"),
        ("04 09:00", "06 09:00"),
        // After the end, too.
        ("05 10:00", "08 10:00"),
        ("10 08:00", "12 08:00"),
        // On the holiday.
        ("03 15:00", "05 15:00"),
    ] {
        let warned_at = Some(local(warned));
        let ownership = Ownership { warned_at, ..owned_since(local("01 10:00")) };
        let found = recycling(&settings, &ownership).unwrap();
        let reason = RecycleReason::NoContact;
        assert_eq!(found, Recycling { at: local(end), reason, warn_at: None, warned_at }, "{warned}");
    }
    // The hour is one by the clock, to the millisecond.
    let edge = local("02 11:00").plus(Duration::milliseconds(1));
    let ownership = Ownership { warned_at: Some(edge), ..owned_since(local("01 10:00")) };
    let end = local("05 11:00").plus(Duration::milliseconds(1));
    assert_eq!(recycling(&settings, &ownership).unwrap().at, end);
}

#[test]
fn a_warning_counts_only_for_the_end_that_it_came_before() {
    let settings = recycle(json!({"no_contact_days": 3, "hard_days": 7, "warn_days": 2}));
    let warned = Ownership { warned_at: Some(local("02 10:00")), ..owned_since(local("01 10:00")) };
    // A contact moves the end: they are warned again.
    let contacted = Ownership { last_contacted_at: Some(local("04 12:00")), ..warned };
    let found = recycling(&settings, &contacted).unwrap();
    assert_eq!(
        (found.at, found.warn_at, found.warned_at),
        (local("08 12:00"), Some(local("05 12:00")), None)
    );
    // A status does not: the warning holds.
    let moved = Ownership { status_changed_at: Some(local("04 12:00")), ..warned };
    let found = recycling(&settings, &moved).unwrap();
    assert_eq!((found.at, found.warn_at, found.warned_at), (local("05 10:00"), None, warned.warned_at));
    // Longer terms: the warning was too early. Shorter ones: it came late, so the days of the warning are left.
    let longer = recycle(json!({"no_contact_days": 5, "warn_days": 2}));
    assert_eq!(recycling(&longer, &warned).unwrap().warn_at, Some(local("05 10:00")));
    let late = Ownership { warned_at: Some(local("05 10:00")), ..warned };
    let found = recycling(&settings, &late).unwrap();
    assert_eq!((found.at, found.warn_at), (local("08 10:00"), None));
}

#[test]
fn a_long_term_keeps_its_time_of_day_where_clocks_go_forward() {
    let new_york = working(&json!({"timezone": "America/New_York"}));
    // 02:30 does not exist on the hundredth day.
    let ownership = owned_since(at("2026-12-04T07:30:00Z"));
    for (days, end) in [
        (99, "2027-03-13T07:30:00Z"),
        (100, "2027-03-14T07:00:00Z"),
        (101, "2027-03-15T06:30:00Z"),
        (365, "2027-12-04T07:30:00Z"),
    ] {
        let settings = recycle(json!({"unit": "day", "hard_days": days}));
        let terms = Terms { recycle: &settings, sla: &SlaSettings::default(), working: &new_york };
        assert_eq!(terms.recycling(&ownership).unwrap().at, at(end), "{days}");
    }
}

// ---- deadlines

fn written(due: &Due) -> String {
    match due {
        Due::Breach(deadline) => format!("breach of {}", deadline.word()),
        Due::Step(Step { on, minutes, r#do }) => format!("{} at {minutes} of {}", r#do.word(), on.word()),
    }
}

/// What is due, each with its local time in March.
fn due(sla: &SlaSettings, ownership: &Ownership) -> String {
    let (working, none) = (march(), Recycle::default());
    let due = Terms { recycle: &none, sla, working: &working }.due(ownership);
    due.iter().fold(String::new(), |mut text, (at, due)| {
        let local = at.utc().with_timezone(&chrono_tz::Asia::Shanghai);
        write!(text, "{} {}; ", local.format("%d %H:%M"), written(due)).unwrap();
        text
    })
}

#[test]
fn what_is_due_comes_in_its_order_while_the_clocks_run() {
    let settings = json!({"accept_minutes": 10, "first_contact_minutes": 30, "working_time": true, "ladder": [
        {"on": "first_contact", "minutes": 60, "do": "pool"},
        {"on": "first_contact", "minutes": 30, "do": "tell_manager"},
        {"on": "accept", "minutes": 30, "do": "reassign"},
        {"on": "accept", "minutes": 5, "do": "remind_owner"}]});
    let fresh = owned_since(local("01 17:40"));
    let sla = sla(settings);
    assert_eq!(
        due(&sla, &fresh),
        "01 17:45 remind_owner at 5 of accept; 01 17:50 breach of accept; \
        02 09:10 breach of first_contact; 02 09:10 tell_manager at 30 of first_contact; \
        02 09:10 reassign at 30 of accept; 02 09:40 pool at 60 of first_contact; "
    );
    let accepted = Ownership { accepted_at: Some(local("01 17:41")), ..fresh };
    let of_contact = "02 09:10 breach of first_contact; 02 09:10 tell_manager at 30 of first_contact; \
        02 09:40 pool at 60 of first_contact; ";
    assert_eq!(due(&sla, &accepted), of_contact);
    // A contact ends both clocks; another owner's none.
    let contacted = Ownership { last_contacted_at: Some(local("01 17:41")), ..fresh };
    assert_eq!(due(&sla, &contacted), "");
    let before = Ownership { last_contacted_at: Some(local("01 17:39")), ..accepted };
    assert_eq!(due(&sla, &before), of_contact);
    // Without a deadline none of its steps; by the clock on the wall.
    let without = SlaSettings { first_contact_minutes: None, working_time: false, ..sla.clone() };
    assert_eq!(
        due(&without, &fresh),
        "01 17:45 remind_owner at 5 of accept; 01 17:50 breach of accept; 01 18:10 reassign at 30 of accept; "
    );
    assert_eq!(due(&SlaSettings { accept_minutes: None, ..without }, &fresh), "");
}

#[test]
fn working_minutes_end_at_the_end_of_an_interval_and_pass_over_holidays() {
    for (from, minutes, end) in [
        ("01 17:30", 30, "01 18:00"),
        ("01 17:30", 31, "02 09:01"),
        ("01 20:00", 1, "02 09:01"),
        ("02 17:59", 2, "04 09:01"),
        ("03 12:00", 30, "04 09:30"),
        ("05 17:00", 120, "06 10:00"),
        ("06 18:00", 30, "08 09:30"),
        ("01 09:00", 43_200, "none"),
    ] {
        let sla = sla(json!({"first_contact_minutes": minutes, "ladder": []}));
        let (working, none) = (march(), Recycle::default());
        let terms = Terms { recycle: &none, sla: &sla, working: &working };
        let found = terms.due_at(&owned_since(local(from)), Deadline::FirstContact);
        if end == "none" {
            // 80 working days of nine hours: in June.
            assert_eq!(found.unwrap().date(working.zone()), "2027-06-18".parse().unwrap());
        } else {
            assert_eq!(found, Some(local(end)), "{from} {minutes}");
        }
    }
}

#[test]
fn the_next_deadline_is_the_earliest_that_is_not_done() {
    let settings = recycle(json!({"no_contact_days": 3, "warn_days": 2}));
    let sla = sla(json!({"accept_minutes": 10, "first_contact_minutes": 30, "ladder": []}));
    let working = march();
    let terms = Terms { recycle: &settings, sla: &sla, working: &working };
    let ownership = owned_since(local("01 10:00"));
    let next = |ownership: &Ownership, done: Option<&str>| {
        terms.deadlines(ownership, done.map(local)).next_deadline_at.unwrap()
    };
    assert_eq!(next(&ownership, None), local("01 10:10"));
    assert_eq!(next(&ownership, Some("01 10:09")), local("01 10:10"));
    assert_eq!(next(&ownership, Some("01 10:10")), local("01 10:30"));
    assert_eq!(next(&ownership, Some("01 10:30")), local("02 10:00"), "the warning");
    // A warning that is due and was not given is next, whatever was done.
    assert_eq!(next(&ownership, Some("04 10:00")), local("02 10:00"));
    let warned = Ownership { warned_at: Some(local("02 10:00")), ..ownership };
    assert_eq!(next(&warned, Some("02 10:00")), local("05 10:00"), "the end");
    let deadlines = terms.deadlines(&warned, None);
    assert_eq!(deadlines.recycle_at, Some(local("05 10:00")));
    assert_eq!(deadlines.recycle_warned_at, warned.warned_at);
    assert_eq!(deadlines.accept_due_at, Some(local("01 10:10")));
    assert_eq!(deadlines.first_contact_due_at, Some(local("01 10:30")));
}

#[test]
fn only_open_work_that_somebody_holds_has_terms() {
    let held = || {
        let mut inquiry = inquiry(&json!({}));
        (inquiry.assignee_id, inquiry.team_id) = (Some(user(1)), Some(team(0)));
        inquiry.assigned_at = Some(local("01 10:00"));
        inquiry
    };
    assert_eq!(Ownership::of(&held()), Some(owned_since(local("01 10:00"))));
    for status in Status::ALL {
        let inquiry = leaddock::inquiries::Inquiry { status: *status, ..held() };
        let is_open = status.category() == leaddock::inquiries::Category::Open;
        assert_eq!(Ownership::of(&inquiry).is_some(), is_open, "{status:?}");
    }
    let binned = leaddock::inquiries::Inquiry { deleted_at: Some(local("01 10:00")), ..held() };
    assert_eq!((Ownership::of(&binned), Ownership::of(&inquiry(&json!({})))), (None, None));
}

#[test]
fn what_is_wrong_with_settings_has_its_pointer() {
    let step = |minutes: u32| json!({"on": "accept", "minutes": minutes, "do": "pool"});
    for (document, expected) in [
        (json!({}), &[][..]),
        (json!({"accept_minutes": 1, "first_contact_minutes": 43_200}), &[]),
        (
            json!({"accept_minutes": 0, "first_contact_minutes": 43_201}),
            &["/accept_minutes out_of_range", "/first_contact_minutes out_of_range"],
        ),
        (
            json!({"ladder": [step(1), step(0), step(43_201)]}),
            &["/ladder/1/minutes out_of_range", "/ladder/2/minutes out_of_range"],
        ),
        (json!({"ladder": [step(5), step(6), step(5)]}), &["/ladder/2 step_twice"]),
    ] {
        assert_eq!(faults(|faults| sla(document.clone()).check(faults)), expected, "{document}");
    }
    for (document, expected) in [
        (json!({"no_contact_days": 1, "hard_days": 365, "warn_days": 0}), &[][..]),
        (
            json!({"no_contact_days": 0, "no_status_change_days": 366, "hard_days": 0, "warn_days": 366}),
            &[
                "/recycle/no_contact_days out_of_range",
                "/recycle/no_status_change_days out_of_range",
                "/recycle/hard_days out_of_range",
                "/recycle/warn_days out_of_range",
            ],
        ),
    ] {
        assert_eq!(faults(|faults| recycle(document.clone()).check(faults)), expected, "{document}");
    }
    assert!(
        Measure::ALL.iter().all(|measure| {
            measure.ends_ownership() == matches!(measure, Measure::Pool | Measure::Reassign)
        })
    );
}

// ---- against a reference, where a day has 24 hours

#[derive(Debug, Clone)]
struct Case {
    holidays: Vec<NaiveDate>,
    make_up_days: Vec<NaiveDate>,
    recycle: Recycle,
    ownership: Ownership,
}

impl Case {
    fn working(&self) -> WorkingTime {
        let dates = |dates: &[NaiveDate]| dates.iter().map(|date| json!({ "date": date })).collect::<Value>();
        working(&json!({"holidays": dates(&self.holidays), "make_up_days": dates(&self.make_up_days)}))
    }

    fn is_working(&self, date: NaiveDate) -> bool {
        let is_in_week = date.weekday().number_from_monday() <= 5;
        self.make_up_days.contains(&date) || (is_in_week && !self.holidays.contains(&date))
    }

    /// So many days later, counted one by one.
    fn later(&self, from: Timestamp, days: u32) -> Timestamp {
        let (mut at, mut left) = (from, days);
        while left > 0 {
            at = at.plus(Duration::days(1));
            let counts =
                self.recycle.unit == Unit::Day || self.is_working(at.date(chrono_tz::Asia::Shanghai));
            left -= u32::from(counts);
        }
        at
    }

    /// Of working days by their dates.
    fn is_not_earlier(&self, at: Timestamp, than: Timestamp) -> bool {
        let date = |at: Timestamp| at.date(chrono_tz::Asia::Shanghai);
        if self.recycle.unit == Unit::Day { at >= than } else { date(at) >= date(than) }
    }

    /// The end and its warning, as the contract says it.
    fn expected(&self) -> Option<(Timestamp, Option<Timestamp>)> {
        let (of, is) = (&self.recycle, &self.ownership);
        let own = |at: Option<Timestamp>| at.filter(|at| *at >= is.assigned_at).unwrap_or(is.assigned_at);
        let terms = [
            (of.no_contact_days, own(is.last_contacted_at)),
            (of.no_status_change_days, own(is.status_changed_at)),
            (of.hard_days, is.assigned_at),
        ];
        let ends = terms.into_iter().filter_map(|(days, start)| Some((days?, start)));
        let (days, start) = ends.min_by_key(|(days, start)| self.later(*start, *days))?;
        let end = self.later(start, days);
        if of.warn_days == 0 || days <= of.warn_days {
            return Some((end, None));
        }
        let warn_at = self.later(start, days - of.warn_days);
        match is.warned_at.filter(|warned| *warned >= warn_at) {
            None => Some((end, Some(warn_at))),
            Some(warned) if warned.since(warn_at) > Duration::hours(1) => {
                Some((end.max(self.later(warned, of.warn_days)), None))
            }
            Some(_) => Some((end, None)),
        }
    }

    fn recycling(&self, ownership: &Ownership) -> Option<Recycling> {
        let working = self.working();
        Terms { recycle: &self.recycle, sla: &SlaSettings::default(), working: &working }.recycling(ownership)
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    let date = |apart: i64| NaiveDate::from_ymd_opt(2027, 3, 1).unwrap() + Duration::days(apart);
    let dates = prop::collection::btree_map(-5_i64..60, any::<bool>(), 0..12);
    let days = || prop::option::of(1_u32..25);
    let recycle = (any::<bool>(), days(), days(), days(), 0_u32..6);
    let within = |days: i64| prop::option::of(-5 * DAY..days * DAY);
    let times = (0..7 * DAY, within(30), within(30), within(40));
    (dates, recycle, times).prop_map(move |(dates, recycle, times)| {
        let ((is_day, contact, status, hard, warn), (assigned, contacted, moved, warned)) = (recycle, times);
        let of = |is_holiday: bool| {
            let those = dates.iter().filter(move |(_, holiday)| **holiday == is_holiday);
            those.map(|(apart, _)| date(*apart)).collect()
        };
        let assigned_at = local("01 00:00").plus(Duration::milliseconds(assigned));
        let later = |apart: Option<i64>| apart.map(|apart| assigned_at.plus(Duration::milliseconds(apart)));
        Case {
            holidays: of(true),
            make_up_days: of(false),
            recycle: recycle_of(is_day, [contact, status, hard], warn),
            ownership: Ownership {
                last_contacted_at: later(contacted),
                status_changed_at: later(moved),
                warned_at: later(warned),
                ..owned_since(assigned_at)
            },
        }
    })
}

fn recycle_of(is_day: bool, [contact, status, hard]: [Option<u32>; 3], warn_days: u32) -> Recycle {
    recycle(json!({"unit": if is_day { "day" } else { "working_day" }, "no_contact_days": contact,
        "no_status_change_days": status, "hard_days": hard, "warn_days": warn_days}))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_end_is_that_of_days_counted_one_by_one(case in any_case()) {
        let found = case.recycling(&case.ownership);
        prop_assert_eq!(found.map(|found| (found.at, found.warn_at)), case.expected());
        prop_assert_eq!(case.recycling(&case.ownership), found, "the same state gives the same dates");
    }

    #[test]
    fn an_end_is_after_its_beginning_and_its_warning(case in any_case()) {
        let Some(found) = case.recycling(&case.ownership) else { return Ok(()) };
        prop_assert!(found.at > case.ownership.assigned_at);
        prop_assert!(found.warn_at.is_none_or(|warn_at| case.ownership.assigned_at < warn_at && warn_at < found.at));
        prop_assert!(found.warn_at.is_none() || found.warned_at.is_none());
        prop_assert!(found.warned_at.is_none_or(|warned| warned < found.at), "nobody is warned too late");
    }

    /// The later the contact, the later the end; the same for a status, and both leave the hard end alone. Of
    /// working days that holds for the dates: from Friday 18:00 one lasts until Monday 18:00, from Saturday
    /// 10:00 until Monday 10:00.
    #[test]
    fn contacts_bring_no_end_forward(case in any_case(), more in 0..10 * DAY, is_contact in any::<bool>()) {
        let before = Ownership { warned_at: None, ..case.ownership };
        let later = |at: Option<Timestamp>| {
            Some(at.unwrap_or(before.assigned_at).plus(Duration::milliseconds(more)))
        };
        let after = if is_contact {
            Ownership { last_contacted_at: later(before.last_contacted_at), ..before }
        } else {
            Ownership { status_changed_at: later(before.status_changed_at), ..before }
        };
        let Some(found) = case.recycling(&before) else { return Ok(()) };
        let then = case.recycling(&after).unwrap();
        prop_assert!(case.is_not_earlier(then.at, found.at));
        if let Some(hard) = case.recycle.hard_days {
            prop_assert!(then.at <= case.later(case.ownership.assigned_at, hard));
        }
        if let (Some(warn_at), Some(then)) = (found.warn_at, then.warn_at) {
            prop_assert!(case.is_not_earlier(then, warn_at));
        }
    }

    /// Whoever was warned and then reaches the person loses nothing by it, but for the hour that a warning may
    /// be late. (Where a term is no longer than its warning, nothing is promised.)
    #[test]
    fn a_contact_after_a_warning_brings_no_end_forward(case in any_case(), late in 0..DAY, more in 0..10 * DAY) {
        let Recycle { no_contact_days, no_status_change_days, hard_days, warn_days, .. } = case.recycle;
        let terms = [no_contact_days, no_status_change_days, hard_days];
        prop_assume!(terms.into_iter().flatten().all(|days| days > warn_days));
        let before = Ownership { warned_at: None, ..case.ownership };
        let Some(warn_at) = case.recycling(&before).and_then(|found| found.warn_at) else { return Ok(()) };
        let warned_at = warn_at.plus(Duration::milliseconds(late));
        let warned = Ownership { warned_at: Some(warned_at), ..before };
        let contacted_at = warned_at.plus(Duration::milliseconds(more)).max(before.last_contacted_at.unwrap_or(warned_at));
        let contacted = Ownership { last_contacted_at: Some(contacted_at), ..warned };
        let (found, then) = (case.recycling(&warned).unwrap(), case.recycling(&contacted).unwrap());
        let hour = Duration::hours(1);
        prop_assert!(case.is_not_earlier(then.at, found.at.minus(hour)), "{:?} {:?}", found, then);
    }

    #[test]
    fn minutes_are_those_of_a_walk(case in any_case(), minutes in 1_u32..2_000, is_working in any::<bool>()) {
        let assigned_at = Timestamp::from_millis(case.ownership.assigned_at.millis() / MINUTE * MINUTE);
        let ownership = owned_since(assigned_at);
        let sla = sla(json!({"accept_minutes": minutes, "working_time": is_working, "ladder": []}));
        let working = case.working();
        let found = Terms { recycle: &case.recycle, sla: &sla, working: &working }
            .due_at(&ownership, Deadline::Accept)
            .unwrap();
        let (mut at, mut left) = (assigned_at, minutes);
        while left > 0 {
            let wall = at.utc().with_timezone(&chrono_tz::Asia::Shanghai).naive_local();
            let is_open = case.is_working(wall.date()) && (9 * 60..18 * 60).contains(&(wall.and_utc().timestamp().rem_euclid(86_400) / 60));
            left -= u32::from(is_open || !is_working);
            at = at.plus(Duration::minutes(1));
        }
        prop_assert_eq!(found, at);
    }

    /// Each deadline and step whose clock runs is due exactly once, in the order of time, and a breach comes
    /// before a step of the same moment.
    #[test]
    fn what_is_due_is_complete_and_in_order(
        case in any_case(),
        accept in prop::option::of(1_u32..200),
        contact in prop::option::of(1_u32..200),
        steps in prop::collection::vec((any::<bool>(), 1_u32..200, 0_usize..4), 0..6),
        accepted in any::<bool>(),
        working_time in any::<bool>(),
    ) {
        let ladder: Vec<Step> = steps.iter().map(|(is_accept, minutes, measure)| Step {
            on: if *is_accept { Deadline::Accept } else { Deadline::FirstContact },
            minutes: *minutes,
            r#do: Measure::ALL[*measure],
        }).collect();
        let sla = SlaSettings { accept_minutes: accept, first_contact_minutes: contact, working_time, ladder };
        let assigned_at = case.ownership.assigned_at;
        let ownership = Ownership { accepted_at: accepted.then_some(assigned_at), ..case.ownership };
        let working = case.working();
        let due = Terms { recycle: &case.recycle, sla: &sla, working: &working }.due(&ownership);
        prop_assert!(due.is_sorted_by_key(|(at, due)| (*at, matches!(due, Due::Step(_)))));
        let is_contacted = ownership.last_contacted_at.is_some_and(|at| at >= assigned_at);
        let runs = |deadline: Deadline| match deadline {
            Deadline::Accept => accept.is_some() && !accepted && !is_contacted,
            Deadline::FirstContact => contact.is_some() && !is_contacted,
        };
        let mut expected: Vec<String> =
            Deadline::ALL.iter().filter(|of| runs(**of)).map(|of| written(&Due::Breach(*of))).collect();
        expected.extend(sla.ladder.iter().filter(|step| runs(step.on)).map(|step| written(&Due::Step(step.clone()))));
        let mut found: Vec<String> = due.iter().map(|(_, due)| written(due)).collect();
        (expected.sort(), found.sort());
        prop_assert_eq!(found, expected);
        prop_assert!(due.iter().all(|(at, _)| *at > assigned_at));
    }
}
