//! Actions on follow-ups: record or plan, change, drop, complete.
//! Free of HTTP and SQL. What happens when a plan is due is in `due.rs`.

use serde_json::Map;

use super::due::{self, FollowUpDue};
use super::events::{Changed, Deleted, Done, Planned};
use super::model::{FollowUp, FollowUpPatch, NewFollowUp, Outcome, Plan, join_notes};
use super::store;
use crate::access::Caller;
use crate::inquiries::Inquiry;
use crate::inquiries::actions::{self as inquiry_actions, FollowedUp, note_follow_up};
use crate::inquiries::store as inquiries;
use crate::kernel::error::{Class, Error, Faults, INVALID, Refusal, Result};
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::Tx;
use crate::platform::timers;

static ALREADY_DONE: Refusal =
    Refusal::new(Class::Conflict, "already_done", "这次跟进已经完成。", "This follow-up is already done.");

/// Records a contact or plans one, or both: what was done, and what comes next.
pub fn add(
    tx: &mut Tx<'_>,
    caller: &Caller,
    inquiry: InquiryId,
    new: &NewFollowUp,
    precondition: &Precondition,
) -> Result<store::FollowUpWithOwner> {
    let inquiry = inquiry_actions::find_for_update(tx, caller, inquiry, precondition)?;
    let mut faults = Faults::default();
    new.check(tx.now, &mut faults);
    faults.none_or(&INVALID)?;
    let follow_up = FollowUp {
        id: tx.id(),
        inquiry_id: inquiry.id,
        kind: new.kind,
        due_at: new.due_at,
        done_at: new.done_at(tx.now),
        outcome: new.outcome,
        note: new.note.clone(),
        author_id: Some(caller.id),
        announced_due_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    store::insert(tx, &follow_up)?;
    let plan = new.next.as_ref().map(|plan| store_plan(tx, caller.id, inquiry.id, plan)).transpose()?;
    let inquiry = note_on_inquiry(tx, &inquiry, &follow_up)?;
    announce(tx, &follow_up)?;
    plan.map_or(Ok(()), |plan| announce(tx, &plan))?;
    Ok((follow_up, inquiry.assignee_id))
}

/// Notes on the inquiry that it was followed up, before that is announced: whoever hears of it looks there.
fn note_on_inquiry(tx: &mut Tx<'_>, inquiry: &Inquiry, follow_up: &FollowUp) -> Result<Inquiry> {
    let next_at = store::next_due(tx.conn, inquiry.id)?;
    note_follow_up(tx, inquiry, FollowedUp { contacted_at: follow_up.contact_at(), next_at })
}

fn store_plan(tx: &mut Tx<'_>, author: UserId, inquiry: InquiryId, plan: &Plan) -> Result<FollowUp> {
    let follow_up = FollowUp {
        id: tx.id(),
        inquiry_id: inquiry,
        kind: plan.kind,
        due_at: Some(plan.due_at),
        done_at: None,
        outcome: None,
        note: plan.note.clone(),
        author_id: Some(author),
        announced_due_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    store::insert(tx, &follow_up)?;
    Ok(follow_up)
}

fn announce(tx: &mut Tx<'_>, follow_up: &FollowUp) -> Result<()> {
    let FollowUp { id, inquiry_id, kind, due_at, done_at, outcome, .. } = follow_up.clone();
    if let Some(done_at) = done_at {
        let done =
            Done { follow_up_id: id, kind, outcome, done_at, real_contact: follow_up.contact_at().is_some() };
        tx.record(Some(inquiry_id), &done)?;
    } else if let Some(due_at) = due_at {
        tx.record(Some(inquiry_id), &Planned { follow_up_id: id, kind, due_at })?;
        due::schedule(tx, id, due_at)?;
    }
    Ok(())
}

/// A follow-up within reach, of the version that is meant, with its inquiry.
fn find_for_update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: FollowUpId,
    precondition: &Precondition,
) -> Result<(FollowUp, Inquiry)> {
    let (follow_up, _) = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(follow_up.version)?;
    let inquiry =
        inquiries::find(tx.conn, &caller.scope, follow_up.inquiry_id)?.ok_or_else(Error::not_found)?;
    tx.not_before(inquiry.updated_at);
    Ok((follow_up, inquiry))
}

/// Moves or changes a plan. Of what is done only the note can be changed.
pub fn change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: FollowUpId,
    patch: &FollowUpPatch,
    precondition: &Precondition,
) -> Result<store::FollowUpWithOwner> {
    let (before, inquiry) = find_for_update(tx, caller, id, precondition)?;
    let wanted = before.patched(patch);
    let differences = wanted.differences(&before);
    if differences.is_empty() {
        return Ok((before, inquiry.assignee_id));
    }
    if differences.iter().any(|(member, ..)| *member != "note") {
        before.must_be_open()?;
    }
    let follow_up = FollowUp { updated_at: tx.now, version: before.version.saturating_add(1), ..wanted };
    let moved_to = follow_up.due_at.filter(|due_at| Some(*due_at) != before.due_at);
    if moved_to.is_some() {
        timers::cancel::<FollowUpDue>(tx, id)?;
    }
    store::update(tx, &before, &follow_up)?;
    if moved_to.is_some() {
        note_on_inquiry(tx, &inquiry, &follow_up)?;
    }
    let mut previous = Map::new();
    let mut members = Map::new();
    for (member, new, old) in differences {
        members.insert(member.to_owned(), new);
        previous.insert(member.to_owned(), old);
    }
    let fact = Changed { follow_up_id: id, members };
    tx.record_change(Some(follow_up.inquiry_id), &fact, Some(previous))?;
    if let Some(due_at) = moved_to {
        due::schedule(tx, id, due_at)?;
    }
    Ok((follow_up, inquiry.assignee_id))
}

