//! Who is notified of which event: the subscribers that write notifications in the event's own transaction.
//! What a message says is in `messages.rs`.

use std::sync::LazyLock;

use super::enqueue::notify;
use super::{store, unassigned};
use crate::access::USER;
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::assignment::hand_over::events::HandedOver;
use crate::assignment::terms::EscalationAction;
use crate::assignment::terms::events::SlaEscalated;
use crate::follow_ups::events::Due;
use crate::inquiries::events::{Assigned, RecycleWarned, Repeated, Trigger, Unassigned};
use crate::inquiries::store as inquiries;
use crate::kernel::error::Result;
use crate::kernel::id::{TeamId, UserId};
use crate::platform::db::{Actor, Tx};
use crate::platform::events::{Event, Subscribers};

/// The kinds of events that somebody is notified of: the words of the filter `event`.
pub static EVENTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| Subscribers::of(&[subscribe]).kinds());

/// The subscribers of this room.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<Assigned>(notify_new_owner)
        .on::<Repeated>(notify_of_repeat)
        .on::<Due>(remind_owner)
        .on::<Unassigned>(unassigned::notify)
        .on::<RecycleWarned>(|tx, event, _| notify_owner(tx, event))
        .on::<SlaEscalated>(notify_of_deadline)
        .on::<HandedOver>(|tx, event, fact| notify(tx, event, fact.assignee_id, None))
        .on::<UserInvited>(|tx, event, fact| notify(tx, event, fact.user_id, None))
        .on::<PasswordResetAsked>(|tx, event, fact| notify(tx, event, fact.user_id, None));
}

fn notify_new_owner(tx: &mut Tx<'_>, event: &Event, fact: &Assigned) -> Result<()> {
    // Whoever took it knows it already; of what was handed over one mail names all.
    if event.actor == Actor::new(USER, fact.assignee_id) || fact.trigger == Trigger::HandOver {
        return Ok(());
    }
    notify(tx, event, fact.assignee_id, None)
}

fn notify_of_repeat(tx: &mut Tx<'_>, event: &Event, _: &Repeated) -> Result<()> {
    let users = match owner_of(tx, event)? {
        None => return Ok(()),
        Some((Some(owner), _)) => vec![owner],
        Some((None, team)) => store::managers_of(tx.conn, team)?,
    };
    users.into_iter().try_for_each(|user| notify(tx, event, user, None))
}

fn remind_owner(tx: &mut Tx<'_>, event: &Event, fact: &Due) -> Result<()> {
    match owner_of(tx, event)?.and_then(|(owner, _)| owner) {
        Some(owner) => notify(tx, event, owner, Some(fact.follow_up_id)),
        None => Ok(()),
    }
}

fn notify_owner(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match owner_of(tx, event)?.and_then(|(owner, _)| owner) {
        Some(owner) => notify(tx, event, owner, None),
        None => Ok(()),
    }
}

fn notify_of_deadline(tx: &mut Tx<'_>, event: &Event, fact: &SlaEscalated) -> Result<()> {
    match fact.r#do {
        EscalationAction::RemindOwner => notify_owner(tx, event),
        EscalationAction::TellManager => {
            let team = owner_of(tx, event)?.and_then(|(_, team)| team);
            let managers = store::managers_or_admins(tx.conn, team)?;
            managers.into_iter().try_for_each(|user| notify(tx, event, user, None))
        }
        // The new owner hears of it, or the pool has it.
        EscalationAction::Reassign | EscalationAction::Pool => Ok(()),
    }
}

/// The owner and the team of the inquiry that an event is about.
fn owner_of(tx: &mut Tx<'_>, event: &Event) -> Result<Option<(Option<UserId>, Option<TeamId>)>> {
    match event.subject {
        Some(subject) => inquiries::owner_of(tx.conn, subject.into()),
        None => Ok(None),
    }
}
