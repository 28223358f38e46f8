//! Lost reasons: why inquiries were closed without a deal.
//! Which reasons there are is the matter of `inquiries`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Figure, Mark, Scale, Slot};
use super::item::{Ask, Item, Thing, seconds};
use crate::inquiries::Status;
use crate::reports::groups::{REASONS, place};
use crate::reports::history::{Case, stage};

const CLOSED: Mark = 0;
const LOST: Mark = 1;
const INVALID: Mark = 2;
const NEVER_CONTACTED: Mark = 3;
const RANK_VIEWING: Mark = 4;

const TOOK: Slot = 0;
const TAX: Slot = 0;

pub static DEFINITION: Definition = Definition {
    name: "lost-reasons",
    title: ("流失原因", "Lost reasons"),
    kind: ReportKind::Activity,
    groups: groups!(Reason P S D T Status None),
    figures: &[
        Figure::count(
            "closed",
            CLOSED,
            ("结束", "Closed"),
            (
                "期间内流失或无效、至今仍是的线索。",
                "Inquiries that were lost or found invalid in the period, and still are.",
            ),
        ),
        Figure::count("lost", LOST, ("已流失", "Lost"), ("其中流失的。", "Of these, the lost ones.")),
        Figure::count(
            "invalid",
            INVALID,
            ("无效", "Invalid"),
            ("其中无效的。", "Of these, the invalid ones."),
        ),
        Figure::count(
            "never_contacted",
            NEVER_CONTACTED,
            ("从未联系上", "Never contacted"),
            ("结束前从来没有真正联系上的。", "Those whose person was never reached."),
        ),
        Figure::wan(
            "tax_wan",
            TAX,
            ("预计税收", "Expected tax"),
            ("这些线索每年预计税收之和，万元。", "Their tax a year, added up, in 10,000 yuan."),
        ),
        Figure::count(
            "rank_viewing",
            RANK_VIEWING,
            ("看房后流失", "Lost late"),
            ("曾经到达“看房中”或更远的。", "Those that had come as far as a viewing."),
        ),
        Figure::days(
            "days_p50",
            (CLOSED, TOOK, Scale::Days),
            50,
            ("用时中位数", "Days, median"),
            ("从收到到结束，一半不超过这么多天。", "Half were closed within so many days of their receipt."),
        ),
    ],
    depth: Depth::History,
    among: Among::Touched,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    let is_lost = case.status == Status::Lost;
    if !is_lost && case.status != Status::Invalid {
        return;
    }
    let Some(closed_at) = case.closed_at.filter(|at| ask.is_inside(*at)) else { return };
    let status = place(Status::ALL, case.status);
    let reason = case.reason.and_then(|reason| Some(status? * REASONS + i64::from(reason)));
    put(Item::of(case, Thing::Inquiry, closed_at)
        .own(reason)
        .mark(CLOSED)
        .mark(if is_lost { LOST } else { INVALID })
        .mark_if(case.last_contact.is_none(), NEVER_CONTACTED)
        .mark_if(stage(Status::Viewing).is_some_and(|viewing| case.rank >= viewing), RANK_VIEWING)
        .list(TOOK, seconds(case.received_at, closed_at))
        .sum(TAX, case.start.wanted.tax_fen));
}
