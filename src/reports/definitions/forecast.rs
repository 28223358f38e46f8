//! The forecast: what the open inquiries are likely to bring, by what became of earlier ones.
//! Nobody sets a probability: the reader sees on how many cases each is based.

use super::definition::{Among, Definition, Depth, ReportKind, groups};
use super::figure::{Figure, ForecastFigure, How, Mark, Scale, Slot, Unit};
use super::item::{Ask, Item};
use crate::inquiries::{Category, Status};
use crate::reports::groups::place;
use crate::reports::history::{Case, stage};

const OPEN: Mark = 0;
/// Those with each open status: five, in the order of the stages.
pub const OPEN_AT: Mark = 1;
/// Of the background: the cases that a probability is based on, and the won ones among them.
pub const BASIS: Mark = 6;
pub const WON: Mark = 7;

const TAX: Slot = 0;
const AREA: Slot = 1;
const LAND: Slot = 2;
/// The tax of those with each status but the first, whose tax is what the others leave of the sum.
pub const TAX_AT: Slot = 3;

/// The statuses of open inquiries, each with a probability.
pub const OPEN_STATUSES: [Status; 5] =
    [Status::New, Status::Contacted, Status::Qualified, Status::Viewing, Status::Negotiating];

const fn forecast(figure: ForecastFigure) -> How {
    How::Forecast(figure)
}

pub static DEFINITION: Definition = Definition {
    name: "forecast",
    title: ("预测", "Forecast"),
    kind: ReportKind::Stock,
    groups: groups!(Status P S D None),
    figures: &[
        Figure::count(
            "open",
            OPEN,
            ("跟进中", "Open"),
            ("还没有结果的线索。", "Inquiries without a result yet."),
        ),
        Figure::wan(
            "tax_wan",
            TAX,
            ("预计税收", "Expected tax"),
            ("这些线索每年预计税收之和，万元。", "Their tax a year, added up, in 10,000 yuan."),
        ),
        Figure::new(
            "area_sqm",
            Unit::Sqm,
            How::Sum { sum: AREA, scale: Scale::Milli },
            ("面积", "Area"),
            (
                "所需面积之和（取上限，没有则取下限），平方米。",
                "What they look for, added up: the upper end, else the lower one, in square metres.",
            ),
        ),
        Figure::new(
            "land_mu",
            Unit::Mu,
            How::Sum { sum: LAND, scale: Scale::Milli },
            ("土地", "Land"),
            ("所需土地之和，亩。", "The land that they look for, added up, in mu."),
        ),
        Figure::new(
            "probability",
            Unit::Share,
            forecast(ForecastFigure::Probability),
            ("成交概率", "Probability"),
            (
                "到过此状态且已有结果的线索里，（成交数加一）除以（总数加二）。",
                "Of the closed ones that came as far: won and one more, divided by all and two more.",
            ),
        ),
        Figure::new(
            "basis",
            Unit::Count,
            forecast(ForecastFigure::Basis),
            ("依据", "Based on"),
            (
                "概率所依据的线索数：到过此状态、现已成交或流失的。",
                "How many cases the probability is based on: those that came as far and are won or lost.",
            ),
        ),
        Figure::new(
            "weighted_open",
            Unit::Number,
            forecast(ForecastFigure::WeightedOpen),
            ("预计成交数", "Expected deals"),
            (
                "每条跟进中的线索按其状态的概率相加。",
                "The open ones, each counted with the probability of its status.",
            ),
        ),
        Figure::new(
            "weighted_tax_wan",
            Unit::Wan,
            forecast(ForecastFigure::WeightedTax),
            ("加权税收", "Weighted tax"),
            (
                "每条线索的税收乘以其概率，相加，万元。",
                "The tax of each times its probability, added up, in 10,000 yuan.",
            ),
        ),
    ],
    depth: Depth::Summary,
    among: Among::Open,
    items,
    background: Some(basis),
};

fn items(case: &Case, ask: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    let Some(at) = OPEN_STATUSES.iter().position(|status| *status == case.status) else { return };
    if !ask.is_inside(case.received_at) {
        return;
    }
    let wanted = case.start.wanted;
    let mark = OPEN_AT.saturating_add(Mark::try_from(at).unwrap_or(0));
    let mut item = Item::inquiry(case)
        .mark(OPEN)
        .mark(mark)
        .sum(TAX, wanted.tax_fen)
        .sum(AREA, wanted.area_milli)
        .sum(LAND, wanted.land_milli);
    if let Some(slot) = at.checked_sub(1).map(|later| TAX_AT.saturating_add(later)) {
        item = item.sum(slot, wanted.tax_fen);
    }
    put(item);
}

/// What each probability is based on: a case counts for every status that it came as far as.
fn basis(case: &Case, _: &Ask<'_>, put: &mut dyn FnMut(Item)) {
    let is_won = case.category() == Category::Won;
    if !is_won && case.category() != Category::Lost {
        return;
    }
    for status in OPEN_STATUSES {
        if stage(status).is_some_and(|stage| case.rank >= stage) {
            put(Item::inquiry(case).own(place(Status::ALL, status)).mark(BASIS).mark_if(is_won, WON));
        }
    }
}
