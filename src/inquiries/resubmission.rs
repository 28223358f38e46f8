//! What comes to an inquiry that is there already, from outside: the same person again, the sender's changes,
//! a newer parser. What a user has edited is never touched by any of it. The verbs of users are in
//! `actions.rs`.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::actions::{changed, differences};
use super::agreement::{self, Who};
use super::bounds;
use super::events::{Reparsed, Repeated, SenderDeleted, SenderUpdated, Updated};
use super::model::{Inquiry, NewInquiry, Submitted};
use super::store;
use crate::access;
use crate::facts::{Facts, Name, is_counted};
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::kernel::phone;
use crate::platform::db::{DbConnection, Tx};
use crate::platform::events::{self, Fact};

/// What users have edited of an inquiry since it came.
struct Edited {
    members: HashSet<String>,
    facts: HashSet<String>,
}

impl Edited {
    fn of(conn: &mut DbConnection, inquiry: InquiryId) -> Result<Self> {
        let mut edited = Self { members: HashSet::new(), facts: HashSet::new() };
        for event in events::caused_by(conn, &access::USER, inquiry, Updated::KIND)? {
            let Some(Updated(new)) = event.fact::<Updated>()? else { continue };
            let old: Map<String, Value> =
                event.previous.map(|previous| previous.parse()).transpose()?.unwrap_or_default();
            let facts = |members: &Map<String, Value>| {
                members.get("facts").and_then(Value::as_object).cloned().unwrap_or_default()
            };
            let (is, was) = (facts(&new), facts(&old));
            // Of what figures are made of the old ones are there whole.
            let removed = was.keys().filter(|name| !is.contains_key(*name) && !is_counted(name));
            let changed =
                is.iter().filter(|(name, value)| Some(*value) != was.get(*name)).map(|(name, _)| name);
            edited.facts.extend(changed.chain(removed).cloned());
            edited.members.extend(new.keys().filter(|name| *name != "facts").cloned());
        }
        Ok(edited)
    }
}

/// Facts as a new reading has them, but for those that a person gave: edited later, or entered without having
/// been read.
fn reread(before: &Facts, read: &Facts, edited: &HashSet<String>) -> Facts {
    let is_given = |name: &Name| {
        !is_of_the_reading(name)
            && (edited.contains(name.as_str()) || (before.named(name).is_some() && !before.was_read(name)))
    };
    let mut facts = read.clone();
    facts.retain(|name| !is_given(name));
    for (name, fact) in before.iter().filter(|(name, _)| is_given(name)) {
        facts.insert(name.clone(), fact.clone());
    }
    facts
}

fn is_of_the_reading(name: &Name) -> bool {
    matches!(name, Name::Known(member) if member.is_of_the_reading())
}

/// The same person asks again: what was empty is filled, the new words are recorded, and the owner is
/// notified.
pub fn repeat(tx: &mut Tx<'_>, before: &Inquiry, new: &NewInquiry, submitted: Submitted) -> Result<Inquiry> {
    let mut after = changed(tx, before);
    let mut words = Map::new();
    let content = &mut after.content;
    for (item, said) in new.items.said() {
        words.insert(item.word().to_owned(), json!(said));
        content.items.get_mut(item).get_or_insert_with(|| said.to_owned());
    }
    let known = &before.content;
    if content.items.phone != known.items.phone {
        let number = content.items.phone.as_deref().and_then(phone::to_e164);
        content.phone_e164 = number.or_else(|| known.phone_e164.clone());
    }
    for (name, value) in &new.custom {
        words.insert(name.clone(), value.clone());
        if !content.custom.0.contains_key(name) {
            bounds::insert_within(&mut content.custom.0, name, value);
        }
    }
    let mut read = (*new.facts).clone();
    agreement::follow_items(&mut read, Who::of(&after.content));
    let known = Arc::make_mut(&mut after.content.facts.0);
    for (name, fact) in read.iter().filter(|(name, _)| !is_of_the_reading(name)) {
        if known.named(name).is_none() {
            bounds::insert_within(known, name, fact);
        }
    }
    let (filled, previous) = differences(before, &after);
    store::update(tx, before, &after)?;
    let fact = Repeated { form_id: submitted.form, receipt_id: submitted.receipt, words, filled };
    tx.record_change(Some(before.id), &fact, Some(previous))?;
    Ok(after)
}

