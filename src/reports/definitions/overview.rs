//! The overview: what came in, and what it is now.
//! Its shape is that of all reports.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, Mark, Slot};
use super::item::{Ask, Item, Thing, seconds};
use crate::inquiries::Status;
use crate::reports::history::Case;

const RECEIVED: Mark = 0;
const VALID: Mark = 1;
const ASSIGNED: Mark = 2;
const NEW: Mark = 3;
const CONTACTED: Mark = 4;
const QUALIFIED: Mark = 5;
const VIEWING: Mark = 6;
const NEGOTIATING: Mark = 7;
const SIGNED: Mark = 8;
const LANDED: Mark = 9;
const LOST: Mark = 10;
const INVALID: Mark = 11;
const OPEN: Mark = 12;
const ANSWERED: Mark = 13;
const OVERDUE: Mark = 14;

const WALL: Slot = 0;
const WORK: Slot = 1;
const TAX: Slot = 0;

pub static DEFINITION: Definition = Definition {
    name: "overview",
    title: ("总览", "Overview"),
    kind: ReportKind::Cohort,
    groups: groups!(T P S D Status None),
    figures: &[
        Figure::count(
            "received",
            RECEIVED,
            ("收到", "Received"),
            ("在期间内收到的线索数。", "Inquiries received in the period."),
        ),
        Figure::count(
            "valid",
            VALID,
            ("有效", "Valid"),
            ("收到的线索中状态不是“无效”的。", "Of those received, the ones that are not invalid."),
        ),
        Figure::count(
            "assigned",
            ASSIGNED,
            ("已分配", "Assigned"),
            ("其中有经办人的。", "Of those received, the ones that have an owner."),
        ),
        Figure::count(
            "new",
            NEW,
            ("新线索", "New"),
            ("现在状态为“新线索”的。", "Those whose status is new."),
        ),
        Figure::count(
            "contacted",
            CONTACTED,
            ("已联系", "Contacted"),
            (
                "现在状态为“已联系”的；曾经到过的见漏斗。",
                "Those whose status is contacted; what passed through it is in the funnel.",
            ),
        ),
        Figure::count(
            "qualified",
            QUALIFIED,
            ("有意向", "Qualified"),
            ("现在状态为“有意向”的。", "Those whose status is qualified."),
        ),
        Figure::count(
            "viewing",
            VIEWING,
            ("看房中", "Viewing"),
            ("现在状态为“看房中”的。", "Those whose status is viewing."),
        ),
        Figure::count(
            "negotiating",
            NEGOTIATING,
            ("洽谈中", "Negotiating"),
            ("现在状态为“洽谈中”的。", "Those whose status is negotiating."),
        ),
        Figure::count(
            "signed",
            SIGNED,
            ("已签约", "Signed"),
            ("现在状态为“已签约”的。", "Those whose status is signed."),
        ),
        Figure::count(
            "landed",
            LANDED,
            ("已落地", "Landed"),
            ("现在状态为“已落地”的。", "Those whose status is landed."),
        ),
        Figure::count(
            "lost",
            LOST,
            ("已流失", "Lost"),
            ("现在状态为“已流失”的。", "Those whose status is lost."),
        ),
        Figure::count(
            "invalid",
            INVALID,
            ("无效", "Invalid"),
            ("现在状态为“无效”的。", "Those whose status is invalid."),
        ),
        Figure::count(
            "open",
            OPEN,
            ("跟进中", "Open"),
            ("还没有结果的：从新线索到洽谈中。", "Those without a result yet: from new to negotiating."),
        ),
        Figure::count(
            "overdue_follow_ups",
            OVERDUE,
            ("逾期跟进", "Overdue follow-ups"),
            (
                "这些线索的跟进计划中，到期而没有完成的。",
                "Planned follow-ups of these inquiries that are due and not done.",
            ),
        )
        .of(Counted::FollowUp),
        Figure::minutes(
            "response_p50_minutes",
            (ANSWERED, WALL),
            50,
            ("首次联系中位数", "Response, median"),
            (
                "从收到到首次真正联系上，一半的线索不超过这么多分钟。",
                "Half of the contacted ones were reached within so many minutes of their receipt.",
            ),
        ),
        Figure::minutes(
            "response_p90_minutes",
            (ANSWERED, WALL),
            90,
            ("首次联系九成", "Response, 90 %"),
            (
                "从收到到首次真正联系上，九成的线索不超过这么多分钟。",
                "Nine in ten of the contacted ones were reached within so many minutes of their receipt.",
            ),
        ),
        Figure::minutes(
            "response_p50_work_minutes",
            (ANSWERED, WORK),
            50,
            ("首次联系中位数（工作时间）", "Response in working time, median"),
            ("同上，只计工作时间。", "The same median, counting working time only."),
        ),
        Figure::minutes(
            "response_p90_work_minutes",
            (ANSWERED, WORK),
            90,
            ("首次联系九成（工作时间）", "Response in working time, 90 %"),
            ("九成的线索在这么多分钟工作时间内联系上。", "Nine in ten, counting working time only."),
        ),
        Figure::wan(
            "expected_tax_wan",
            TAX,
            ("预计税收", "Expected tax"),
            (
                "跟进中的线索每年预计税收之和，万元。",
                "The tax a year of the open ones, added up, in 10,000 yuan.",
            ),
        ),
    ],
    depth: Depth::Summary,
    among: Among::Received,
    items,
    background: None,
};

/// The mark of a status.
fn mark_of(status: Status) -> Mark {
    match status {
        Status::New => NEW,
        Status::Contacted => CONTACTED,
        Status::Qualified => QUALIFIED,
        Status::Viewing => VIEWING,
        Status::Negotiating => NEGOTIATING,
        Status::Signed => SIGNED,
        Status::Landed => LANDED,
        Status::Lost => LOST,
        Status::Invalid => INVALID,
    }
}

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    if !ask.is_inside(case.received_at) {
        return;
    }
    let is_open = case.is_open();
    let mut item = Item::inquiry(case)
        .mark(RECEIVED)
        .mark(mark_of(case.status))
        .mark_if(case.is_valid(), VALID)
        .mark_if(case.owner.is_some(), ASSIGNED)
        .mark_if(is_open, OPEN)
        .sum(TAX, case.start.wanted.tax_fen.filter(|_| is_open));
    if let Some(contact) = case.first_contact {
        let (wall, work) = (seconds(case.received_at, contact), ask.work_seconds(case.received_at, contact));
        item = item.mark(ANSWERED).list(WALL, wall).list(WORK, work);
    }
    put(item);
    for plan in case.overdue(ask.as_of) {
        let thing = Thing::FollowUp { number: plan.follow_up, since: plan.planned_at };
        put(Item::of(case, thing, case.received_at).mark(OVERDUE));
    }
}
