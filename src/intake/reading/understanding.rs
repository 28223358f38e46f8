//! What is understood of a submission: the sections that facts are read from, the facts, and the items that
//! they fill. How sections are read is `facts`; which field is which item was said in `mapping.rs`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::mapping::{MappedFields, URL_MAX};
use super::names::Item;
use super::values::text_of;
use super::whose;
use crate::facts::{self, Facts, Member, Section, Topic};
use crate::inquiries::agreement::{self, Who};
use crate::inquiries::bounds;
use crate::inquiries::items;
use crate::inquiries::model::{Channel, Items, Source};
use crate::inquiries::{Inquiry, NewInquiry};
use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::email;
use crate::kernel::text::{cleaned_line, cut};

/// The fields that no item took, with their words.
type Own<'a> = Vec<(&'a str, Cow<'a, str>)>;

fn own(custom: &Map<String, Value>) -> Own<'_> {
    fn words(value: &Value) -> Cow<'_, str> {
        match value {
            Value::String(text) => Cow::Borrowed(text),
            value => Cow::Owned(text_of(value)),
        }
    }
    custom.iter().map(|(name, value)| (name.as_str(), words(value))).collect()
}

fn others<'a>(own: &'a Own<'_>) -> impl Iterator<Item = Section<'a>> {
    own.iter().map(|(name, words)| Section::other(name, words, whose::reads(name, words)))
}

/// What was written all in one, then what fields hold. `unit`: what the label of an item's field said in
/// brackets.
fn sections<'a, 'u: 'a>(
    blob: Option<&'a str>,
    items: &'a Items,
    unit: impl Fn(Item) -> &'u str,
    own: &'a Own<'_>,
) -> Vec<Section<'a>> {
    let text = blob.map(|blob| Section::of(Topic::Text, blob));
    let items = items
        .said()
        .map(|(item, words)| Section { unit: unit(item.into()), ..Section::of(item.topic(), words) });
    text.into_iter().chain(items).chain(others(own)).collect()
}

/// The facts of an inquiry, read again from the text that was kept of it, else from what its items hold. None
/// if it says nothing.
pub fn read_again(inquiry: &Inquiry) -> Option<Facts> {
    let own = own(&inquiry.content.custom.0);
    let sections = sections(None, &inquiry.content.items, |_| "", &own);
    let mut facts = match inquiry.content.facts.0.text() {
        Some(text) => facts::understand_again(text, &sections),
        None => facts::understand(&sections),
    };
    if facts.is_empty() {
        return None;
    }
    agreement::follow_items(&mut facts, Who::of(&inquiry.content));
    Some(facts)
}

/// The inquiry that a submission makes. What is too much for `custom` stays in the receipt only.
pub fn understood(rules: &CompiledForm, submission: &MappedFields, referer: Option<&str>) -> NewInquiry {
    let of = |item| submission.get(item).map(str::to_owned);
    let mut items = Items::default();
    for item in items::Item::ALL {
        *items.get_mut(*item) = of(Item::from(*item));
    }
    items.email = items.email.map(|written| email::as_written(&written).unwrap_or(written));
    let source = Source {
        channel: Channel::Form,
        page_url: of(Item::PageUrl).or_else(|| referer.and_then(cleaned_line).map(|url| cut(url, URL_MAX))),
        referrer: of(Item::Referrer),
        utm: submission.utm.clone(),
    };
    let said = Said { blob: submission.get(Item::Text), custom: submission.custom.clone(), source };
    let mut new = inquiry(items, said, |item| submission.unit(item), |label| rules.mapping.item(label));
    new.custom = bounds::within(new.custom);
    new
}

/// What is said besides the items.
pub struct Said<'a> {
    /// All in one.
    pub blob: Option<&'a str>,
    pub custom: Map<String, Value>,
    pub source: Source,
}

