//! The inquiry as it is kept, what a new one is made from, and the rules that need no database.
//! Statuses are in `status.rs`.

use std::sync::Arc;

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::bounds;
use super::events::Trigger;
use super::status::Status;
use super::store::inquiries;
use crate::facts::{Facts, Member, could_be_an_account};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{BAD_FORMAT, CONTROL_CHARACTER, Fault, FaultKind, Faults, UNKNOWN_MEMBER};
use crate::kernel::id::{FormId, InquiryId, ReceiptId, TeamId, UserId};
use crate::kernel::patch::{Patch, merge, merge_json};
use crate::kernel::size::json_size;
use crate::kernel::text::{
    NAME_MAX, PHONE_MAX, TEXT_MAX, could_be_mailed, is_control_but_layout, lines, one_line, some,
};
use crate::kernel::{email, phone, search};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::text_enum;

static TAG_COMMA: FaultKind = FaultKind::new(
    "tag_comma",
    "标签不能含有英文逗号：查询时用它分隔多个标签。",
    "A tag cannot contain a comma: in a query commas separate tags.",
);

text_enum! {
    /// By which way an inquiry came.
    pub enum Channel {
        Form => "form",
        Api => "api",
    }
}

/// Where an inquiry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"channel": "form", "page_url": "https://park.example/factory",
    "utm": {"source": "baidu"}}))]
pub struct Source {
    pub channel: Channel,
    pub page_url: Option<String>,
    pub referrer: Option<String>,
    /// The campaign, without the `utm_` of the parameters' names.
    #[schema(value_type = Object)]
    pub utm: Map<String, Value>,
}

impl Source {
    pub fn of(channel: Channel) -> Self {
        Self { channel, page_url: None, referrer: None, utm: Map::new() }
    }
}

/// An inquiry.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = inquiries, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct Inquiry {
    pub id: InquiryId,
    pub need: Option<String>,
    pub usage: Option<String>,
    pub tax: Option<String>,
    pub company: Option<String>,
    pub contact: Option<String>,
    pub phone: Option<String>,
    pub phone_e164: Option<String>,
    pub email: Option<String>,
    pub wechat: Option<String>,
    pub message: Option<String>,
    /// Shared, for it is the largest member, and hardly a change touches it.
    pub facts: Json<Arc<Facts>>,
    pub status: Status,
    pub reason: Option<String>,
    pub tags: Json<Vec<String>>,
    pub custom: Json<Map<String, Value>>,
    pub form_id: Option<FormId>,
    pub source: Json<Source>,
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub duplicate_of: Option<InquiryId>,
    pub received_at: Timestamp,
    pub assigned_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub first_contacted_at: Option<Timestamp>,
    pub last_contacted_at: Option<Timestamp>,
    pub next_follow_up_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub version: i64,
}

impl Inquiry {
    /// Bytes of what is free in it: texts, facts, tags and `custom`.
    pub fn size(&self) -> usize {
        let texts = [
            &self.need,
            &self.usage,
            &self.tax,
            &self.company,
            &self.contact,
            &self.phone,
            &self.email,
            &self.wechat,
            &self.message,
        ];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        [json_size(&*self.facts.0), json_size(&self.custom.0), json_size(&self.tags.0)]
            .into_iter()
            .fold(texts, usize::saturating_add)
    }

    /// Whether there is no way to reach the person.
    pub fn unreachable(&self) -> bool {
        let by_phone = self.phone_e164.is_some() || self.phone.as_deref().is_some_and(phone::could_be_called);
        !by_phone
            && !self.email.as_deref().is_some_and(could_be_mailed)
            && !self.wechat.as_deref().is_some_and(could_be_an_account)
    }

    /// What a search looks through: the person's words, and the digits of their numbers without what is
    /// written between them.
    pub fn searchable(&self) -> String {
        searchable(self.said(), &self.phone, &self.phone_e164, &self.facts.0)
    }

    fn said(&self) -> [&Option<String>; 9] {
        [
            &self.need,
            &self.usage,
            &self.tax,
            &self.company,
            &self.contact,
            &self.phone,
            &self.message,
            &self.email,
            &self.wechat,
        ]
    }

    /// Whether both are found by the same text: compared before anything is folded, on the thread that
    /// writes.
    pub fn is_found_like(&self, other: &Self) -> bool {
        self.said() == other.said()
            && self.phone_e164 == other.phone_e164
            && self.facts.0.get(Member::Phones) == other.facts.0.get(Member::Phones)
    }
}

fn searchable(
    said: [&Option<String>; 9],
    phone: &Option<String>,
    phone_e164: &Option<String>,
    facts: &Facts,
) -> String {
    let digits: Option<String> = phone.as_deref().map(search::digits);
    let others = other_numbers(facts, phone_e164.as_deref()).map(Some);
    search::joined(
        said.into_iter()
            .map(Option::as_deref)
            .chain([digits.as_deref(), phone_e164.as_deref()])
            .chain(others),
    )
}

