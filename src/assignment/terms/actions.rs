//! What is done when a term has passed: warn, recycle, escalate. Each once, whatever the clock does.
//! When that is, is worked out in `model.rs`.

use super::breaches::Recorded;
use super::events::{SlaBreached, SlaEscalated};
use super::model::{Due, Ownership, Terms};
use super::settings::{EscalationAction, LadderStep, SlaSettings};
use crate::assignment::decision::roster::{self, Roster};
use crate::assignment::decision::{self, Announced, DecisionRequest, Decisions};
use crate::assignment::events::SlaChanged;
use crate::inquiries::actions::{Departure, to_pool};
use crate::inquiries::events::{RecycleWarned, Trigger};
use crate::inquiries::model::Deadlines;
use crate::inquiries::{Inquiry, deadlines, store as inquiries};
use crate::kernel::error::Result;
use crate::kernel::id::EventId;
use crate::kernel::precondition::Precondition;
use crate::platform::db::{Context, Db, Tx, is_lost_race};
use crate::platform::jobs::Next;
use crate::platform::settings::{self, Stored};

/// Inquiries whose terms are looked at in one transaction.
const BATCH: i64 = 50;
/// How long one waits whose look has failed.
const AFTER_FAILURE: chrono::Duration = chrono::Duration::minutes(10);

/// Sets the deadlines. They count for running clocks, too.
pub fn put_sla(
    tx: &mut Tx<'_>,
    wanted: SlaSettings,
    precondition: &Precondition,
) -> Result<Stored<SlaSettings>> {
    settings::put(tx, wanted, precondition, |_| Ok(SlaChanged {}))
}

/// Does what is due about a batch of inquiries of which a term has passed. Any number of nodes may do it at
/// once: one of them does.
pub async fn sweep(db: &Db) -> Result<Next> {
    let is_due = db.read(|read| Ok(!deadlines::past_deadline(read.conn, read.now, 1)?.is_empty()));
    if !is_due.await? {
        return Ok(Next::Wait);
    }
    let failures = db.write_in_background(Context::system(), sweep_batch).await?;
    for error in failures {
        tracing::warn!(%error, "the terms of an inquiry could not be looked at");
        metrics::counter!("leaddock_terms_failed_total").increment(1);
    }
    Ok(Next::Immediately)
}

/// Does what is due about some inquiries, each for itself; those that fail are put off. Returns why.
fn sweep_batch(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let (roster, now) = (roster::lock(tx)?, tx.now);
    let mut failures = Vec::new();
    let due = deadlines::past_deadline(tx.conn, now, BATCH)?;
    let mut due = inquiries::lock_all(tx, &due)?;
    due.sort_by_key(|inquiry| inquiry.deadlines.next_deadline_at);
    for inquiry in due {
        // One that was changed later than now moves the clock for itself alone.
        tx.now = now;
        let done = tx.savepoint(|tx| enforce(tx, &roster, &inquiry))?;
        if let Err(error) = done {
            if is_lost_race(&error) {
                continue;
            }
            failures.push(error.chain());
            let later = now.plus(AFTER_FAILURE);
            deadlines::set_next_check(tx, inquiry.id, Some(later))?;
        }
    }
    Ok(failures)
}

/// Does what is due about one inquiry.
fn enforce(tx: &mut Tx<'_>, roster: &Roster, inquiry: &Inquiry) -> Result<()> {
    if inquiry.deleted_at.is_some() {
        return deadlines::set_next_check(tx, inquiry.id, None);
    }
    tx.not_before(inquiry.updated_at);
    let terms = Terms::of(roster);
    let Some(mut ownership) = Ownership::of(inquiry) else {
        return deadlines::set(tx, inquiry, Deadlines::default());
    };
    if escalate(tx, inquiry, &ownership, &terms)? {
        return Ok(());
    }
    if let Some(recycling) = terms.recycling(&ownership) {
        if recycling.warn_at.is_some_and(|at| at <= tx.now) {
            ownership.warned_at = Some(tx.now);
            let recycle_at = terms.recycling(&ownership).map_or(recycling.at, |after| after.at);
            tx.record(Some(inquiry.id), &RecycleWarned { recycle_at })?;
        } else if recycling.warn_at.is_none() && recycling.at <= tx.now {
            return recycle(tx, inquiry, Departure::Recycled(recycling.reason));
        }
    }
    deadlines::set(tx, inquiry, terms.deadlines(&ownership, Some(tx.now)))
}

/// Puts an inquiry back into the pool; its owner cools down.
fn recycle(tx: &mut Tx<'_>, inquiry: &Inquiry, why: Departure) -> Result<()> {
    if let Some(owner) = inquiry.assignee_id {
        decision::note_loss(tx, inquiry.id, owner)?;
    }
    to_pool(tx, inquiry, &why).map(drop)
}

/// Records the deadlines that have passed, and takes the steps that are due, each once for this owner.
/// Returns whether they have lost it.
fn escalate(tx: &mut Tx<'_>, inquiry: &Inquiry, ownership: &Ownership, terms: &Terms<'_>) -> Result<bool> {
    let due: Vec<_> = terms.due(ownership).into_iter().filter(|(at, _)| *at <= tx.now).collect();
    let Some(assignee_id) = inquiry.assignee_id.filter(|_| !due.is_empty()) else { return Ok(false) };
    let recorded = Recorded::of(tx, inquiry.id)?;
    let assigned_at = ownership.assigned_at;
    for (due_at, due) in due {
        if recorded.has(&due, assigned_at)? {
            continue;
        }
        let LadderStep { on, minutes, r#do } = match due {
            Due::Breach(deadline) => {
                tx.record(Some(inquiry.id), &SlaBreached { deadline, due_at, assigned_at })?;
                continue;
            }
            Due::Step(step) => step,
        };
        let fact = SlaEscalated { on, minutes, r#do, assignee_id, assigned_at };
        let event = tx.record(Some(inquiry.id), &fact)?;
        match r#do {
            EscalationAction::RemindOwner | EscalationAction::TellManager => {}
            EscalationAction::Reassign => return reassign(tx, inquiry, event).map(|()| true),
            EscalationAction::Pool => return recycle(tx, inquiry, Departure::Escalated).map(|()| true),
        }
    }
    Ok(false)
}

/// Has the rules give an inquiry to somebody else; to nobody: it goes to the pool.
fn reassign(tx: &mut Tx<'_>, inquiry: &Inquiry, announced: EventId) -> Result<()> {
    let owner = inquiry.assignee_id;
    if let Some(owner) = owner {
        decision::note_loss(tx, inquiry.id, owner)?;
    }
    Decisions::of(tx, |tx, decisions| {
        let wanted =
            DecisionRequest { cooling: owner, ..DecisionRequest::anybody(inquiry, Trigger::Escalation) };
        let decision = decisions.decide(tx, wanted)?;
        if decision.chosen.is_some() {
            return decisions.apply(tx, wanted, &decision, Announced::by(announced)).map(drop);
        }
        let (nobodys, event) = to_pool(tx, inquiry, &Departure::Escalated)?;
        let announced = Announced::by_departure(event, owner);
        decisions.record(tx, nobodys.id, Trigger::Escalation, announced, &decision)
    })
}
