//! Merges what managers hear of inquiries that nobody could be given: at most one mail in a minute for each.
//! What the mail says is in `mails/notices.rs`.

use std::collections::HashMap;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::enqueue::NewNotification;
use super::model::Notification;
use super::store;
use crate::inquiries::events::Unassigned;
use crate::inquiries::{Inquiry, store as inquiries};
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, TeamId, UserId};
use crate::platform::db::{DbConnection, Tx};
use crate::platform::events::{self, Event};
use crate::platform::timers::{self, Timer, Timers};

/// The time between two such mails.
const PAUSE: Duration = Duration::minutes(1);
/// Inquiries that are looked at for one that is still nobody's.
const MERGED_MAX: i64 = 200;

/// Fires when a manager may get the next such mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct UnassignedPause {
    user_id: UserId,
    /// The last one of which they have not heard yet.
    event_id: Option<EventId>,
}

impl Timer for UnassignedPause {
    const KIND: &'static str = "notifications.unassigned_pause";
}

/// The timers of this part.
pub fn timers(to: &mut Timers) {
    to.on::<UnassignedPause>(|tx, _, pause| {
        let Some(event_id) = pause.event_id else { return Ok(()) };
        let Some(event) = events::by_id(tx.conn, event_id)? else { return Ok(()) };
        mail(tx, &event, pause.user_id)
    });
}

/// Managers hear of an inquiry that nobody could be given: at once, or after the pause.
pub(super) fn notify(tx: &mut Tx<'_>, event: &Event, _: &Unassigned) -> Result<()> {
    let Some(subject) = event.subject else { return Ok(()) };
    let team = inquiries::owner_of(tx.conn, subject.into())?.and_then(|(_, team)| team);
    for user_id in store::managers_of_or_all(tx.conn, team)? {
        // One far ahead is of a clock that went back.
        let latest = tx.now.plus(PAUSE);
        match timers::scheduled::<UnassignedPause>(tx, user_id)?.filter(|at| *at <= latest) {
            Some(at) => {
                let at = at.max(tx.now);
                let pause = UnassignedPause { user_id, event_id: Some(event.id) };
                timers::schedule(tx, at, user_id, &pause)?;
            }
            None => mail(tx, event, user_id)?,
        }
    }
    Ok(())
}

/// What a message is about: the inquiry of its event, or if somebody has that by now, one of those that the
/// message was merged of. None of a team of whose inquiries others hear.
pub(super) fn still_unassigned(
    conn: &mut DbConnection,
    notification: &Notification,
    concerns: impl Fn(&Inquiry) -> bool,
) -> Result<Option<Inquiry>> {
    let Some(last) = events::by_id(conn, notification.event_id)? else { return Ok(None) };
    let mut hear: HashMap<Option<TeamId>, bool> = HashMap::new();
    let merged = events::latest_of_fact::<Unassigned>(conn, (last.at.minus(PAUSE), last.at), MERGED_MAX)?;
    for event in [&last].into_iter().chain(&merged) {
        let Some(subject) = event.subject else { continue };
        let Some(inquiry) = inquiries::by_id(conn, subject.into())?.filter(&concerns) else { continue };
        let hears = match hear.get(&inquiry.team_id) {
            Some(hears) => *hears,
            None => store::managers_of_or_all(conn, inquiry.team_id)?.contains(&notification.user_id),
        };
        hear.insert(inquiry.team_id, hears);
        if !hears {
            continue;
        }
        if event.id == last.id || !store::is_notified(conn, event.id, notification.user_id)? {
            return Ok(Some(inquiry));
        }
    }
    Ok(None)
}

fn mail(tx: &mut Tx<'_>, event: &Event, user_id: UserId) -> Result<()> {
    NewNotification::of(event).to(tx, user_id)?;
    let next = tx.now.plus(PAUSE);
    timers::schedule(tx, next, user_id, &UnassignedPause { user_id, event_id: None })
}