/// The inquiry as its sender's change makes it: every member follows that no user has edited. Writes nothing.
pub fn sender_update(conn: &mut DbConnection, before: &Inquiry, new: &NewInquiry) -> Result<Inquiry> {
    let edited = Edited::of(conn, before.id)?;
    let mut after = before.clone();
    let content = &mut after.content;
    // What the sender does not say any more is not taken away.
    for (item, said) in new.items.said().filter(|(item, _)| !edited.members.contains(item.word())) {
        *content.items.get_mut(item) = Some(said.to_owned());
    }
    if !edited.members.contains("phone") {
        content.phone_e164 = new.phone_e164.clone().or(content.phone_e164.take());
    }
    if !edited.members.contains("custom") {
        for (name, value) in &new.custom {
            bounds::insert_within(&mut content.custom.0, name, value);
        }
    }
    let mut read = (*new.facts).clone();
    agreement::follow_items(&mut read, Who::of(&after.content));
    after.content.facts.0 = Arc::new(reread(&before.content.facts.0, &read, &edited.facts));
    Ok(after)
}

/// Stores what `sender_update` made. If nothing changed, nothing is written.
pub fn apply_sender_update(
    tx: &mut Tx<'_>,
    before: &Inquiry,
    after: &Inquiry,
    submitted: Submitted,
) -> Result<()> {
    if after == before {
        return Ok(());
    }
    let (changes, previous) = differences(before, after);
    let Inquiry { version, updated_at, .. } = changed(tx, before);
    store::update(tx, before, &Inquiry { version, updated_at, ..after.clone() })?;
    let fact = SenderUpdated { receipt_id: submitted.receipt, changes };
    tx.record_change(Some(before.id), &fact, Some(previous)).map(drop)
}

/// Records that the sender deleted what it sent. Nothing is taken away.
pub fn record_sender_deletion(tx: &mut Tx<'_>, inquiry: InquiryId, submitted: Submitted) -> Result<()> {
    tx.record(Some(inquiry), &SenderDeleted { receipt_id: submitted.receipt }).map(drop)
}

/// Lays the facts of a new reading over those of an older one. Returns whether any of them changed. It is
/// work in the background: nobody's `If-Match` goes stale.
pub fn reparse(tx: &mut Tx<'_>, before: &Inquiry, read: &Facts, parser_version: &str) -> Result<bool> {
    let edited = Edited::of(tx.conn, before.id)?;
    let facts = reread(&before.content.facts.0, read, &edited.facts);
    if facts == *before.content.facts.0 {
        return Ok(false);
    }
    let mut after = before.clone();
    after.content.facts.0 = Arc::new(facts);
    let (mut new, mut old) = (
        after.content.facts.0.unlike(&before.content.facts.0),
        before.content.facts.0.unlike(&after.content.facts.0),
    );
    for members in [&mut new, &mut old] {
        members.retain(|name, _| !is_of_the_reading(&Name::of(name)));
    }
    store::update(tx, before, &after)?;
    if new.is_empty() && old.is_empty() {
        return Ok(false);
    }
    tx.record_change(
        Some(before.id),
        &Reparsed { parser_version: parser_version.to_owned(), facts: new },
        Some(old),
    )?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Facts {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_person_s_facts_are_never_read_over() {
        let before = object(json!({"need_kind": "land", "area_min_sqm": 800, "company": "人工",
                "confidence": {"need_kind": 0.9, "area_min_sqm": 0.8}, "parser_version": "0"}));
        let read = object(json!({"need_kind": "factory_rent", "area_min_sqm": 900, "company": "机器",
                "phone": "+8613800000000", "contact": "王",
                                 "confidence": {"need_kind": 0.9, "area_min_sqm": 0.9, "company": 0.9,
                                     "phone": 0.9, "contact": 0.6}, "spans": {"company": [0, 2]},
                                         "parser_version": "1"}));
        let edited = HashSet::from(["need_kind".to_owned(), "contact".to_owned()]);
        let facts = reread(&before, &read, &edited);
        // `contact` was taken away by a person, `company` was entered by one.
        let wanted = json!({"need_kind": "land", "area_min_sqm": 900, "company": "人工",
            "phone": "+8613800000000",
                            "confidence": {"area_min_sqm": 0.9, "phone": 0.9}, "spans": {},
                                "parser_version": "1"});
        assert_eq!(json!(facts), wanted);
    }
}
