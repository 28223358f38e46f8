//! The verbs of webhooks: make, change, rotate the secret, delete, post again; and what follows from a try.
//! Free of HTTP and SQL. How events get to webhooks is in `fan_out.rs`.

use chrono::Duration;

use super::model::{
    CHANNEL, FAILING_FOR, GONE, NewWebhook, OFF, Replay, SECRET_BYTES, Targets, WEBHOOKS_MAX, Webhook,
    WebhookPatch, check,
};
use super::store::{self, Posted};
use crate::access::Caller;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, FaultKind, INVALID, Refusal, Result};
use crate::kernel::id::{EventId, WebhookDeliveryId, WebhookId, random_bytes};
use crate::kernel::precondition::Precondition;
use crate::notifications::events::{DisabledReason, WebhookDisabled};
use crate::platform::db::types::Json;
use crate::platform::db::{Read, Tx};
use crate::platform::delivery::{Tried, store as delivery};
use crate::platform::events::{NO_SUBJECT, last_position};

static TOO_MANY: Refusal = Refusal::new(
    Class::Conflict,
    "too_many_webhooks",
    "最多 50 个，请先删除不再使用的。",
    "There are 50 webhooks already. Delete one that is not used any more.",
);
static INACTIVE: Refusal = Refusal::new(
    Class::Conflict,
    "webhook_inactive",
    "该推送已停用，请先启用。",
    "This webhook is off. Switch it on first.",
);
static REPLAY_RUNNING: Refusal = Refusal::new(
    Class::Conflict,
    "replay_running",
    "上一次重放尚未完成，请稍后再试。",
    "The last replay of this webhook has not ended yet. Try again later.",
);
static NOT_AFTER: FaultKind =
    FaultKind::new("not_after_from", "必须晚于开始时间。", "It must be later than from.");

/// Makes a webhook. It gets what happens from now on; what was committed before has to be published.
pub fn create(tx: &mut Tx<'_>, new: &NewWebhook, targets: &Targets) -> Result<Webhook> {
    check(Some(&new.url), Some(&new.events), targets).none_or(&INVALID)?;
    if store::count(tx)? >= WEBHOOKS_MAX {
        return Err(Error::refuse(&TOO_MANY));
    }
    let hook = Webhook {
        id: tx.id(),
        url: new.url.clone(),
        events: Json(new.events.clone()),
        active: new.active,
        description: new.description.clone(),
        include_personal: new.include_personal,
        disabled_reason: None,
        secret: random_bytes::<SECRET_BYTES>()?.to_vec(),
        previous_secret: None,
        previous_secret_until: None,
        position: last_position(tx.conn)?,
        failing_since: None,
        removed_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    store::insert(tx, &hook)?;
    Ok(hook)
}

/// Locks a webhook within reach that is to be changed.
fn begin(tx: &mut Tx<'_>, caller: &Caller, id: WebhookId, meant: &Precondition) -> Result<Webhook> {
    let hook = store::lock(tx, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    meant.check(hook.version)?;
    Ok(hook)
}

/// Stores a webhook that was changed.
fn end(tx: &mut Tx<'_>, hook: Webhook) -> Result<Webhook> {
    let read_at = hook.version;
    let hook = Webhook { updated_at: tx.now, version: read_at.saturating_add(1), ..hook };
    store::update(tx, &hook, read_at)?;
    Ok(hook)
}

/// Changes a webhook. One that is switched on gets what happens from now on; one that is switched off gets
/// nothing more, not even what waits for it.
pub fn update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: WebhookId,
    patch: &WebhookPatch,
    targets: &Targets,
    meant: &Precondition,
) -> Result<Webhook> {
    let before = begin(tx, caller, id, meant)?;
    check(patch.url.as_deref(), patch.events.as_deref(), targets).none_or(&INVALID)?;
    let Some(hook) = before.patched(patch) else { return Ok(before) };
    let hook = match (before.active, hook.active) {
        (false, true) => {
            let position = last_position(tx.conn)?;
            Webhook { position, disabled_reason: None, failing_since: None, ..hook }
        }
        (true, false) => {
            drop_waiting(tx, id)?;
            Webhook { failing_since: None, ..hook }
        }
        // Another address has not failed yet.
        _ if hook.url != before.url => Webhook { failing_since: None, ..hook },
        _ => hook,
    };
    end(tx, hook)
}

/// Gives up what waits for a webhook.
fn drop_waiting(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    store::delete_replay(tx, id)?;
    delivery::give_up(tx, CHANNEL, &id.to_string(), OFF)
}

/// Gives a webhook another secret. The one it had signs as well for a while.
pub fn rotate_secret(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: WebhookId,
    overlap: Duration,
    meant: &Precondition,
) -> Result<Webhook> {
    let hook = begin(tx, caller, id, meant)?;
    let until = (overlap > Duration::zero()).then(|| tx.now.plus(overlap));
    let previous = until.is_some().then(|| hook.secret.clone());
    let secret = random_bytes::<SECRET_BYTES>()?.to_vec();
    end(tx, Webhook { secret, previous_secret: previous, previous_secret_until: until, ..hook })
}

/// Deletes a webhook. What was posted to it is removed by the fan-out, some at a time.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: WebhookId, meant: &Precondition) -> Result<()> {
    let hook = begin(tx, caller, id, meant)?;
    let removed = Webhook {
        removed_at: Some(tx.now),
        active: false,
        url: String::new(),
        secret: Vec::new(),
        previous_secret: None,
        previous_secret_until: None,
        ..hook
    };
    end(tx, removed).map(drop)
}

