//! Due plans: the timer of a plan, what happens when it fires, and who schedules it once more.
//! Making and completing plans is in `actions.rs`; reminding by mail is `notifications`' matter.

use serde::{Deserialize, Serialize};

use super::events::Due;
use super::store;
use crate::inquiries::events::{Assigned, Claimed, Restored, Trigger};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FollowUpId, InquiryId};
use crate::platform::db::Tx;
use crate::platform::events::{self, Event, Subscribers};
use crate::platform::timers::{self, Timer, Timers};

/// Fires when a plan is due.
#[derive(Debug, Serialize, Deserialize)]
pub struct FollowUpDue {
    #[serde(with = "digits")]
    pub follow_up_id: FollowUpId,
}

impl Timer for FollowUpDue {
    const KIND: &'static str = "follow_up.due";
}

/// An id as hexadecimal digits: the migration that scheduled the first timers could write no other form.
mod digits {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use uuid::Uuid;

    use crate::kernel::id::FollowUpId;

    pub fn serialize<S: Serializer>(id: &FollowUpId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&id.uuid().simple())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FollowUpId, D::Error> {
        let digits = String::deserialize(deserializer)?;
        Uuid::try_parse(&digits).map(FollowUpId::from_uuid).map_err(de::Error::custom)
    }
}

/// The timers of this room.
pub fn timers(to: &mut Timers) {
    to.on::<FollowUpDue>(|tx, _, timer| announce(tx, timer.follow_up_id));
}

pub(super) fn schedule(tx: &mut Tx<'_>, follow_up: FollowUpId, due_at: Timestamp) -> Result<()> {
    timers::schedule(tx, due_at, follow_up, &FollowUpDue { follow_up_id: follow_up })
}

/// Records that a plan is due, once. Not if it is done, or if there is nobody to remind: its inquiry is in
/// the pool or in the bin. Then [`subscribe`]'s handlers schedule it once more.
pub fn announce(tx: &mut Tx<'_>, follow_up: FollowUpId) -> Result<()> {
    if let Some((inquiry, due_at)) = store::find_to_announce(tx.conn, follow_up)?
        && store::mark_announced(tx, follow_up, due_at)?
        && !was_announced(tx, inquiry, follow_up, due_at)?
    {
        tx.record(Some(inquiry), &Due { follow_up_id: follow_up, due_at })?;
    }
    Ok(())
}

/// Whether a plan was announced for this very moment: it may have been moved away and back.
fn was_announced(
    tx: &mut Tx<'_>,
    inquiry: InquiryId,
    follow_up: FollowUpId,
    due_at: Timestamp,
) -> Result<bool> {
    let before = events::of_fact_about::<Due>(tx.conn, &[inquiry.into()])?;
    for event in before {
        if event.fact::<Due>()?.is_some_and(|due| due.follow_up_id == follow_up && due.due_at == due_at) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The subscribers of this room: an inquiry gets an owner, or comes out of the bin.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<Assigned>(|tx, event, fact| match fact.trigger {
        // What has just been received has no plans.
        Trigger::Received => Ok(()),
        _ => schedule_unannounced(tx, event),
    })
    .on::<Claimed>(|tx, event, _| schedule_unannounced(tx, event))
    .on::<Restored>(|tx, event, _| schedule_unannounced(tx, event));
}

/// Schedules the open plans of an inquiry: the timers of those that became due while there was nobody to
/// remind are gone. Not only of those that are due by now: the timer of another one may fire, and find
/// nobody, before this change is committed.
fn schedule_unannounced(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let Some(inquiry) = event.subject else { return Ok(()) };
    for (follow_up, due_at) in store::unannounced(tx.conn, inquiry.into())? {
        schedule(tx, follow_up, due_at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_of_the_migration_is_understood() {
        let timer =
            FollowUpDue { follow_up_id: FollowUpId::floor(Timestamp::from_millis(1_795_000_000_123)) };
        let written = serde_json::to_value(&timer).unwrap();
        let digits = timer.follow_up_id.uuid().simple().to_string();
        assert_eq!(written, serde_json::json!({ "follow_up_id": digits }));
        assert_eq!(serde_json::from_value::<FollowUpDue>(written).unwrap().follow_up_id, timer.follow_up_id);
    }
}
