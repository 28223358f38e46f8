//! Side facts of the place: each quantity by its unit, then what is said in words.
//! Each topic has a file of its own; side facts of money, areas and places are found where those are.

use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::reading::Reading;
use crate::facts::wants::beside::Beside;
use crate::facts::wants::model::Need;
use crate::facts::wants::{cranes, dates, features, heights, tenure};
use crate::facts::words::lists::List;

/// Before the ratio of floor area to land.
static FAR: List = List::named("before floor area ratios");
/// Right before a temperature: it is below zero.
static BELOW_ZERO: List = List::named("below zero");
/// Before people who live in a dormitory.
static DORM_PEOPLE: List = List::named("before people in dormitories");
/// Before, and behind, rooms of a dormitory.
static DORM_BEFORE_ROOMS: List = List::named("dormitories before rooms");
static DORM_BEHIND_ROOMS: List = List::named("dormitories behind rooms");

/// Writes the side facts.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    for quantity in reading.quantities.iter().take(80) {
        counted(reading, quantity, found);
    }
    features::put(reading, need, found);
    dates::put(&reading.page, found);
    if let Some(extension) = reading.phones.iter().find_map(|phone| phone.extension.clone()) {
        found.extra("phone_ext", extension);
    }
}

/// What a unit and the words beside it say.
fn counted(reading: &Reading<'_>, quantity: &Quantity, found: &mut Findings) {
    let Some(value) = Number::of(quantity.low) else { return };
    let beside = Beside::of(reading, quantity);
    match quantity.unit {
        Unit::Metre => heights::put(&beside, quantity, found),
        Unit::Tonne => cranes::put(reading, &beside, quantity, found),
        Unit::TonnePerSqm => found.extra("floor_load_t_per_sqm", value),
        Unit::Kva => found.extra("power_kva", value),
        Unit::Ampere if quantity.low >= 10.0 => found.extra("power_a", value),
        Unit::Cubic => found.extra("volume_m3", value),
        Unit::Celsius if quantity.low <= 60.0 => temperature(reading, &beside, quantity, found),
        Unit::Person if beside.is_led_by(&DORM_PEOPLE) => found.extra("dorm_people", value),
        Unit::Person if quantity.low >= 2.0 => found.extra("headcount", value),
        Unit::Room if is_of_dormitory(&beside) => found.extra("dorm_rooms", value),
        Unit::Percent => tenure::share(&beside, quantity, found),
        Unit::Year => tenure::years(&beside, quantity, found),
        Unit::Bare if heights::is_bare_height(&beside, quantity) => found.extra("clear_height_min_m", value),
        Unit::Bare if beside.is_led_by(&FAR) => found.extra("far_min", value),
        _ => {}
    }
}

/// -18℃, 零下18度
fn temperature(reading: &Reading<'_>, beside: &Beside<'_>, quantity: &Quantity, found: &mut Findings) {
    let is_below =
        reading.page.char_before(quantity.span.start) == Some('-') || BELOW_ZERO.ends(beside.before);
    if let Some(value) = Number::of(if is_below { -quantity.low } else { quantity.low }) {
        found.extra("temperature_c", value);
    }
}

/// 宿舍20间
fn is_of_dormitory(beside: &Beside<'_>) -> bool {
    beside.is_led_by(&DORM_BEFORE_ROOMS) || beside.is_followed_by(&DORM_BEHIND_ROOMS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Member;
    use serde_json::{Value, json};

    fn extra(text: &str) -> Value {
        let mut found = Findings::default();
        put(&Reading::of(text), None, &mut found);
        found.into_facts(text, "1").get(Member::Extra).cloned().map_or(Value::Null, Value::from)
    }

    #[test]
    fn side_facts() {
        for (text, expected) in [
            ("2台20T行车，檐高12米", json!({"crane_t": 20, "crane_count": 2, "eaves_height_m": 12})),
            ("层高9米以上，315KVA", json!({"clear_height_min_m": 9, "power_kva": 315})),
            ("能进17米5的车", json!({"truck_length_m": 17.5})),
            (
                "-18℃以下，5000立方左右，租3年",
                json!({"temperature_c": -18, "volume_m3": 5000, "lease_years": 3}),
            ),
            ("宿舍能住120人", json!({"dorm_people": 120})),
            ("3 t/m2 floor load, 16t overhead crane", json!({"floor_load_t_per_sqm": 3, "crane_t": 16})),
        ] {
            assert_eq!(extra(text), expected, "{text}");
        }
    }
}
