//! What is understood of a submission: the text that facts are read from, the facts, and the items that they
//! fill. How a text is understood is `facts`; which field is which item was said in `mapping.rs`.

use serde_json::{Map, Value};

use super::mapping::{MappedFields, URL_MAX};
use super::names::Item;
use super::values::text_of;
use super::whose;
use crate::facts::{self, FormField, Reads};
use crate::inquiries::agreement::{self, Who};
use crate::inquiries::bounds;
use crate::inquiries::model::{Channel, Items, Source};
use crate::inquiries::{Inquiry, NewInquiry};
use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::email;
use crate::kernel::text::{cleaned_line, cut};

/// The text that facts are read from, with the places of a form's lines in it.
#[derive(Debug, Default)]
struct Readable {
    text: String,
    fields: Vec<FormField>,
    /// Characters so far.
    points: u32,
}

impl Readable {
    fn push(&mut self, words: &str) {
        self.text.push_str(words);
        self.points = self.points.saturating_add(u32::try_from(words.chars().count()).unwrap_or(u32::MAX));
    }

    /// A value behind its label, on a line of its own.
    fn line(&mut self, label: &str, value: &str, reads: Reads) {
        if !self.text.is_empty() {
            self.push("\n");
        }
        let start = self.points;
        self.push(label);
        let label = (start, self.points);
        self.push("：");
        self.push(value);
        self.fields.push(FormField { label, end: self.points, reads });
    }

    /// What was written all in one, then what fields hold. `unit`: what the label of an item's field said in
    /// brackets.
    fn of<'u>(
        blob: Option<&str>,
        items: &Items,
        unit: impl Fn(Item) -> &'u str,
        custom: &Map<String, Value>,
    ) -> Self {
        let mut readable = Self::default();
        readable.push(blob.unwrap_or_default());
        for (item, value) in each(items) {
            if let Some(value) = value {
                // An amount of eleven digits is no number to call.
                let reads = if item == Item::Tax { Reads::NoContact } else { Reads::Everything };
                readable.line(&format!("{}{}", item.label(), unit(item)), value, reads);
            }
        }
        for (name, value) in custom {
            let value = text_of(value);
            if !value.trim().is_empty() {
                readable.line(name, &value, whose::reads(name, &value));
            }
        }
        readable
    }

    /// A text that was kept, with the lines that `custom` still tells.
    fn kept(text: &str, custom: &Map<String, Value>) -> Self {
        let points = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let mut fields: Vec<FormField> = Vec::new();
        for (name, value) in custom {
            let value = text_of(value);
            let line = format!("\n{name}：{value}");
            let at = if text.starts_with(line.trim_start_matches('\n')) {
                Some(0)
            } else {
                text.rfind(&line).map(|at| at + 1)
            };
            let Some(before) = at.and_then(|at| text.get(..at)) else { continue };
            let start = points(before);
            let label = (start, start.saturating_add(points(name)));
            fields.push(FormField {
                label,
                end: label.1.saturating_add(1 + points(&value)),
                reads: whose::reads(name, &value),
            });
        }
        fields.sort_by_key(|field| field.label);
        Self { text: text.to_owned(), fields, points: points(text) }
    }

    fn understood(&self) -> Map<String, Value> {
        if self.text.is_empty() { Map::new() } else { facts::understand_form(&self.text, &self.fields) }
    }
}

