//! The text of JSON values: of a list its parts, of an object its `full` member or its parts.
//! Where the values are is said in `selector.rs` and `pairs.rs`.

use serde_json::Value;

/// Texts one after the other, without the empty ones.
pub fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("、")
}

/// The text of a JSON value: a list as its parts, an object as its `full` member or its parts.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(values) => {
            joined(values.iter().map(text_of).collect::<Vec<_>>().iter().map(String::as_str))
        }
        Value::Object(members) => {
            match members.get("full").map(text_of).filter(|full| !full.trim().is_empty()) {
                Some(full) => full,
                None => beside(members.values().map(text_of)),
            }
        }
    }
}

/// Texts beside each other, with a space but between Han characters.
pub fn beside(texts: impl Iterator<Item = String>) -> String {
    let han = |c: Option<char>| {
        c.is_some_and(
            |c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'),
        )
    };
    let mut all = String::new();
    for text in texts.filter(|text| !text.trim().is_empty()) {
        let joins = han(all.chars().next_back()) && han(text.chars().next());
        if !all.is_empty() && !joins {
            all.push(' ');
        }
        all.push_str(&text);
    }
    all
}
