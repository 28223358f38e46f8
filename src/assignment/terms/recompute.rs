//! Keeps deadlines as they follow from what they depend on: a contact, a move, the bin, and the settings,
//! after whose change those of all owned inquiries are worked out anew, in portions.
//! How they are worked out is in `model.rs`.

use std::collections::HashSet;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::breaches::record_breaches;
use super::model::Terms;
use crate::assignment::decision::roster;
use crate::assignment::events::{PoolChanged, SlaChanged};
use crate::calendar::events::CalendarChanged;
use crate::follow_ups::events::Done;
use crate::inquiries::events::{Deleted, Restored, StatusChanged};
use crate::inquiries::{Inquiry, deadlines, store as inquiries};
use crate::kernel::error::Result;
use crate::kernel::id::{Id, InquiryId};
use crate::platform::db::Tx;
use crate::platform::events::{Event, Subscribers};
use crate::platform::timers::{self, AnyKey, Timer, Timers};

/// Inquiries whose deadlines are worked out in one transaction.
const PORTION: i64 = 200;
/// When those are looked at again that somebody else was changing.
const AGAIN_IN: Duration = Duration::milliseconds(50);

/// Fires when deadlines are to be worked out anew, from after this inquiry on.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecomputeDeadlines {
    after: Option<InquiryId>,
}

impl Timer for RecomputeDeadlines {
    const KIND: &'static str = "assignment.recompute_deadlines";
}

/// There is one such timer: a later change of the settings lets it begin again.
fn the_only() -> Id<AnyKey> {
    Id::from_uuid(uuid::Uuid::nil())
}

/// The timers of this part.
pub fn timers(to: &mut Timers) {
    to.on::<RecomputeDeadlines>(|tx, _, timer| recompute_portion(tx, timer.after));
}

/// What deadlines depend on. Those of a new owner are set with the owner.
pub fn subscribe(to: &mut Subscribers) {
    to.on::<Done>(|tx, event, fact| if fact.real_contact { recompute(tx, event) } else { Ok(()) })
        .on::<StatusChanged>(|tx, event, _| recompute(tx, event))
        .on::<Deleted>(|tx, event, _| recompute(tx, event))
        .on::<Restored>(|tx, event, _| recompute(tx, event))
        .on::<PoolChanged>(|tx, _, _| restart(tx))
        .on::<SlaChanged>(|tx, _, _| restart(tx))
        .on::<CalendarChanged>(|tx, _, _| restart(tx));
}

fn restart(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now;
    timers::schedule(tx, now, timers::Key::of(the_only()), &RecomputeDeadlines { after: None })
}

fn recompute(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let Some(subject) = event.subject else { return Ok(()) };
    match inquiries::by_id(tx.conn, subject.into())? {
        Some(inquiry) => {
            // It still has the deadlines of before.
            record_breaches(tx, &inquiry)?;
            let roster = roster::current(tx)?;
            set(tx, &inquiry, &Terms::of(&roster))
        }
        // In the bin.
        None => deadlines::set_next_check(tx, subject.into(), None),
    }
}

fn set(tx: &mut Tx<'_>, inquiry: &Inquiry, terms: &Terms<'_>) -> Result<()> {
    let after = terms.deadlines_of(inquiry);
    if inquiry.deadlines == after {
        return Ok(());
    }
    deadlines::set(tx, inquiry, after)
}

fn recompute_portion(tx: &mut Tx<'_>, after: Option<InquiryId>) -> Result<()> {
    let roster = roster::current(tx)?;
    let some = inquiries::owned_after(tx.conn, after, PORTION)?;
    if some.is_empty() {
        return Ok(());
    }
    // Timers are held here, for which others may wait who hold an inquiry: those have their turn later.
    let free = inquiries::lock_free(tx, &some)?;
    let done: HashSet<InquiryId> = free.iter().map(|inquiry| inquiry.id).collect();
    for inquiry in free {
        set(tx, &inquiry, &Terms::of(&roster))?;
    }
    // On from the first that was held.
    let reached = some.iter().take_while(|id| done.contains(id)).last().copied();
    let at = if reached == some.last().copied() { tx.now } else { tx.now.plus(AGAIN_IN) };
    let next = RecomputeDeadlines { after: reached.or(after) };
    timers::schedule(tx, at, timers::Key::of(the_only()), &next)
}
