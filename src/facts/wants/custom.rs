//! Buildings that are to be built for the inquirer.
//! What is made to order by the inquirer is an industry: see `industry.rs`.

use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::model::Object;
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// Certainly a building to order.
static BUILDS_TO_ORDER: List = List::named("builds to order");
/// Right behind a word of making to order: a building.
static BUILDINGS_TO_ORDER: List = List::named("buildings to order");
/// Near behind a word of making to order: goods, no building.
static GOODS_TO_ORDER: List = List::named("goods to order");
/// Right before a word of making to order: goods, no building.
static LEADS_TO_GOODS_TO_ORDER: List = List::named("leads to goods to order");

/// To be built for the inquirer.
pub fn custom(reading: &Reading<'_>) -> Option<Span> {
    let hits = reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Custom)).take(10);
    hits.map(|hit| hit.span).find(|span| !is_of_goods(reading, *span) && is_of_a_building(reading, *span))
}

/// 做全屋定制家具: what the inquirer makes.
fn is_of_goods(reading: &Reading<'_>, span: Span) -> bool {
    GOODS_TO_ORDER.is_in(reading.page.after(span.end, 8))
        || LEADS_TO_GOODS_TO_ORDER.is_in(reading.page.before(span.start, 3))
}

/// The word says so, or what follows it, or a place near to it.
fn is_of_a_building(reading: &Reading<'_>, span: Span) -> bool {
    let word = reading.page.lower_cut(span);
    word.is_ascii()
        || BUILDS_TO_ORDER.has(word)
        || BUILDINGS_TO_ORDER.begins(reading.page.from(span.end))
        || is_near_a_place(reading, span)
}

fn is_near_a_place(reading: &Reading<'_>, span: Span) -> bool {
    let hits = reading.words.within(reading.part(span));
    hits.iter().any(|hit| Object::of(hit).is_some() && hit.span.start.abs_diff(span.start) <= 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_building_is_made_to_order_not_goods() {
        assert!(
            custom(&Reading::of("需定制厂房12000平")).is_some()
                && custom(&Reading::of("做全屋定制家具，租厂房")).is_none()
        );
    }
}