/// The numbers that were read besides the one to call.
fn other_numbers<'a>(facts: &'a Facts, first: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    facts.phones().iter().map(String::as_str).filter(move |number| Some(*number) != first)
}

/// What a person tells us.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items {
    pub need: Option<String>,
    pub usage: Option<String>,
    pub tax: Option<String>,
    pub company: Option<String>,
    pub contact: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub wechat: Option<String>,
    pub message: Option<String>,
}

impl Items {
    /// Whether any of the six items or a message is there.
    pub fn say_something(&self) -> bool {
        [&self.need, &self.usage, &self.tax, &self.company, &self.contact, &self.phone, &self.message]
            .into_iter()
            .any(Option::is_some)
    }

    /// Blank texts count as absent.
    pub fn without_blanks(self) -> Self {
        let kept = |text: Option<String>| text.as_deref().and_then(some);
        Self {
            need: kept(self.need),
            usage: kept(self.usage),
            tax: kept(self.tax),
            company: kept(self.company),
            contact: kept(self.contact),
            phone: kept(self.phone),
            email: kept(self.email),
            wechat: kept(self.wechat),
            message: kept(self.message),
        }
    }

    /// What is wrong with them, as a caller of the API may hear it.
    pub fn check(&self, faults: &mut Faults) {
        for (pointer, text) in
            [("/need", &self.need), ("/usage", &self.usage), ("/tax", &self.tax), ("/message", &self.message)]
        {
            if let Some(text) = text {
                faults.keep(lines(pointer, text, TEXT_MAX));
            }
        }
        for (pointer, text, max) in [
            ("/company", &self.company, NAME_MAX),
            ("/contact", &self.contact, NAME_MAX),
            ("/phone", &self.phone, PHONE_MAX),
            ("/wechat", &self.wechat, NAME_MAX),
        ] {
            if let Some(text) = text {
                faults.keep(one_line(pointer, text, max));
            }
        }
        if self.email.as_ref().is_some_and(|address| !email::is_address(address)) {
            faults.add(Fault::with(
                "/email",
                &BAD_FORMAT,
                ("邮箱地址，例如 name@example.com", "an e-mail address such as name@example.com"),
            ));
        }
    }
}

/// Who owns an inquiry from a moment on, and by what.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub user: UserId,
    pub team: Option<TeamId>,
    pub trigger: Trigger,
}

/// What a new inquiry is made from, with what follows from it alone: worked out before the transaction that
/// others wait for.
#[derive(Debug, Clone)]
pub struct NewInquiry {
    pub items: Items,
    pub source: Source,
    pub facts: Arc<Facts>,
    pub tags: Vec<String>,
    pub custom: Map<String, Value>,
    pub(super) phone_e164: Option<String>,
    pub(super) searchable: String,
}

/// The submission that an inquiry came by.
#[derive(Debug, Clone, Copy)]
pub struct Submitted {
    pub form: FormId,
    pub receipt: ReceiptId,
}

impl NewInquiry {
    /// One with these items, and nothing else yet.
    pub fn new(items: Items, source: Source) -> Self {
        let phone_e164 = items.phone.as_deref().and_then(phone::to_e164);
        let said = [
            &items.need,
            &items.usage,
            &items.tax,
            &items.company,
            &items.contact,
            &items.phone,
            &items.message,
            &items.email,
            &items.wechat,
        ];
        let searchable = searchable(said, &items.phone, &phone_e164, &Facts::default());
        Self {
            items,
            source,
            facts: Arc::default(),
            tags: Vec::new(),
            custom: Map::new(),
            phone_e164,
            searchable,
        }
    }

    /// The same, reachable by this number (E.164) if its own phone item names none.
    pub fn or_called_by(mut self, number: Option<String>) -> Self {
        if let Some(number) = number.filter(|_| self.phone_e164.is_none()) {
            self.searchable =
                search::joined([self.searchable.as_str(), number.as_str()].into_iter().map(Some));
            self.phone_e164 = Some(number);
        }
        self
    }

    /// The same, with what was read of it.
    pub fn understood(mut self, facts: Facts) -> Self {
        let others = other_numbers(&facts, self.phone_e164.as_deref()).map(Some);
        self.searchable = search::joined(std::iter::once(Some(self.searchable.as_str())).chain(others));
        self.facts = Arc::new(facts);
        self
    }

    /// The number to call, E.164.
    pub fn phone_e164(&self) -> Option<&str> {
        self.phone_e164.as_deref()
    }

    /// What is wrong with what is not an item, as a caller of the API may hear it. A form's submission is
    /// cleaned, not checked.
    pub fn check(&self, faults: &mut Faults) {
        check_json("/custom", &self.custom, faults);
        bounds::check("/custom", &Map::new(), &self.custom, faults);
        check_tags(&self.tags, &[], faults);
    }
}

