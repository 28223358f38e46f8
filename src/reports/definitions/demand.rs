//! Demand: what people look for, and what of it could not be had here.
//! What was understood of an inquiry is the matter of `facts`.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Figure, How, Mark, Scale, Slot, Unit};
use super::item::{Ask, Item};
use crate::inquiries::Status;
use crate::reports::history::{Case, stage};

const RECEIVED: Mark = 0;
const VALID: Mark = 1;
const OPEN: Mark = 2;
const SIGNED: Mark = 3;
const UNMET: Mark = 4;
const HAS_AREA: Mark = 5;
const HAS_TAX: Mark = 6;

const AREAS: Slot = 0;
const TAXES: Slot = 1;
const AREA: Slot = 0;
const LAND: Slot = 1;
const TAX: Slot = 2;

pub static DEFINITION: Definition = Definition {
    name: "demand",
    title: ("需求", "Demand"),
    kind: ReportKind::Cohort,
    groups: groups!(D AreaBand TaxBand T None),
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
            ("其中状态不是“无效”的。", "Of these, the ones that are not invalid."),
        ),
        Figure::count("open", OPEN, ("跟进中", "Open"), ("还没有结果的。", "Those without a result yet.")),
        Figure::count(
            "reached_signed",
            SIGNED,
            ("到达签约", "Reached signed"),
            ("曾经到达“已签约”或更远的。", "Those that ever were signed or further."),
        ),
        Figure::new(
            "area_sqm",
            Unit::Sqm,
            How::Sum { sum: AREA, scale: Scale::Milli },
            ("面积", "Area"),
            (
                "有效线索所需面积之和（取上限，没有则取下限），平方米。",
                "What the valid ones look for, added up: the upper end, else the lower, in square metres.",
            ),
        ),
        Figure::new(
            "land_mu",
            Unit::Mu,
            How::Sum { sum: LAND, scale: Scale::Milli },
            ("土地", "Land"),
            ("有效线索所需土地之和，亩。", "The land that the valid ones look for, added up, in mu."),
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
        Figure::new(
            "area_p50_sqm",
            Unit::Sqm,
            How::Percentile { over: HAS_AREA, list: AREAS, percent: 50, scale: Scale::Milli },
            ("面积中位数", "Area, median"),
            (
                "写明面积的有效线索中，一半不超过这么多平方米。",
                "Of the valid ones that name an area, half look for no more than so many square metres.",
            ),
        ),
        Figure::new(
            "tax_p50_wan",
            Unit::Wan,
            How::Percentile { over: HAS_TAX, list: TAXES, percent: 50, scale: Scale::Fen },
            ("税收中位数", "Tax, median"),
            (
                "写明税收的有效线索中，一半每年不超过这么多万元。",
                "Of the valid ones that name a tax, half name no more than so much a year, in 10,000 yuan.",
            ),
        ),
        Figure::count(
            "unmet",
            UNMET,
            ("未能满足", "Unmet"),
            (
                "因位置、面积条件、政策或价格而流失的：这里没有他们要的。",
                "Lost for location, space, policy or price: what was asked for and is not here.",
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
    let wanted = case.start.wanted;
    let is_valid = case.is_valid();
    let of_valid = |value: Option<i64>| value.filter(|_| is_valid);
    let mut item = Item::inquiry(case)
        .mark(RECEIVED)
        .mark_if(is_valid, VALID)
        .mark_if(case.is_open(), OPEN)
        .mark_if(stage(Status::Signed).is_some_and(|signed| case.rank >= signed), SIGNED)
        .mark_if(is_unmet(case), UNMET)
        .sum(AREA, of_valid(wanted.area_milli))
        .sum(LAND, of_valid(wanted.land_milli))
        .sum(TAX, of_valid(wanted.tax_fen));
    if let Some(area) = of_valid(wanted.area_milli) {
        item = item.mark(HAS_AREA).list(AREAS, area);
    }
    if let Some(tax) = of_valid(wanted.tax_fen) {
        item = item.mark(HAS_TAX).list(TAXES, tax);
    }
    put(item);
}

/// Whether it was lost because there is no such thing here.
fn is_unmet(case: &Case) -> bool {
    case.status == Status::Lost
        && matches!(case.reason_key(), Some("location" | "space" | "policy" | "price"))
}
