//! Facts about who asks agree with the items: where an item is filled, its fact is what the item says.
//! How facts are read is `facts`; what fills an empty item is decided in intake.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use super::model::{Inquiry, Items, forget_reading};
use crate::kernel::patch::Patch;
use crate::kernel::text::could_be_an_account;
use crate::kernel::{email, search};

/// Code points of an item that a fact about it may have.
const FACT_MAX: usize = 200;
/// The same of a WeChat id.
const WECHAT_MAX: usize = 100;
/// How sure a fact is that a field of its own says.
const OF_A_FIELD: f64 = 0.98;

/// The items that tell who asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Who<'a> {
    pub company: Option<&'a str>,
    pub contact: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub phone_e164: Option<&'a str>,
    pub email: Option<&'a str>,
    pub wechat: Option<&'a str>,
}

impl<'a> Who<'a> {
    pub fn of(inquiry: &'a Inquiry) -> Self {
        Self {
            company: inquiry.company.as_deref(),
            contact: inquiry.contact.as_deref(),
            phone: inquiry.phone.as_deref(),
            phone_e164: inquiry.phone_e164.as_deref(),
            email: inquiry.email.as_deref(),
            wechat: inquiry.wechat.as_deref(),
        }
    }

    /// The items alone; what number they are is not known yet.
    pub fn of_items(items: &'a Items) -> Self {
        Self {
            company: items.company.as_deref(),
            contact: items.contact.as_deref(),
            phone: items.phone.as_deref(),
            phone_e164: None,
            email: items.email.as_deref(),
            wechat: items.wechat.as_deref(),
        }
    }
}

/// Lets each fact about who asks be what its item says. A fact that is a part of the item's words stays as it
/// was read; an empty item leaves its fact alone.
pub fn follow_items(facts: &mut Map<String, Value>, who: Who<'_>) {
    for (name, item) in [("company", who.company), ("contact", who.contact)] {
        if let Some(words) = item.filter(|words| !holds(words, facts, name)) {
            put(facts, name, words, Some(plain(words)).filter(|fact| fact.chars().count() <= FACT_MAX));
        }
    }
    if let Some(words) = who.email.filter(|words| !holds(words, facts, "email")) {
        put(facts, "email", words, Some(words.to_owned()).filter(|words| email::is_address(words)));
    }
    // 同手机: such words name no id, but what was read of them may.
    let names_id = could_be_an_account;
    if let Some(words) = who
        .wechat
        .filter(|words| !holds(words, facts, "wechat") && (names_id(words) || !facts.contains_key("wechat")))
    {
        put(
            facts,
            "wechat",
            words,
            Some(plain(words)).filter(|fact| names_id(fact) && fact.chars().count() <= WECHAT_MAX),
        );
    }
    if let Some(words) = who.phone {
        follow_number(facts, words, who.phone_e164);
    }
}

/// The same for what a person changed by hand of these items: the fact that was read follows, and stands
/// nowhere in the text any more. A fact that a person gave is theirs. Of an item that was cleared nothing is
/// known.
pub fn follow_edits(before: &Inquiry, inquiry: &mut Inquiry, given: &Patch<Map<String, Value>>) {
    let (was, who) = (Who::of(before), Who::of(inquiry));
    let pairs = [
        ("company", was.company, who.company),
        ("contact", was.contact, who.contact),
        ("phone", was.phone, who.phone),
        ("email", was.email, who.email),
        ("wechat", was.wechat, who.wechat),
    ];
    let is_given = |name: &str| {
        given.as_ref().is_some_and(|given| given.as_ref().is_none_or(|given| given.contains_key(name)))
    };
    // A fact that a person gave has no confidence.
    let was_read = |name: &str| inquiry.facts.0.get("confidence").and_then(|of| of.get(name)).is_some();
    let is_open = |name: &str| was_read(name) || !inquiry.facts.0.contains_key(name);
    let edited: Vec<&str> = pairs
        .iter()
        .filter(|(name, was, is)| was != is && !is_given(name) && is_open(name))
        .map(|(name, ..)| *name)
        .collect();
    if edited.is_empty() {
        return;
    }
    let of = |name: &str, item| Some(item).filter(|_| edited.contains(&name)).flatten();
    let edits = Who {
        company: of("company", who.company),
        contact: of("contact", who.contact),
        phone: of("phone", who.phone),
        phone_e164: who.phone_e164,
        email: of("email", who.email),
        wechat: of("wechat", who.wechat),
    };
    let mut facts = (*inquiry.facts.0).clone();
    for (name, ..) in pairs.iter().filter(|(name, _, is)| is.is_none() && edited.contains(name)) {
        facts.remove(*name);
        if *name == "phone" {
            facts.remove("phones");
            forget_reading(&mut facts, "phones");
        }
    }
    follow_items(&mut facts, edits);
    for name in edited {
        if facts.get(name) != inquiry.facts.0.get(name) {
            forget_reading(&mut facts, name);
            if let (true, Some(Value::Object(of))) = (facts.contains_key(name), facts.get_mut("confidence")) {
                of.insert(name.to_owned(), json!(OF_A_FIELD));
            }
        }
    }
    inquiry.facts.0 = Arc::new(facts);
}

