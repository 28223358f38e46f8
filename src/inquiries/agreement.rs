//! Facts about who asks agree with the items: where an item is filled, its fact is what the item says.
//! How facts are read is `facts`; what fills an empty item is decided in intake.

use std::sync::Arc;

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::content::{Content, Items};
use super::items::Item;
use super::model::Inquiry;
use crate::facts::{self, Facts, Member, could_be_an_account};
use crate::kernel::patch::Patch;
use crate::kernel::{email, search};

/// Code points of an item that a fact about it may have.
const FACT_MAX: usize = 200;
/// The same of a WeChat id.
const WECHAT_MAX: usize = 100;
/// How sure a fact is that a field of its own says.
const OF_A_FIELD: f64 = 0.98;

/// The items that say who asks, each with its fact.
const FACTS: [(Item, Member); 5] = [
    (Item::Company, Member::Company),
    (Item::Contact, Member::Contact),
    (Item::Phone, Member::Phone),
    (Item::Email, Member::Email),
    (Item::Wechat, Member::Wechat),
];

/// What says who asks.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    pub items: &'a Items,
    pub phone_e164: Option<&'a str>,
}

impl<'a> Who<'a> {
    pub fn of(content: &'a Content) -> Self {
        Self { items: &content.items, phone_e164: content.phone_e164.as_deref() }
    }
}

/// Lets each fact about who asks be what its item says. A fact that is a part of the item's words stays as it
/// was read; an empty item leaves its fact alone.
pub fn follow_items(facts: &mut Facts, who: Who<'_>) {
    for (item, member) in FACTS {
        let Some(words) = who.items.get(item) else { continue };
        match item {
            Item::Phone => follow_number(facts, words, who.phone_e164),
            _ if holds(words, facts, member) => {}
            Item::Email => {
                put(facts, member, words, Some(words.to_owned()).filter(|_| email::is_address(words)))
            }
            // 同手机: such words name no id, but what was read of them may.
            Item::Wechat if !could_be_an_account(words) && facts.has(member) => {}
            Item::Wechat => {
                let is_id = |fact: &String| could_be_an_account(fact) && fact.chars().count() <= WECHAT_MAX;
                put(facts, member, words, Some(plain(words)).filter(is_id));
            }
            _ => {
                let is_short = |fact: &String| fact.chars().count() <= FACT_MAX;
                put(facts, member, words, Some(plain(words)).filter(is_short));
            }
        }
    }
}

/// The same for what a person changed by hand of these items: the fact that was read follows, and has no
/// place in the text any more. A fact that a person gave is theirs. Of an item that was cleared nothing is
/// known.
pub fn follow_edits(before: &Inquiry, inquiry: &mut Inquiry, given: &Patch<Map<String, Value>>) {
    let (was, is) = (&before.content.items, &inquiry.content.items);
    let is_given = |member: Member| {
        given
            .as_ref()
            .is_some_and(|given| given.as_ref().is_none_or(|given| given.contains_key(member.word())))
    };
    // A fact that a person gave has no confidence.
    let known = &*inquiry.content.facts.0;
    let was_read = |member: Member| known.confidence().is_some_and(|of| of.get(member).is_some());
    let is_open = |member: Member| was_read(member) || !known.has(member);
    let edited: Vec<(Item, Member)> = FACTS
        .into_iter()
        .filter(|(item, member)| was.get(*item) != is.get(*item) && !is_given(*member) && is_open(*member))
        .collect();
    if edited.is_empty() {
        return;
    }
    let (mut facts, mut items) = (known.clone(), Items::default());
    for (item, member) in &edited {
        items.get_mut(*item).clone_from(&is.get(*item).map(str::to_owned));
        if is.get(*item).is_none() {
            facts.remove(*member);
            if *member == Member::Phone {
                facts.remove(Member::Phones);
                facts.forget_reading(&Member::Phones.into());
            }
        }
    }
    let edits = Who { items: &items, phone_e164: inquiry.content.phone_e164.as_deref() };
    follow_items(&mut facts, edits);
    for (_, member) in edited {
        if facts.get(member) != known.get(member) {
            facts.forget_reading(&member.into());
            if facts.has(member) {
                facts.trust(member, OF_A_FIELD);
            }
        }
    }
    inquiry.content.facts.0 = Arc::new(facts);
}

/// The number of the phone item is the first of the numbers; one that was written nowhere is none.
fn follow_number(facts: &mut Facts, words: &str, number: Option<&str>) {
    if facts.words(Member::Phone) == number {
        return;
    }
    put(facts, Member::Phone, words, number.map(str::to_owned));
    match number {
        Some(number) => facts.put_first(number),
        None => {
            facts.remove(Member::Phones);
            facts.forget_reading(&Member::Phones.into());
        }
    }
}

/// Whether a fact is a part of an item's words, but for width and blanks.
fn holds(words: &str, facts: &Facts, member: Member) -> bool {
    let bare = |text: &str| search::folded(text).split_whitespace().collect::<String>();
    facts.words(member).is_some_and(|fact| bare(words).contains(&bare(fact)))
}

fn plain(words: &str) -> String {
    words.trim().nfkc().collect()
}

/// A fact at the place of its item's words in the text, if they are in it.
fn put(facts: &mut Facts, member: Member, words: &str, fact: Option<String>) {
    facts.forget_reading(&member.into());
    let Some(fact) = fact else {
        facts.remove(member);
        return;
    };
    facts.set(member, fact);
    if let Some(place) = facts.text().and_then(|text| facts::place_of_field(text, words)) {
        facts.locate(member, place);
        facts.trust(member, OF_A_FIELD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts(value: Value) -> Facts {
        serde_json::from_value(value).unwrap()
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
        let items = Items {
            company: Some("自填样厂".to_owned()),
            contact: Some("周启澜 先生".to_owned()),
            phone: Some("13800000001".to_owned()),
            email: Some("a@example.com".to_owned()),
            wechat: Some("无".to_owned()),
            ..Items::default()
        };
        let who = Who { items: &items, phone_e164: Some("+8613800000001") };
        follow_items(&mut read, who);
        let read = json!(read);
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
        let (phone, email) = (Some("1380013800O".to_owned()), Some("没有".to_owned()));
        let items = Items { phone, email, ..Items::default() };
        follow_items(&mut read, Who { items: &items, phone_e164: None });
        assert_eq!(json!(read), json!({"spans": {}, "confidence": {}}));
    }
}
