//! What is wanted: a factory, a warehouse, land …, to rent or to buy; or an offer, a question about policies,
//! an advertisement. Here is the order in which they are tried; how large it shall be is found in `areas.rs`.

use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::text::normal::Span;
use crate::facts::wants::advertisements::advertisement;
use crate::facts::wants::also::also;
use crate::facts::wants::assets::asset;
use crate::facts::wants::custom::custom;
use crate::facts::wants::deals::{deal, offered_deal};
use crate::facts::wants::model::{Need, Object, Wish, kind_of};
use crate::facts::wants::offers::offer;
use crate::facts::wants::policies::policy;
use crate::facts::wants::wishes::{best_of, is_without, wishes};
use crate::facts::words::lexicon::{Hit, Topic};
use crate::facts::words::lists::List;

/// Work for which a size without a word of a place is that of a warehouse.
static STORING: List = List::named("storing");
/// Work for which a size without a word of a place is that of an office.
static DESK_WORK: List = List::named("desk work");
/// Between two that will both do.
static EITHER: List = List::named("either");
/// A plant is to be built: with an investment land is wanted.
static BUILDING_A_PLANT: List = List::named("building a plant");

/// What a text is asked for again and again.
struct Text<'r, 't> {
    reading: &'r Reading<'t>,
    /// Companies and contacts; words in them do not count.
    names: &'r [Span],
    wishes: Vec<Wish>,
    /// The wish that most speaks for.
    best: Option<Wish>,
    has_area: bool,
}

/// `names`: companies and contacts; words in them do not count.
pub fn find(reading: &Reading<'_>, names: &[Span]) -> Option<Need> {
    let wishes = wishes(reading, names);
    let best = best_of(&wishes);
    let has_area = reading.quantities.iter().any(|quantity| matches!(quantity.unit, Unit::Sqm | Unit::Mu));
    let text = Text { reading, names, wishes, best, has_area };
    advertised(&text)
        .or_else(|| offered(&text))
        .or_else(|| invested_in(&text))
        .or_else(|| built_to_order(&text))
        .or_else(|| asked_for_policies(&text))
        .or_else(|| wished(&text))
        .or_else(|| a_shop(&text))
        .or_else(|| only_sized(&text))
        .or_else(|| only_a_policy(&text))
        .or_else(|| land_for_a_plant(&text))
        .or_else(|| only_an_object(&text))
        .or_else(|| something_else(&text))
}

fn advertised(text: &Text<'_, '_>) -> Option<Need> {
    let span = advertisement(text.reading, text.has_area, text.best.is_some())?;
    Some(Need::of(NeedKind::Spam, span, 0.9).with(text.object()))
}

fn offered(text: &Text<'_, '_>) -> Option<Need> {
    let span = offer(text.reading)?;
    let object = text.object();
    let offered = kind_of(object.unwrap_or(Object::Factory), offered_deal(text.reading));
    Some(Need { offered: Some(offered), ..Need::of(NeedKind::Supply, span, 0.85).with(object) })
}

fn invested_in(text: &Text<'_, '_>) -> Option<Need> {
    let span = asset(text.reading, text.has_area)?;
    Some(Need::of(NeedKind::AssetInvestment, span, 0.85).with(text.object()))
}

/// The land and the plant of a building to order are no wishes of their own.
fn built_to_order(text: &Text<'_, '_>) -> Option<Need> {
    let span = custom(text.reading)?;
    if is_one_of_two(text.reading, span) {
        return to_rent_or_to_build(text);
    }
    let mut also = also(text.reading, &text.wishes, text.best, NeedKind::CustomBuild);
    also.retain(|kind| !matches!(kind, NeedKind::Land | NeedKind::FactoryRent | NeedKind::FactoryBuy));
    Some(Need { also, ..Need::of(NeedKind::CustomBuild, span, 0.9).with(Some(Object::Factory)) })
}

/// 租赁或定制代建: a ready one will do.
fn is_one_of_two(reading: &Reading<'_>, custom: Span) -> bool {
    let part = reading.part(custom);
    let mut rented = reading.words.within(Span::new(part.start, custom.start)).iter();
    rented.any(|hit| {
        hit.topics.has(Topic::Rent)
            && EITHER.begins(reading.page.cut(Span::new(hit.span.end, custom.start)).trim())
    })
}

fn to_rent_or_to_build(text: &Text<'_, '_>) -> Option<Need> {
    let mut need = wished(text).or_else(|| only_sized(text))?;
    need.also.push(NeedKind::CustomBuild);
    Some(need)
}

fn asked_for_policies(text: &Text<'_, '_>) -> Option<Need> {
    let span = policy(text.reading, &text.wishes, text.names)?;
    Some(Need::of(NeedKind::RegistrationPolicy, span, 0.85))
}

/// A place that words are there for.
fn wished(text: &Text<'_, '_>) -> Option<Need> {
    let best = text.best?;
    let kind = kind_of(best.object, deal(text.reading, best.span));
    let also = also(text.reading, &text.wishes, Some(best), kind);
    let confidence = if best.score >= 3 { 0.95 } else { 0.85 };
    Some(Need { also, ..Need::of(kind, best.span, confidence).with(Some(best.object)) })
}

/// A shop, and none of the places that a park has.
fn a_shop(text: &Text<'_, '_>) -> Option<Need> {
    let hit = text.hit(|hit| hit.topics.has(Topic::Shop))?;
    Some(Need::of(NeedKind::Other, hit.span, 0.8))
}

