//! What is shown of an inquiry to somebody who does not own it and reaches it in the pool only: what is
//! wanted, and no way to reach the person. How a text is masked is in `masking.rs`, who sees something so is
//! decided in `view.rs`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::items::Item;
use super::masking::{Known, Mask, contact_masked, names_of_persons, phone_masked};
use super::model::Inquiry;
use super::stored::{StoredContent, StoredInquiry};
use crate::access::Viewer;
use crate::facts::Member;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::bulkhead::{Bulkhead, Turn};
use crate::platform::db::DbConnection;
use crate::platform::db::types::JsonText;
use crate::platform::settings::{self, Setting};
use crate::word_enum;

/// The settings document of the pool.
pub const SETTINGS: &str = "pool";

word_enum! {
    /// What can be hidden of an inquiry in the pool.
    pub enum MaskedField {
        Phone => "phone",
        Contact => "contact",
        Email => "email",
        Wechat => "wechat",
        Need => "need",
        Usage => "usage",
        Tax => "tax",
        Company => "company",
        Message => "message",
        Custom => "custom",
        Source => "source",
    }
}

impl MaskedField {
    /// What is always hidden.
    pub const ALWAYS: [Self; 4] = [Self::Phone, Self::Contact, Self::Email, Self::Wechat];

    fn item(self) -> Option<Item> {
        Item::ALL.iter().copied().find(|item| item.word() == self.word())
    }

    /// The condition of lists that asks for it, and its parameter.
    pub fn condition(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Tax => Some(("tax", "?tax_min")),
            Self::Usage => Some(("industry", "?industry")),
            _ => None,
        }
    }

    /// The facts that say the same.
    fn facts(self) -> &'static [Member] {
        match self {
            Self::Phone => &[Member::Phone, Member::Phones],
            Self::Email => &[Member::Email],
            Self::Wechat => &[Member::Wechat],
            Self::Tax => &[Member::TaxWanPerYear, Member::TaxWanPerYearMax, Member::TaxWanPerMu],
            Self::Company => &[Member::Company, Member::Uscc],
            Self::Usage => &[Member::Industry, Member::IndustryCode],
            // The name of a contact is masked, not taken away.
            Self::Contact | Self::Need | Self::Message | Self::Custom | Self::Source => &[],
        }
    }
}

/// The part of the pool's settings that says what is hidden.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Hidden {
    masked_fields: Vec<MaskedField>,
}

impl Default for Hidden {
    fn default() -> Self {
        Self { masked_fields: MaskedField::ALWAYS.to_vec() }
    }
}

impl Setting for Hidden {
    const NAME: &'static str = SETTINGS;
}

/// The viewer with what is hidden from them in the pool as of now.
pub fn viewer(conn: &mut DbConnection, viewer: Viewer) -> Result<Viewer> {
    let hidden = settings::read::<Hidden>(conn)?.masked_fields;
    Ok(viewer.from_whom(hidden.into_iter().map(MaskedField::word).collect()))
}

/// What is hidden from a viewer; everything that can be if nobody has looked that up.
pub fn hidden_from(viewer: &Viewer) -> BTreeSet<MaskedField> {
    match viewer.hidden() {
        Some(words) => words.iter().filter_map(|word| MaskedField::from_word(word)).collect(),
        None => MaskedField::ALL.iter().copied().collect(),
    }
}

/// An inquiry as it is shown, with what follows from members that may be hidden.
#[derive(Debug, Clone)]
pub struct VisibleInquiry {
    pub inquiry: StoredInquiry,
    pub unreachable: bool,
    /// The phone number without its middle, where the number itself is hidden.
    pub phone_masked: Option<String>,
}

impl VisibleInquiry {
    /// All of it.
    pub fn whole(inquiry: StoredInquiry) -> Self {
        Self { unreachable: inquiry.content.unreachable(), inquiry, phone_masked: None }
    }

    /// Without what is hidden.
    pub fn masked(inquiry: StoredInquiry, hidden: &BTreeSet<MaskedField>) -> Self {
        let unreachable = inquiry.content.unreachable();
        let StoredContent { items, phone_e164, .. } = &inquiry.content;
        let phone = items.phone.as_deref().or(phone_e164.as_deref());
        let phone_masked = phone.map(|phone| phone_masked(phone, phone_e164.as_deref()));
        Self { inquiry: Masking::of(&inquiry, hidden).apply(inquiry), unreachable, phone_masked }
    }
}

/// How one inquiry is masked.
pub struct Masking {
    mask: Mask,
    hidden: BTreeSet<MaskedField>,
}