/// What a caller changes of an inquiry.
#[derive(Debug, Clone, Default)]
pub struct InquiryPatch {
    pub need: Patch<String>,
    pub usage: Patch<String>,
    pub tax: Patch<String>,
    pub company: Patch<String>,
    pub contact: Patch<String>,
    pub phone: Patch<String>,
    pub email: Patch<String>,
    pub wechat: Patch<String>,
    pub message: Patch<String>,
    pub tags: Option<Vec<String>>,
    pub custom: Patch<Map<String, Value>>,
    pub facts: Patch<Map<String, Value>>,
}

impl InquiryPatch {
    /// Lays the patch over an inquiry. A blank text clears, as null does.
    pub fn apply(&self, inquiry: &mut Inquiry, faults: &mut Faults) {
        let blank_clears = |member: &Patch<String>| member.clone().map(|text| text.as_deref().and_then(some));
        merge(&mut inquiry.need, blank_clears(&self.need));
        merge(&mut inquiry.usage, blank_clears(&self.usage));
        merge(&mut inquiry.tax, blank_clears(&self.tax));
        merge(&mut inquiry.company, blank_clears(&self.company));
        merge(&mut inquiry.contact, blank_clears(&self.contact));
        merge(&mut inquiry.email, blank_clears(&self.email));
        merge(&mut inquiry.wechat, blank_clears(&self.wechat));
        merge(&mut inquiry.message, blank_clears(&self.message));
        if merge(&mut inquiry.phone, blank_clears(&self.phone)) {
            inquiry.phone_e164 = inquiry.phone.as_deref().and_then(phone::to_e164);
        }
        if let Some(tags) = &self.tags {
            check_tags(tags, &inquiry.tags.0, faults);
            inquiry.tags.0 = distinct(tags);
        }
        if self.custom.is_some() {
            let before = inquiry.custom.0.clone();
            merge_json(&mut inquiry.custom.0, &self.custom);
            bounds::check("/custom", &before, &inquiry.custom.0, faults);
        }
        if self.facts.is_some() {
            let facts = inquiry.facts.0.merged(&self.facts);
            bounds::check("/facts", &*inquiry.facts.0, &facts, faults);
            inquiry.facts.0 = Arc::new(facts);
        }

        // What a form kept may be longer than what a caller may write: only what is written here is checked.
        let written = |member: &Patch<String>| member.clone().flatten();
        let items = Items {
            need: written(&self.need),
            usage: written(&self.usage),
            tax: written(&self.tax),
            company: written(&self.company),
            contact: written(&self.contact),
            phone: written(&self.phone),
            email: written(&self.email).as_deref().and_then(some),
            wechat: written(&self.wechat),
            message: written(&self.message),
        };
        items.check(faults);
        if let Some(Some(custom)) = &self.custom {
            check_json("/custom", custom, faults);
        }
        if let Some(Some(facts)) = &self.facts {
            check_facts(facts, faults);
        }
    }
}

/// A comma parts tags in a query. One that an inquiry has had from earlier may stay.
fn check_tags(tags: &[String], known: &[String], faults: &mut Faults) {
    for (n, _) in tags
        .iter()
        .enumerate()
        .filter(|(_, tag)| tag.contains(',') && !known.iter().any(|known| known == tag.trim()))
    {
        faults.add(Fault::new(format!("/tags/{n}"), &TAG_COMMA));
    }
}

/// Tags in their order, each once.
pub fn distinct(tags: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if !kept.iter().any(|known| known == tag) {
            kept.push(tag.to_owned());
        }
    }
    kept
}

/// What is wrong with facts, as a caller of the API may hear it.
pub fn check_facts(facts: &Map<String, Value>, faults: &mut Faults) {
    let of_the_reading = Member::OF_THE_READING.into_iter().map(Member::word);
    for name in of_the_reading.filter(|name| facts.contains_key(*name)) {
        faults.add(Fault::new(format!("/facts/{name}"), &UNKNOWN_MEMBER));
    }
    check_json("/facts", facts, faults);
}

/// Control characters in free JSON: no database keeps a NUL in it.
fn check_json(pointer: &str, object: &Map<String, Value>, faults: &mut Faults) {
    for (name, value) in object {
        let clean = !name.chars().any(char::is_control);
        let at = if clean {
            format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
        } else {
            pointer.to_owned()
        };
        if !clean {
            faults.add(Fault::new(pointer, &CONTROL_CHARACTER));
        }
        check_value(&at, value, faults);
    }
}

fn check_value(at: &str, value: &Value, faults: &mut Faults) {
    match value {
        Value::String(text) if text.chars().any(is_control_but_layout) => {
            faults.add(Fault::new(at, &CONTROL_CHARACTER))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| check_value(&format!("{at}/{n}"), item, faults))
        }
        Value::Object(object) => check_json(at, object, faults),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
