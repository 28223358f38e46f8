//! The verbs of this room: receive, change, move, give to an owner, note a contact, put into the bin and
//! back. Nothing here says HTTP or SQL.

use serde_json::{Map, Value, json};

use super::agreement;
use super::bounds;
use super::deadlines;
use super::events::{
    Accepted, Assigned, Claimed, Declined, Deleted, RULE, Received, RecycleReason, Recycled, Released,
    Restored, StatusChanged, Trigger, Updated,
};
use super::model::{Content, Deadlines, Inquiry, InquiryPatch, NewInquiry, Owner, Submitted, distinct};
use super::status::{Category, Status};
use super::store;
use crate::access::Caller;
use crate::facts::is_counted;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{
    Class, Error, Fault, FaultKind, Faults, INVALID, NOT_ONE_OF, REQUIRED, Refusal, Result,
};
use crate::kernel::id::{EventId, InquiryId, ReceiptId};
use crate::kernel::patch::without_nulls;
use crate::kernel::precondition::Precondition;
use crate::platform::db::types::Json;
use crate::platform::db::{Actor, Tx};

static ILLEGAL_MOVE: Refusal = Refusal::new(
    Class::Invalid,
    "illegal_move",
    "不能从当前状态变更为该状态，可选状态见 legal。",
    "The status cannot change to this one from the present status; see legal for those it can change to.",
);

static NO_REASON: FaultKind =
    FaultKind::new("no_reason_here", "该状态不需要原因。", "This status takes no reason.");

/// A new inquiry that nobody owns yet, before it is stored.
#[derive(Debug)]
pub struct Draft {
    inquiry: Inquiry,
    searchable: String,
    receipt: Option<ReceiptId>,
}

impl Draft {
    pub fn inquiry(&self) -> &Inquiry {
        &self.inquiry
    }
}

/// Prepares a new inquiry, with the submission it came by if there is one.
pub fn draft(tx: &mut Tx<'_>, new: &NewInquiry, submitted: Option<Submitted>) -> Draft {
    let mut inquiry = nobodys(new, tx.id(), tx.now);
    inquiry.form_id = submitted.map(|submitted| submitted.form);
    let (searchable, receipt) = (new.searchable.clone(), submitted.map(|submitted| submitted.receipt));
    Draft { inquiry, searchable, receipt }
}

/// The inquiry that a new one becomes, of nobody yet.
pub fn nobodys(new: &NewInquiry, id: InquiryId, at: Timestamp) -> Inquiry {
    let NewInquiry { items, source, facts, tags, custom, phone_e164, .. } = new.clone();
    Inquiry {
        id,
        content: Content {
            items,
            phone_e164,
            facts: Json(facts),
            custom: Json(without_nulls(custom)),
            source: Json(source),
        },
        status: Status::New,
        reason: None,
        tags: Json(distinct(&tags)),
        form_id: None,
        assignee_id: None,
        team_id: None,
        duplicate_of: None,
        received_at: at,
        assigned_at: None,
        accepted_at: None,
        first_contacted_at: None,
        last_contacted_at: None,
        next_follow_up_at: None,
        closed_at: None,
        created_at: at,
        updated_at: at,
        deleted_at: None,
        version: 1,
        status_changed_at: None,
        deadlines: Deadlines::default(),
    }
}

/// Takes in a new inquiry, with the submission it came by and its first owner if there are such.
pub fn receive(
    tx: &mut Tx<'_>,
    new: &NewInquiry,
    submitted: Option<Submitted>,
    owner: Option<Owner>,
) -> Result<Inquiry> {
    let draft = draft(tx, new, submitted);
    Ok(receive_draft(tx, draft, owner)?.0)
}

/// The same of one that is prepared, with the event that announced who owns it, or that it came.
pub fn receive_draft(tx: &mut Tx<'_>, draft: Draft, owner: Option<Owner>) -> Result<(Inquiry, EventId)> {
    let Draft { mut inquiry, searchable, receipt } = draft;
    if let Some(owner) = owner {
        owned_by(&mut inquiry, owner, tx.now);
    }
    store::insert(tx, inquiry.clone(), searchable)?;
    let received =
        Received { form_id: inquiry.form_id, receipt_id: receipt, status: inquiry.status, assignee_id: None };
    let event = tx.record(Some(inquiry.id), &received)?;
    match owner {
        Some(owner) => {
            let event = announce_owner(tx, &inquiry, owner, None)?;
            Ok((inquiry, event))
        }
        None => Ok((inquiry, event)),
    }
}

