//! The same inquiry written otherwise: blanks, punctuation, widths, scripts, numerals, synonyms, the order of a
//! form's lines. What was understood stays the same.
//! How well the lines themselves are understood is tested in `main.rs`.

use std::collections::HashMap;
use std::sync::LazyLock;

use leaddock::facts::understand_text;
use serde_json::{Map, Value};

use crate::{FIELDS, at_hand, said, same};

/// A way to write a text otherwise; none if it would be the same.
type Mutation = (&'static str, fn(&str) -> Option<String>);

const MUTATIONS: [Mutation; 9] = [
    ("blanks around digits", blanks_around_digits),
    ("blanks at the ends", |text| Some(format!("  {text} \n"))),
    ("narrow punctuation", |text| {
        replaced(text, &[("，", ","), ("；", ";"), ("：", ":"), ("（", "("), ("）", ")")])
    }),
    ("wide digits", wide_digits),
    ("traditional characters", traditional),
    ("synonyms of units", |text| replaced(text, &[("平方米", "㎡"), ("平米", "平方米"), ("左右", "上下")])),
    ("synonyms of bounds", |text| {
        replaced(text, &[("以内", "之内"), ("不超过", "不高于"), ("至少", "最少")])
    }),
    ("digits as words", digits_as_words),
    ("lines of a form in another order", reversed_lines),
];

fn changed(text: &str, other: String) -> Option<String> {
    Some(other).filter(|other| other != text)
}

fn replaced(text: &str, pairs: &[(&str, &str)]) -> Option<String> {
    changed(text, pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// 求租3000平 as 求租 3000 平.
fn blanks_around_digits(text: &str) -> Option<String> {
    let mut other = String::new();
    let mut previous = ' ';
    for c in text.chars() {
        if is_han(previous) && c.is_ascii_digit() || previous.is_ascii_digit() && is_han(c) {
            other.push(' ');
        }
        other.push(c);
        previous = c;
    }
    changed(text, other)
}

fn wide_digits(text: &str) -> Option<String> {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_digit()).unwrap_or(c);
    changed(text, text.chars().map(wide).collect())
}

/// Simplified characters with the one traditional character that each has.
static TRADITIONAL: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let rows = include_str!("../../src/facts/tables/traditional.csv").lines().skip(1);
    let mut counted: HashMap<char, (char, u32)> = HashMap::new();
    for (traditional, simplified) in rows.filter_map(|row| row.split_once(',')) {
        let one = |text: &str| text.chars().next().unwrap();
        let entry = counted.entry(one(simplified)).or_insert((one(traditional), 0));
        entry.1 += 1;
    }
    counted
        .into_iter()
        .filter(|(_, (_, count))| *count == 1)
        .map(|(simple, (full, _))| (simple, full))
        .collect()
});

fn traditional(text: &str) -> Option<String> {
    changed(text, text.chars().map(|c| TRADITIONAL.get(&c).copied().unwrap_or(c)).collect())
}

fn simplified(text: &str) -> String {
    let back: HashMap<char, char> = TRADITIONAL.iter().map(|(simple, full)| (*full, *simple)).collect();
    text.chars().map(|c| back.get(&c).copied().unwrap_or(c)).collect()
}

/// 3000平 as 三千平: round numbers before a unit of area, and nothing of a phone.
fn digits_as_words(text: &str) -> Option<String> {
    const DIGITS: [&str; 10] = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九"];
    let mut other = text.to_owned();
    for (digit, name) in DIGITS.iter().enumerate().skip(1) {
        for (zeros, unit) in [("000", "千"), ("0000", "万"), ("00", "百")] {
            for counted in ["平", "亩", "㎡"] {
                let written = format!("{digit}{zeros}{counted}");
                if let Some(at) = other.find(&written) {
                    let before = other[..at].chars().next_back();
                    if !before.is_some_and(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '-' | '~' | '/'))
                    {
                        other.replace_range(at..at + written.len(), &format!("{name}{unit}{counted}"));
                    }
                }
            }
        }
    }
    changed(text, other)
}

/// The labelled lines of a form from the last to the first.
fn reversed_lines(text: &str) -> Option<String> {
    let sign = ["\n", "；"].into_iter().find(|sign| text.matches(sign).count() >= 2)?;
    let lines: Vec<&str> = text.split(sign).filter(|line| !line.trim().is_empty()).collect();
    let is_form = lines.iter().all(|line| line.contains(['：', ':']));
    let other: Vec<&str> = lines.into_iter().rev().collect();
    changed(text, other.join(sign)).filter(|_| is_form)
}

fn facts_of(text: &str) -> Map<String, Value> {
    Map::from(understand_text(text))
}

fn in_simplified(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(simplified(text)),
        other => other.clone(),
    }
}

#[test]
fn the_same_written_otherwise_says_the_same() {
    let (mut differences, mut count) = (Vec::new(), 0_usize);
    for line in at_hand().flat_map(|set| set.text.lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = line["text"].as_str().unwrap();
        let facts = facts_of(text);
        for (name, mutation) in MUTATIONS {
            let Some(other) = mutation(text) else { continue };
            count += 1;
            let read = facts_of(&other);
            for (field, members, _) in FIELDS {
                let plain = |facts: &Map<String, Value>| -> Map<String, Value> {
                    said(facts, members)
                        .iter()
                        .map(|(name, value)| (name.clone(), in_simplified(value)))
                        .collect()
                };
                let (wanted, got) = (plain(&facts), plain(&read));
                if !same(&Value::Object(wanted.clone()), &Value::Object(got.clone())) {
                    differences.push(format!("{name}, {field}: {wanted:?}, now {got:?}: {other}"));
                }
            }
        }
    }
    assert!(count > 800, "{count}");
    assert!(differences.is_empty(), "{} of {count}:\n{}", differences.len(), differences.join("\n"));
}
