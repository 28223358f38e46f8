//! Profiles made at random, on bodies made at random: whatever they ask for, what comes of it stays within
//! its bounds. Work is counted here, not timed; what the bounds cost in time is in docs/forms.md.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::mapping::Mapping;
use super::names::Item;
use super::pairs::Places;
use super::raw::tests::raw;
use super::selector::EvalContext;
use super::work::{VALUE_MAX, WORDS_MAX, WORK_MAX, Work};
use crate::intake::forms::settings::Profile;
use crate::kernel::error::Faults;

const PATHS: [&str; 16] = [
    "$",
    "$.a",
    "$..*",
    "$..a",
    "$[*]",
    "$.a[*]",
    "$.a[*][*]",
    "$[*][*][*]",
    "$.a[0,0,0]",
    "$..[?@.a]",
    "$..[?count(@[*]) > 0]",
    "$..[0,1]['a','a']",
    "a",
    "header:x",
    "$..*..*",
    "$[",
];

fn path() -> impl Strategy<Value = String> {
    proptest::sample::select(&PATHS[..]).prop_map(str::to_owned)
}

fn step() -> impl Strategy<Value = Value> {
    let sign = || proptest::sample::select(&["", ",", "a", "ab", "、", "厂厂厂厂厂厂厂厂"][..]);
    prop_oneof![
        proptest::sample::select(&["nfkc", "trim", "lower", "digits", "unix_s", "explode"][..])
            .prop_map(|word| json!(word)),
        sign().prop_map(|sign| json!({"split": sign})),
        sign().prop_map(|sign| json!({"join": sign.repeat(10)})),
        sign().prop_map(|sign| json!({"prefix": sign.repeat(60)})),
        sign().prop_map(|sign| json!({"suffix": sign.repeat(60)})),
        Just(json!({"lookup": {"a": "厂".repeat(900), "": "x"}})),
        proptest::sample::select(&["(a|b)*", "^(.*)$", "\\w+", "(a+)+$", "("][..])
            .prop_map(|text| json!({"regex": text})),
    ]
}

fn selector() -> impl Strategy<Value = Value> {
    (proptest::collection::vec(path(), 1..3), any::<bool>(), proptest::collection::vec(step(), 0..19))
        .prop_map(|(from, all, transform)| json!({"from": from, "all": all, "transform": transform}))
}

fn profile() -> impl Strategy<Value = Value> {
    let entries = (path(), path(), proptest::collection::vec(path(), 1..4), path(), path());
    let entries = entries.prop_map(|(each, key, value, options, id)| {
        json!({"each": each, "key": key, "label": "$.a", "value": value,
            "options": {"each": options, "id": id, "text": "$"}})
    });
    let map = proptest::collection::vec(selector(), 0..8);
    (
        proptest::option::of(entries),
        map,
        proptest::collection::vec(path(), 0..3),
        proptest::option::of(path()),
        proptest::option::of(path()),
    )
        .prop_map(|(entries, map, parse_json, root, labels)| {
            let names = Item::ALL.iter().map(|item| item.word().to_owned());
            let labels = labels.map(|each| json!({"each": each, "id": "$", "text": "$"}));
            json!({"entries": entries, "map": names.zip(map).collect::<Map<_, _>>(),
                "parse_json": parse_json, "root": root, "labels": labels})
        })
}

/// Bodies that are wide, deep, or hold much in a text.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(1)),
        Just(json!("a,a,a,1")),
        Just(json!("x".repeat(3_000))),
        Just(json!("ﷺ".repeat(500))),
        Just(json!("[[[1,2],[3]]]"))
    ];
    let wide = (0_usize..15_000).prop_map(|n| json!({"a": vec![1; n]}));
    let deep = (1_usize..30, 1_usize..3_000)
        .prop_map(|(depth, n)| (0..depth).fold(json!(vec!["b"; n]), |inner, _| json!({"a": inner})));
    let texts = (0_usize..10_000).prop_map(|n| json!({"a": "a,".repeat(n)}));
    let any = leaf.prop_recursive(8, 200, 10, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..10).prop_map(Value::Array),
            proptest::collection::hash_map("[abc]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop_oneof![wide, deep, texts, any.prop_map(|inner| json!({"a": inner}))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_profile_makes_more_of_a_body_than_its_bounds(profile in profile(), mut body in body()) {
        let mut faults = Faults::default();
        let profile: Profile = serde_json::from_value(profile).unwrap_or_default();
        // What is at fault is left out, as if it had never been written.
        let (places, mapping) = (Places::parse(&profile, "", &mut faults),
            Mapping::parse(&profile, "", &mut faults));
        let (work, raw) = (Work::default(), raw("application/json", b""));
        places.open(&mut body, &work);
        let pairs = places.pairs(&body, &work);
        let read = mapping.read(&EvalContext { document: Some(&body), pairs: &pairs, raw: &raw,
            work: &work });

        prop_assert!(pairs.len() <= WORDS_MAX);
        let values = |texts: &mut dyn Iterator<Item = usize>| texts.sum::<usize>();
        prop_assert!(values(&mut pairs.iter().map(|pair| pair.value.len())) <= WORK_MAX / 4 + VALUE_MAX);
        for item in Item::ALL {
            // The joining sign has three bytes.
            prop_assert!(read.get(*item).unwrap_or_default().len() <= VALUE_MAX + 3 * WORDS_MAX);
        }
    }
}