fn owned_by(inquiry: &mut Inquiry, owner: Owner, at: Timestamp) {
    inquiry.assignee_id = Some(owner.user);
    inquiry.team_id = owner.team;
    inquiry.assigned_at = Some(at);
    inquiry.accepted_at = (owner.trigger == Trigger::Claim).then_some(at);
    inquiry.deadlines = owner.deadlines;
}

fn announce_owner(
    tx: &mut Tx<'_>,
    inquiry: &Inquiry,
    owner: Owner,
    before: Option<&Inquiry>,
) -> Result<EventId> {
    let mut previous = Map::new();
    previous.insert("assignee_id".to_owned(), json!(before.and_then(|inquiry| inquiry.assignee_id)));
    previous.insert("team_id".to_owned(), json!(before.and_then(|inquiry| inquiry.team_id)));
    if owner.trigger == Trigger::Claim {
        let fact = Claimed { assignee_id: owner.user, team_id: owner.team };
        return tx.record_change(Some(inquiry.id), &fact, Some(previous));
    }
    let fact = Assigned {
        assignee_id: owner.user,
        team_id: owner.team,
        trigger: owner.trigger,
        rule_id: owner.rule,
    };
    let decided_by = owner.rule.map(|rule| Actor::new(RULE, rule));
    tx.acting_as(decided_by, |tx| tx.record_change(Some(inquiry.id), &fact, Some(previous)))
}

/// Gives an inquiry to an owner; to the present one nothing is written, and there is no event.
pub fn set_owner(tx: &mut Tx<'_>, before: &Inquiry, owner: Owner) -> Result<(Inquiry, Option<EventId>)> {
    if before.assignee_id == Some(owner.user) {
        return Ok((before.clone(), None));
    }
    let mut inquiry = changed(tx, before);
    owned_by(&mut inquiry, owner, tx.now);
    store::update(tx, before, &inquiry)?;
    let event = announce_owner(tx, &inquiry, owner, Some(before))?;
    Ok((inquiry, Some(event)))
}

/// Why an inquiry loses its owner.
#[derive(Debug, Clone)]
pub enum Departure {
    /// The owner would not take it.
    Declined(String),
    /// It was given back.
    Released(String),
    /// A term ran out.
    Recycled(RecycleReason),
    /// The deadline of the owner passed.
    Escalated,
    /// The owner leaves.
    HandedOver,
}

/// Puts an inquiry into the pool; it keeps its team.
pub fn to_pool(tx: &mut Tx<'_>, before: &Inquiry, why: &Departure) -> Result<(Inquiry, EventId)> {
    let mut inquiry = changed(tx, before);
    inquiry.assignee_id = None;
    inquiry.assigned_at = None;
    inquiry.accepted_at = None;
    inquiry.deadlines = Deadlines::default();
    store::update(tx, before, &inquiry)?;
    let id = Some(inquiry.id);
    let mut previous = Map::new();
    previous.insert("assignee_id".to_owned(), json!(before.assignee_id));
    let previous = Some(previous);
    let event = match why {
        Departure::Declined(reason) => {
            tx.record_change(id, &Declined { assignee_id: None, reason: reason.clone() }, previous)
        }
        Departure::Released(reason) => {
            let (reason, trigger) = (reason.clone(), Trigger::Release);
            tx.record_change(id, &Released { assignee_id: None, reason, trigger }, previous)
        }
        Departure::HandedOver => {
            let (reason, trigger) = (Trigger::HandOver.word().to_owned(), Trigger::HandOver);
            tx.record_change(id, &Released { assignee_id: None, reason, trigger }, previous)
        }
        Departure::Recycled(reason) => {
            tx.record_change(id, &Recycled { assignee_id: None, reason: *reason }, previous)
        }
        Departure::Escalated => {
            tx.record_change(id, &Recycled { assignee_id: None, reason: RecycleReason::Escalated }, previous)
        }
    };
    Ok((inquiry, event?))
}