/// The number of the phone item is the first of the numbers; one that was written nowhere is none.
fn follow_number(facts: &mut Map<String, Value>, words: &str, number: Option<&str>) {
    if facts.get("phone").and_then(Value::as_str) == number {
        return;
    }
    put(facts, "phone", words, number.map(str::to_owned));
    let Some(number) = number else {
        facts.remove("phones");
        forget_reading(facts, "phones");
        return;
    };
    if let Some(Value::Array(all)) = facts.get_mut("phones") {
        all.retain(|one| one.as_str() != Some(number));
        all.insert(0, number.into());
        all.truncate(20);
    }
}

/// Whether a fact is a part of an item's words, but for width and blanks.
fn holds(words: &str, facts: &Map<String, Value>, name: &str) -> bool {
    let bare = |text: &str| search::folded(text).split_whitespace().collect::<String>();
    facts.get(name).and_then(Value::as_str).is_some_and(|fact| bare(words).contains(&bare(fact)))
}

fn plain(words: &str) -> String {
    words.trim().nfkc().collect()
}

/// A fact at the place where its item's words stand in the text, if they do.
fn put(facts: &mut Map<String, Value>, name: &str, words: &str, fact: Option<String>) {
    forget_reading(facts, name);
    let Some(fact) = fact else {
        facts.remove(name);
        return;
    };
    facts.insert(name.to_owned(), fact.into());
    let place = facts.get("text").and_then(Value::as_str).and_then(|text| {
        // The line of a field is its label, the sign and its words, to the end: the same words may be a part
        // of others.
        let lines = text.match_indices(words).filter(|(at, _)| {
            let (before, after) =
                (text.get(..*at).unwrap_or_default(), text.get(at + words.len()..).unwrap_or_default());
            before.ends_with('：') && (after.is_empty() || after.starts_with('\n'))
        });
        let start = text.get(..lines.last()?.0)?.chars().count();
        Some([start, start + words.chars().count()])
    });
    if let Some(place) = place {
        for (part, value) in [("spans", json!(place)), ("confidence", json!(OF_A_FIELD))] {
            if let Some(Value::Object(of)) = facts.get_mut(part) {
                of.insert(name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn an_item_s_words_go_before_what_was_read_elsewhere() {
        let mut read =
            facts(json!({"company": "别家有限公司", "contact": "周启澜", "phone": "+8613900000002",
                "phones": ["+8613900000002", "+8613800000001"],
            "wechat": "x_other", "email": "b@example.com",
                "text": "别家有限公司\n公司：自填样厂\n联系人：周启澜 先生\n手机号：13800000001",
            "spans": {"company": [0, 6], "contact": [19, 22], "wechat": [0, 1]},
                "confidence": {"company": 0.9, "contact": 0.9, "wechat": 0.9}}));
        let who = Who {
            company: Some("自填样厂"),
            contact: Some("周启澜 先生"),
            phone: Some("13800000001"),
            phone_e164: Some("+8613800000001"),
            email: Some("a@example.com"),
            wechat: Some("无"),
        };
        follow_items(&mut read, who);
        assert_eq!(
            (&read["company"], &read["contact"], &read["phone"], &read["email"]),
            (&json!("自填样厂"), &json!("周启澜"), &json!("+8613800000001"), &json!("a@example.com"))
        );
        assert_eq!(read["phones"], json!(["+8613800000001", "+8613900000002"]));
        assert_eq!(
            (&read["spans"]["company"], &read["spans"]["contact"]),
            (&json!([10, 14]), &json!([19, 22]))
        );
        assert!(read["spans"].get("email").is_none());
        // What names no id says nothing against one that was read.
        assert_eq!(read["wechat"], "x_other");
    }

    #[test]
    fn what_an_item_does_not_name_is_no_fact() {
        let mut read =
            facts(json!({"phone": "+8613900000002", "phones": ["+8613900000002"], "email": "b@example.com",
                "spans": {"phone": [0, 2]}, "confidence": {"phone": 1}}));
        follow_items(&mut read, Who { phone: Some("1380013800O"), email: Some("没有"), ..Who::default() });
        assert_eq!(Value::Object(read), json!({"spans": {}, "confidence": {}}));
    }
}