/// The inquiry that items and a text make: facts are read, what no field filled is filled from them, and what
/// they say of who asks is what the items say. `unit`: what an item's label said in brackets; `item`: what a
/// label in the text means.
pub fn inquiry<'u>(
    mut items: Items,
    said: Said<'_>,
    unit: impl Fn(Item) -> &'u str,
    item: impl Fn(&str) -> Option<Item>,
) -> NewInquiry {
    let Said { blob, custom, source } = said;
    let mut facts = facts::understand(&sections(blob, &items, unit, &own(&custom)));
    if let Some(blob) = blob {
        fill(&mut items, blob, &facts, item);
        items.message = Some(match items.message.take() {
            Some(own) => format!("{own}\n{blob}"),
            None => blob.to_owned(),
        });
    }
    let number = reach(&mut items, &facts);
    let new = NewInquiry::new(items, source).or_called_by(number);
    agreement::follow_items(&mut facts, Who { items: &new.items, phone_e164: new.phone_e164() });
    let mut new = new.understood(bounds::within(facts));
    new.custom = custom;
    new
}

/// Fills the empty ways to reach the person with what was read, wherever it is: in another item, in the text,
/// in a field that no item took. Answers the number to call.
fn reach(items: &mut Items, facts: &Facts) -> Option<String> {
    let fact = |member| facts.words(member).map(str::to_owned);
    if items.phone.is_none() {
        items.phone = facts.as_written(Member::Phone).and_then(cleaned_line);
    }
    // "The same as the phone" names an id without writing it.
    for (item, member) in [(items::Item::Email, Member::Email), (items::Item::Wechat, Member::Wechat)] {
        let text = items.get_mut(item);
        *text = text.take().or_else(|| fact(member));
    }
    fact(Member::Phone)
}

/// Fills the items that no field filled: labelled parts as they are written, then the words that the facts
/// were read in.
fn fill(items: &mut Items, blob: &str, facts: &Facts, item: impl Fn(&str) -> Option<Item>) {
    for part in facts::labelled_parts(blob) {
        let Some(item) = item(part.label) else { continue };
        let value = own_words(item, part.value);
        // The message is the whole text.
        let Some(kept) = item.kept().filter(|_| item != Item::Message) else { continue };
        let slot = items.get_mut(kept);
        if slot.is_none() {
            *slot = crate::kernel::text::some(value);
        }
    }
    let words = |member| facts.as_written(member).map(str::to_owned);
    let fill = |slot: &mut Option<String>, value: Option<String>| {
        if slot.is_none() {
            *slot = value;
        }
    };
    fill(&mut items.need, Some(blob.to_owned()));
    fill(&mut items.usage, facts.words(Member::Industry).map(str::to_owned));
    fill(&mut items.tax, words(Member::TaxWanPerYear).or_else(|| words(Member::TaxWanPerMu)));
    fill(&mut items.company, words(Member::Company));
    fill(&mut items.contact, words(Member::Contact));
}

/// Signs between the parts of a sentence.
const ENDS: [char; 7] = ['，', ',', '。', '；', ';', '！', '!'];

/// Characters of a Chinese name.
const CHINESE_NAME_MAX: usize = 4;

/// Of `手机：138 0013 8000，想看看厂房` the number: the sentence may go on behind who is to be reached, and how.
fn own_words(item: Item, value: &str) -> &str {
    let (topic, member) = match item {
        Item::Contact => (Topic::Contact, Member::Contact),
        Item::Phone => (Topic::Phone, Member::Phone),
        Item::Email => (Topic::Email, Member::Email),
        Item::Wechat => (Topic::Wechat, Member::Wechat),
        _ => return value,
    };
    let Some((first, _)) = value.split_once(ENDS) else { return value };
    // The item says what it is; beyond the sign there may be another number, or none.
    let is_in = |words: &str| facts::understand(&[Section::of(topic, words)]).has(member);
    let more = value.get(first.len()..).unwrap_or("");
    // 周末也可以 begins with a surname, and is longer than a Chinese name.
    let is_another =
        |words: &str| is_in(words) && (item != Item::Contact || words.chars().count() <= CHINESE_NAME_MAX);
    if is_in(first) && !more.split(ENDS).any(|words| is_another(words.trim())) { first.trim() } else { value }
}
