//! What is understood of a submission: the text that facts are read from, the facts, and the items that they fill.
//! How a text is understood is `facts`; which field is which item was said in `mapping.rs`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::mapping::{Submission, URL_MAX};
use super::names::Item;
use super::selector::text_of;
use crate::facts;
use crate::inquiries::model::{Channel, Items, Source};
use crate::inquiries::{Inquiry, NewInquiry};
use crate::intake::forms::checked::Checked;
use crate::kernel::text::{cleaned_line, cut};

/// What stands in the text that facts are read from: each value behind its label, one a line.
fn line(text: &mut String, label: &str, value: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(label);
    text.push('：');
    text.push_str(value);
}

/// The text that facts are read from: what was written all in one, then what fields hold.
pub fn readable(blob: Option<&str>, items: &Items, custom: &Map<String, Value>) -> String {
    let mut text = blob.unwrap_or_default().to_owned();
    for (item, value) in each(items) {
        if let Some(value) = value {
            line(&mut text, item.label(), value);
        }
    }
    for (name, value) in custom {
        let value = text_of(value);
        if !value.trim().is_empty() {
            line(&mut text, name, &value);
        }
    }
    text
}

/// The same of an inquiry whose text was not kept.
pub fn readable_of(inquiry: &Inquiry) -> String {
    let Inquiry { need, usage, tax, company, contact, phone, email, wechat, message, custom, .. } = inquiry.clone();
    readable(None, &Items { need, usage, tax, company, contact, phone, email, wechat, message }, &custom.0)
}

fn each(items: &Items) -> [(Item, &Option<String>); 9] {
    [
        (Item::Need, &items.need),
        (Item::Usage, &items.usage),
        (Item::Tax, &items.tax),
        (Item::Company, &items.company),
        (Item::Contact, &items.contact),
        (Item::Phone, &items.phone),
        (Item::Email, &items.email),
        (Item::Wechat, &items.wechat),
        (Item::Message, &items.message),
    ]
}

/// The inquiry that a submission makes.
pub fn understood(rules: &Checked, submission: &Submission, referer: Option<&str>) -> NewInquiry {
    let of = |item| submission.get(item).map(str::to_owned);
    let items = Items {
        need: of(Item::Need),
        usage: of(Item::Usage),
        tax: of(Item::Tax),
        company: of(Item::Company),
        contact: of(Item::Contact),
        phone: of(Item::Phone),
        email: of(Item::Email),
        wechat: of(Item::Wechat),
        message: of(Item::Message),
    };
    let source = Source {
        channel: Channel::Form,
        page_url: of(Item::PageUrl).or_else(|| referer.and_then(cleaned_line).map(|url| cut(url, URL_MAX))),
        referrer: of(Item::Referrer),
        utm: submission.utm.clone(),
    };
    inquiry(items, submission.get(Item::Text), submission.custom.clone(), source, |label| rules.mapping.item(label))
}

/// The inquiry that items and a text make: facts are read, and what no field filled is filled from the text.
pub fn inquiry(mut items: Items, blob: Option<&str>, custom: Map<String, Value>, source: Source, item: impl Fn(&str) -> Option<Item>) -> NewInquiry {
    let text = readable(blob, &items, &custom);
    let known = if custom.is_empty() { usize::MAX } else { readable(blob, &items, &Map::new()).chars().count() };
    let facts = if text.is_empty() { Map::new() } else { facts::understand(&text) };
    if let Some(blob) = blob {
        fill(&mut items, blob, &text, &facts, item);
        items.message = Some(match items.message.take() {
            Some(own) => format!("{own}\n{blob}"),
            None => blob.to_owned(),
        });
    }
    // A number that stands in another item only is one to call, too. What an unknown field holds may be anything.
    let stands_at = facts.get("spans").and_then(|spans| spans.get("phone")?.get(1)?.as_u64()).and_then(|end| usize::try_from(end).ok());
    let number = facts.get("phone").and_then(Value::as_str).filter(|_| stands_at.is_some_and(|end| end <= known)).map(str::to_owned);
    if items.phone.is_none() && number.is_some() {
        items.phone = facts::words_of(&text, &facts, "phone").map(str::to_owned);
    }
    let mut new = NewInquiry::new(items, source).or_called_by(number);
    new.facts = Arc::new(facts);
    new.custom = custom;
    new
}

/// Fills the items that no field filled: labelled parts as they are written, then the words that the facts stand at.
fn fill(items: &mut Items, blob: &str, text: &str, facts: &Map<String, Value>, item: impl Fn(&str) -> Option<Item>) {
    for part in facts::labelled_parts(blob) {
        let Some(slot) = item(part.label).and_then(|item| slot(items, item)) else { continue };
        if slot.is_none() {
            *slot = crate::kernel::text::some(part.value);
        }
    }
    let words = |field: &str| facts::words_of(text, facts, field).map(str::to_owned);
    let fact = |field: &str| facts.get(field).and_then(Value::as_str).map(str::to_owned);
    let fill = |slot: &mut Option<String>, value: Option<String>| {
        if slot.is_none() {
            *slot = value;
        }
    };
    fill(&mut items.need, Some(blob.to_owned()));
    fill(&mut items.usage, fact("industry"));
    fill(&mut items.tax, words("tax_wan_per_year").or_else(|| words("tax_wan_per_mu")));
    fill(&mut items.company, words("company"));
    fill(&mut items.contact, words("contact"));
    fill(&mut items.phone, words("phone"));
    fill(&mut items.email, fact("email"));
    // "The same as the phone" names an id without writing it.
    fill(&mut items.wechat, fact("wechat"));
}

fn slot(items: &mut Items, item: Item) -> Option<&mut Option<String>> {
    match item {
        Item::Need => Some(&mut items.need),
        Item::Usage => Some(&mut items.usage),
        Item::Tax => Some(&mut items.tax),
        Item::Company => Some(&mut items.company),
        Item::Contact => Some(&mut items.contact),
        Item::Phone => Some(&mut items.phone),
        Item::Email => Some(&mut items.email),
        Item::Wechat => Some(&mut items.wechat),
        Item::Message | Item::Text | Item::PageUrl | Item::Referrer | Item::Consent => None,
    }
}
