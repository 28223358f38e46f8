//! Breaches: that an owner has let a deadline pass is recorded once, also where they do it right afterwards.
//! Which steps are taken then is in `actions.rs`.

use super::events::{SlaBreached, SlaEscalated};
use super::model::Due;
use super::settings::Deadline;
use crate::inquiries::Inquiry;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::InquiryId;
use crate::platform::db::Tx;
use crate::platform::events::{self, Event, Fact};

/// What was recorded of an inquiry: deadlines that passed, and steps that were taken.
pub struct Recorded(Vec<Event>);

impl Recorded {
    pub fn of(tx: &mut Tx<'_>, inquiry: InquiryId) -> Result<Self> {
        events::of_kinds(tx.conn, inquiry, &[SlaBreached::KIND, SlaEscalated::KIND]).map(Self)
    }

    /// Whether it is recorded that this was due, of the owner since this moment.
    pub fn has(&self, due: &Due, assigned_at: Timestamp) -> Result<bool> {
        for event in &self.0 {
            let is_this = match due {
                Due::Breach(deadline) => event
                    .fact::<SlaBreached>()?
                    .is_some_and(|fact| fact.deadline == *deadline && fact.assigned_at == assigned_at),
                Due::Step(step) => event.fact::<SlaEscalated>()?.is_some_and(|fact| {
                    (fact.on, fact.minutes, fact.r#do) == (step.on, step.minutes, step.r#do)
                        && fact.assigned_at == assigned_at
                }),
            };
            if is_this {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Records the deadlines that the owner of an inquiry has let pass by now, as they are stored with it, unless
/// that is recorded: before something ends their clocks.
pub fn record_breaches(tx: &mut Tx<'_>, inquiry: &Inquiry) -> Result<()> {
    let stored = [
        (Deadline::Accept, inquiry.deadlines.accept_due_at),
        (Deadline::FirstContact, inquiry.deadlines.first_contact_due_at),
    ];
    let passed = stored.into_iter().filter_map(|(deadline, due_at)| Some((deadline, due_at?)));
    let passed: Vec<(Deadline, Timestamp)> = passed.filter(|(_, due_at)| *due_at <= tx.now).collect();
    let Some(assigned_at) = inquiry.assigned_at.filter(|_| !passed.is_empty()) else { return Ok(()) };
    let recorded = Recorded::of(tx, inquiry.id)?;
    for (deadline, due_at) in passed {
        if !recorded.has(&Due::Breach(deadline), assigned_at)? {
            tx.record(Some(inquiry.id), &SlaBreached { deadline, due_at, assigned_at })?;
        }
    }
    Ok(())
}
