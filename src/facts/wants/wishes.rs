//! The words for places in a text, each with how much speaks for its being wanted.
//! Whether they are to rent or to buy is found in `deals.rs`, what is chosen of them in `need.rs`.

use crate::facts::form::labels::Field;
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Span, tail};
use crate::facts::wants::model::{Object, Wish};
use crate::facts::words::lexicon::Topic;
use crate::facts::words::lists::List;

/// What speaks for a place of which a size is said and nothing else.
const SIZED: i32 = 3;
/// Objects looked at in one text.
const MAX: usize = 80;
/// Characters between a word and 不需要 or 带 before it.
const WITHOUT_NEAR: usize = 8;
const BESIDES_NEAR: usize = 14;

/// Right before a place that they have already.
static OURS: List = List::named("ours");
/// Right behind a place that they have already.
static HAD_ALREADY: List = List::named("had already");
/// Right before a place that is not what is wanted, and what looks so and asks.
static DENIED: List = List::named("denied places");
static ASKED: List = List::named("asks without denying");
/// Shares of one size follow, each with its use.
static SHARES: List = List::named("shares of a size");
/// Near before a place that is built for them.
static BUILDS_FOR_OTHERS: List = List::named("builds for others");
/// Words that often only describe: less speaks for them.
static VAGUE_PLACES: List = List::named("vague places");
/// How much land something covers: what they say of a place, no wish.
static COVERS_LAND: List = List::named("covers land");
/// Land only where a size in mu is said.
static LAND_FOR_A_USE: List = List::named("land for a use");
/// Right behind a place that only describes what is there: 仓库管理.
static DESCRIBED_BY_A_PLACE: List = List::named("described by a place");

/// A word for a place, and where it is.
struct Place<'r, 't> {
    reading: &'r Reading<'t>,
    object: Object,
    span: Span,
    part: Span,
    quantity: Option<Quantity>,
}

/// The wish that most speaks for; the first of equals, and of those that are sized each by itself.
pub fn best_of(wishes: &[Wish]) -> Option<Wish> {
    let best = wishes
        .iter()
        .filter(|wish| wish.score > 0)
        .max_by(|a, b| a.score.cmp(&b.score).then(b.span.start.cmp(&a.span.start)))?;
    let is_as_good = |wish: &&Wish| wish.score >= SIZED && has_a_size_of_its_own(wish, best);
    Some(*wishes.iter().filter(|wish| wish.span.start < best.span.start).find(is_as_good).unwrap_or(best))
}

/// 厂房2000平，二期再要30亩地
fn has_a_size_of_its_own(wish: &Wish, other: &Wish) -> bool {
    match (wish.quantity, other.quantity) {
        (Some(one), Some(other)) => one.span != other.span,
        _ => false,
    }
}

/// All words for places outside of names, and land that only its size speaks of, in their order.
pub fn wishes(reading: &Reading<'_>, names: &[Span]) -> Vec<Wish> {
    let hits = reading.words.all().iter().filter_map(|hit| Some((Object::of(hit)?, hit.span)));
    let mut wishes: Vec<Wish> = hits
        .take(MAX)
        .filter(|(_, span)| !names.iter().any(|name| name.touches(*span)) && !reading.mask.touches(*span))
        .map(|(object, span)| Place::of(reading, object, span).wish())
        .collect();
    add_land_of_a_size(reading, &mut wishes);
    add_a_plant_before_the_land(reading, &mut wishes);
    wishes.sort_by_key(|wish| wish.span);
    wishes
}

/// 二十亩 without a word for land is land.
fn add_land_of_a_size(reading: &Reading<'_>, wishes: &mut Vec<Wish>) {
    let mu = |quantity: &&Quantity| quantity.unit == Unit::Mu && quantity.per.is_none();
    for quantity in reading.quantities.iter().filter(mu).take(5) {
        let part = reading.part(quantity.span);
        if !COVERS_LAND.is_in(reading.page.before(quantity.span.start, 8))
            && !reading.is_current(quantity.span)
            && !wishes.iter().any(|wish| wish.object == Object::Land && part.holds(wish.span))
        {
            let (span, quantity) = (quantity.span, Some(*quantity));
            wishes.push(Wish { object: Object::Land, span, score: 2, quantity });
        }
    }
}

/// 先租6000平过渡，后面拿地: what is rented beside land is a plant.
fn add_a_plant_before_the_land(reading: &Reading<'_>, wishes: &mut Vec<Wish>) {
    if !wishes.iter().any(|wish| wish.object == Object::Land && wish.score >= SIZED) {
        return;
    }
    let is_rented = |quantity: &&Quantity| {
        let part = reading.part(quantity.span);
        quantity.unit == Unit::Sqm
            && quantity.per.is_none()
            && !reading.is_of_the_present_place(quantity.span)
            && reading.words.any(part, Topic::Rent)
            && !wishes.iter().any(|wish| part.holds(wish.span))
    };
    if let Some(quantity) = reading.quantities.iter().take(MAX).find(is_rented) {
        let (span, quantity) = (quantity.span, Some(*quantity));
        wishes.push(Wish { object: Object::Factory, span, score: SIZED + 2, quantity });
    }
}

impl<'r, 't> Place<'r, 't> {
    fn of(reading: &'r Reading<'t>, object: Object, span: Span) -> Self {
        let part = reading.part(span);
        let sized = |unit| {
            let own = nearest_quantity(reading, part, span, unit);
            own.or_else(|| nearest_quantity(reading, part_behind_a_blank(reading, part)?, span, unit))
        };
        let quantity = match object {
            Object::Land => sized(Unit::Mu).or_else(|| sized(Unit::Sqm)),
            _ => sized(Unit::Sqm),
        };
        Self { reading, object, span, part, quantity }
    }

