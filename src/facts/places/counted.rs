//! Places that look like quantities: 四平 is a city and four square metres, 九台 a district and nine machines.
//! Which quantity is the wanted size is decided in `wants`.

use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::places::cue;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, is_han};
use crate::facts::words::gazetteer::{self, Gazetteer, Place};

/// Nobody looks for fewer square metres.
const FEW: f64 = 10.0;
/// The longest name of a place, in characters.
const LONGEST: usize = 16;

/// Whether a place is meant where a quantity in Chinese characters was read.
pub fn is_place(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let page = &reading.page;
    let span = quantity.span;
    if !page.char_at(span.start).is_some_and(is_han) {
        return false;
    }
    let words = page.after(span.start, LONGEST);
    let first = Gazetteer::get().find(words).next();
    let Some((_, end, places)) = first.filter(|(from, _, places)| *from == 0 && !places.is_empty()) else {
        return false;
    };
    let name = Span::new(span.start, span.start + end);
    match name.end.cmp(&span.end) {
        // 四平市, 七台河
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => {
            follows_its_parent(reading, name, places)
                || cue::holds_next(&reading.page, name.end, places)
                || is_city_before_a_property(reading, quantity, places)
        }
        std::cmp::Ordering::Less => false,
    }
}

/// 长春九台, 吉林四平: right behind the place that it lies in.
fn follows_its_parent(reading: &Reading<'_>, name: Span, places: &[Place]) -> bool {
    let before = reading.page.before(name.start, 4);
    let parent = Gazetteer::get().find(before).last().filter(|(_, end, _)| *end == before.len());
    parent.is_some_and(|(_, _, parents)| gazetteer::lies_in_one(places, parents))
}

/// 六安厂房, 四平厂房2000平: a city before a property; of so few square metres only beside its size.
fn is_city_before_a_property(reading: &Reading<'_>, quantity: &Quantity, places: &[Place]) -> bool {
    let has_size = || {
        let mut sizes = reading.quantities.iter().filter(|other| other.unit == Unit::Sqm);
        sizes.any(|other| other.low >= FEW)
    };
    quantity.whole == quantity.span
        && quantity.low < FEW
        && places.iter().any(|place| gazetteer::level(place.code) == 1)
        && cue::precedes_property(reading, quantity.span)
        && (quantity.unit != Unit::Sqm || has_size())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_quantities() {
        for (text, place) in [
            ("四平市厂房2000平", true),
            ("四平铁西厂房2000平", true),
            ("吉林四平厂房", true),
            ("求租四平厂房2000平", true),
            ("七台河仓库3000平", true),
            ("长春九台厂房", true),
            ("求租六安厂房", true),
            ("六安的空开", false),
            ("五台县厂房", true),
            ("四平方米的小间", false),
            ("四平厂房", false),
            ("每人四平，厂房2000平", false),
            ("九台机床", false),
            ("五台行车", false),
            ("三门峡厂房2000平", false),
            ("四千平厂房", false),
        ] {
            let reading = Reading::of(text);
            let found = reading.quantities.first().is_some_and(|quantity| is_place(&reading, quantity));
            assert_eq!(found, place, "{text}");
        }
    }
}
