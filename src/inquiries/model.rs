//! The inquiry as it is kept, what a new one is made from, and the rules that need no database.
//! Statuses are in `status.rs`.

use std::sync::Arc;

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde_json::{Map, Value};

use super::bounds;
pub use super::content::{Channel, Content, Items, Source};
use super::content::{other_numbers, searchable};
use super::events::Trigger;
use super::items::Item;
use super::schema::inquiries;
use super::status::{Category, Status};
use crate::facts::{Facts, Member};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{CONTROL_CHARACTER, Fault, FaultKind, Faults, UNKNOWN_MEMBER};
use crate::kernel::id::{FormId, InquiryId, ReceiptId, RuleId, TeamId, UserId};
use crate::kernel::patch::{Patch, merge_json};
use crate::kernel::size::json_size;
use crate::kernel::text::{is_control_but_layout, some};
use crate::kernel::{phone, search};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;

static TAG_COMMA: FaultKind = FaultKind::new(
    "tag_comma",
    "标签不能含有英文逗号：查询时用它分隔多个标签。",
    "A tag cannot contain a comma: in a query commas separate tags.",
);

/// An inquiry: the state of the work on it, and what was said.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = inquiries, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Inquiry {
    pub id: InquiryId,
    /// In a table of its own.
    #[diesel(embed, skip_insertion)]
    pub content: Content,
    pub status: Status,
    pub reason: Option<String>,
    pub tags: Json<Vec<String>>,
    pub form_id: Option<FormId>,
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
    /// The last move to another status.
    pub status_changed_at: Option<Timestamp>,
    #[diesel(embed)]
    pub deadlines: Deadlines,
}

/// The deadlines of whoever owns an inquiry. Which there are is worked out in `assignment`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inquiries, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct Deadlines {
    /// When it goes back to the pool.
    pub recycle_at: Option<Timestamp>,
    /// When the owner was warned of that.
    pub recycle_warned_at: Option<Timestamp>,
    pub accept_due_at: Option<Timestamp>,
    pub first_contact_due_at: Option<Timestamp>,
    /// The earliest moment at which something is to be done because nothing was done.
    pub next_deadline_at: Option<Timestamp>,
}

impl Inquiry {
    /// Who holds it as open work: its owner, unless it is closed or in the bin.
    pub fn holder(&self) -> Option<UserId> {
        let is_open = self.status.category() == Category::Open && self.deleted_at.is_none();
        self.assignee_id.filter(|_| is_open)
    }

    /// Bytes of what is free in it: texts, facts, tags and `custom`.
    pub fn size(&self) -> usize {
        self.content.size().saturating_add(json_size(&self.tags.0))
    }
}

/// Who owns an inquiry from a moment on, by what, and until when they have to do something.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub user: UserId,
    pub team: Option<TeamId>,
    pub trigger: Trigger,
    /// The rule that decided, if one did.
    pub rule: Option<RuleId>,
    pub deadlines: Deadlines,
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
        let searchable = searchable(&items, phone_e164.as_deref(), &Facts::default());
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
    /// The items that it names, each with its new text.
    pub items: Vec<(Item, Option<String>)>,
    pub tags: Option<Vec<String>>,
    pub custom: Patch<Map<String, Value>>,
    pub facts: Patch<Map<String, Value>>,
}

impl InquiryPatch {
    /// Lays the patch over an inquiry. A blank text clears, as null does.
    pub fn apply(&self, inquiry: &mut Inquiry, faults: &mut Faults) {
        let content = &mut inquiry.content;
        let phone = content.items.phone.clone();
        for (item, text) in &self.items {
            let filled = text.as_deref().and_then(some);
            // What a form kept may be longer than what a caller may write: only what is written here is
            // checked.
            let written = if *item == Item::Email { &filled } else { text };
            if let Some(written) = written {
                faults.keep(item.check(written));
            }
            *content.items.get_mut(*item) = filled;
        }
        if content.items.phone != phone {
            content.phone_e164 = content.items.phone.as_deref().and_then(phone::to_e164);
        }
        if let Some(tags) = &self.tags {
            check_tags(tags, &inquiry.tags.0, faults);
            inquiry.tags.0 = distinct(tags);
        }
        if self.custom.is_some() {
            let before = content.custom.0.clone();
            merge_json(&mut content.custom.0, &self.custom);
            bounds::check("/custom", &before, &content.custom.0, faults);
        }
        if self.facts.is_some() {
            let facts = content.facts.0.merged(&self.facts);
            bounds::check("/facts", &*content.facts.0, &facts, faults);
            content.facts.0 = Arc::new(facts);
        }
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
