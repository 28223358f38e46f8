//! Terms against a reference that counts days and minutes one by one, in a zone where a day has 24 hours.
//! Single cases are in `terms.rs`.

use chrono::{Datelike, Duration, NaiveDate, Timelike};
use leaddock::assignment::terms::model::{Due, Recycling, Terms};
use leaddock::assignment::terms::{
    Deadline, EscalationAction, LadderStep, Ownership, Recycle, SlaSettings, Unit,
};
use leaddock::calendar::WorkingTime;
use leaddock::kernel::clock::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::setup::working;
use crate::terms::{local, owned_since, recycle, sla, written};

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

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
        let begin = case.ownership.assigned_at;
        prop_assert!(found.warn_at.is_none_or(|warn_at| begin < warn_at && warn_at < found.at));
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

    /// Whoever was warned and then reaches the person loses nothing by it, but for the hour that a warning
    /// may be late. (Where a term is no longer than its warning, nothing is promised.)
    #[test]
    fn a_contact_after_a_warning_brings_no_end_forward(
        case in any_case(), late in 0..DAY, more in 0..10 * DAY,
    ) {
        let Recycle { no_contact_days, no_status_change_days, hard_days, warn_days, .. } = case.recycle;
        let terms = [no_contact_days, no_status_change_days, hard_days];
        prop_assume!(terms.into_iter().flatten().all(|days| days > warn_days));
        let before = Ownership { warned_at: None, ..case.ownership };
        let Some(warn_at) = case.recycling(&before).and_then(|found| found.warn_at) else { return Ok(()) };
        let warned_at = warn_at.plus(Duration::milliseconds(late));
        let warned = Ownership { warned_at: Some(warned_at), ..before };
        let last = before.last_contacted_at.unwrap_or(warned_at);
        let contacted_at = warned_at.plus(Duration::milliseconds(more)).max(last);
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
            let is_open = case.is_working(wall.date()) && (9..18).contains(&wall.hour());
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
        let ladder: Vec<LadderStep> = steps.iter().map(|(is_accept, minutes, measure)| LadderStep {
            on: if *is_accept { Deadline::Accept } else { Deadline::FirstContact },
            minutes: *minutes,
            r#do: EscalationAction::ALL[*measure],
        }).collect();
        let sla =
            SlaSettings { accept_minutes: accept, first_contact_minutes: contact, working_time, ladder };
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
        let steps = sla.ladder.iter().filter(|step| runs(step.on));
        expected.extend(steps.map(|step| written(&Due::Step(step.clone()))));
        let mut found: Vec<String> = due.iter().map(|(_, due)| written(due)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        prop_assert!(due.iter().all(|(at, _)| *at > assigned_at));
    }
}