impl Masking {
    pub fn of(inquiry: &StoredInquiry, hidden: &BTreeSet<MaskedField>) -> Self {
        let StoredContent { items, phone_e164, facts, .. } = &inquiry.content;
        let facts: Map<String, Value> = facts.parse().unwrap_or_default();
        let of_facts = |member: Member| facts.get(member.word()).and_then(Value::as_str);
        let others = facts.get(Member::Phones.word()).and_then(Value::as_array).into_iter().flatten();
        let phones = of_facts(Member::Phone).into_iter().chain(others.filter_map(Value::as_str));
        let written = Known {
            phone: items.phone.as_deref(),
            phone_e164: phone_e164.as_deref(),
            phones: Vec::new(),
            email: items.email.as_deref(),
            wechat: items.wechat.as_deref(),
            contact: items.contact.as_deref(),
        };
        let understood = Known {
            phones: phones.collect(),
            email: of_facts(Member::Email),
            wechat: of_facts(Member::Wechat),
            ..Known::default()
        };
        // What was read is kept as it was then, with the name of a former contact.
        let mask = Mask::of(written).and(understood).and_names(names_of_persons(&facts));
        Self { mask, hidden: hidden.clone() }
    }

    /// A text about the inquiry, such as a note, without any way to reach the person.
    pub fn text(&self, text: &str) -> String {
        self.mask.text(text)
    }

    /// Whether more than ways to reach the person is hidden: then what they wrote in one is hidden, too.
    fn hides_more(&self) -> bool {
        self.hidden.iter().any(|field| !MaskedField::ALWAYS.contains(field))
    }

    fn apply(&self, mut inquiry: StoredInquiry) -> StoredInquiry {
        let content = &mut inquiry.content;
        for item in Item::ALL {
            let text = content.items.get_mut(*item);
            let Some(written) = text.take() else { continue };
            let is_hidden = self.hidden.iter().any(|field| field.item() == Some(*item));
            *text = match item {
                Item::Contact => Some(contact_masked(&written)),
                _ if is_hidden => None,
                _ => Some(self.mask.value(item.word(), &written)),
            };
        }
        content.phone_e164 = None;
        content.facts = self.document(&content.facts, |members| self.facts(members));
        let nothing = JsonText::of_text("{}".to_owned());
        content.custom = if self.hidden.contains(&MaskedField::Custom) {
            nothing
        } else {
            self.document(&content.custom, |_| {})
        };
        content.source = self.document(&content.source, |members| {
            if self.hidden.contains(&MaskedField::Source) {
                for (_, value) in members.iter_mut().filter(|(name, _)| *name != "channel") {
                    *value = if value.is_object() { Value::Object(Map::new()) } else { Value::Null };
                }
            }
            // What is encoded in an address is not read.
            for name in ["page_url", "referrer"] {
                if let Some(Value::String(url)) = members.get_mut(name)
                    && let Some(end) = url.find(['?', '#'])
                {
                    url.truncate(end);
                }
            }
        });
        let mut tags: Value = inquiry.tags.parse().unwrap_or_default();
        self.mask.json(&mut tags);
        inquiry.tags = JsonText::of(&tags).unwrap_or_else(|_| JsonText::of_text("[]".to_owned()));
        inquiry
    }

    /// A document with what looks like a contact hidden in it, after a change of its own.
    fn document(&self, text: &JsonText, change: impl FnOnce(&mut Map<String, Value>)) -> JsonText {
        let mut members: Map<String, Value> = text.parse().unwrap_or_default();
        change(&mut members);
        let mut value = Value::Object(members);
        self.mask.json(&mut value);
        JsonText::of(&value).unwrap_or_else(|_| JsonText::of_text("{}".to_owned()))
    }

    fn facts(&self, members: &mut Map<String, Value>) {
        for member in self.hidden.iter().flat_map(|field| field.facts()) {
            members.remove(member.word());
        }
        if let Some(Value::String(contact)) = members.get_mut(Member::Contact.word()) {
            *contact = contact_masked(contact);
        }
        if self.hides_more() {
            Member::OF_THE_READING.iter().for_each(|member| drop(members.remove(member.word())));
        }
    }

    /// What an event about the inquiry says, without what is hidden. Its own names of persons and accounts
    /// are, too: earlier ones, and those of whoever asked again.
    pub fn event(&self, members: &mut Map<String, Value>) {
        let mask = self.mask.clone().and(accounts_of(members)).and_names(names_of_persons(members));
        let inner = members.values().filter_map(Value::as_object);
        let mask = inner.fold(mask, |mask, words| mask.and(accounts_of(words)));
        self.take_hidden(members);
        let mut value = Value::Object(std::mem::take(members));
        mask.json(&mut value);
        if let Value::Object(masked) = value {
            *members = masked;
        }
    }