/// Notes that the owner took an inquiry on; once more: nothing is written.
pub fn accept(tx: &mut Tx<'_>, before: &Inquiry, deadlines: Deadlines) -> Result<Inquiry> {
    if before.accepted_at.is_some() {
        return Ok(before.clone());
    }
    let mut inquiry = changed(tx, before);
    inquiry.accepted_at = Some(tx.now);
    inquiry.deadlines = deadlines;
    store::update(tx, before, &inquiry)?;
    let mut previous = Map::new();
    previous.insert("accepted_at".to_owned(), Value::Null);
    tx.record_change(Some(inquiry.id), &Accepted { accepted_at: tx.now }, Some(previous))?;
    Ok(inquiry)
}

/// The inquiry as a change begins: one version on, changed now, which is never before its last change.
pub(super) fn changed(tx: &mut Tx<'_>, before: &Inquiry) -> Inquiry {
    tx.not_before(before.updated_at);
    Inquiry { version: before.version.saturating_add(1), updated_at: tx.now, ..before.clone() }
}

/// The inquiry that a caller wants to change, if it is within their reach and as they saw it.
pub fn find_for_update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    precondition: &Precondition,
) -> Result<Inquiry> {
    let inquiry = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(inquiry.version)?;
    tx.not_before(inquiry.updated_at);
    Ok(inquiry)
}

/// Changes what a person may write.
pub fn update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    patch: &InquiryPatch,
    precondition: &Precondition,
) -> Result<Inquiry> {
    let before = find_for_update(tx, caller, id, precondition)?;
    let mut after = before.clone();
    let mut faults = Faults::default();
    patch.apply(&mut after, &mut faults);
    faults.none_or(&INVALID)?;
    agreement::follow_edits(&before, &mut after, &patch.facts);
    if after == before {
        return Ok(before);
    }
    let (new, old) = differences(&before, &after);
    let Inquiry { version, updated_at, .. } = changed(tx, &before);
    (after.version, after.updated_at) = (version, updated_at);
    store::update(tx, &before, &after)?;
    tx.record_change(Some(id), &Updated(new), Some(old))?;
    Ok(after)
}

/// The members in which an inquiry changed, with their new and their old values.
pub(super) fn differences(before: &Inquiry, after: &Inquiry) -> (Map<String, Value>, Map<String, Value>) {
    let (mut new, mut old) = (Map::new(), Map::new());
    let (was, is) = (&before.content, &after.content);
    let texts = was
        .members()
        .into_iter()
        .zip(is.members())
        .map(|((name, was), (_, is))| (name, json!(was), json!(is)));
    let tags = ("tags", json!(before.tags.0), json!(after.tags.0));
    for (name, was, is) in texts.chain([tags]).filter(|(_, was, is)| was != is) {
        old.insert(name.to_owned(), was);
        new.insert(name.to_owned(), is);
    }
    // Of what may be large only the members that changed: an inquiry that is edited often keeps a small
    // timeline.
    let mut differ = |name: &str, was: &Map<String, Value>, is: &Map<String, Value>| {
        let (is, was) = bounds::changes(was, is);
        old.insert(name.to_owned(), Value::Object(was));
        new.insert(name.to_owned(), Value::Object(is));
    };
    if was.custom != is.custom {
        differ("custom", &was.custom.0, &is.custom.0);
    }
    if was.facts != is.facts {
        let (was, is) = (&was.facts.0, &is.facts.0);
        differ("facts", &was.unlike(is), &is.unlike(was));
        // What figures are made of is there whole: whoever goes back needs no earlier event for it. What of
        // it was taken away is null in the new ones, and not what did not change.
        if let (Some(Value::Object(new)), Some(Value::Object(old))) =
            (new.get_mut("facts"), old.get_mut("facts"))
        {
            let removed = old.keys().filter(|name| !new.contains_key(*name) && is_counted(name));
            new.extend(removed.cloned().map(|name| (name, Value::Null)).collect::<Vec<_>>());
            for (name, value) in was.counted() {
                old.entry(name).or_insert(value);
            }
        }
    }
    (new, old)
}

/// A move to another status.
#[derive(Debug, Clone)]
pub struct Move {
    pub status: Status,
    pub reason: Option<String>,
    pub note: Option<String>,
}

