//! Side facts about places: landmarks to be near to (靠近虹桥), regions larger than provinces (长三角).
//! The wanted divisions are found in `regions.rs`.

use crate::facts::model::findings::Findings;
use crate::facts::text::normal::{Normal, Span, is_han};
use crate::facts::words::gazetteer::{Gazetteer, Kind};
use crate::facts::words::lists::List;

/// Right before a place to be near to.
static NEAR_TO: List = List::named("leads to landmarks");
/// Right behind a place to be near to.
static NEARBY: List = List::named("behind landmarks");
/// Regions larger than provinces.
static MACRO: List = List::named("large regions");
/// The same in English.
static MACRO_IN_ENGLISH: List = List::named("large regions in English");

/// 靠近虹桥, 医药港附近: a place to be near to.
pub fn landmark(page: &Normal<'_>, found: &mut Findings) {
    for word in NEAR_TO.words() {
        if let Some(name) = page.places(word).next().and_then(|at| named_behind(page, at + word.len())) {
            found.extra("landmark", name);
        }
    }
    for word in NEARBY.words() {
        if let Some(name) = page.places(word).next().and_then(|at| named_before(page, at)) {
            found.extra("landmark", name);
        }
    }
}

/// 靠近虹桥: what is named from a byte on.
fn named_behind(page: &Normal<'_>, start: usize) -> Option<String> {
    let name: String = page
        .after(start, 8)
        .chars()
        .take_while(|c| is_han(*c) && !matches!(c, '的' | '附' | '周' | '有' | '或'))
        .collect();
    (2..=6).contains(&name.chars().count()).then_some(name)
}

/// 医药港附近: what is named up to a byte, without the division that it lies in.
fn named_before(page: &Normal<'_>, end: usize) -> Option<String> {
    let before = page.before(end, 8);
    let name = before
        .rsplit([
            ',', '。', ' ', ':', ';', '在', '找', '的', '要', '\n', '、', '租', '到', '去', '那', '区', '市',
        ])
        .next()
        .unwrap_or("");
    if !(2..=6).contains(&name.chars().count()) || is_division(name) {
        return None;
    }
    let name = without_division(name);
    (name.chars().count() >= 2).then(|| name.to_owned())
}

/// Whether the whole name is a division: 苏州附近 names no landmark.
fn is_division(name: &str) -> bool {
    Gazetteer::get().find(name).any(|(from, to, places)| {
        from == 0
            && to == name.len()
            && places.iter().any(|place| place.kind != Kind::Zone && place.kind != Kind::Town)
    })
}

/// 苏州医药港: what is behind the last division in the name.
fn without_division(name: &str) -> &str {
    Gazetteer::get()
        .find(name)
        .filter(|(_, _, places)| places.iter().all(|place| matches!(place.kind, Kind::Full | Kind::Short)))
        .map(|(_, to, _)| to)
        .last()
        .and_then(|to| name.get(to..))
        .unwrap_or(name)
}

/// The first region larger than a province.
pub fn macro_region(page: &Normal<'_>, found: &mut Findings) {
    let first = page
        .among(MACRO.words())
        .filter_map(|word| page.places(word).next().map(|at| (at, word)))
        .min_by_key(|(at, word)| (*at, usize::MAX - word.len()));
    if let Some((_, word)) = first {
        found.extra("macro_region", word);
        return;
    }
    let first = page.among(MACRO_IN_ENGLISH.words()).find_map(|word| {
        page.places(word).next().map(|at| Span::new(at, at + word.len())).filter(|span| page.is_whole(*span))
    });
    if let Some(span) = first {
        found.extra("macro_region", page.cut(span).to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Member;
    use serde_json::Value;

    #[test]
    fn places_to_be_near_to() {
        let extra = |text: &str| {
            let page = Normal::of(text);
            let mut found = Findings::default();
            landmark(&page, &mut found);
            macro_region(&page, &mut found);
            found.into_facts(text, "1").get(Member::Extra).cloned().map(Value::from).unwrap_or_default()
        };
        assert_eq!(extra("靠近虹桥的厂房"), serde_json::json!({"landmark": "虹桥"}));
        assert_eq!(extra("拟在长三角投资"), serde_json::json!({"macro_region": "长三角"}));
        assert_eq!(extra("苏州附近"), serde_json::Value::Null);
    }
}
