//! How large the wanted place is: floor area in square metres, land in mu.
//! Which kind of place it is was found in `need.rs`; areas of offices, dormitories and the present plant are
//! side facts.

use crate::facts::form::labels::Field;
use crate::facts::measures::bounds;
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::{MU_IN_SQM, Unit};
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::places::counted;
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::model::{Need, Object};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Larger areas (in square metres) and lands (in mu) are mistakes.
const SQM_MAX: f64 = 1e8;
const MU_MAX: f64 = 1e6;

/// Behind an area: the place is left.
static OUTGROWN: List = List::named("behind areas that are left");
/// Before an area: says that it is one.
static AREA: List = List::named("area");
/// Before an area: the words for land itself.
static LAND: List = List::named("land itself");

/// Right before one metre or mu: what a price is for each.
static DENOMINATED: List = List::named("before denominators");
/// Right behind one metre or mu: somebody asks what it costs.
static COSTS: List = List::named("asks what one costs");
/// Right behind a place that they have already.
static HAD_ALREADY: List = List::named("had already");
/// Ends a question, which says nothing of what they have.
static QUESTIONS: List = List::named("questions");

/// What an area is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    /// Another object than the wanted one.
    Second(Object),
    Dorm,
    /// Something that comes with it: 带500平院子.
    Beside,
    /// What the inquirer uses at present.
    Present,
    Land,
}

/// Writes the areas and lands.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    let areas: Vec<(Quantity, Role)> = candidates(reading, Unit::Sqm, SQM_MAX)
        .map(|quantity| (quantity, role(reading, &quantity, need)))
        .collect();
    let main = areas.iter().find(|(_, role)| *role == Role::Main).or_else(|| {
        let only_second = areas.iter().find(|(_, role)| matches!(role, Role::Second(_)));
        only_second.filter(|_| !areas.iter().any(|(_, role)| *role == Role::Land))
    });
    for (quantity, role) in &areas {
        let value = Number::of(quantity.low);
        let is_main = main.is_some_and(|(main, _)| main.span == quantity.span);
        let (Some(value), false) = (value, is_main) else { continue };
        match role {
            Role::Second(Object::Office) => found.extra("office_area_sqm", value),
            Role::Second(Object::Warehouse) => found.extra("warehouse_area_sqm", value),
            Role::Dorm => found.extra("dorm_area_sqm", value),
            Role::Present => found.extra("current_area_sqm", value),
            _ => {}
        }
    }
    if areas.is_empty() {
        labelled(reading, found);
        without_unit(reading, found);
    }
    if let Some((quantity, role)) = main {
        let confidence = if *role == Role::Main { 0.95 } else { 0.8 };
        put_area(reading, quantity, confidence, found);
    }
    lands(reading, need, &areas, found);
}

/// `面积：5000` in a form: square metres are meant.
fn labelled(reading: &Reading<'_>, found: &mut Findings) {
    let labels = reading
        .labels
        .iter()
        .filter(|label| label.field == Field::Area && !reading.page.cut(label.name).contains(['地', '亩']));
    for label in labels {
        let bare = reading.quantities.iter().find(|quantity| {
            label.value.holds(quantity.span)
                && quantity.unit == Unit::Bare
                && (50.0..=1e7).contains(&quantity.low)
        });
        if let Some(quantity) = bare {
            put_area(reading, quantity, 0.75, found);
        }
    }
}

/// 厂房三千左右, 一千二三的厂房: a number without a unit beside the word for the place.
fn without_unit(reading: &Reading<'_>, found: &mut Findings) {
    if found.has(Member::AreaMinSqm) || found.has(Member::AreaMaxSqm) {
        return;
    }
    let is_size = |quantity: &&Quantity| {
        quantity.unit == Unit::Bare
            && quantity.per.is_none()
            && (50.0..=200_000.0).contains(&quantity.low)
            && !is_a_year(quantity)
            && is_apart(reading, quantity)
            && (is_right_behind_a_place(reading, quantity) || is_of_a_place(reading, quantity))
    };
    if let Some(quantity) = reading.quantities.iter().take(40).find(is_size) {
        put_area(reading, quantity, 0.75, found);
    }
}

