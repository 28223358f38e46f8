//! Sources: what each brings, and what becomes of it.
//! What the source of an inquiry is, is decided in `history/decode.rs`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Counted, Figure, Mark, Slot};
use super::item::{Ask, Item, Thing, seconds};
use crate::inquiries::{Category, Status};
use crate::reports::history::{Case, stage};

const RECEIVED: Mark = 0;
const VALID: Mark = 1;
const UNREACHABLE: Mark = 2;
const CONTACTED: Mark = 3;
const QUALIFIED: Mark = 4;
const VIEWING: Mark = 5;
const SIGNED: Mark = 6;
const LOST: Mark = 7;
const INVALID: Mark = 8;
const REPEATS: Mark = 9;

const WAIT: Slot = 0;
const TAX: Slot = 0;
const SIGNED_TAX: Slot = 1;

pub static DEFINITION: Definition = Definition {
    name: "sources",
    title: ("来源", "Sources"),
    kind: ReportKind::Cohort,
    groups: groups!(Source Form Channel UtmSource UtmMedium UtmCampaign T None),
    figures: &[
        Figure::count(
            "received",
            RECEIVED,
            ("收到", "Received"),
            ("由此来源收到的线索数。", "Inquiries received by this way."),
        ),
        Figure::count(
            "valid",
            VALID,
            ("有效", "Valid"),
            ("其中状态不是“无效”的。", "Of these, the ones that are not invalid."),
        ),
        Figure::count(
            "unreachable",
            UNREACHABLE,
            ("无法联系", "Unreachable"),
            (
                "没有留下可用的电话、邮箱或微信的。",
                "Those that left no phone, e-mail or WeChat that could be used.",
            ),
        ),
        Figure::count(
            "contacted",
            CONTACTED,
            ("已联系上", "Contacted"),
            ("至少有过一次真正联系的。", "Those whose person was reached at least once."),
        ),
        Figure::count(
            "repeats",
            REPEATS,
            ("重复提交", "Repeats"),
            (
                "同一个人再次提交的次数；不另算收到。",
                "How often the same people asked again; these are not received again.",
            ),
        )
        .of(Counted::Event),
        Figure::count(
            "reached_qualified",
            QUALIFIED,
            ("到达有意向", "Reached qualified"),
            ("曾经到达“有意向”或更远的。", "Those that ever were qualified or further."),
        ),
        Figure::count(
            "reached_viewing",
            VIEWING,
            ("到达看房", "Reached viewing"),
            ("曾经到达“看房中”或更远的。", "Those that ever were at a viewing or further."),
        ),
        Figure::count(
            "reached_signed",
            SIGNED,
            ("到达签约", "Reached signed"),
            ("曾经到达“已签约”或更远的。", "Those that ever were signed or further."),
        ),
        Figure::count("lost", LOST, ("已流失", "Lost"), ("现在已流失的。", "Those that are lost.")),
        Figure::count("invalid", INVALID, ("无效", "Invalid"), ("现在为无效的。", "Those that are invalid.")),
        Figure::share(
            "valid_share",
            (VALID, RECEIVED),
            ("有效率", "Valid share"),
            ("有效的占收到的比例。", "What share of those received is valid."),
        ),
        Figure::share(
            "signed_share",
            (SIGNED, VALID),
            ("签约率", "Signed share"),
            ("到达签约的占有效的比例。", "What share of the valid ones was ever signed."),
        ),
        Figure::minutes(
            "response_p50_minutes",
            (CONTACTED, WAIT),
            50,
            ("首次联系中位数", "Response, median"),
            (
                "从收到到首次真正联系上，一半不超过这么多分钟。",
                "Half of the contacted ones were reached within so many minutes of their receipt.",
            ),
        ),
        Figure::wan(
            "tax_wan",
            TAX,
            ("预计税收", "Expected tax"),
            (
                "有效线索每年预计税收之和，万元。",
                "The tax a year of the valid ones, added up, in 10,000 yuan.",
            ),
        ),
        Figure::wan(
            "signed_tax_wan",
            SIGNED_TAX,
            ("签约税收", "Signed tax"),
            (
                "已签约和已落地线索每年预计税收之和，万元。",
                "The tax a year of those signed or landed, added up, in 10,000 yuan.",
            ),
        ),
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
    let tax = case.start.wanted.tax_fen;
    let reached = |status: Status| stage(status).is_some_and(|stage| case.rank >= stage);
    let mut item = Item::inquiry(case)
        .mark(RECEIVED)
        .mark_if(case.is_valid(), VALID)
        .mark_if(case.start.unreachable, UNREACHABLE)
        .mark_if(reached(Status::Qualified), QUALIFIED)
        .mark_if(reached(Status::Viewing), VIEWING)
        .mark_if(reached(Status::Signed), SIGNED)
        .mark_if(case.status == Status::Lost, LOST)
        .mark_if(case.status == Status::Invalid, INVALID)
        .sum(TAX, tax.filter(|_| case.is_valid()))
        .sum(SIGNED_TAX, tax.filter(|_| case.category() == Category::Won));
    if let Some(contact) = case.first_contact {
        item = item.mark(CONTACTED).list(WAIT, seconds(case.received_at, contact));
    }
    put(item);
    for repeat in &case.repeats {
        let thing = Thing::Event { step: repeat.step, at: repeat.at };
        put(Item::of(case, thing, case.received_at).mark(REPEATS));
    }
}
