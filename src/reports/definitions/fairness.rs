//! Fairness: whether the rules gave to each what was their turn.
//! How turns are counted is the matter of `assignment`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, How, Mark, Scale, Slot, Unit};
use super::item::{Ask, Item, Thing};
use crate::assignment::decision::CandidateReason;
use crate::reports::history::{Case, Decision, DeedKind, Gain};

const ELIGIBLE: Mark = 0;
const ACTUAL: Mark = 1;
const INACTIVE: Mark = 2;
const WRONG_TEAM: Mark = 3;
const PAUSED: Mark = 4;
const ABSENT: Mark = 5;
const OFF_SHIFT: Mark = 6;
const FULL_OPEN: Mark = 7;
const FULL_DAY: Mark = 8;
const COOL_DOWN: Mark = 9;
const MANUAL: Mark = 10;
const CLAIMED: Mark = 11;
/// The same marks for the first candidate of a decision with each: in the totals a decision counts once.
const ONCE: Mark = 16;

/// Millionths of a millionth of a turn.
const EXPECTED: Slot = 0;
const WHOLE: i64 = 1_000_000_000_000;

const EVENT: Counted = Counted::Event;

const fn skipped(
    key: &'static str,
    mark: Mark,
    label: (&'static str, &'static str),
    definition: (&'static str, &'static str),
) -> Figure {
    Figure::new(key, Unit::Count, How::CountOnce(mark, mark + ONCE), label, definition).of(EVENT)
}

pub static DEFINITION: Definition = Definition {
    name: "fairness",
    title: ("公平性", "Fairness"),
    kind: ReportKind::Activity,
    groups: groups!(Agent None),
    figures: &[
        skipped(
            "eligible",
            ELIGIBLE,
            ("参与轮转", "Eligible"),
            (
                "轮转规则的决定中，可以轮到此人的次数。",
                "Decisions by turns in which they could have been next.",
            ),
        ),
        Figure::new(
            "expected",
            Unit::Number,
            How::Sum { sum: EXPECTED, scale: Scale::Pico },
            ("应得", "Expected"),
            (
                "按权重应得的次数：每次决定中其权重占可选者权重之和的比例，相加。",
                "What was their turn: in each decision their weight as a share of all weights, added up.",
            ),
        ),
        Figure::count(
            "actual",
            ACTUAL,
            ("实得", "Actual"),
            ("轮转规则实际选中此人的次数。", "How often they were chosen by turns."),
        )
        .of(EVENT),
        Figure::new(
            "deviation",
            Unit::Number,
            How::Deviation { actual: ACTUAL, expected: EXPECTED },
            ("偏差", "Deviation"),
            (
                "实得减应得；轮转公平时不到几次。",
                "Actual less expected: close to nought where turns are fair.",
            ),
        ),
        skipped(
            "inactive",
            INACTIVE,
            ("已停用", "Inactive"),
            (
                "因已停用或没有密码而被跳过的次数。",
                "Passed over because they were inactive or had no password.",
            ),
        ),
        skipped(
            "wrong_team",
            WRONG_TEAM,
            ("不在团队", "Wrong team"),
            ("因不属于规则的团队而被跳过的次数。", "Passed over because they were not of the rule's team."),
        ),
        skipped(
            "paused",
            PAUSED,
            ("暂停中", "Paused"),
            ("因自己暂停而被跳过的次数。", "Passed over because they had paused."),
        ),
        skipped(
            "absent",
            ABSENT,
            ("请假", "Absent"),
            ("因请假而被跳过的次数。", "Passed over because they were away."),
        ),
        skipped(
            "off_shift",
            OFF_SHIFT,
            ("不在班次", "Off shift"),
            ("因不在班次而被跳过的次数。", "Passed over because they were not on duty."),
        ),
        skipped(
            "full_open",
            FULL_OPEN,
            ("手上已满", "Full"),
            (
                "因手上的线索已满而被跳过的次数。",
                "Passed over because they had as many open inquiries as they may.",
            ),
        ),
        skipped(
            "full_day",
            FULL_DAY,
            ("当日已满", "Full for the day"),
            (
                "因当日分配已满而被跳过的次数。",
                "Passed over because they had been given as many that day as they may.",
            ),
        ),
        skipped(
            "cool_down",
            COOL_DOWN,
            ("冷却中", "Cooling down"),
            (
                "因不久前刚失去这条线索而被跳过的次数。",
                "Passed over because they had lost the same inquiry a short time before.",
            ),
        ),
        Figure::count(
            "manual",
            MANUAL,
            ("人工分配", "By hand"),
            ("由人指定或交接得到的次数。", "How often somebody gave one to them by hand or by hand-over."),
        )
        .of(EVENT),
        Figure::count(
            "claimed",
            CLAIMED,
            ("认领", "Claimed"),
            ("从公海认领的次数。", "How often they claimed one from the pool."),
        )
        .of(EVENT),
    ],
    depth: Depth::History,
    among: Among::Touched,
    items,
    background: None,
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    for (step, at, decision) in case.decisions.iter().filter(|(_, at, _)| ask.is_inside(*at)) {
        candidates(case, Thing::Event { step: *step, at: *at }, *at, decision, put);
    }
    for deed in case.deeds.iter().filter(|deed| ask.is_inside(deed.at)) {
        let mark = match deed.what {
            DeedKind::Gained(Gain::AssignedByHand, _) => MANUAL,
            DeedKind::Gained(Gain::Claimed, _) => CLAIMED,
            _ => continue,
        };
        let thing = Thing::Event { step: deed.step, at: deed.at };
        put(Item::of(case, thing, deed.at).owned_by(deed.owner, deed.team).mark(mark));
    }
}

fn candidates(case: &Case, thing: Thing, at: i64, decision: &Decision, put: &mut dyn FnMut(Item)) {
    let is_turn = |reason| matches!(reason, CandidateReason::Chosen | CandidateReason::NotNext);
    let among = decision.candidates.iter().filter(|candidate| is_turn(candidate.reason));
    let weights: i64 = among.map(|candidate| i64::from(candidate.weight)).sum();
    let mut counted = 0_u64;
    for candidate in &decision.candidates {
        let item = Item::of(case, thing, at).owned_by(Some(candidate.user), None);
        let (item, mark) = match (skip(candidate.reason), decision.by_turns) {
            (Some(mark), _) => (item.mark(mark), mark),
            (None, false) => continue,
            (None, true) => {
                let part = WHOLE.saturating_mul(candidate.weight.into()).checked_div(weights);
                let item = item
                    .mark(ELIGIBLE)
                    .mark_if(candidate.reason == CandidateReason::Chosen, ACTUAL)
                    .sum(EXPECTED, part);
                (item, ELIGIBLE)
            }
        };
        let once = mark.saturating_add(ONCE);
        let is_first = counted & (1 << once) == 0;
        counted |= 1 << once;
        put(item.mark_if(is_first, once));
    }
}

/// Why somebody could not be next.
fn skip(reason: CandidateReason) -> Option<Mark> {
    Some(match reason {
        CandidateReason::Inactive => INACTIVE,
        CandidateReason::WrongTeam => WRONG_TEAM,
        CandidateReason::Paused => PAUSED,
        CandidateReason::Absent => ABSENT,
        CandidateReason::OffShift => OFF_SHIFT,
        CandidateReason::FullOpen => FULL_OPEN,
        CandidateReason::FullDay => FULL_DAY,
        CandidateReason::CoolDown => COOL_DOWN,
        CandidateReason::Chosen | CandidateReason::NotNext => return None,
    })
}
