//! Ageing: how long what is open has been open, and what lies still.
//! Ages are differences of dates, not of moments.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Figure, Mark, Scale, Slot};
use super::item::{Ask, Item};
use crate::reports::groups::{AGES, band};
use crate::reports::history::Case;

const OPEN: Mark = 0;
const NEVER_CONTACTED: Mark = 1;
const NO_PLAN: Mark = 2;
const OVERDUE: Mark = 3;
const SILENT_7: Mark = 4;
const SILENT_14: Mark = 5;

const AGE: Slot = 0;
const TAX: Slot = 0;

pub static DEFINITION: Definition = Definition {
    name: "ageing",
    title: ("账龄", "Ageing"),
    kind: ReportKind::Stock,
    groups: groups!(Band P S D Status None),
    figures: &[
        Figure::count(
            "open",
            OPEN,
            ("跟进中", "Open"),
            ("还没有结果的线索。", "Inquiries without a result yet."),
        ),
        Figure::count(
            "never_contacted",
            NEVER_CONTACTED,
            ("从未联系上", "Never contacted"),
            ("从来没有真正联系上的。", "Those whose person was never reached."),
        ),
        Figure::count(
            "no_plan",
            NO_PLAN,
            ("没有计划", "No plan"),
            ("没有下一步跟进计划的。", "Those without a planned follow-up."),
        ),
        Figure::count(
            "overdue",
            OVERDUE,
            ("有逾期", "Overdue"),
            ("有到期而没有完成的跟进计划的。", "Those with a planned follow-up that is due and not done."),
        ),
        Figure::count(
            "silent_7",
            SILENT_7,
            ("7 天无联系", "Silent for 7 days"),
            (
                "最近一次真正联系（没有则自收到）已过七天的。",
                "Those last reached, or else received, seven days ago or more.",
            ),
        ),
        Figure::count(
            "silent_14",
            SILENT_14,
            ("14 天无联系", "Silent for 14 days"),
            (
                "最近一次真正联系（没有则自收到）已过十四天的。",
                "Those last reached, or else received, fourteen days ago or more.",
            ),
        ),
        Figure::days(
            "age_p50_days",
            (OPEN, AGE, Scale::Whole),
            50,
            ("年龄中位数", "Age, median"),
            (
                "一半的线索收到后不超过这么多天。",
                "Half of them were received no longer than so many days ago.",
            ),
        ),
        Figure::days(
            "age_p90_days",
            (OPEN, AGE, Scale::Whole),
            90,
            ("年龄九成", "Age, 90 %"),
            (
                "九成的线索收到后不超过这么多天。",
                "Nine in ten were received no longer than so many days ago.",
            ),
        ),
        Figure::days(
            "age_max_days",
            (OPEN, AGE, Scale::Whole),
            100,
            ("最老", "Oldest"),
            ("最老的一条收到后的天数。", "How many days ago the oldest was received."),
        ),
        Figure::wan(
            "expected_tax_wan",
            TAX,
            ("预计税收", "Expected tax"),
            ("这些线索每年预计税收之和，万元。", "Their tax a year, added up, in 10,000 yuan."),
        ),
    ],
    depth: Depth::History,
    among: Among::Open,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    if !case.is_open() || !ask.is_inside(case.received_at) {
        return;
    }
    let age = ask.days_since(case.received_at);
    let silent = ask.days_since(case.last_contact.unwrap_or(case.received_at));
    put(Item::inquiry(case)
        .own(band(&AGES, age.max(0)))
        .mark(OPEN)
        .mark_if(case.last_contact.is_none(), NEVER_CONTACTED)
        .mark_if(case.plans.iter().all(|plan| plan.done_at.is_some()), NO_PLAN)
        .mark_if(case.overdue(ask.as_of).next().is_some(), OVERDUE)
        .mark_if(silent >= 7, SILENT_7)
        .mark_if(silent >= 14, SILENT_14)
        .list(AGE, age)
        .sum(TAX, case.start.wanted.tax_fen));
}
