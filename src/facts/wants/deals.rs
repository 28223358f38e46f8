//! To rent or to buy, of what is wanted and of what is offered.
//! The things themselves are found in `wishes.rs`, what is wanted beside the first in `also.rs`.

use crate::facts::measures::per::Per;
use crate::facts::measures::quantity::Quantity;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::model::Deal;
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// What is offered is for sale.
static SELLS: List = List::named("sells");
/// What is offered is to let.
static LETS: List = List::named("lets");
/// Right before a verb that is denied.
static DENIES: List = List::named("denies");
/// Right before a verb: what looks like a denial and asks.
static ASKS_WITHOUT_DENYING: List = List::named("asks without denying");
/// Right behind a verb of buying that is not of a place.
static BOUGHT_THINGS: List = List::named("bought things");
/// A price for the whole: something is bought.
static WHOLE_PRICES: List = List::named("whole prices");

/// To rent or to buy: the nearest word in the part, then in the sentence, then anywhere; then what the price
/// is per.
pub fn deal(reading: &Reading<'_>, span: Span) -> Deal {
    let part = reading.part(span);
    let sentence = reading.clauses.sentence(span);
    let all = Span::new(0, reading.page.text().len());
    for piece in [part, sentence, all] {
        if let Some(deal) = of_the_nearest_verb(reading, piece, span) {
            return deal;
        }
        if reading.words.any(piece, Topic::Offer) {
            return offered_deal(reading);
        }
    }
    if is_priced_for_good(reading) { Deal::Buy } else { Deal::Rent }
}

/// Whether what is offered is to let or for sale; to let in doubt.
pub fn offered_deal(reading: &Reading<'_>) -> Deal {
    let (sells, lets) = (reading.page.has_any(SELLS.words()), reading.page.has_any(LETS.words()));
    if sells && !lets { Deal::Buy } else { Deal::Rent }
}

/// The first of the verbs right before the nearest one: 租或买.
fn of_the_nearest_verb(reading: &Reading<'_>, piece: Span, span: Span) -> Option<Deal> {
    let verbs = || reading.words.within(piece).iter().filter(|hit| is_a_verb_of_deals(reading, hit));
    let nearest = verbs().take(40).min_by_key(|hit| hit.span.start.abs_diff(span.start))?;
    let first =
        verbs().take(4).find(|other| nearest.span.start.abs_diff(other.span.start) <= 12).unwrap_or(nearest);
    let buys = first.topics.has(Topic::Buy) && !first.topics.has(Topic::Rent);
    Some(if buys { Deal::Buy } else { Deal::Rent })
}

/// Rents or buys a place, and not 现有租赁厂房: how they have what they have says nothing.
fn is_a_verb_of_deals(reading: &Reading<'_>, hit: &Hit) -> bool {
    (hit.topics.has(Topic::Rent) || hit.topics.has(Topic::Buy) && !buys_another_thing(reading, hit))
        && !reading.is_current(hit.span)
        && !is_denied(reading, hit)
}

/// 不是买，是租: what is not wanted.
fn is_denied(reading: &Reading<'_>, hit: &Hit) -> bool {
    let before = reading.page.before(hit.span.start, 3);
    DENIES.ends(before)
        && !ASKS_WITHOUT_DENYING.ends(before)
        // 买不买, 租不租: a question.
        && !before.strip_suffix('不').is_some_and(|asked| asked.ends_with(reading.page.cut(hit.span)))
}

/// 购地, 买设备: the verb has another object.
fn buys_another_thing(reading: &Reading<'_>, hit: &Hit) -> bool {
    BOUGHT_THINGS.begins(reading.page.from(hit.span.end))
}

/// Much money for each square metre, or a price for the whole.
fn is_priced_for_good(reading: &Reading<'_>) -> bool {
    let dear =
        |quantity: &Quantity| quantity.per == Some(Per::Sqm) && quantity.is_money() && quantity.low >= 1000.0;
    reading.quantities.iter().any(dear) || WHOLE_PRICES.is_on(&reading.page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_verb_decides() {
        for (text, word, expected) in [
            ("想买个独栋厂房", "厂房", Deal::Buy),
            ("求租厂房", "厂房", Deal::Rent),
            ("现有租赁厂房到期，想买厂房", "厂房", Deal::Buy),
            ("拟购地建厂，另租厂房", "厂房", Deal::Rent),
            ("厂房单价4500元/㎡", "厂房", Deal::Buy),
        ] {
            let reading = Reading::of(text);
            let at = reading.page.text().rfind(word).unwrap_or_default();
            assert_eq!(deal(&reading, Span::new(at, at + word.len())), expected, "{text}");
        }
    }
}
