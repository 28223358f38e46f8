//! The sums of money in a text, each with the word that says what it is and what it is per.
//! What follows for taxes, budgets and investments is decided in `taxes.rs`, `budgets.rs` and `money.rs`.

use crate::facts::form::labels::Field;
use crate::facts::measures::currency::Currency;
use crate::facts::measures::per::{self, Per};
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::fact::{Money, Number};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{self, Span};
use crate::facts::words::lexicon::{Hit, Topic};

/// 万元 in yuan.
pub const WAN: f64 = 10_000.0;
/// Larger sums are mistakes, in yuan.
const YUAN_MAX: f64 = 1e13;

/// What a word may say that a sum is.
const ROLES: &[Topic] = &[
    Topic::Tax,
    Topic::MuAverage,
    Topic::Invoiced,
    Topic::Output,
    Topic::FixedAsset,
    Topic::Investment,
    Topic::Capital,
    Topic::Price,
    Topic::OtherMoney,
];

/// A sum and what the words around say of it.
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    pub quantity: Quantity,
    /// What it is.
    pub role: Option<Topic>,
    /// The word that says so.
    pub word: Option<Span>,
    pub per: Option<Per>,
}

/// The sums of a text, and the numbers that may be one.
pub fn find(reading: &Reading<'_>) -> Vec<Sum> {
    let money = reading
        .quantities
        .iter()
        .filter(|quantity| quantity.is_money() || quantity.unit == Unit::Bare)
        .take(80);
    money
        .map(|quantity| {
            let hit = role(reading, quantity);
            let said = hit.and_then(|hit| ROLES.iter().copied().find(|topic| hit.topics.has(*topic)));
            let role = said.or_else(|| role_by_label(reading, quantity));
            let per = quantity.per.or_else(|| per_before(reading, quantity));
            Sum { quantity: *quantity, role, word: hit.map(|hit| hit.span), per }
        })
        .collect()
}

/// What the label says of a sum that is on the line below it.
fn role_by_label(reading: &Reading<'_>, quantity: &Quantity) -> Option<Topic> {
    let label = reading.labels.iter().find(|label| label.value.holds(quantity.span))?;
    match label.field {
        Field::Tax => Some(Topic::Tax),
        Field::Budget => Some(Topic::Price),
        _ => None,
    }
}

/// Whether a word says what a sum is.
fn is_role(hit: &Hit) -> bool {
    ROLES.iter().any(|topic| hit.topics.has(*topic))
}

/// The nearest word before the sum in its part, else the first right behind it, else the last of the part
/// before.
fn role<'r>(reading: &'r Reading<'_>, quantity: &Quantity) -> Option<&'r Hit> {
    let page = &reading.page;
    let part = reading.part(quantity.span);
    let before = reading
        .words
        .within(Span::new(part.start, quantity.span.start))
        .iter()
        .rev()
        .find(|hit| is_role(hit));
    let earlier = previous_sum_end(reading, quantity, part.start);
    if let Some(hit) = before {
        // 投资3亿 500万税收: the word belongs to the sum before if one is between.
        let taken = earlier.is_some_and(|end| hit.span.end <= end);
        let behind = right_behind(reading, quantity, part);
        if !taken || behind.is_none() {
            return Some(hit);
        }
        return behind;
    }
    if let Some(hit) = right_behind(reading, quantity, part) {
        return Some(hit);
    }
    // 预算，800万以内
    let light =
        page.text().get(part.start..quantity.span.start).is_some_and(|words| words.chars().count() <= 8);
    if let Some(hit) = bare_field(reading, part).filter(|_| light) {
        return Some(hit);
    }
    let previous = reading.clauses.part_before(part)?;
    let hit = reading.words.within(previous).iter().rev().find(|hit| is_role(hit))?;
    let close = page
        .text()
        .get(hit.span.end..previous.end)
        .is_some_and(|rest| rest.chars().count() <= 6 && !rest.contains(|c: char| c.is_ascii_digit()));
    (light && close).then_some(hit)
}

/// ★税★ 每年120万: a field of a form between signs, without a colon.
fn bare_field<'r>(reading: &'r Reading<'_>, part: Span) -> Option<&'r Hit> {
    let before = reading.page.before(part.start, 10);
    let field = before.trim_end_matches(['|', ' ']);
    let border = before.get(field.len()..).is_some_and(|signs| signs.contains('|'));
    let name = field.rsplit(['|', '\n', ' ', ':']).next()?;
    let end = part.start - (before.len() - field.len());
    let hits = reading.words.within(Span::new(end - name.len(), end));
    hits.iter().find(|hit| border && is_role(hit) && hit.span.end == end)
}

/// The end of another sum between the beginning of the part and this one.
fn previous_sum_end(reading: &Reading<'_>, quantity: &Quantity, start: usize) -> Option<usize> {
    let next = reading.quantities.partition_point(|other| other.span.start < quantity.span.start);
    let previous = next.checked_sub(1).and_then(|last| reading.quantities.get(last))?;
    (previous.span.start >= start && is_sum(previous)).then_some(previous.span.end)
}

/// 1200万税收, 5 million in annual tax.
fn right_behind<'r>(reading: &'r Reading<'_>, quantity: &Quantity, part: Span) -> Option<&'r Hit> {
    let hit =
        reading.words.within(Span::new(quantity.whole.end, part.end)).iter().find(|hit| is_role(hit))?;
    let gap = reading.page.text().get(quantity.whole.end..hit.span.start)?;
    let latin = reading.page.cut(hit.span).is_ascii();
    (gap.chars().count() <= if latin { 20 } else { 6 } && !gap.contains(|c: char| c.is_ascii_digit()))
        .then_some(hit)
}

/// What the words before say the sum is per, up to the sum before.
fn per_before(reading: &Reading<'_>, quantity: &Quantity) -> Option<Per> {
    let part = reading.part(quantity.span);
    let start = previous_sum_end(reading, quantity, part.start).unwrap_or(part.start);
    per::before(
        &reading.page,
        normal::tail(reading.page.lower_cut(Span::new(start, quantity.span.start)), 24),
    )
}

/// An amount of money for certain: with a currency, or with 万 and no other unit.
pub fn is_sum(quantity: &Quantity) -> bool {
    (quantity.is_money() || quantity.unit == Unit::Bare && quantity.scaled) && quantity.high <= YUAN_MAX
}

/// An amount with its ends; `None` if an end is no number.
pub fn money(currency: Currency, low: Option<f64>, high: Option<f64>, per: Option<Per>) -> Option<Money> {
    let end = |value: Option<f64>| value.map_or(Some(None), |value| Number::of(value).map(Some));
    Some(Money::new(currency.code(), end(low)?, end(high)?, per.map(Per::word)))
}
