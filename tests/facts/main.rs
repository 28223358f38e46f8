//! How well texts are understood: the facts of sixty inquiries, each held against what a person read in it.
//! What single rules do is tested beside them, in `src/facts/`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use leaddock::facts::understand_text;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

const INQUIRIES: &str = include_str!("inquiries.jsonl");

/// A field, the members of facts that it consists of, and how many of those that say something about it must
/// be right.
const FIELDS: [(&str, &[&str], f64); 8] = [
    ("phone", &["phone"], 0.99),
    ("need", &["need_kind"], 0.95),
    ("area and land", &["area_min_sqm", "area_max_sqm", "land_mu", "land_mu_min", "land_mu_max"], 0.95),
    ("tax", &["tax_wan_per_year", "tax_wan_per_year_max", "tax_wan_per_mu"], 0.90),
    ("budget", &["budget"], 0.90),
    ("region", &["region_code"], 0.90),
    ("company", &["company"], 0.85),
    ("contact", &["contact"], 0.85),
];

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// Numbers within a hundredth, texts by their plain form.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 0.01 * a.abs().max(b.abs())
        }
        (Value::String(a), Value::String(b)) => {
            a.nfkc().filter(|c| !c.is_whitespace()).eq(b.nfkc().filter(|c| !c.is_whitespace()))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// What facts say of a field.
fn said(facts: &Map<String, Value>, members: &[&str]) -> Map<String, Value> {
    members
        .iter()
        .filter_map(|member| {
            Some(((*member).to_owned(), facts.get(*member).filter(|value| !value.is_null())?.clone()))
        })
        .collect()
}

/// The numbers to call in facts.
fn numbers(facts: &Map<String, Value>) -> Vec<&str> {
    let all = facts.get("phones").and_then(Value::as_array).into_iter().flatten().chain(facts.get("phone"));
    all.filter_map(Value::as_str).collect()
}

#[test]
fn sixty_inquiries_are_understood() {
    let mut right: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut misses = Vec::new();
    let mut false_numbers = Vec::new();
    for line in INQUIRIES.lines() {
        let inquiry: Value = serde_json::from_str(line).unwrap();
        let (id, expected) = (inquiry["id"].as_str().unwrap(), object(&inquiry["expect"]));
        let facts = Map::from(understand_text(inquiry["text"].as_str().unwrap()));
        for (field, members, _) in FIELDS {
            let (wanted, got) = (said(expected, members), said(&facts, members));
            if wanted.is_empty() && got.is_empty() {
                continue;
            }
            let (good, all) = right.entry(field).or_default();
            *all += 1.0;
            if same(&Value::Object(wanted.clone()), &Value::Object(got.clone())) {
                *good += 1.0
            } else {
                misses.push(format!("{id} {field}: {wanted:?}, read as {got:?}"))
            }
        }
        let known = numbers(expected);
        false_numbers.extend(
            numbers(&facts)
                .into_iter()
                .filter(|number| !known.contains(number))
                .map(|number| format!("{id} {number}")),
        );
    }
    assert_eq!(INQUIRIES.lines().count(), 60);
    assert!(false_numbers.is_empty(), "nobody is called by mistake: {false_numbers:?}");
    for (field, _, bar) in FIELDS {
        let (good, all) = right[field];
        assert!(good / all >= bar, "{field}: {good} of {all}, the bar is {bar}\n{}", misses.join("\n"));
    }
}

/// Bodies of 64 KiB that rules might go through again and again. How long they take is measured in
/// `benches/facts.rs`.
#[test]
fn hostile_texts_are_read_to_their_end() {
    for text in [
        "1".repeat(60_000),
        "厂房".repeat(10_000),
        "3000-".repeat(8_000),
        "万亿".repeat(9_000),
        "13800138000".repeat(3_000),
        "\u{202e}".repeat(5_000),
        format!("税{}万", "0".repeat(50_000)),
        "9".repeat(400) + "平",
    ] {
        let facts = understand_text(&text);
        assert!(serde_json::to_string(&facts).unwrap().len() < 400_000);
    }
}
