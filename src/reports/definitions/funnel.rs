//! The funnel: how far the inquiries of a period came, and where they broke off.
//! Stages are the statuses on the way to a landed one.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, How, Mark, StageFigure, Unit};
use super::item::{Ask, Item, seconds};
use crate::inquiries::Status;
use crate::reports::history::{Case, STAGES, stage};

// Seven each, one for a stage.
const REACHED: Mark = 0;
const HERE: Mark = 7;
const LOST: Mark = 14;
const INVALID: Mark = 21;
// Those of the totals.
const ALL_HERE: Mark = 28;
const ALL_LOST: Mark = 29;
const ALL_INVALID: Mark = 30;

const fn count(first: Mark, totals: Mark) -> How {
    How::Stage(StageFigure::Count { first, totals })
}

pub static DEFINITION: Definition = Definition {
    name: "funnel",
    title: ("漏斗", "Funnel"),
    kind: ReportKind::Cohort,
    groups: groups!(None P S D T),
    figures: &[
        Figure::new(
            "reached",
            Unit::Count,
            count(REACHED, REACHED),
            ("到达", "Reached"),
            (
                "曾经到达这一阶段或更远的线索；退回、流失都不减少。",
                "Inquiries that ever had this stage or a further one, whatever came later.",
            ),
        ),
        Figure::new(
            "here",
            Unit::Count,
            count(HERE, ALL_HERE),
            ("停留", "Here"),
            ("现在状态就是这一阶段的。", "Those whose status is this stage."),
        ),
        Figure::new(
            "lost",
            Unit::Count,
            count(LOST, ALL_LOST),
            ("在此流失", "Lost here"),
            ("最远到达这一阶段、现在已流失的。", "Those that are lost and came as far as this stage."),
        ),
        Figure::new(
            "invalid",
            Unit::Count,
            count(INVALID, ALL_INVALID),
            ("在此无效", "Invalid here"),
            ("最远到达这一阶段、现在为无效的。", "Those that are invalid and came as far as this stage."),
        ),
        Figure {
            key: "from_previous",
            unit: Unit::Share,
            how: How::Stage(StageFigure::FromPrevious { first: REACHED }),
            of: None,
            label: ("较上一阶段", "Of the stage before"),
            definition: (
                "到达这一阶段的占到达上一阶段的比例。",
                "What share of those that reached the stage before reached this one.",
            ),
        },
        Figure {
            key: "from_first",
            unit: Unit::Share,
            how: How::Stage(StageFigure::FromFirst { first: REACHED }),
            of: None,
            label: ("较第一阶段", "Of the first stage"),
            definition: (
                "到达这一阶段的占全部的比例；合计行是到达最后阶段的比例。",
                "What share of all reached this stage; in the totals, the last one.",
            ),
        },
        Figure::new(
            "days_p50",
            Unit::Days,
            How::Stage(StageFigure::Days { first: REACHED, list: 0 }),
            ("到达用时中位数", "Days to it, median"),
            (
                "从收到到第一次到达这一阶段，一半不超过这么多天。",
                "Half of those that reached the stage did so within so many days of their receipt.",
            ),
        )
        .of(Counted::Inquiry),
    ],
    depth: Depth::Summary,
    among: Among::Received,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    if !ask.is_inside(case.received_at) {
        return;
    }
    let mut item = Item::inquiry(case);
    for (place, at) in (0..=case.rank).zip(case.rank_at) {
        item = item
            .mark(at_stage(REACHED, place))
            .list(place, seconds(case.received_at, at.unwrap_or(case.received_at)));
    }
    let rank = case.rank.min(STAGES.len().saturating_sub(1));
    item = match (case.status, stage(case.status)) {
        (_, Some(here)) => item.mark(at_stage(HERE, here)).mark(ALL_HERE),
        (Status::Lost, None) => item.mark(at_stage(LOST, rank)).mark(ALL_LOST),
        (_, None) => item.mark(at_stage(INVALID, rank)).mark(ALL_INVALID),
    };
    put(item);
}

/// The mark of a stage.
fn at_stage(first: Mark, place: usize) -> Mark {
    first.saturating_add(Mark::try_from(place).unwrap_or(0))
}
