//! Writes a notification and hands it to delivery, in the transaction of its event.
//! Who is notified of what is decided in `recipients.rs`.

use super::model::{Channel, Notification};
use crate::kernel::error::Result;
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::platform::db::Tx;
use crate::platform::delivery::store as delivery;
use crate::platform::events::Event;
use crate::platform::mail::channel as mail;

/// Notifies a user of an event, perhaps about a follow-up.
pub fn notify(tx: &mut Tx<'_>, event: &Event, user: UserId, follow_up: Option<FollowUpId>) -> Result<()> {
    let notification = Notification {
        id: tx.id(),
        event_id: event.id,
        event: event.kind.clone(),
        inquiry_id: event.subject.map(InquiryId::from),
        follow_up_id: follow_up,
        user_id: user,
        channel: Channel::Mail,
        created_at: tx.now,
    };
    let id = notification.id;
    tx.insert(notification)?;
    delivery::enqueue(tx, id, mail::CHANNEL, mail::TARGET)
}
