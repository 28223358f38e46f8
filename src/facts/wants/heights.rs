//! Side facts in metres: heights of halls and eaves, lengths of lorries.
//! Areas are read in `areas.rs`.

use crate::facts::measures::quantity::Quantity;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::wants::beside::Beside;
use crate::facts::words::lists::List;

/// Before a height of the eaves.
static EAVES: List = List::named("before heights of eaves");
/// Before a height of the hall.
static HEIGHT: List = List::named("before heights");
/// Behind a height of the hall.
static HIGH: List = List::named("behind heights");
/// Behind a length: cranes are that long, and no lorries.
static CRANES: List = List::named("cranes behind a length");
/// Behind the length of a lorry.
static LORRIES: List = List::named("lorries behind a length");
/// Before the length of a lorry.
static LORRY: List = List::named("before lengths of lorries");
/// Labels of a height, of which a bare number is in metres.
static LABELS: List = List::named("labels of heights");

/// Larger heights and lengths are mistakes; so are larger numbers without a unit.
const METRES_MAX: f64 = 60.0;
const BARE_MAX: f64 = 30.0;

/// Writes what a quantity in metres is.
pub fn put(beside: &Beside<'_>, quantity: &Quantity, found: &mut Findings) {
    let Some(value) = Number::of(quantity.low).filter(|_| quantity.low <= METRES_MAX) else { return };
    if beside.is_led_by(&EAVES) {
        found.extra("eaves_height_m", value);
    } else if is_height(beside) {
        found.extra("clear_height_min_m", value);
    } else if is_length_of_lorry(beside) {
        found.extra("truck_length_m", value);
    }
}

/// Whether a number without a unit is the height of a hall: 层高:9.
pub fn is_bare_height(beside: &Beside<'_>, quantity: &Quantity) -> bool {
    beside.is_led_by(&LABELS) && quantity.low <= BARE_MAX
}

fn is_height(beside: &Beside<'_>) -> bool {
    beside.before.trim_end_matches([' ', ':', '约']).ends_with('高')
        || beside.is_led_by(&HEIGHT)
        || beside.is_followed_by(&HIGH)
}

/// 17米5的车
fn is_length_of_lorry(beside: &Beside<'_>) -> bool {
    !beside.is_followed_by(&CRANES) && beside.is_followed_by(&LORRIES) || beside.is_led_by(&LORRY)
}
