//! Sweeps over all names of the table: each is found where it is written in an inquiry.
//! What the sentences around them say is tested beside the rules.

use std::collections::BTreeSet;

use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::Member;
use crate::facts::places::{names, regions};
use crate::facts::reading::Reading;
use crate::facts::text::normal::folded;
use crate::facts::words::gazetteer::{Gazetteer, city, is_generic, level, province, short_name};
use crate::facts::words::segments;

/// The code that an inquiry is read with.
fn code(text: &str) -> Option<u32> {
    let reading = Reading::of(text);
    let mut found = Findings::default();
    regions::put(&reading, None, &[], &mut found);
    found.into_facts(text, "1").words(Member::RegionCode)?.parse().ok()
}

/// The counties and districts: code, name, name of the city.
fn counties() -> impl Iterator<Item = (u32, &'static str, &'static str)> {
    let places = Gazetteer::get();
    places.official().filter(|(code, _)| level(*code) == 2).filter_map(|(code, name)| {
        Some((code, name, places.name(city(code)).or_else(|| places.name(province(code)))?))
    })
}

#[test]
fn every_name_of_the_table_is_found() {
    // Quantities in Chinese characters, or names with one in them.
    let lost = ["三元", "三台", "九台", "五台", "北七家", "四平", "张江长三角科技城平湖园", "昆山陆家"];
    let names: BTreeSet<&str> = Gazetteer::get().chinese_names().collect();
    let missed: Vec<&str> = names
        .into_iter()
        .filter(|name| name.chars().count() > 1)
        .filter(|name| {
            let text = format!("求租{name}厂房");
            let reading = Reading::of(&text);
            !names::find(&reading, &[]).iter().any(|(span, _)| reading.page.cut(*span) == *name)
        })
        .collect();
    assert_eq!(missed, lost);
}

#[test]
fn every_division_is_read_by_its_full_name() {
    let places = Gazetteer::get();
    let shared = |name: &str| places.find_whole(name).is_some_and(|(.., places)| places.len() > 1);
    let missed: Vec<&str> = places
        .official()
        .filter(|(_, name)| !shared(folded(name)))
        .filter(|(own, name)| code(&format!("求租{name}厂房")) != Some(*own))
        .map(|(_, name)| name)
        .collect();
    // Any city may call a part of it so.
    assert!(missed.iter().all(|name| is_generic(name)), "{missed:?}");
}

#[test]
fn every_county_is_read_behind_its_city() {
    let mut missed = Vec::new();
    for (own, name, parent) in counties() {
        let (short, short_parent) = (short_name(name), short_name(parent));
        let texts = [
            // 长沙长沙 says the city twice.
            (short != short_parent).then(|| format!("{short_parent}{short}")),
            Some(format!("{parent}{name}")),
            Some(format!("{short_parent}{name}")),
        ];
        missed.extend(
            texts.into_iter().flatten().filter(|place| code(&format!("求租{place}厂房2000平")) != Some(own)),
        );
    }
    // Of one short name with another in its city, or where 济南市中 is the middle of the city.
    let expected = [
        "石家庄井陉",
        "石家庄井陉",
        "济南市中",
        "青岛市南",
        "青岛市北",
        "枣庄市中",
        "内江市中",
        "乐山市中",
        "嘉峪关市嘉峪关市",
        "嘉峪关嘉峪关市",
        "临夏回族临夏",
        "临夏回族临夏",
        "伊犁哈萨克伊宁",
        "伊犁哈萨克伊宁",
    ];
    assert_eq!(missed, expected);
}

#[test]
fn no_word_of_the_dictionary_is_two_names_joined() {
    let names: BTreeSet<&str> = Gazetteer::get().chinese_names().filter(|name| name.len() > 3).collect();
    let joined: Vec<&str> = segments::dictionary()
        .filter(|word| !names.contains(word))
        .filter(|word| {
            let ends = word.char_indices().map(|(at, _)| word.split_at(at));
            ends.into_iter().any(|(one, other)| names.contains(one) && names.contains(other))
        })
        .collect();
    assert!(
        joined.is_empty(),
        "{joined:?}: such a word hides both; one that is no place goes to `hiding places`"
    );
}
