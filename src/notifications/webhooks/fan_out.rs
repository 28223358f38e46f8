//! The fan-out: reads the log and has each webhook that is on get the events it wants, once. Also works off
//! replays, and removes what belongs to deleted webhooks. Nothing of it is done in the change that causes an
//! event. Handing anything over is the matter of `platform/delivery`.

use std::time::Duration;

use super::model::{CHANNEL, WebhookListener};
use super::store;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, WebhookId};
use crate::notifications::log_part::LogPart;
use crate::platform::db::{Context, Db, Read, Tx};
use crate::platform::delivery::store as delivery;
use crate::platform::jobs::{Job, Next};

/// Deliveries that are written or deleted together.
const PORTION: i64 = 500;
const ROWS: usize = 500;
/// Events that a webhook is posted again together, and how many may wait for it meanwhile.
const WAITING_MAX: i64 = 200;

/// What there is to do.
struct Look {
    part: Option<LogPart>,
    has_replays: bool,
    removed: Vec<WebhookId>,
}

/// How often the log is looked at in any case, and how long after it has grown: many events are one look.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const SETTLE: Duration = Duration::from_millis(100);

/// Between two portions while there is more to do, so that intake stays quick.
const PAUSE: Duration = Duration::from_millis(100);

/// The job that does it.
pub fn job(db: &Db) -> Job {
    let has_grown = db.parts().publication.signal();
    let db = db.clone();
    let job = Job::every("fan-out-webhooks", LOOK_EVERY, move || {
        let db = db.clone();
        async move { fan_out(&db).await }
    });
    job.woken_by(&has_grown, SETTLE).pausing(PAUSE)
}

/// Does one portion of what there is to do. Any number of nodes may run it at once: each event gets to each
/// webhook once.
pub async fn fan_out(db: &Db) -> Result<Next> {
    let look = db.read(look).await?;
    let mut has_more = look.part.as_ref().is_some_and(|part| part.is_full);
    if let Some(part) = look.part {
        db.write_in_background(Context::system(), move |tx: &mut Tx<'_>| enqueue(tx, &part)).await?;
    }
    if look.has_replays {
        has_more |= db.write_in_background(Context::system(), replay).await?;
    }
    if let Some(id) = look.removed.first().copied() {
        let remove = move |tx: &mut Tx<'_>| store::remove_portion(tx, id, PORTION);
        has_more |= db.write_in_background(Context::system(), remove).await? || look.removed.len() > 1;
    }
    Ok(if has_more { Next::Immediately } else { Next::Wait })
}

fn look(read: &mut Read<'_>) -> Result<Look> {
    let (hooks, removed) = store::listeners(read.conn)?;
    let part = LogPart::next(read, &hooks, ROWS)?;
    Ok(Look { part, has_replays: store::has_replays(read.conn)?, removed })
}

/// Has webhooks get the events of a part of the log.
fn enqueue(tx: &mut Tx<'_>, part: &LogPart) -> Result<()> {
    let mut hooks = store::lock_listeners(tx)?;
    hooks.retain(|hook| part.is_next_for(hook));
    let of_hook = |hook: &WebhookListener| {
        let id = hook.id;
        part.entries_for(hook).map(move |entry| (id, entry.id, entry.kind.clone())).collect::<Vec<_>>()
    };
    let rows = hooks.iter().flat_map(of_hook).collect();
    store::enqueue(tx, rows)?;
    let served: Vec<WebhookId> = hooks.iter().map(|hook| hook.id).collect();
    store::move_on(tx, &served, part.until)
}

/// Has webhooks get a portion of what they are to get again, as far as little waits for them: what happens
/// now is not to wait for days that are posted again. Returns whether there may be more to do at once.
fn replay(tx: &mut Tx<'_>) -> Result<bool> {
    let mut is_moved = false;
    for replay in store::claim_replays(tx)? {
        let id = replay.webhook_id;
        let Some(hook) = store::by_id(tx.conn, id)?.filter(|hook| hook.active) else {
            store::delete_replay(tx, id)?;
            continue;
        };
        if delivery::waits_at_least(tx.conn, CHANNEL, &id.to_string(), WAITING_MAX)? {
            continue;
        }
        let events = replay.events(&hook.events.0).next(tx.conn, replay.after_event_id, WAITING_MAX)?;
        let last: Option<EventId> = events.last().map(|(event, _)| *event);
        store::enqueue(tx, events.into_iter().map(|(event, kind)| (id, event, kind)).collect())?;
        match last {
            Some(last) => store::move_replay_on(tx, id, last)?,
            None => store::delete_replay(tx, id)?,
        }
        is_moved = true;
    }
    Ok(is_moved)
}
