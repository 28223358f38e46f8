//! Questions about policies: where to register, what is paid back.
//! Places that are wanted as well come first: see `wishes.rs`.

use crate::facts::measures::units::Unit;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::model::Wish;
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Asks for policies even beside a size.
static ASKS_FOR_POLICIES: List = List::named("asks for policies");
/// Policies that may be asked for beside a place; the others are what is asked for.
static VAGUE_POLICIES: List = List::named("vague policies");

/// Where to register, what is paid back. Not if a place of a size is wanted.
pub fn policy(reading: &Reading<'_>, wishes: &[Wish], names: &[Span]) -> Option<Span> {
    let outside = |hit: &&Hit| !names.iter().any(|name| name.touches(hit.span));
    let policies = || {
        let hits = reading.words.all().iter().filter(|hit| hit.topics.has(Topic::Policy));
        hits.filter(outside).take(20).map(|hit| hit.span)
    };
    let first = policies().next()?;
    if reading.page.has_any(ASKS_FOR_POLICIES.words()) {
        return Some(first);
    }
    if is_sized(reading, wishes) {
        return None;
    }
    let mut strong = policies().filter(|span| !VAGUE_POLICIES.has(reading.page.cut(*span)));
    (strong.next().is_some() && !rents_or_buys(reading, wishes) || !is_wanted(wishes)).then_some(first)
}

/// A place of a size.
fn is_sized(reading: &Reading<'_>, wishes: &[Wish]) -> bool {
    wishes.iter().any(|wish| wish.score > 2 && wish.quantity.is_some())
        || reading
            .quantities
            .iter()
            .any(|quantity| matches!(quantity.unit, Unit::Sqm | Unit::Mu) && quantity.per.is_none())
}

/// 想租写字楼, 有什么政策: the place comes first.
fn rents_or_buys(reading: &Reading<'_>, wishes: &[Wish]) -> bool {
    wishes.iter().filter(|wish| wish.score > 2).any(|wish| {
        let part = reading.part(wish.span);
        reading.words.any(part, Topic::Rent) || reading.words.any(part, Topic::Buy)
    })
}

/// Something speaks for a place.
fn is_wanted(wishes: &[Wish]) -> bool {
    wishes.iter().any(|wish| wish.score > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_asked_for() {
        assert!(policy(&Reading::of("想了解注册政策"), &[], &[]).is_some());
    }
}
