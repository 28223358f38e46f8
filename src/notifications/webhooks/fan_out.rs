//! The fan-out: reads the log and has each webhook that is on get the events it wants, once. Also works off
//! replays, and removes what belongs to deleted webhooks. Nothing of it is done in the change that causes an
//! event. Handing anything over is the matter of `platform/delivery`.

use std::time::Duration;

use super::model::Listener;
use super::store;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, WebhookId};
use crate::notifications::catalogue::names_of_all;
use crate::platform::db::{Context, Db, Read, Tx};
use crate::platform::events::{self, LogEntry};
use crate::platform::jobs::{Job, Next};

/// Places of the log that are looked at together, and deliveries that are written or deleted together.
const PORTION: i64 = 500;
const ROWS: usize = 500;

/// What there is to do.
#[derive(Default)]
struct Look {
    /// Events behind the place up to which all webhooks have theirs.
    entries: Vec<LogEntry>,
    after: i64,
    /// Some webhook wants one of them.
    is_wanted: bool,
    has_replays: bool,
    removed: Vec<WebhookId>,
}

impl Look {
    fn is_full(&self) -> bool {
        i64::try_from(self.entries.len()).is_ok_and(|count| count >= PORTION)
    }
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
    let mut has_more = look.is_full();
    // What nobody wants is passed over together with what comes later.
    if look.is_wanted || look.is_full() {
        let (after, entries) = (look.after, look.entries);
        let background = move |tx: &mut Tx<'_>| enqueue(tx, after, &entries);
        has_more |= db.write_in_background(Context::system(), background).await?;
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
    let Some(after) = hooks.iter().map(|hook| hook.position).min() else {
        return Ok(Look { removed, ..Look::default() });
    };
    let entries = events::entries_after(read, after, PORTION)?;
    let wanted: Vec<&str> = hooks.iter().flat_map(|hook| names_of_all(&hook.events.0)).collect();
    let is_wanted = entries.iter().any(|entry| wanted.contains(&entry.kind.as_str()));
    let has_replays = store::has_replays(read.conn)?;
    Ok(Look { entries, after, is_wanted, has_replays, removed })
}

/// Has webhooks get the events behind a position. Returns whether some of these are left.
fn enqueue(tx: &mut Tx<'_>, after: i64, entries: &[LogEntry]) -> Result<bool> {
    // One that another node has served meanwhile is further. None is behind: they only move on.
    let hooks: Vec<(Listener, Vec<&'static str>)> = store::lock_listeners(tx)?
        .into_iter()
        .filter(|hook| hook.position >= after)
        .map(|hook| {
            let kinds = names_of_all(&hook.events.0);
            (hook, kinds)
        })
        .collect();
    let (mut rows, mut end, mut is_left) = (Vec::new(), after, false);
    for entry in entries {
        if rows.len() >= ROWS {
            is_left = true;
            break;
        }
        let Some(position) = entry.position else { continue };
        for (hook, kinds) in &hooks {
            if hook.position < position && kinds.contains(&entry.kind.as_str()) {
                rows.push((hook.id, entry.id, entry.kind.clone()));
            }
        }
        end = position;
    }
    store::enqueue(tx, rows)?;
    let served = hooks.iter().filter(|(hook, _)| hook.position < end);
    let served: Vec<WebhookId> = served.map(|(hook, _)| hook.id).collect();
    if !served.is_empty() {
        store::move_on(tx, &served, end)?;
    }
    Ok(is_left)
}

/// Has a webhook get a portion of what it is to get again. Returns whether there may be more.
fn replay(tx: &mut Tx<'_>) -> Result<bool> {
    let Some(replay) = store::claim_replay(tx)? else { return Ok(false) };
    let id = replay.webhook_id;
    let Some(hook) = store::by_id(tx.conn, id)?.filter(|hook| hook.active) else {
        return store::delete_replay(tx, id).map(|()| true);
    };
    let events = replay.events(&hook.events.0).next(tx.conn, replay.after_event_id, PORTION)?;
    let last: Option<EventId> = events.last().map(|(event, _)| *event);
    store::enqueue(tx, events.into_iter().map(|(event, kind)| (id, event, kind)).collect())?;
    match last {
        Some(last) => store::move_replay_on(tx, id, last)?,
        None => store::delete_replay(tx, id)?,
    }
    Ok(true)
}
