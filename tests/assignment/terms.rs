//! When an ownership ends by itself, when its owner is warned, and what is due until when: by hand.
//! The same against a reference is in `terms_reference.rs`, what is done then in `simulation.rs`.

use std::fmt::Write;

use chrono::Duration;
use leaddock::assignment::terms::model::{Due, Recycling, Terms};
use leaddock::assignment::terms::{Deadline, LadderStep, Ownership, Recycle, SlaSettings};
use leaddock::calendar::WorkingTime;
use leaddock::inquiries::Status;
use leaddock::inquiries::events::RecycleReason;
use leaddock::kernel::clock::Timestamp;
use leaddock::platform::settings::Setting;
use serde_json::{Value, json};

use crate::setup::{at, faults, inquiry, team, user, working};

pub fn recycle(document: Value) -> Recycle {
    serde_json::from_value(document).unwrap()
}

pub fn sla(document: Value) -> SlaSettings {
    serde_json::from_value(document).unwrap()
}

/// Monday the 1st of March 2027; Wednesday is a holiday, Saturday a make-up day.
fn march() -> WorkingTime {
    working(&json!({"holidays": [{"date": "2027-03-03"}], "make_up_days": [{"date": "2027-03-06"}]}))
}

/// A moment of March 2027 in Shanghai: `01 10:00`.
pub fn local(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    at(&format!("2027-03-{day}T{time}:00+08:00"))
}

pub fn owned_since(assigned_at: Timestamp) -> Ownership {
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
    // Longer terms: the warning was too early. A late one leaves the days of the warning.
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

pub fn written(due: &Due) -> String {
    match due {
        Due::Breach(deadline) => format!("breach of {}", deadline.word()),
        Due::Step(LadderStep { on, minutes, r#do }) => {
            format!("{} at {minutes} of {}", r#do.word(), on.word())
        }
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
}
