//! Taxes: what is paid a year, in all or per mu.
//! What a sum is by the words around it is found in `sums.rs`.

use crate::facts::form::labels::Field;
use crate::facts::measures::currency::Currency;
use crate::facts::measures::per::Per;
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::Member;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::sums::{Sum, WAN, is_sum};
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// Before a sum that is no tax of a year.
static NOT_YEARLY: List = List::named("no tax of a year");

/// Before a sum of several years or kinds: of one year if a year is said.
static OF_SEVERAL: List = List::named("sums of several");

/// Writes the taxes.
pub fn put(reading: &Reading<'_>, sums: &[Sum], found: &mut Findings) {
    for sum in sums.iter().filter(|sum| is_tax(reading, sum) && !is_of_another_time(reading, &sum.quantity)) {
        if sum.per == Some(Per::Mu) || is_average(reading, &sum.quantity) {
            per_mu(reading, sum, found);
        } else if !found.has(Member::TaxWanPerYear) {
            per_year(reading, sum, found);
        }
    }
    labelled(reading, found);
}

/// Whether a sum is a tax in yuan, and no tax per month or metre.
fn is_tax(reading: &Reading<'_>, sum: &Sum) -> bool {
    let is_named = match sum.role {
        Some(Topic::Tax) => true,
        Some(Topic::MuAverage) => is_average_of_taxes(reading, sum),
        _ => false,
    };
    is_named
        && is_sum(&sum.quantity)
        && sum.quantity.currency() == Currency::Cny
        && matches!(sum.per, None | Some(Per::Year | Per::Mu | Per::Total))
}

/// 亩均30万税收
fn is_average_of_taxes(reading: &Reading<'_>, sum: &Sum) -> bool {
    let page = &reading.page;
    sum.word.is_some_and(|word| page.cut(word).contains('税') || page.lower_cut(word).contains("tax"))
        || reading.words.any(reading.part(sum.quantity.span), Topic::Tax)
}

/// What is before a sum in its part.
fn before(reading: &Reading<'_>, quantity: &Quantity) -> Span {
    Span::new(reading.part(quantity.span).start, quantity.span.start)
}

/// 亩均: whether the words before say that the sum is per mu.
fn is_average(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    reading.words.any(before(reading, quantity), Topic::MuAverage)
}

/// 累计, 每月, 每千平米: what is said before a sum that is no tax of a year.
fn is_of_another_time(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let before = reading.page.cut(before(reading, quantity));
    NOT_YEARLY.is_in(before)
        || OF_SEVERAL.is_in(before) && !before.contains('年')
        || reading.page.after(quantity.whole.end, 4).contains('返')
}

/// A tax in 万元 of a size that taxes have.
fn wan(value: f64) -> Option<Number> {
    (value >= 1000.0 && value / WAN <= 1e9).then(|| Number::of(value / WAN)).flatten()
}

fn per_mu(reading: &Reading<'_>, sum: &Sum, found: &mut Findings) {
    let (low, high) = sum.quantity.ends();
    if let Some(value) = low.or(high).and_then(wan) {
        found.put(&reading.page, Member::TaxWanPerMu, value, sum.quantity.span, 0.9);
    }
}

fn per_year(reading: &Reading<'_>, sum: &Sum, found: &mut Findings) {
    let page = &reading.page;
    let quantity = &sum.quantity;
    let part = reading.part(quantity.span);
    let span = sum.word.filter(|word| part.holds(*word)).map_or(quantity.span, |word| word.to(quantity.span));
    let (low, high) = quantity.ends();
    match (low.and_then(wan), high.and_then(wan)) {
        (Some(low), high) => {
            found.put(page, Member::TaxWanPerYear, low.clone(), span, 0.92);
            if let Some(high) = high.filter(|high| *high != low) {
                found.put(page, Member::TaxWanPerYearMax, high, span, 0.92);
            }
        }
        (None, Some(high)) => found.put(page, Member::TaxWanPerYearMax, high, span, 0.8),
        _ => {}
    }
}

/// `税收(万元)：300`: the label names the unit.
fn labelled(reading: &Reading<'_>, found: &mut Findings) {
    let page = &reading.page;
    let label =
        reading.labels.iter().find(|label| label.field == Field::Tax && page.cut(label.name).contains("万"));
    let Some(label) = label else { return };
    let quantity = reading
        .quantities
        .iter()
        .find(|quantity| label.value.holds(quantity.span) && quantity.unit == Unit::Bare && !quantity.scaled);
    if let Some(quantity) = quantity.filter(|quantity| quantity.high <= 1e7) {
        let (low, high) = quantity.ends();
        if let Some(low) = low.and_then(Number::of) {
            found.put(page, Member::TaxWanPerYear, low.clone(), quantity.span, 0.9);
            if let Some(high) = high.and_then(Number::of).filter(|high| *high != low) {
                found.put(page, Member::TaxWanPerYearMax, high, quantity.span, 0.9);
            }
        }
    }
}
