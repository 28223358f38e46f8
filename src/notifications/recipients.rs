//! Who is notified of which event: the subscribers that write notifications in the event's own transaction.
//! What a message says is in `mails/messages.rs`.

use serde::Deserialize;

use super::catalogue::REASSIGNED_AWAY;
use super::enqueue::NewNotification;
use super::events::{ChannelDisabled, DigestDue, WebhookDisabled};
use super::{reminders, store, unassigned};
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::access::{Role, USER};
use crate::assignment::hand_over::events::HandedOver;
use crate::assignment::terms::EscalationAction;
use crate::assignment::terms::events::SlaEscalated;
use crate::follow_ups::events::Due;
use crate::inquiries::events::{Assigned, RecycleWarned, Recycled, Released, Repeated, Trigger, Unassigned};
use crate::inquiries::store as inquiries;
use crate::kernel::error::Result;
use crate::kernel::id::{TeamId, UserId};
use crate::platform::db::{Actor, Tx};
use crate::platform::events::{Event, Fact, Subscribers};
use crate::reports::schedules::events::{ScheduleDisabled, Scheduled};
use crate::reports::schedules::model::DisabledReason;

/// What notifications are about: the words of the filter `event`.
pub const EVENTS: [&str; 15] = [
    Assigned::KIND,
    Repeated::KIND,
    REASSIGNED_AWAY,
    Unassigned::KIND,
    RecycleWarned::KIND,
    Due::KIND,
    SlaEscalated::KIND,
    HandedOver::KIND,
    DigestDue::KIND,
    Scheduled::KIND,
    ScheduleDisabled::KIND,
    WebhookDisabled::KIND,
    ChannelDisabled::KIND,
    UserInvited::KIND,
    PasswordResetAsked::KIND,
];

/// The subscribers of this room.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<Assigned>(notify_new_owner)
        .on::<Assigned>(notify_former_owner_of_assignment)
        .on::<Recycled>(|tx, event, _| notify_former_owner(tx, event))
        .on::<Released>(|tx, event, _| notify_former_owner(tx, event))
        .on::<Repeated>(notify_of_repeat)
        .on::<Due>(remind_owner)
        .on::<Unassigned>(unassigned::notify)
        .on::<RecycleWarned>(|tx, event, _| notify_owner(tx, event))
        .on::<SlaEscalated>(notify_of_deadline)
        .on::<HandedOver>(|tx, event, fact| {
            NewNotification::of(event).like_a_new_inquiry().to(tx, fact.assignee_id)
        })
        .on::<DigestDue>(|tx, event, fact| NewNotification::of(event).to(tx, fact.user_id))
        .on::<Scheduled>(|tx, event, fact| {
            NewNotification::of(event).with_id(fact.notification_id).to(tx, fact.user_id)
        })
        .on::<ScheduleDisabled>(notify_owner_of_schedule)
        .on::<WebhookDisabled>(|tx, event, _| notify_admins(tx, event))
        .on::<ChannelDisabled>(|tx, event, _| notify_admins(tx, event))
        .on::<UserInvited>(|tx, event, fact| NewNotification::of(event).always().to(tx, fact.user_id))
        .on::<PasswordResetAsked>(|tx, event, fact| NewNotification::of(event).always().to(tx, fact.user_id));
    reminders::subscribe(to);
}

fn notify_new_owner(tx: &mut Tx<'_>, event: &Event, fact: &Assigned) -> Result<()> {
    // Whoever took it knows it already; of what was handed over one mail names all.
    if event.actor == Actor::new(USER, fact.assignee_id) || fact.trigger == Trigger::HandOver {
        return Ok(());
    }
    NewNotification::of(event).to(tx, fact.assignee_id)
}

fn notify_former_owner_of_assignment(tx: &mut Tx<'_>, event: &Event, fact: &Assigned) -> Result<()> {
    match fact.trigger {
        // Whoever declined or leaves knows it.
        Trigger::Received | Trigger::Decline | Trigger::HandOver => Ok(()),
        _ => notify_former_owner(tx, event),
    }
}

/// Whoever lost an inquiry hears of it, if it was not their own doing and they had heard of it.
fn notify_former_owner(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    /// Whose it was before.
    #[derive(Deserialize)]
    struct Before {
        assignee_id: Option<UserId>,
    }
    let (Some(previous), Some(subject)) = (&event.previous, event.subject) else { return Ok(()) };
    let Some(owner) = previous.parse::<Before>()?.assignee_id else { return Ok(()) };
    if event.actor == Actor::new(USER, owner) || !store::was_notified(tx.conn, subject, owner)? {
        return Ok(());
    }
    NewNotification::of(event).under(REASSIGNED_AWAY).to(tx, owner)
}

fn notify_of_repeat(tx: &mut Tx<'_>, event: &Event, _: &Repeated) -> Result<()> {
    let users = match owner_of(tx, event)? {
        None => return Ok(()),
        Some((Some(owner), _)) => vec![owner],
        Some((None, team)) => store::managers_of_or_all(tx.conn, team)?,
    };
    notify_all(tx, event, users)
}

fn remind_owner(tx: &mut Tx<'_>, event: &Event, fact: &Due) -> Result<()> {
    match owner_of(tx, event)?.and_then(|(owner, _)| owner) {
        Some(owner) => NewNotification::of(event).about(fact.follow_up_id, fact.due_at).to(tx, owner),
        None => Ok(()),
    }
}

fn notify_owner(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match owner_of(tx, event)?.and_then(|(owner, _)| owner) {
        Some(owner) => NewNotification::of(event).to(tx, owner),
        None => Ok(()),
    }
}

fn notify_of_deadline(tx: &mut Tx<'_>, event: &Event, fact: &SlaEscalated) -> Result<()> {
    match fact.r#do {
        EscalationAction::RemindOwner => notify_owner(tx, event),
        EscalationAction::TellManager => {
            let team = owner_of(tx, event)?.and_then(|(_, team)| team);
            let managers = store::managers_or_admins(tx.conn, team)?;
            notify_all(tx, event, managers)
        }
        // The new owner hears of it, or the pool has it.
        EscalationAction::Reassign | EscalationAction::Pool => Ok(()),
    }
}

/// Who is inactive hears of nothing.
fn notify_owner_of_schedule(tx: &mut Tx<'_>, event: &Event, fact: &ScheduleDisabled) -> Result<()> {
    match fact.reason {
        DisabledReason::OwnerInactive => Ok(()),
        DisabledReason::Failing => NewNotification::of(event).to(tx, fact.owner_id),
    }
}

fn notify_admins(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let admins = store::all_of(tx.conn, Role::Admin)?;
    notify_all(tx, event, admins)
}

fn notify_all(tx: &mut Tx<'_>, event: &Event, users: Vec<UserId>) -> Result<()> {
    users.into_iter().try_for_each(|user| NewNotification::of(event).to(tx, user))
}

/// The owner and the team of the inquiry that an event is about.
fn owner_of(tx: &mut Tx<'_>, event: &Event) -> Result<Option<(Option<UserId>, Option<TeamId>)>> {
    match event.subject {
        Some(subject) => inquiries::owner_of(tx.conn, subject.into()),
        None => Ok(None),
    }
}