/// Writes the ends that an area has.
fn put_area(reading: &Reading<'_>, quantity: &Quantity, confidence: f64, found: &mut Findings) {
    let (low, high) = quantity.ends();
    for (member, end) in [(Member::AreaMinSqm, low), (Member::AreaMaxSqm, high)] {
        if let Some(end) = end.and_then(Number::of) {
            found.put(&reading.page, member, end, quantity.span, confidence);
        }
    }
}

/// 厂房 2026
fn is_a_year(quantity: &Quantity) -> bool {
    quantity.span.end == quantity.whole.end
        && quantity.low == quantity.high
        && (1990.0..2040.0).contains(&quantity.low)
        && quantity.low % 100.0 != 0.0
}

/// Whether nothing goes on behind it: no unit that is not known, and no other place.
fn is_apart(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let end = quantity.whole.end;
    let behind = Span::new(end, end + 2);
    !reading.page.char_at(end).is_some_and(|c| c.is_alphanumeric() && c != '的')
        && !reading.words.within(behind).iter().any(|hit| Object::of(hit).is_some())
}

/// 厂房三千
fn is_right_behind_a_place(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let start = quantity.span.start;
    let before = reading.page.before(start, 8);
    let near = Span::new(start - before.len(), start);
    let place = reading.words.within(near).iter().rev().find(|hit| Object::of(hit).is_some());
    place.is_some_and(|hit| {
        bounds::without_bound(reading.page.lower_cut(Span::new(hit.span.end, start))).is_empty()
    })
}

/// 一千二三的厂房
fn is_of_a_place(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let behind = quantity.whole.end;
    let place = behind + '的'.len_utf8();
    reading.page.char_at(behind) == Some('的')
        && reading.words.within(Span::new(place, place + 1)).iter().any(|hit| Object::of(hit).is_some())
}

fn candidates<'r>(reading: &'r Reading<'_>, unit: Unit, most: f64) -> impl Iterator<Item = Quantity> + 'r {
    reading
        .quantities
        .iter()
        .filter(move |quantity| {
            quantity.unit == unit
                && quantity.low > 0.0
                && quantity.high <= most
                && !is_denominator(reading, quantity)
                && !counted::is_place(reading, quantity)
        })
        .copied()
        .take(40)
}

/// 每亩, 一亩: what a price is per. 单价按100平算: no size.
fn is_denominator(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let before = reading.page.before(quantity.span.start, 2);
    before.ends_with(['每', '/'])
        || quantity.low == 1.0
            && (DENOMINATED.ends(before) || COSTS.begins(reading.page.after(quantity.span.end, 4)))
}

/// What an area is for, by the words around it.
fn role(reading: &Reading<'_>, quantity: &Quantity, need: Option<&Need>) -> Role {
    if is_present(reading, quantity, need) {
        return Role::Present;
    }
    let wanted = need.and_then(|need| need.object);
    let Some(hit) = word_behind(reading, quantity).or_else(|| word_before(reading, quantity)) else {
        return if is_added_to_another(reading, quantity) { Role::Beside } else { Role::Main };
    };
    let is_yard = hit.topics.has(Topic::Yard);
    let object = Object::of(hit).unwrap_or(Object::Factory);
    if hit.topics.has(Topic::Dorm) {
        Role::Dorm
    } else if object == Object::Land && !is_yard {
        let is_land = LAND.has(reading.page.cut(hit.span)) || wanted == Some(Object::Land);
        if is_land { Role::Land } else { Role::Main }
    } else if is_yard && wanted != Some(Object::Land) {
        Role::Beside
    } else {
        beside_wanted(reading, quantity, object, wanted)
    }
}

