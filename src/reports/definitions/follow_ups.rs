//! Follow-ups: which plans were kept, and what came of the contacts.
//! How follow-ups are recorded is the matter of their room.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, How, Mark, Unit};
use super::item::{Ask, Item, Thing};
use crate::follow_ups::model::{Kind, Outcome};
use crate::reports::groups::place;
use crate::reports::history::Case;

const DUE: Mark = 0;
const ON_TIME: Mark = 1;
const LATE: Mark = 2;
const MISSED: Mark = 3;
const UPCOMING: Mark = 4;
const DONE: Mark = 5;
const REACHED: Mark = 6;
const NO_ANSWER: Mark = 7;
const WRONG_NUMBER: Mark = 8;
const REFUSED: Mark = 9;
const OTHER: Mark = 10;
const NO_OUTCOME: Mark = 11;
const REAL: Mark = 12;

const FOLLOW_UP: Counted = Counted::FollowUp;

pub static DEFINITION: Definition = Definition {
    name: "follow-ups",
    title: ("跟进", "Follow-ups"),
    kind: ReportKind::Activity,
    groups: groups!(T P Kind None),
    figures: &[
        Figure::count(
            "due",
            DUE,
            ("到期", "Due"),
            (
                "期间内到期的跟进计划：按时、迟到、未做与未到期之和。",
                "Plans that fall due in the period: on time, late, missed and upcoming.",
            ),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "on_time",
            ON_TIME,
            ("按时", "On time"),
            ("在到期那天结束之前完成的。", "Those done by the end of the date on which they were due."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "late",
            LATE,
            ("迟到", "Late"),
            ("在到期之后的日子才完成的。", "Those done on a later date than that on which they were due."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "missed",
            MISSED,
            ("未做", "Missed"),
            ("已到期而没有完成的。", "Those due and not done."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "upcoming",
            UPCOMING,
            ("未到期", "Upcoming"),
            ("还没有到期、也没有完成的。", "Those neither due yet nor done."),
        )
        .of(FOLLOW_UP),
        Figure::new(
            "on_time_share",
            Unit::Share,
            How::ShareWithout { part: ON_TIME, whole: DUE, less: UPCOMING },
            ("按时率", "On-time share"),
            ("按时的占已到期或已完成的比例。", "What share of those due or done was done on time."),
        ),
        Figure::count(
            "done",
            DONE,
            ("完成", "Done"),
            ("期间内完成的跟进，有无计划都算。", "Follow-ups done in the period, planned or not."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "reached",
            REACHED,
            ("联系上", "Reached"),
            ("结果为联系上的。", "Those with the outcome reached."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "no_answer",
            NO_ANSWER,
            ("无人接听", "No answer"),
            ("结果为无人接听的。", "Those with the outcome no answer."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "wrong_number",
            WRONG_NUMBER,
            ("号码错误", "Wrong number"),
            ("结果为号码错误的。", "Those with the outcome wrong number."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "refused",
            REFUSED,
            ("拒绝", "Refused"),
            ("结果为对方拒绝的。", "Those with the outcome refused."),
        )
        .of(FOLLOW_UP),
        Figure::count("other", OTHER, ("其他", "Other"), ("结果为其他的。", "Those with another outcome."))
            .of(FOLLOW_UP),
        Figure::count(
            "no_outcome",
            NO_OUTCOME,
            ("无结果", "No outcome"),
            ("没有记录结果的。", "Those without an outcome."),
        )
        .of(FOLLOW_UP),
        Figure::count(
            "real_contacts",
            REAL,
            ("真正联系", "Real contacts"),
            ("真正联系上对方的。", "Those that reached the person."),
        )
        .of(FOLLOW_UP),
    ],
    depth: Depth::History,
    among: Among::Touched,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    for plan in case.plans.iter().filter(|plan| ask.is_inside(plan.due_at)) {
        let state = match plan.done_at {
            Some(done_at) if ask.dates.day(done_at) > ask.dates.day(plan.due_at) => LATE,
            Some(_) => ON_TIME,
            None if plan.due_at <= ask.as_of => MISSED,
            None => UPCOMING,
        };
        let thing = Thing::FollowUp { number: plan.follow_up, since: plan.planned_at };
        let mut item = Item::of(case, thing, plan.due_at).own(place(Kind::ALL, plan.kind));
        if plan.done_at.is_some() {
            item = item.owned_by(plan.owner, plan.team);
        }
        put(item.mark(DUE).mark(state));
    }
    for done in case.done.iter().filter(|done| ask.is_inside(done.done_at)) {
        let outcome = match done.outcome {
            Some(Outcome::Reached) => REACHED,
            Some(Outcome::NoAnswer) => NO_ANSWER,
            Some(Outcome::WrongNumber) => WRONG_NUMBER,
            Some(Outcome::Refused) => REFUSED,
            Some(Outcome::Other) => OTHER,
            None => NO_OUTCOME,
        };
        let thing = Thing::FollowUp { number: done.follow_up, since: case.recorded_at(done.follow_up) };
        let item = Item::of(case, thing, done.done_at)
            .own(place(Kind::ALL, done.kind))
            .owned_by(done.owner, done.team);
        put(item.mark(DONE).mark(outcome).mark_if(done.is_real, REAL));
    }
}
