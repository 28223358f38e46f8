//! Whether a place is named for something else than a wish, so that it counts only where no other place does:
//! where customers are, where they are now, where nothing was found.
//! Where somebody certainly is or comes from is decided in `origin.rs`.

use crate::facts::places::business;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::words::lists::List;

/// Right before a place: goods or customers go there, or it is far or near.
static GOODS_GO: List = List::named("where goods go");
/// Right before a place: what they rent is there.
static RENTED: List = List::named("rented already");
/// Behind a place, for which somebody works: what they do for a customer.
static SUPPLIES: List = List::named("done for customers");
/// Behind a place: the lease there ends, or nothing was found there.
static GIVEN_UP: List = List::named("given up there");
/// Right before a place, and the blank there: it is theirs, in English.
static OURS: List = List::named("ours in English");
/// Right behind a place: what they have there, in English.
static PLANTS: List = List::named("plants in English");
/// Right before a place, and the blank there: not in it, in English.
static OUTSIDE: List = List::named("outside of a place in English");

/// Whether a place counts only where no other one does.
pub fn is_beside_the_wish(reading: &Reading<'_>, span: Span) -> bool {
    let page = &reading.page;
    GOODS_GO.ends(page.before(span.start, 6))
        || RENTED.ends(page.before(span.start, 6))
        || is_of_a_customer(reading, span)
        || is_given_up(reading, span)
        || is_ours(page, span)
        || is_outside(page, span)
        || business::may_be_company(reading, span)
}

/// 为常州天合光能供货: where a customer is.
fn is_of_a_customer(reading: &Reading<'_>, span: Span) -> bool {
    reading.page.before(span.start, 1).ends_with(['为', '给', '帮', '替'])
        && SUPPLIES.is_in(reading.rest_of_part(span, 12))
}

/// 昆山厂房到期, 昆山没有合适的: said in the part of the place.
fn is_given_up(reading: &Reading<'_>, span: Span) -> bool {
    let rest = reading.rest_of_part(span, 12);
    // 有没有合适的 asks.
    let given_up = GIVEN_UP.first_in(rest).and_then(|(at, _)| rest.get(..at));
    given_up.is_some_and(|between| !between.ends_with('有'))
}

/// our Ningbo factory: theirs already.
fn is_ours(page: &Normal<'_>, span: Span) -> bool {
    let before = page.lower_before(span.start, 12).strip_suffix(' ');
    before.is_some_and(|before| OURS.ends(before)) && PLANTS.begins(page.lower_after(span.end, 12))
}

/// outside Shanghai, an hour from Shanghai
fn is_outside(page: &Normal<'_>, span: Span) -> bool {
    page.lower_before(span.start, 20).strip_suffix(' ').is_some_and(|before| OUTSIDE.ends(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_wish_where_another_is() {
        for (text, place, beside) in [
            ("产品销往上海，厂房在嘉善找", "上海", true),
            ("最好离昆山近一点", "昆山", true),
            ("常熟厂房月底到期，找太仓的", "常熟", true),
            ("为常州天合光能供货，盐城租厂房", "常州", true),
            ("上海大众的配套厂，仪征找地", "上海", true),
            ("南通没有合适的，看看如皋", "南通", true),
            ("昆山的厂房要拆迁了", "昆山", true),
            ("之前租的昆山厂房太小了，想在太仓租", "昆山", true),
            ("现在租的在昆山，想换到太仓", "昆山", true),
            ("之前租的昆山厂房太小了，想在太仓租", "太仓", false),
            ("想租的昆山厂房", "昆山", false),
            ("our Ningbo plant is full", "Ningbo", true),
            ("a warehouse outside Shanghai", "Shanghai", true),
            ("想在昆山租厂房", "昆山", false),
            ("昆山有没有合适的厂房", "昆山", false),
            ("昆山厂房2000平", "昆山", false),
            ("近昆山的厂房", "昆山", false),
            ("a plant in Ningbo", "Ningbo", false),
        ] {
            let reading = Reading::of(text);
            let at = reading.page.text().find(place).unwrap_or_default();
            assert_eq!(is_beside_the_wish(&reading, Span::new(at, at + place.len())), beside, "{text}");
        }
    }
}