/// The facts of an inquiry, read again from the text that was kept of it, else from what its items hold. None
/// if it says nothing.
pub fn read_again(inquiry: &Inquiry) -> Option<Map<String, Value>> {
    let kept = inquiry.facts.0.get("text").and_then(Value::as_str);
    let readable = match kept {
        Some(text) => Readable::kept(text, &inquiry.custom.0),
        None => {
            let Inquiry { need, usage, tax, company, contact, phone, email, wechat, message, .. } =
                inquiry.clone();
            Readable::of(
                None,
                &Items { need, usage, tax, company, contact, phone, email, wechat, message },
                |_| "",
                &inquiry.custom.0,
            )
        }
    };
    let mut facts = Some(readable.understood()).filter(|facts| !facts.is_empty())?;
    agreement::follow_items(&mut facts, Who::of(inquiry));
    Some(facts)
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

/// The inquiry that a submission makes. What is too much for `custom` stays in the receipt only.
pub fn understood(rules: &CompiledForm, submission: &MappedFields, referer: Option<&str>) -> NewInquiry {
    let of = |item| submission.get(item).map(str::to_owned);
    let items = Items {
        need: of(Item::Need),
        usage: of(Item::Usage),
        tax: of(Item::Tax),
        company: of(Item::Company),
        contact: of(Item::Contact),
        phone: of(Item::Phone),
        email: of(Item::Email).map(|written| email::as_written(&written).unwrap_or(written)),
        wechat: of(Item::Wechat),
        message: of(Item::Message),
    };
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
    let readable = Readable::of(blob, &items, unit, &custom);
    let mut facts = readable.understood();
    if let Some(blob) = blob {
        fill(&mut items, blob, &readable.text, &facts, item);
        items.message = Some(match items.message.take() {
            Some(own) => format!("{own}\n{blob}"),
            None => blob.to_owned(),
        });
    }
    let number = reach(&mut items, &readable.text, &facts);
    let new = NewInquiry::new(items, source).or_called_by(number);
    agreement::follow_items(&mut facts, Who { phone_e164: new.phone_e164(), ..Who::of_items(&new.items) });
    let mut new = new.understood(bounds::within(facts));
    new.custom = custom;
    new
}

/// Fills the empty ways to reach the person with what was read, wherever it stands: in another item, in the
/// text, in a field that no item took. Answers the number to call.
fn reach(items: &mut Items, text: &str, facts: &Map<String, Value>) -> Option<String> {
    let fact = |field: &str| facts.get(field).and_then(Value::as_str).map(str::to_owned);
    if items.phone.is_none() {
        items.phone = facts::words_of(text, facts, "phone").and_then(cleaned_line);
    }
    items.email = items.email.take().or_else(|| fact("email"));
    // "The same as the phone" names an id without writing it.
    items.wechat = items.wechat.take().or_else(|| fact("wechat"));
    fact("phone")
}

/// Fills the items that no field filled: labelled parts as they are written, then the words that the facts
/// stand at.
fn fill(
    items: &mut Items,
    blob: &str,
    text: &str,
    facts: &Map<String, Value>,
    item: impl Fn(&str) -> Option<Item>,
) {
    for part in facts::labelled_parts(blob) {
        let Some(item) = item(part.label) else { continue };
        let value = own_words(item, part.value);
        let Some(slot) = slot(items, item) else { continue };
        if slot.is_none() {
            *slot = crate::kernel::text::some(value);
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
}

/// Signs between the parts of a sentence.
const ENDS: [char; 7] = ['，', ',', '。', '；', ';', '！', '!'];

/// Characters of a Chinese name.
const CHINESE_NAME_MAX: usize = 4;

/// Of `手机：138 0013 8000，想看看厂房` the number: the sentence may go on behind who is to be reached, and how.
fn own_words(item: Item, value: &str) -> &str {
    let field = match item {
        Item::Contact => "contact",
        Item::Phone => "phone",
        Item::Email => "email",
        Item::Wechat => "wechat",
        _ => return value,
    };
    let Some((first, _)) = value.split_once(ENDS) else { return value };
    // The label says what it is; beyond the sign there may be another number, or none.
    let is_in = |words: &str| facts::understand(&format!("{}：{words}", item.label())).contains_key(field);
    let more = value.get(first.len()..).unwrap_or("");
    // 周末也可以 begins with a surname, and is longer than a Chinese name.
    let is_another =
        |words: &str| is_in(words) && (item != Item::Contact || words.chars().count() <= CHINESE_NAME_MAX);
    if is_in(first) && !more.split(ENDS).any(|words| is_another(words.trim())) { first.trim() } else { value }
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
