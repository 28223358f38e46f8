//! Who is notified of which event: the reactor that writes notifications in the event's own transaction.
//! What a message says is in `messages.rs`.

use super::model::{Channel, Notification};
use super::store;
use crate::access;
use crate::access::events::{PasswordResetAsked, UserInvited};
use crate::follow_ups::events::Due;
use crate::inquiries::events::{Assigned, Repeated};
use crate::inquiries::store as inquiries;
use crate::kernel::error::Result;
use crate::kernel::id::{FollowUpId, UserId};
use crate::platform::db::{Actor, Tx};
use crate::platform::delivery::store as delivery;
use crate::platform::events::{Event, Fact};
use crate::platform::mail::channel as mail;

/// Writes who is to be notified of an event.
pub fn on_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match event.kind.as_str() {
        Assigned::KIND => match event.fact::<Assigned>()? {
            // Whoever took it knows it already.
            Some(fact) if tx.context.actor != Actor::User(fact.assignee_id) => {
                tell(tx, event, fact.assignee_id, None)
            }
            _ => Ok(()),
        },
        Due::KIND => {
            let (Some(fact), Some(inquiry)) = (event.fact::<Due>()?, event.subject_id) else { return Ok(()) };
            match inquiries::by_id(tx.conn, inquiry)?.and_then(|inquiry| inquiry.assignee_id) {
                Some(owner) => tell(tx, event, owner, Some(fact.follow_up_id)),
                None => Ok(()),
            }
        }
        Repeated::KIND => {
            let Some(inquiry) = (match event.subject_id {
                Some(id) => inquiries::by_id(tx.conn, id)?,
                None => None,
            }) else {
                return Ok(());
            };
            let told = match inquiry.assignee_id {
                Some(owner) => vec![owner],
                None => access::store::managers_of(tx.conn, inquiry.team_id)?,
            };
            told.into_iter().try_for_each(|user| tell(tx, event, user, None))
        }
        UserInvited::KIND => match event.fact::<UserInvited>()? {
            Some(fact) => tell(tx, event, fact.user_id, None),
            None => Ok(()),
        },
        PasswordResetAsked::KIND => match event.fact::<PasswordResetAsked>()? {
            Some(fact) => tell(tx, event, fact.user_id, None),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn tell(tx: &mut Tx<'_>, event: &Event, user: UserId, follow_up: Option<FollowUpId>) -> Result<()> {
    let notification = Notification {
        id: tx.id(),
        event_id: event.id,
        event: event.kind.clone(),
        inquiry_id: event.subject_id,
        follow_up_id: follow_up,
        user_id: user,
        channel: Channel::Mail,
        created_at: tx.now,
    };
    store::insert(tx, &notification)?;
    delivery::enqueue(tx, notification.id, mail::CHANNEL, mail::TARGET)
}
