//! Reminders before a plan is due, for whoever wants them: the plan is announced so many minutes earlier.
//! When it is due and who is reminded of it otherwise is in `follow_ups/due.rs` and `recipients.rs`.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::preferences;
use crate::follow_ups::events::{Changed, Planned};
use crate::follow_ups::{due, store as follow_ups};
use crate::inquiries::events::{Assigned, Claimed, Restored, Trigger};
use crate::inquiries::store as inquiries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{FollowUpId, InquiryId, UserId};
use crate::platform::db::Tx;
use crate::platform::events::{Event, Subscribers};
use crate::platform::timers::{self, Timer, Timers};

/// Plans of one person whose reminders are scheduled at once.
const PLANS_MAX: i64 = 1_000;

/// Fires when a plan is to be announced before it is due.
#[derive(Debug, Serialize, Deserialize)]
pub struct EarlyReminder {
    follow_up_id: FollowUpId,
}

impl Timer for EarlyReminder {
    const KIND: &'static str = "notifications.early_reminder";
}

/// The timers of this part.
pub fn timers(to: &mut Timers) {
    to.on::<EarlyReminder>(|tx, _, timer| fire(tx, timer.follow_up_id));
}

/// The subscribers of this part: a plan is made or moved, or has another owner.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<Planned>(|tx, event, _| schedule_of_inquiry(tx, event))
        .on::<Changed>(|tx, event, _| schedule_of_inquiry(tx, event))
        .on::<Assigned>(|tx, event, fact| match fact.trigger {
            // What has just been received has no plans.
            Trigger::Received => Ok(()),
            _ => schedule_of_inquiry(tx, event),
        })
        .on::<Claimed>(|tx, event, _| schedule_of_inquiry(tx, event))
        .on::<Restored>(|tx, event, _| schedule_of_inquiry(tx, event));
}

fn schedule_of_inquiry(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let Some(inquiry) = event.subject.map(InquiryId::from) else { return Ok(()) };
    let Some((Some(owner), _)) = inquiries::owner_of(tx.conn, inquiry)? else { return Ok(()) };
    let minutes = preferences::store::of(tx.conn, owner)?.minutes_before_due;
    if minutes == 0 {
        return Ok(());
    }
    let plans = follow_ups::unannounced(tx.conn, inquiry)?;
    plans.into_iter().try_for_each(|(plan, due_at)| schedule(tx, plan, due_at, minutes))
}

/// Schedules the reminders of all open plans of somebody who wants them so many minutes before.
pub fn schedule_all(tx: &mut Tx<'_>, user: UserId, minutes: u32) -> Result<()> {
    if minutes == 0 {
        return Ok(());
    }
    let plans = follow_ups::unannounced_of(tx.conn, user, PLANS_MAX)?;
    plans.into_iter().try_for_each(|(plan, due_at)| schedule(tx, plan, due_at, minutes))
}

fn schedule(tx: &mut Tx<'_>, follow_up_id: FollowUpId, due_at: Timestamp, minutes: u32) -> Result<()> {
    let at = before(due_at, minutes);
    timers::schedule(tx, at, follow_up_id, &EarlyReminder { follow_up_id })
}

fn before(due_at: Timestamp, minutes: u32) -> Timestamp {
    due_at.minus(Duration::minutes(minutes.into()))
}

/// Announces a plan, if its owner wants that by now.
fn fire(tx: &mut Tx<'_>, plan: FollowUpId) -> Result<()> {
    let Some((inquiry, due_at)) = follow_ups::find_to_announce(tx.conn, plan)? else { return Ok(()) };
    let Some((Some(owner), _)) = inquiries::owner_of(tx.conn, inquiry)? else { return Ok(()) };
    let minutes = preferences::store::of(tx.conn, owner)?.minutes_before_due;
    if before(due_at, minutes) <= tx.now { due::announce(tx, plan) } else { Ok(()) }
}
