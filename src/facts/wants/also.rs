//! What else is wanted beside the first thing: a place of a size of its own, or both to rent and to buy.
//! The first thing is chosen in `need.rs`.

use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::kinds::NeedKind;
use crate::facts::reading::Reading;
use crate::facts::wants::deals::deal;
use crate::facts::wants::model::{Deal, Object, Wish, kind_of};
use crate::facts::words::lists::List;

/// Either will do, of the first thing.
static TO_RENT_OR_TO_BUY: List = List::named("to rent or to buy");

/// Land will do as well as what was said.
static LAND_WILL_DO: List = List::named("land will do");
/// Speaks for several clients, whose needs have sizes of their own.
static SEVERAL_CLIENTS: List = List::named("several clients");

/// Other things wanted with a size of their own: `另外想买地20亩`, `租或买`.
pub fn also(reading: &Reading<'_>, wishes: &[Wish], best: Option<Wish>, kind: NeedKind) -> Vec<NeedKind> {
    let Some(best) = best else { return Vec::new() };
    let mut also: Vec<NeedKind> = Vec::new();
    let mut add = |another: NeedKind| {
        if another != kind && !also.contains(&another) {
            also.push(another);
        }
    };
    for wish in wishes.iter().filter(|wish| is_another_place(reading, wish, &best)) {
        add(kind_of(wish.object, deal(reading, wish.span)));
    }
    if best.object != Object::Land && LAND_WILL_DO.is_on(&reading.page) {
        add(NeedKind::Land);
    }
    if best.object != Object::Land && is_to_rent_or_to_buy(reading, &best) {
        add(kind_of(best.object, Deal::Rent));
        add(kind_of(best.object, Deal::Buy));
    }
    also
}

/// Another place that much speaks for, of a size of its own.
fn is_another_place(reading: &Reading<'_>, wish: &Wish, best: &Wish) -> bool {
    let Some(quantity) = &wish.quantity else { return false };
    wish.object != best.object
        && wish.score > 2
        && best.quantity.is_none_or(|first| first.span != quantity.span)
        && (is_large_enough(wish.object, quantity, best) || SEVERAL_CLIENTS.is_on(&reading.page))
        && !is_built_on_the_land(reading, wish, best)
}

/// Not small beside the first thing; beside land any size will do.
fn is_large_enough(object: Object, quantity: &Quantity, best: &Wish) -> bool {
    let size = best.quantity.map_or(0.0, |first| first.low);
    match object {
        Object::Land => quantity.unit == Unit::Mu,
        _ => quantity.unit == Unit::Sqm && (best.object == Object::Land || quantity.low >= size * 0.3),
    }
}

/// A plant on one's own land is no second wish.
fn is_built_on_the_land(reading: &Reading<'_>, wish: &Wish, best: &Wish) -> bool {
    best.object == Object::Land && reading.page.before(wish.span.start, 8).contains('建')
}

fn is_to_rent_or_to_buy(reading: &Reading<'_>, best: &Wish) -> bool {
    TO_RENT_OR_TO_BUY.is_in(reading.page.lower_cut(reading.clauses.sentence(best.span)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::wants::wishes::{best_of, wishes};

    #[test]
    fn another_place_or_another_deal() {
        for (text, expected) in [
            ("求租厂房2000平，另求购土地20亩", vec![NeedKind::Land]),
            ("厂房2000平，租或买都可以", vec![NeedKind::FactoryBuy]),
            ("求购土地20亩，拟建厂房2000平", vec![]),
        ] {
            let reading = Reading::of(text);
            let wishes = wishes(&reading, &[]);
            let best = best_of(&wishes);
            let kind = best.map_or(NeedKind::Other, |best| kind_of(best.object, deal(&reading, best.span)));
            assert_eq!(also(&reading, &wishes, best, kind), expected, "{text}");
        }
    }
}