/// Moves an inquiry to another status. The present one: nothing is written.
pub fn move_to(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    wanted: &Move,
    precondition: &Precondition,
) -> Result<Inquiry> {
    let before = find_for_update(tx, caller, id, precondition)?;
    if before.status == wanted.status {
        return Ok(before);
    }
    if !before.status.may_become(wanted.status) {
        let legal: Vec<Value> = before.status.next().into_iter().map(|status| json!(status)).collect();
        return Err(Error::refuse(&ILLEGAL_MOVE).member("legal", legal));
    }
    check_reason(wanted)?;
    let category = wanted.status.category();
    let mut inquiry = changed(tx, &before);
    inquiry.status = wanted.status;
    inquiry.status_changed_at = Some(tx.now);
    inquiry.reason.clone_from(&wanted.reason);
    inquiry.closed_at = if category == Category::Open { None } else { before.closed_at.or(Some(tx.now)) };
    if category != before.status.category() && category != Category::Open {
        inquiry.closed_at = Some(tx.now);
    }
    store::update(tx, &before, &inquiry)?;
    let fact = StatusChanged {
        status: wanted.status,
        category,
        reason: wanted.reason.clone(),
        note: wanted.note.clone(),
    };
    let mut previous = Map::new();
    previous.insert("status".to_owned(), json!(before.status));
    previous.insert("category".to_owned(), json!(before.status.category()));
    tx.record_change(Some(id), &fact, Some(previous))?;
    with_deadlines(tx, inquiry)
}

/// The inquiry with its deadlines as they are after an event: whoever works them out subscribes to it.
fn with_deadlines(tx: &mut Tx<'_>, inquiry: Inquiry) -> Result<Inquiry> {
    let deadlines = deadlines::of(tx.conn, inquiry.id)?;
    Ok(Inquiry { deadlines, ..inquiry })
}

fn check_reason(wanted: &Move) -> Result<()> {
    let known: Vec<&str> = wanted.status.reasons().iter().map(|reason| reason.key).collect();
    let fault = match &wanted.reason {
        None if known.is_empty() => return Ok(()),
        None => Fault::new("/reason", &REQUIRED),
        Some(reason) if known.contains(&reason.as_str()) => return Ok(()),
        Some(_) if known.is_empty() => Fault::new("/reason", &NO_REASON),
        Some(_) => Fault::with("/reason", &NOT_ONE_OF, &known.join(", ")),
    };
    Err(Error::invalid(vec![fault]))
}

/// What a caller did to follow an inquiry up, as far as the inquiry shows it.
#[derive(Debug, Clone, Copy)]
pub struct FollowedUp {
    /// When the person was really reached, if so.
    pub contacted_at: Option<Timestamp>,
    /// The earliest plan that is left.
    pub next_at: Option<Timestamp>,
}

/// Notes on the inquiry that it was followed up.
pub fn note_follow_up(tx: &mut Tx<'_>, before: &Inquiry, done: FollowedUp) -> Result<Inquiry> {
    let mut inquiry = changed(tx, before);
    inquiry.next_follow_up_at = done.next_at;
    // A contact may be noted some minutes ahead; it is this owner's all the same, and no later one's.
    if let Some(at) = done.contacted_at.map(|at| at.min(tx.now)) {
        inquiry.first_contacted_at = before.first_contacted_at.or(Some(at));
        inquiry.last_contacted_at = before.last_contacted_at.max(Some(at));
        // Not before they had it.
        inquiry.accepted_at =
            before.accepted_at.or(Some(before.assigned_at.map_or(at, |since| at.max(since))));
    }
    store::update(tx, before, &inquiry)?;
    Ok(inquiry)
}

/// Puts an inquiry into the bin.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: InquiryId, precondition: &Precondition) -> Result<()> {
    let before = find_for_update(tx, caller, id, precondition)?;
    let changed = changed(tx, &before);
    let inquiry = Inquiry { deleted_at: Some(tx.now), ..changed };
    store::update(tx, &before, &inquiry)?;
    tx.record(Some(id), &Deleted {}).map(drop)
}

/// Takes an inquiry out of the bin.
pub fn restore(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    precondition: &Precondition,
) -> Result<Inquiry> {
    if let Some(there) = store::find(tx.conn, &caller.scope, id)? {
        precondition.check(there.version)?;
        return Ok(there);
    }
    let before = store::find_binned(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(before.version)?;
    let inquiry = Inquiry { deleted_at: None, ..changed(tx, &before) };
    store::update(tx, &before, &inquiry)?;
    tx.record(Some(id), &Restored {})?;
    with_deadlines(tx, inquiry)
}
