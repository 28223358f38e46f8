//! Actions on follow-ups: record or plan, complete.
//! Free of HTTP and SQL. What happens when a plan is due is in `due.rs`.

use super::due::{self, FollowUpDue};
use super::events::{Done, Planned};
use super::model::{FollowUp, NewFollowUp, Outcome, Plan, join_notes};
use super::store;
use crate::access::Caller;
use crate::inquiries::Inquiry;
use crate::inquiries::actions::{FollowedUp, find_for_update, note_follow_up};
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
    let inquiry = find_for_update(tx, caller, inquiry, precondition)?;
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
    let (before, _) = store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(before.version)?;
    if before.done_at.is_some() {
        return Err(Error::refuse(&ALREADY_DONE));
    }
    let inquiry = inquiries::find(tx.conn, &caller.scope, before.inquiry_id)?.ok_or_else(Error::not_found)?;
    tx.not_before(inquiry.updated_at);
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
