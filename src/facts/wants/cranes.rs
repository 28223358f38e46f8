//! Side facts in tonnes: what a crane lifts, and how many cranes there are.
//! Loads of floors have a unit of their own and are written in `extra.rs`.

use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::reading::Reading;
use crate::facts::wants::beside::Beside;
use crate::facts::words::lists::List;

/// Behind what a crane lifts.
static BEHIND: List = List::named("cranes behind a weight");
/// Before what a crane lifts.
static BEFORE: List = List::named("cranes before a weight");

/// Writes what a crane lifts, and how many there are: 2台20T行车.
pub fn put(reading: &Reading<'_>, beside: &Beside<'_>, quantity: &Quantity, found: &mut Findings) {
    if !beside.is_followed_by(&BEHIND) && !beside.is_led_by(&BEFORE) {
        return;
    }
    let Some(value) = Number::of(quantity.low) else { return };
    found.extra("crane_t", value);
    let count = count_before(reading, quantity).or_else(|| count_behind(reading, quantity));
    if let Some(count) = count.and_then(|count| Number::of(count.low)) {
        found.extra("crane_count", count);
    }
}

/// 10吨行车2台: the number of pieces behind the crane.
fn count_behind<'r>(reading: &'r Reading<'_>, quantity: &Quantity) -> Option<&'r Quantity> {
    let end = quantity.whole.end;
    let crane = BEHIND.beginning_of(reading.page.lower_after(end, 8))?;
    reading.quantities.iter().find(|other| other.unit == Unit::Piece && other.span.start == end + crane.len())
}

/// The number of pieces right before a weight.
fn count_before<'r>(reading: &'r Reading<'_>, quantity: &Quantity) -> Option<&'r Quantity> {
    reading.quantities.iter().find(|other| {
        other.unit == Unit::Piece
            && other.span.end <= quantity.span.start
            && quantity.span.start - other.span.end <= 6
    })
}