/// A size without a word for a place; rather not the size of what they have.
fn only_sized(text: &Text<'_, '_>) -> Option<Need> {
    let reading = text.reading;
    let sized = |quantity: &&Quantity| quantity.unit == Unit::Sqm && quantity.per.is_none();
    let fresh = |quantity: &&Quantity| sized(quantity) && !reading.is_current(quantity.span);
    let all = || reading.quantities.iter();
    let span = all().take(40).find(fresh).or_else(|| all().find(sized))?.span;
    // 办公，思明，350平: little speaks for it, and nothing against it.
    let named = text.wishes.iter().find(|wish| wish.score >= 0 && wish.object != Object::Land);
    let named = named.map(|wish| wish.object);
    let object = named.unwrap_or_else(|| object_of_the_work(reading.page.text()));
    Some(Need::of(kind_of(object, deal(reading, span)), span, 0.75).with(Some(object)))
}

/// Where work is done of which only the words speak.
fn object_of_the_work(text: &str) -> Object {
    if STORING.is_in(text) {
        Object::Warehouse
    } else if DESK_WORK.is_in(text) {
        Object::Office
    } else {
        Object::Factory
    }
}

fn only_a_policy(text: &Text<'_, '_>) -> Option<Need> {
    let hit = text.hit(|hit| hit.topics.has(Topic::Policy) || hit.topics.has(Topic::Invoiced))?;
    Some(Need::of(NeedKind::RegistrationPolicy, hit.span, 0.7))
}

fn land_for_a_plant(text: &Text<'_, '_>) -> Option<Need> {
    if !BUILDING_A_PLANT.is_in(text.reading.page.text()) {
        return None;
    }
    Some(Need::of(NeedKind::Land, text.reading.words.first(Topic::Investment)?, 0.5))
}

/// A word for a place, though little speaks for it.
fn only_an_object(text: &Text<'_, '_>) -> Option<Need> {
    let is_theirs = |hit: &Hit| text.reading.is_current(hit.span);
    let hit = text.hit(|hit| Object::of(hit).is_some() && !hit.topics.has(Topic::Yard) && !is_theirs(hit))?;
    let object = Object::of(hit)?;
    let kind = || kind_of(object, deal(text.reading, hit.span));
    (!is_without(text.reading, hit.span)).then(|| Need::of(kind(), hit.span, 0.6))
}

/// Words that say something, but nothing of the trade.
fn something_else(text: &Text<'_, '_>) -> Option<Need> {
    let reading = text.reading;
    let masked = reading.mask.spans().chain(text.names.iter().copied());
    let labels = reading.labels.iter().map(|label| label.name);
    let covered: usize = masked.chain(labels).map(|span| span.end - span.start).sum();
    let says = reading.page.text().len().saturating_sub(covered) >= 24;
    let is_meant = reading.words.count(Topic::Want) > 0 || says;
    let all = reading.page.trim(Span::new(0, reading.page.text().len()));
    is_meant.then(|| Need::of(NeedKind::Other, all, 0.5))
}

impl<'r> Text<'r, '_> {
    /// The object that most speaks for.
    fn object(&self) -> Option<Object> {
        self.best.map(|wish| wish.object)
    }

    /// The first word outside of names that fits.
    fn hit(&self, fits: impl Fn(&Hit) -> bool) -> Option<&'r Hit> {
        let outside = |hit: &&Hit| !self.names.iter().any(|name| name.touches(hit.span));
        self.reading.words.all().iter().filter(outside).find(|hit| fits(hit))
    }
}

/// Writes need_kind and need_kind_also.
pub fn put(reading: &Reading<'_>, need: &Need, found: &mut Findings) {
    found.put(&reading.page, Member::NeedKind, need.kind, need.span, need.confidence);
    if !need.also.is_empty() {
        found.put(&reading.page, Member::NeedKindAlso, need.also.clone(), need.span, need.confidence * 0.9);
    }
    if let Some(offered) = need.offered {
        found.extra("supply_kind", offered.word());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        let need = find(&Reading::of(text), &[]);
        need.into_iter()
            .flat_map(|need| std::iter::once(need.kind).chain(need.also))
            .map(NeedKind::word)
            .collect()
    }

    #[test]
    fn what_is_wanted() {
        for (text, expected) in [
            ("想租个厂房2000平", vec!["factory_rent"]),
            ("需求：厂房出租，3000平方米", vec!["factory_rent"]),
            ("想买独栋厂房1200平", vec!["factory_buy"]),
            ("有没有三千平的仓库", vec!["warehouse_rent"]),
            ("太仓附近写字楼300平", vec!["office_rent"]),
            ("拟购置办公楼2000㎡", vec!["office_buy"]),
            ("工业用地50亩", vec!["land"]),
            ("看你们那的地，20亩", vec!["land"]),
            ("我有一栋厂房出租，4000平，租金1.1元/平/天", vec!["supply"]),
            ("你们那有厂房出租吗，我们有30人", vec!["factory_rent"]),
            ("需定制厂房12000㎡，占地30亩", vec!["custom_build"]),
            ("想了解注册政策和税收返还，不需要办公室", vec!["registration_policy"]),
            ("基金寻求收购成熟产业园，拟发REITs", vec!["asset_investment"]),
            ("专业网站优化，百度首页推广，加微信", vec!["spam"]),
            ("请问能帮忙找合伙人吗，想开饭店", vec!["other"]),
            ("首期租赁厂房1.5万㎡，二期供地80亩", vec!["factory_rent", "land"]),
            ("苏州3k-5k平，能做喷涂", vec!["factory_rent"]),
            ("Need 350 sqm office", vec!["office_rent"]),
            ("I own a 6,200 sqm factory, available for lease", vec!["supply"]),
        ] {
            assert_eq!(kinds(text), expected, "{text}");
        }
    }
}
