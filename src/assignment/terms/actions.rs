//! What is done when a term has passed: warn, recycle, escalate. Each once, whatever the clock does.
//! When that is, is worked out in `model.rs`.

use super::events::{SlaBreached, SlaEscalated};
use super::model::{Due, Ownership, Terms};
use super::settings::{Measure, SlaSettings};
use crate::assignment::decision::{self, Decisions, Wanted, roster};
use crate::assignment::events::SlaChanged;
use crate::inquiries::actions::{Departure, to_pool};
use crate::inquiries::events::{RecycleWarned, Trigger};
use crate::inquiries::model::Deadlines;
use crate::inquiries::{Inquiry, store as inquiries};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Faults, INVALID, Result};
use crate::kernel::id::{EventId, InquiryId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::{Context, Db, Tx};
use crate::platform::events::{self, Event, Fact, NO_SUBJECT};
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
    let mut faults = Faults::default();
    wanted.check(&mut faults);
    faults.none_or(&INVALID)?;
    match settings::put(tx, wanted, precondition)? {
        None => settings::stored(tx.conn),
        Some(stored) => {
            tx.record(NO_SUBJECT, &SlaChanged {})?;
            Ok(stored)
        }
    }
}

/// Looks at a batch of inquiries of which a term has passed. Any number of nodes may do it at once.
pub async fn sweep(db: &Db) -> Result<Next> {
    let due = db.read(|read| inquiries::past_deadline(read.conn, read.now, BATCH)).await?;
    if due.is_empty() {
        return Ok(Next::Wait);
    }
    for id in due {
        let look = db.write_in_background(Context::system(), move |tx| look_at(tx, id)).await;
        if let Err(error) = look {
            tracing::warn!(error = %error.chain(), "the terms of an inquiry could not be looked at");
            metrics::counter!("leaddock_terms_failed_total").increment(1);
            db.write_in_background(Context::system(), move |tx| postpone(tx, id)).await?;
        }
    }
    Ok(Next::Immediately)
}

/// Has an inquiry looked at later, so that it does not keep others from it.
fn postpone(tx: &mut Tx<'_>, id: InquiryId) -> Result<()> {
    let later = tx.now.plus(AFTER_FAILURE);
    inquiries::look_again(tx, id, Some(later))
}

/// Does what is due about one inquiry.
pub fn look_at(tx: &mut Tx<'_>, id: InquiryId) -> Result<()> {
    let roster = roster::lock(tx)?;
    let Some(inquiry) = inquiries::by_id(tx.conn, id)? else {
        return inquiries::look_again(tx, id, None);
    };
    tx.not_before(inquiry.updated_at);
    let terms = Terms::of(&roster);
    let Some(ownership) = Ownership::of(&inquiry) else {
        return inquiries::set_deadlines(tx, id, inquiry.version, Deadlines::default());
    };
    if escalate(tx, &inquiry, &ownership, &terms)? {
        return Ok(());
    }
    let mut ownership = ownership;
    if let Some(recycling) = terms.recycling(&ownership) {
        if recycling.warn_at.is_some_and(|at| at <= tx.now) {
            ownership.warned_at = Some(tx.now);
            let recycle_at = terms.recycling(&ownership).map_or(recycling.at, |after| after.at);
            tx.record(Some(id), &RecycleWarned { recycle_at })?;
        } else if recycling.warn_at.is_none() && recycling.at <= tx.now {
            return recycle(tx, &inquiry, Departure::Recycled(recycling.reason));
        }
    }
    let deadlines = terms.deadlines(&ownership, Some(tx.now));
    inquiries::set_deadlines(tx, id, inquiry.version, deadlines)
}

/// Puts an inquiry back into the pool; its owner cools down.
fn recycle(tx: &mut Tx<'_>, inquiry: &Inquiry, why: Departure) -> Result<()> {
    if let Some(owner) = inquiry.assignee_id {
        decision::lost(tx, inquiry.id, owner)?;
    }
    to_pool(tx, inquiry, &why).map(drop)
}

/// Records the deadlines that have passed, and takes the steps that are due, each once for this owner.
/// Returns whether they have lost it.
fn escalate(tx: &mut Tx<'_>, inquiry: &Inquiry, ownership: &Ownership, terms: &Terms<'_>) -> Result<bool> {
    let due = terms.due(ownership).into_iter().filter(|(at, _)| *at <= tx.now).collect::<Vec<_>>();
    if due.is_empty() {
        return Ok(false);
    }
    let kinds = [SlaBreached::KIND, SlaEscalated::KIND];
    let done = events::of_kinds(tx.conn, inquiry.id, &kinds)?;
    let assigned_at = ownership.assigned_at;
    for (at, due) in due {
        if is_among(&due, &done, assigned_at)? {
            continue;
        }
        match due {
            Due::Breach(deadline) => {
                tx.record(Some(inquiry.id), &SlaBreached { deadline, due_at: at, assigned_at })?;
            }
            Due::Step(step) => {
                let fact = SlaEscalated { on: step.on, minutes: step.minutes, r#do: step.r#do, assigned_at };
                let event = tx.record(Some(inquiry.id), &fact)?;
                match step.r#do {
                    Measure::RemindOwner | Measure::TellManager => {}
                    Measure::Reassign => {
                        reassign(tx, inquiry, event)?;
                        return Ok(true);
                    }
                    Measure::Pool => {
                        recycle(tx, inquiry, Departure::Escalated)?;
                        return Ok(true);
                    }
                }
            }
        }
    }
    Ok(false)
}

/// Whether it is noted already that this was due, of the owner since this moment.
fn is_among(due: &Due, done: &[Event], assigned_at: Timestamp) -> Result<bool> {
    for event in done {
        let is_this = match due {
            Due::Breach(deadline) => event
                .fact::<SlaBreached>()?
                .is_some_and(|fact| fact.deadline == *deadline && fact.assigned_at == assigned_at),
            Due::Step(step) => event.fact::<SlaEscalated>()?.is_some_and(|fact| {
                fact.on == step.on
                    && fact.minutes == step.minutes
                    && fact.r#do == step.r#do
                    && fact.assigned_at == assigned_at
            }),
        };
        if is_this {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Has the rules give an inquiry to somebody else; to nobody: it goes to the pool.
fn reassign(tx: &mut Tx<'_>, inquiry: &Inquiry, announced: EventId) -> Result<()> {
    if let Some(owner) = inquiry.assignee_id {
        decision::lost(tx, inquiry.id, owner)?;
    }
    Decisions::of(tx, |tx, decisions| {
        let wanted =
            Wanted { declined_by: inquiry.assignee_id, ..Wanted::anybody(inquiry, Trigger::Escalation) };
        let decision = decisions.decide(tx, wanted)?;
        if decision.chosen.is_some() {
            decisions.apply(tx, wanted, &decision, announced)?;
            return Ok(());
        }
        let (inquiry, event) = to_pool(tx, inquiry, &Departure::Escalated)?;
        decisions.record(tx, inquiry.id, Trigger::Escalation, event, &decision)
    })
}