/// Drops a plan. What is done stays.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: FollowUpId, precondition: &Precondition) -> Result<()> {
    let (plan, inquiry) = find_for_update(tx, caller, id, precondition)?;
    plan.must_be_open()?;
    timers::cancel::<FollowUpDue>(tx, id)?;
    store::delete(tx, &plan)?;
    note_on_inquiry(tx, &inquiry, &plan)?;
    tx.record(Some(plan.inquiry_id), &Deleted { follow_up_id: id }).map(drop)
}

impl FollowUp {
    fn must_be_open(&self) -> Result<()> {
        if self.done_at.is_some() { Err(Error::refuse(&ALREADY_DONE)) } else { Ok(()) }
    }
}

/// The result of a planned follow-up.
#[derive(Debug, Clone)]
pub struct Completion {
    pub outcome: Outcome,
    pub note: Option<String>,
    pub next: Option<Plan>,
}

/// Completes a planned follow-up, once.
pub fn complete(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: FollowUpId,
    done: &Completion,
    precondition: &Precondition,
) -> Result<store::FollowUpWithOwner> {
    let (before, inquiry) = find_for_update(tx, caller, id, precondition)?;
    before.must_be_open()?;
    let note = join_notes(before.note.as_deref(), done.note.as_deref())
        .map_err(|fault| Error::invalid(vec![fault]))?;
    let follow_up = FollowUp {
        done_at: Some(tx.now),
        outcome: Some(done.outcome),
        note,
        updated_at: tx.now,
        version: before.version.saturating_add(1),
        ..before.clone()
    };
    // Before the plan, as the poller locks them: two transactions in another order would wait for each other.
    timers::cancel::<FollowUpDue>(tx, id)?;
    store::update(tx, &before, &follow_up)?;
    let plan = done.next.as_ref().map(|plan| store_plan(tx, caller.id, inquiry.id, plan)).transpose()?;
    let inquiry = note_on_inquiry(tx, &inquiry, &follow_up)?;
    announce(tx, &follow_up)?;
    plan.map_or(Ok(()), |plan| announce(tx, &plan))?;
    Ok((follow_up, inquiry.assignee_id))
}