/// What the area of an object is for, where perhaps another one is wanted.
fn beside_wanted(reading: &Reading<'_>, quantity: &Quantity, object: Object, wanted: Option<Object>) -> Role {
    let Some(wanted) = wanted.filter(|wanted| *wanted != Object::Land) else { return Role::Main };
    if wanted != object || comes_with_another(reading, quantity) { Role::Second(object) } else { Role::Main }
}

/// 另配厂房200平: a later part adds it, and wants nothing anew.
fn comes_with_another(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let before = in_part_before(reading, quantity);
    let has = |topic| reading.words.any(before, topic);
    has(Topic::Besides) && before.start > 0 && !has(Topic::Rent) && !has(Topic::Want)
}

/// What is before a quantity in its part.
fn in_part_before(reading: &Reading<'_>, quantity: &Quantity) -> Span {
    Span::new(reading.part(quantity.span).start, quantity.span.start)
}

/// Whether it is what the inquirer uses at present; who lets a place speaks of that.
fn is_present(reading: &Reading<'_>, quantity: &Quantity, need: Option<&Need>) -> bool {
    need.is_none_or(|need| need.kind != NeedKind::Supply)
        && (is_outgrown(reading, quantity)
            || reading.is_of_the_present_place(quantity.span)
            || reading.is_current(quantity.span)
            || present_before(reading, quantity))
}

/// 2000平不够用, 3000平租约到期: the present place is left.
fn is_outgrown(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let after = reading.page.after(quantity.whole.end, 12);
    OUTGROWN.is_in(after) && !after.starts_with('的') || after.contains("不够用") || HAD_ALREADY.is_in(after)
}

fn is_object_or_dorm(hit: &Hit) -> bool {
    Object::of(hit).is_some() || hit.topics.has(Topic::Dorm)
}

/// 3000平厂房: the word right behind says most.
fn word_behind<'r>(reading: &'r Reading<'_>, quantity: &Quantity) -> Option<&'r Hit> {
    let page = &reading.page;
    let start = quantity.whole.end;
    let end = (start + page.after(start, 8).len()).min(reading.part(quantity.span).end);
    let hit = reading.words.within(Span::new(start, end)).iter().find(|hit| is_object_or_dorm(hit))?;
    let gap = page.text().get(start..hit.span.start).unwrap_or("").trim();
    (!gap.contains(['带', '含', '配', '+']) && !gap.contains("with") && gap.chars().count() <= 6)
        .then_some(hit)
}

/// 厂房3000平: the nearest word before.
fn word_before<'r>(reading: &'r Reading<'_>, quantity: &Quantity) -> Option<&'r Hit> {
    let before = reading.words.within(in_part_before(reading, quantity));
    before.iter().rev().find(|hit| is_object_or_dorm(hit))
}

/// Whether it comes with something whose area was said before.
fn is_added_to_another(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let start = reading.part(quantity.span).start;
    reading.before_in_part(quantity.span, Topic::Besides, &[Topic::Want, Topic::Rent, Topic::Buy])
        && reading.page.text().get(..start).is_some_and(|text| text.contains('平') || text.contains("m2"))
}

/// 我们现在的厂房，2000平: the words for the present may be one comma before.
fn present_before(reading: &Reading<'_>, quantity: &Quantity) -> bool {
    let before = in_part_before(reading, quantity);
    let words = reading.page.cut(before);
    let Some(previous) = reading.clauses.part_before(reading.part(quantity.span)) else { return false };
    let is_sized =
        reading.quantities.iter().any(|other| other.unit == Unit::Sqm && previous.holds(other.span));
    let wants_now =
        [Topic::Want, Topic::Rent, Topic::Buy].iter().any(|topic| reading.words.any(before, *topic));
    let names_object = reading.words.within(previous).iter().any(|hit| Object::of(hit).is_some());
    reading.words.any(previous, Topic::Current)
        && !QUESTIONS.ends(reading.page.cut(previous))
        && (names_object || AREA.is_in(words))
        && !reading.words.any(previous, Topic::Want)
        && !wants_now
        && !is_sized
        && words.chars().count() <= 4
}

