//! Facts about who asks agree with the items: where an item is filled, its fact is what the item says.
//! How facts are read is `facts`; what fills an empty item is decided in intake.

use std::sync::Arc;

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::model::{Inquiry, Items};
use crate::facts::{self, Facts, Member, could_be_an_account};
use crate::kernel::patch::Patch;
use crate::kernel::{email, search};

/// Code points of an item that a fact about it may have.
const FACT_MAX: usize = 200;
/// The same of a WeChat id.
const WECHAT_MAX: usize = 100;
/// How sure a fact is that a field of its own says.
const OF_A_FIELD: f64 = 0.98;

/// The items that say who asks.
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
pub fn follow_items(facts: &mut Facts, who: Who<'_>) {
    for (member, item) in [(Member::Company, who.company), (Member::Contact, who.contact)] {
        if let Some(words) = item.filter(|words| !holds(words, facts, member)) {
            put(facts, member, words, Some(plain(words)).filter(|fact| fact.chars().count() <= FACT_MAX));
        }
    }
    if let Some(words) = who.email.filter(|words| !holds(words, facts, Member::Email)) {
        put(facts, Member::Email, words, Some(words.to_owned()).filter(|words| email::is_address(words)));
    }
    // 同手机: such words name no id, but what was read of them may.
    let names_id = could_be_an_account;
    if let Some(words) = who.wechat.filter(|words| {
        !holds(words, facts, Member::Wechat) && (names_id(words) || !facts.has(Member::Wechat))
    }) {
        put(
            facts,
            Member::Wechat,
            words,
            Some(plain(words)).filter(|fact| names_id(fact) && fact.chars().count() <= WECHAT_MAX),
        );
    }
    if let Some(words) = who.phone {
        follow_number(facts, words, who.phone_e164);
    }
}

/// The same for what a person changed by hand of these items: the fact that was read follows, and has no
/// place in the text any more. A fact that a person gave is theirs. Of an item that was cleared nothing is
/// known.
pub fn follow_edits(before: &Inquiry, inquiry: &mut Inquiry, given: &Patch<Map<String, Value>>) {
    let (was, who) = (Who::of(before), Who::of(inquiry));
    let pairs = [
        (Member::Company, was.company, who.company),
        (Member::Contact, was.contact, who.contact),
        (Member::Phone, was.phone, who.phone),
        (Member::Email, was.email, who.email),
        (Member::Wechat, was.wechat, who.wechat),
    ];
    let is_given = |member: Member| {
        given
            .as_ref()
            .is_some_and(|given| given.as_ref().is_none_or(|given| given.contains_key(member.word())))
    };
    // A fact that a person gave has no confidence.
    let known = &*inquiry.facts.0;
    let was_read = |member: Member| known.confidence().is_some_and(|of| of.get(member).is_some());
    let is_open = |member: Member| was_read(member) || !known.has(member);
    let edited: Vec<Member> = pairs
        .iter()
        .filter(|(member, was, is)| was != is && !is_given(*member) && is_open(*member))
        .map(|(member, ..)| *member)
        .collect();
    if edited.is_empty() {
        return;
    }
    let of = |member: Member, item| Some(item).filter(|_| edited.contains(&member)).flatten();
    let edits = Who {
        company: of(Member::Company, who.company),
        contact: of(Member::Contact, who.contact),
        phone: of(Member::Phone, who.phone),
        phone_e164: who.phone_e164,
        email: of(Member::Email, who.email),
        wechat: of(Member::Wechat, who.wechat),
    };
    let mut facts = known.clone();
    for (member, ..) in pairs.iter().filter(|(member, _, is)| is.is_none() && edited.contains(member)) {
        facts.remove(*member);
        if *member == Member::Phone {
            facts.remove(Member::Phones);
            facts.forget_reading(&Member::Phones.into());
        }
    }
    follow_items(&mut facts, edits);
    for member in edited {
        if facts.get(member) != known.get(member) {
            facts.forget_reading(&member.into());
            if facts.has(member) {
                facts.trust(member, OF_A_FIELD);
            }
        }
    }
    inquiry.facts.0 = Arc::new(facts);
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
        let who = Who {
            company: Some("自填样厂"),
            contact: Some("周启澜 先生"),
            phone: Some("13800000001"),
            phone_e164: Some("+8613800000001"),
            email: Some("a@example.com"),
            wechat: Some("无"),
        };
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
        follow_items(&mut read, Who { phone: Some("1380013800O"), email: Some("没有"), ..Who::default() });
        assert_eq!(json!(read), json!({"spans": {}, "confidence": {}}));
    }
}