    /// Whether a member by this name says what is hidden, or what was read in it.
    fn is_hidden(&self, name: &str) -> bool {
        let says = |field: &MaskedField| {
            field.word() == name || field.facts().iter().any(|member| member.word() == name)
        };
        let is_reading = Member::OF_THE_READING.iter().any(|member| member.word() == name);
        self.hidden.iter().any(says) || is_reading && self.hides_more()
    }

    /// Takes the members that are hidden out of a document, at any depth: earlier values of them were
    /// contacts, too.
    fn take_hidden(&self, members: &mut Map<String, Value>) {
        // Why it was not given to colleagues is not an agent's matter.
        members.retain(|name, _| name != "candidates" && !self.is_hidden(name));
        if let Some(Value::Object(words)) = members.get_mut("words")
            && self.hidden.contains(&MaskedField::Custom)
        {
            words.retain(|name, _| Item::from_word(name).is_some());
        }
        for value in members.values_mut() {
            if let Value::Object(inner) = value {
                self.take_hidden(inner);
            }
        }
    }
}

/// Requests that wait until contacts are hidden in what they read; whoever comes beyond is refused (503).
const WAITING: usize = 64;

/// Reading texts for what is hidden in them keeps a processor busy: how many requests may do that at once.
pub struct MaskingBulkheads {
    /// For searches in what is masked.
    searches: Bulkhead,
    /// For showing what was found.
    shows: Bulkhead,
}

impl Default for MaskingBulkheads {
    fn default() -> Self {
        let bulkhead = |name| Bulkhead::of_half_the_processors(name, WAITING);
        Self { searches: bulkhead("searches"), shows: bulkhead("shows") }
    }
}

impl MaskingBulkheads {
    /// Waits for the turn of a search.
    pub async fn search(&self, viewer: &Viewer) -> Result<Turn> {
        self.searches.turn(Some(viewer.id.uuid())).await
    }

    /// Shows something: where others do not wait for it, if that takes a while.
    pub async fn show<T: Send + 'static>(
        &self,
        viewer: &Viewer,
        is_masked: bool,
        show: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if is_masked { self.shows.run(Some(viewer.id.uuid()), show).await? } else { show() }
    }
}

/// The accounts and addresses that the members of an event hold as such.
fn accounts_of(members: &Map<String, Value>) -> Known<'_> {
    let text = |item: Item| members.get(item.word()).and_then(Value::as_str);
    Known { email: text(Item::Email), wechat: text(Item::Wechat), ..Known::default() }
}

/// Whether somebody sees an inquiry in the pool only.
pub fn is_pool_only(owner: Option<UserId>, viewer: &Viewer) -> bool {
    viewer.is_agent() && owner != Some(viewer.id)
}

/// The viewer of an inquiry, with what is hidden from them if something is.
pub fn viewer_of(conn: &mut DbConnection, inquiry: &StoredInquiry, who: Viewer) -> Result<Viewer> {
    if is_pool_only(inquiry.assignee_id, &who) { viewer(conn, who) } else { Ok(who) }
}

/// An inquiry as it is seen by mail: whoever does not own it reads no contact in it.
pub fn for_others(inquiry: Inquiry) -> Inquiry {
    let before = inquiry.clone();
    let Ok(stored) = StoredInquiry::try_from(inquiry) else { return without_contacts(before) };
    let hidden: BTreeSet<MaskedField> = MaskedField::ALWAYS.into_iter().collect();
    let visible = VisibleInquiry::masked(stored, &hidden);
    let mut shown = without_contacts(before);
    shown.content.items = visible.inquiry.content.items;
    shown.content.items.phone = visible.phone_masked;
    shown
}

/// The same without anything that was understood or that is known by name.
fn without_contacts(mut inquiry: Inquiry) -> Inquiry {
    let facts = std::sync::Arc::make_mut(&mut inquiry.content.facts.0);
    let members = [Member::Phone, Member::Phones, Member::Email, Member::Wechat, Member::Contact];
    members.into_iter().chain(Member::OF_THE_READING).for_each(|member| facts.remove(member));
    inquiry.content.phone_e164 = None;
    inquiry.content.items = super::content::Items::default();
    inquiry
}

/// Hides contacts in the items of a submission, by their names.
pub fn mask_words(words: &mut Map<String, Value>) {
    let text = |item: Item| words.get(item.word()).and_then(Value::as_str);
    let known = Known {
        phone: text(Item::Phone),
        email: text(Item::Email),
        wechat: text(Item::Wechat),
        contact: text(Item::Contact),
        ..Known::default()
    };
    let mask = Mask::of(known);
    for (name, value) in words.iter_mut() {
        let Value::String(text) = value else { continue };
        *text = match Item::from_word(name) {
            Some(Item::Contact) => contact_masked(text),
            Some(Item::Phone) => phone_masked(text, None),
            _ => mask.value(name, text),
        };
    }
}