fn lands(reading: &Reading<'_>, need: Option<&Need>, areas: &[(Quantity, Role)], found: &mut Findings) {
    let supply = need.is_some_and(|need| need.kind == NeedKind::Supply);
    let present = |quantity: &Quantity| {
        !supply && (reading.is_current(quantity.span) || is_outgrown(reading, quantity))
    };
    let mut lands: Vec<Quantity> = candidates(reading, Unit::Mu, MU_MAX)
        .filter(|quantity| !present(quantity) && quantity.low >= 0.1)
        .collect();
    // 5 hectares (75 mu): what is said in mu counts.
    if lands.iter().any(|land| !land.converted) {
        lands.retain(|land| !land.converted);
    }
    if lands.is_empty() {
        let in_sqm = areas.iter().find(|(_, role)| *role == Role::Land).map(|(quantity, _)| *quantity);
        lands.extend(in_sqm.map(|land| Quantity {
            low: land.low / MU_IN_SQM,
            high: land.high / MU_IN_SQM,
            ..land
        }));
    }
    let Some(land) = lands.first() else { return };
    let round = |value: f64| Number::of((value * 100.0).round() / 100.0);
    let (low, high) = land.ends();
    match (low.and_then(round), high.and_then(round)) {
        (Some(low), Some(high)) if low == high => {
            found.put(&reading.page, Member::LandMu, low, land.span, 0.95)
        }
        (low, high) => {
            if let Some(low) = low {
                found.put(&reading.page, Member::LandMuMin, low, land.span, 0.95);
            }
            if let Some(high) = high {
                found.put(&reading.page, Member::LandMuMax, high, land.span, 0.95);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::wants::need;
    use serde_json::{Map, Value, json};

    fn areas(text: &str) -> Value {
        let reading = Reading::of(text);
        let need = need::find(&reading, &[]);
        let mut found = Findings::default();
        put(&reading, need.as_ref(), &mut found);
        let facts: Map<String, Value> = found.into_facts(text, "1").into();
        let keep = ["area_min_sqm", "area_max_sqm", "land_mu", "land_mu_min", "land_mu_max"];
        Value::Object(facts.into_iter().filter(|(name, _)| keep.contains(&name.as_str())).collect())
    }

    #[test]
    fn the_wanted_size_counts() {
        for (text, expected) in [
            ("租厂房6000平，带办公800平", json!({"area_min_sqm": 6000, "area_max_sqm": 6000})),
            ("现有厂房6000㎡租约到期，需求1万㎡以上", json!({"area_min_sqm": 10000})),
            ("目前在用2000平，想换3000-4000平厂房", json!({"area_min_sqm": 3000, "area_max_sqm": 4000})),
            ("租厂房2000平；另要仓库200平", json!({"area_min_sqm": 2000, "area_max_sqm": 2000})),
            (
                "面积约12000㎡厂房，占地30亩左右",
                json!({"area_min_sqm": 12000, "area_max_sqm": 12000, "land_mu": 30}),
            ),
            ("工业用地20-30亩", json!({"land_mu_min": 20, "land_mu_max": 30})),
            ("about 5 hectares (75 mu) of industrial land", json!({"land_mu": 75})),
            ("need 2 ha of land", json!({"land_mu": 30})),
            ("四平市厂房2000平", json!({"area_min_sqm": 2000, "area_max_sqm": 2000})),
            ("四平厂房2000平", json!({"area_min_sqm": 2000, "area_max_sqm": 2000})),
            ("四百平仓库", json!({"area_min_sqm": 400, "area_max_sqm": 400})),
        ] {
            assert_eq!(areas(text), expected, "{text}");
        }
    }
}