/// Has something posted once more, whatever became of it.
pub fn redeliver(
    tx: &mut Tx<'_>,
    caller: &Caller,
    (id, delivery_id): (WebhookId, WebhookDeliveryId),
) -> Result<Posted> {
    let hook = store::lock(tx, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    store::find_delivery(tx.conn, id, delivery_id)?.ok_or_else(Error::not_found)?;
    if !hook.active {
        return Err(Error::refuse(&INACTIVE));
    }
    delivery::try_again(tx, delivery_id)?;
    store::find_delivery(tx.conn, id, delivery_id)?.ok_or_else(Error::not_found)
}

/// How long it is kept what was posted, and with which outcome. The events stay, and can be replayed.
const KEPT: Duration = Duration::days(30);
/// Deliveries that are forgotten together.
const FORGOTTEN_TOGETHER: i64 = 500;

/// Forgets what was posted long ago. Returns whether there may be more of it.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<bool> {
    store::forget_portion(tx, tx.now.minus(KEPT), FORGOTTEN_TOGETHER)
}

/// What a replay of a span of time would post, and how many events that is.
pub fn plan_replay(
    read: &mut Read<'_>,
    caller: &Caller,
    id: WebhookId,
    (from, to): (Timestamp, Timestamp),
) -> Result<(Replay, i64)> {
    let hook = store::find(read.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    if to <= from {
        return Err(Error::invalid(vec![Fault::new("/to", &NOT_AFTER)]));
    }
    if !hook.active {
        return Err(Error::refuse(&INACTIVE));
    }
    let replay = Replay {
        webhook_id: id,
        from_event_id: EventId::floor(from),
        until_event_id: EventId::floor(to),
        last_position: last_position(read.conn)?,
        after_event_id: None,
    };
    let count = replay.events(&hook.events.0).count(read.conn)?;
    Ok((replay, count))
}

/// Begins a replay, unless one is running.
pub fn replay(tx: &mut Tx<'_>, caller: &Caller, replay: &Replay) -> Result<()> {
    let id = replay.webhook_id;
    let hook = store::lock(tx, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    if !hook.active {
        return Err(Error::refuse(&INACTIVE));
    }
    if store::is_replaying(tx.conn, id)? {
        return Err(Error::refuse(&REPLAY_RUNNING));
    }
    store::insert_replay(tx, replay)
}

/// What follows for a webhook from a try: whoever is gone, or only fails for days, is switched off.
pub fn note_try(tx: &mut Tx<'_>, id: WebhookId, tried: &Tried) -> Result<()> {
    if tried.error.is_none() {
        return store::note_success(tx, id);
    }
    if tried.code == Some(GONE) {
        return switch_off(tx, id, DisabledReason::Gone);
    }
    store::note_failure(tx, id, tried.at)?;
    match store::by_id(tx.conn, id)? {
        Some(hook) if hook.active => {
            let is_over = hook.failing_since.is_some_and(|since| tried.at.since(since) >= FAILING_FOR);
            if is_over { switch_off(tx, id, DisabledReason::Failing) } else { Ok(()) }
        }
        // It was switched off while this was on its way.
        Some(_) => drop_waiting(tx, id),
        None => Ok(()),
    }
}

/// Switches a webhook off that is on, on nobody's behalf, and announces that.
fn switch_off(tx: &mut Tx<'_>, id: WebhookId, reason: DisabledReason) -> Result<()> {
    let Some(hook) = store::lock_active(tx, id)? else { return Ok(()) };
    drop_waiting(tx, id)?;
    end(tx, Webhook { active: false, disabled_reason: Some(reason), failing_since: None, ..hook })?;
    tx.record(NO_SUBJECT, &WebhookDisabled { webhook_id: id, reason }).map(drop)
}
