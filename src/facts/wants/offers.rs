//! Offers: the writer has a place to let or to sell.
//! Whether to let or to sell is found in `deals.rs`; advertisements for services in `advertisements.rs`.

use crate::facts::form::labels::Field;
use crate::facts::measures::bounds::Bound;
use crate::facts::measures::quantity::Quantity;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, is_han};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Only an owner says it: enough alone.
static OWNERS_SAY: List = List::named("owners say");
/// Asks to rent: it is not they who offer.
static ASKS_TO_RENT: List = List::named("asks to rent");
/// Offers that an inquirer may ask for too (厂房出租, the kind of need on a form).
static PLAIN_OFFERS: List = List::named("plain offers");
/// Before an offer in the sentence: somebody asks whether there is one.
static ASKS_FOR_AN_OFFER: List = List::named("asks for an offer");
/// Right behind an offer: somebody asks whether there is one.
static ASKS_BEHIND_AN_OFFER: List = List::named("asks behind an offer");
/// The writer owns what is spoken of.
static OWNS: List = List::named("owns");
/// Words of wanting that only an inquirer uses.
static WANTS_A_PLACE: List = List::named("wants a place");
/// What begins with 有 and does not say that they have something.
static HAS_NOTHING: List = List::named("has nothing");
/// In the sentence of an offer: it is their own, though we are spoken to.
static SAYS_OF_THEIR_OWN: List = List::named("says of their own");
/// In the sentence of an offer: the owner writes.
static LANDLORDS: List = List::named("landlords");
/// What a place is used for: who says it wants one.
static NAMES_A_USE: List = List::named("names a use");

/// What the whole text says of an offer in it.
struct Says {
    owns: bool,
    wants: bool,
    priced: bool,
    purposeful: bool,
}

/// The writer has something to let or to sell.
pub fn offer(reading: &Reading<'_>) -> Option<Span> {
    stated_by_an_owner(reading).or_else(|| offered_in_words(reading))
}

fn stated_by_an_owner(reading: &Reading<'_>) -> Option<Span> {
    let text = reading.page.text();
    // 求租客 is said by an owner, 求租 by nobody who owns.
    let seeks_tenants =
        OWNERS_SAY.words().iter().any(|word| ASKS_TO_RENT.begins(word) && text.contains(word));
    if ASKS_TO_RENT.is_in(text) && !seeks_tenants {
        return None;
    }
    let mut words = reading.page.among(OWNERS_SAY.words());
    words.find_map(|word| text.find(word).map(|at| Span::new(at, at + word.len())))
}

fn offered_in_words(reading: &Reading<'_>) -> Option<Span> {
    reading.words.first(Topic::Offer)?;
    let says = Says::of(reading);
    let offers = reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Offer)).take(20);
    offers.map(|hit| hit.span).find(|span| {
        // 出租：昆山厂房2000平
        if is_a_heading(reading, *span) {
            return true;
        }
        let sentence = reading.clauses.sentence(*span);
        let before = Span::new(sentence.start, span.start);
        !is_asked_for(reading, *span, sentence, before) && is_offered(reading, *span, before, &says)
    })
}

/// The text begins with it, and a sign follows.
fn is_a_heading(reading: &Reading<'_>, span: Span) -> bool {
    let leads = reading.page.text().get(..span.start).unwrap_or_default();
    leads.trim_matches([' ', '[', '|']).is_empty() && reading.page.from(span.end).starts_with([':', '|', ']'])
}

/// 你们有厂房出租吗, 求租: somebody asks for it, and it is not their own.
fn is_asked_for(reading: &Reading<'_>, span: Span, sentence: Span, before: Span) -> bool {
    let asks = ASKS_FOR_AN_OFFER.is_in(reading.page.lower_cut(before)) || is_a_question(reading, span);
    let words = reading.page.lower_cut(sentence);
    asks && !is_their_own(words, reading.page.cut(before)) && !LANDLORDS.is_in(words)
}

/// 出租吗, 出租有没, 出租不?
fn is_a_question(reading: &Reading<'_>, span: Span) -> bool {
    let behind = reading.page.after(span.end, 4);
    let mut chars = behind.chars();
    let (first, second) = (chars.next(), chars.next());
    ASKS_BEHIND_AN_OFFER.begins(behind)
        || matches!(first, Some('不' | '没')) && second.is_none_or(|c| !is_han(c))
        || reading.page.after(span.end, 3).contains('吗')
}

/// 我有一间…想托管给你们招租: theirs, though we are spoken to.
fn is_their_own(sentence: &str, before: &str) -> bool {
    SAYS_OF_THEIR_OWN.is_in(sentence) && !ASKS_TO_RENT.is_in(before)
}

/// An owner offers it, they have it, or nobody says what they want it for.
fn is_offered(reading: &Reading<'_>, span: Span, before: Span, says: &Says) -> bool {
    let plain = PLAIN_OFFERS.has(reading.page.lower_cut(span));
    says.owns && !(says.wants && reading.is_value_of(span, Field::Need))
        || !says.purposeful && has_it(reading.page.cut(before))
        || !plain && !says.wants && !says.purposeful
        || plain && !says.wants && says.priced && !says.purposeful
}

/// 有厂房出租, but not 有没有厂房出租.
fn has_it(before: &str) -> bool {
    let has = before.rfind('有').and_then(|at| before.get(at..));
    has.is_some_and(|rest| !HAS_NOTHING.begins(rest))
}

impl Says {
    fn of(reading: &Reading<'_>) -> Self {
        let page = &reading.page;
        let wants = |hit: &Hit| hit.topics.has(Topic::Want) && WANTS_A_PLACE.has(page.cut(hit.span));
        Self {
            owns: OWNS.is_on(page) || reading.words.count(Topic::Owner) > 0,
            wants: reading.words.all().iter().any(wants),
            priced: reading.quantities.iter().any(|quantity| quantity.per.is_some() && quantity.is_money()),
            purposeful: reading.words.count(Topic::Tax) > 0
                || NAMES_A_USE.is_on(page)
                || reading.quantities.iter().any(is_most_that_is_paid),
        }
    }
}

/// 月租不超过4万: who offers names no bound.
fn is_most_that_is_paid(quantity: &Quantity) -> bool {
    quantity.is_money() && quantity.bound == Bound::AtMost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_offers_nothing() {
        assert!(offer(&Reading::of("我有一栋厂房出租，租金1.1元/平/天")).is_some());
        assert!(offer(&Reading::of("你们有厂房出租吗")).is_none());
    }
}