    fn wish(&self) -> Wish {
        Wish { object: self.object, span: self.span, score: self.score(), quantity: self.quantity }
    }

    /// How much speaks for a place that is wanted.
    fn score(&self) -> i32 {
        let rules = [
            (self.quantity.is_some(), 2),
            (self.is_asked_for(), 2),
            (self.reading.is_value_of(self.span, Field::Need), 2),
            (is_without(self.reading, self.span), -9),
            (self.is_denied(), -9),
            (self.belongs_to_the_main_thing(), -5),
            (self.is_theirs_already(), -5),
            (self.will_be_built_by_them(), -4),
            (VAGUE_PLACES.has(self.reading.page.lower_cut(self.span)), -1),
            (self.only_says_how_much_land(), -2),
            (DESCRIBED_BY_A_PLACE.begins(self.reading.page.from(self.span.end)), -2),
        ];
        1 + rules.iter().filter(|(applies, _)| *applies).map(|(_, points)| points).sum::<i32>()
    }

    /// The words of the part before it.
    fn before(&self) -> &'r str {
        self.reading.page.cut(Span::new(self.part.start, self.span.start))
    }

    /// A verb of renting, buying or wanting in its part.
    fn is_asked_for(&self) -> bool {
        let verbs = [Topic::Rent, Topic::Buy, Topic::Want];
        let hits = self.reading.words.within(self.part);
        hits.iter().any(|hit| verbs.iter().any(|verb| hit.topics.has(*verb)))
    }

    /// 带卸货平台的仓库: what is beside it belongs to it.
    fn belongs_to_the_main_thing(&self) -> bool {
        let before = self.before();
        !before.ends_with('的') && is_beside(self.reading, self.span)
            || tail(before, 3).contains('配')
            || before.ends_with('附')
    }

    /// 不是厂房，是仓库
    fn is_denied(&self) -> bool {
        let before = self.before();
        DENIED.ends(before) && !ASKED.ends(before)
    }

    fn is_theirs_already(&self) -> bool {
        self.reading.is_current(self.span)
            || self.reading.is_of_the_present_place(self.span)
            || OURS.ends(self.before())
            || HAD_ALREADY.begins(self.reading.page.after(self.span.end, 8))
    }

    /// 建厂房, 建设汽车电子工厂: what they will build themselves.
    fn will_be_built_by_them(&self) -> bool {
        let before = tail(self.before(), 10);
        self.object != Object::Land && before.contains(['建', '盖']) && !BUILDS_FOR_OTHERS.is_in(before)
    }

    /// 占地, and 用地 where nothing is measured in mu.
    fn only_says_how_much_land(&self) -> bool {
        let words = self.reading.page.cut(self.span);
        COVERS_LAND.has(words)
            || LAND_FOR_A_USE.has(words)
                && self.reading.quantities.iter().all(|quantity| quantity.unit != Unit::Mu)
    }
}

/// 办公楼 两千平左右: the part behind a blank, if no place is in it.
fn part_behind_a_blank(reading: &Reading<'_>, part: Span) -> Option<Span> {
    let next = reading.page.char_at(part.end).filter(|c| *c == ' ').map(|_| part.end + 1)?;
    let next = reading.part(Span::new(next, next + 1));
    let names_a_place = reading.words.within(next).iter().any(|hit| Object::of(hit).is_some());
    (!names_a_place).then_some(next)
}

fn nearest_quantity(reading: &Reading<'_>, part: Span, span: Span, unit: Unit) -> Option<Quantity> {
    let from = reading.quantities.partition_point(|quantity| quantity.span.start < part.start);
    let within = reading
        .quantities
        .get(from..)?
        .iter()
        .take_while(|quantity| quantity.span.start < part.end)
        .filter(|quantity| quantity.unit == unit && quantity.per.is_none());
    within.min_by_key(|quantity| quantity.span.start.abs_diff(span.start)).copied()
}

/// 不需要办公室: a place of which it is said that there is no need.
pub fn is_without(reading: &Reading<'_>, span: Span) -> bool {
    is_near_behind(reading, span, Topic::Without, WITHOUT_NEAR)
}

/// A word of the topic at most so many characters before, in the same part.
fn is_near_behind(reading: &Reading<'_>, span: Span, topic: Topic, distance: usize) -> bool {
    let window = reading.page.before(span.start, distance);
    let part = reading.part(span);
    reading.words.any(Span::new((span.start - window.len()).max(part.start), span.start), topic)
}

/// 带办公, 另配办公600㎡、仓库1000㎡: what comes with the main thing, in a list too.
fn is_beside(reading: &Reading<'_>, span: Span) -> bool {
    if is_near_behind(reading, span, Topic::Besides, BESIDES_NEAR) {
        return true;
    }
    let mut part = reading.part(span);
    for _ in 0..3 {
        let sign = reading.page.char_before(part.start);
        let Some(before) = reading.clauses.part_before(part) else { return false };
        // 总共要5000平，其中生产4000，仓储1000
        let goes_on = sign == Some('、') || sign == Some(',') && SHARES.is_in(reading.page.cut(before));
        if !goes_on {
            return false;
        }
        if reading.words.any(before, Topic::Besides) {
            return true;
        }
        part = before;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_spoken_of_is_no_wish() {
        for (text, expected) in [
            ("求租厂房2000平", Some(Object::Factory)),
            ("拟购二十亩", Some(Object::Land)),
            ("不需要办公室", None),
            ("带办公室", None),
            ("新建厂房", None),
            ("目前仓库", None),
        ] {
            let best = best_of(&wishes(&Reading::of(text), &[]));
            assert_eq!(best.map(|wish| wish.object), expected, "{text}");
        }
    }
}
