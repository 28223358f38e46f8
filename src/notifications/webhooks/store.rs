//! All SQL on webhooks, and on what is posted to them. Every read on somebody's behalf starts at `visible`.
//! What became of a delivery is written by `platform/delivery`.

use std::collections::HashMap;

use diesel::dsl::{InnerJoin, IntoBoxed};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

use super::model::{
    ATTEMPTS_MAX, CHANNEL, Replay, Webhook, WebhookAttempt, WebhookDelivery, WebhookListener,
};
use super::schema::{webhook_attempts, webhook_deliveries, webhook_replays, webhooks};
use crate::access::{Reach, Scope};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, WebhookDeliveryId, WebhookId};
use crate::kernel::page::Direction::{Ascending, Descending};
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::transactions::advisory_locks;
use crate::platform::db::{
    DbConnection, ForNoKeyUpdate, IfLocked, MultiBackend, Tx, compare_and_set, retry_on_conflict,
};
use crate::platform::delivery::schema::deliveries;
use crate::platform::delivery::{Delivery, Status, store as delivery};
use crate::{prepared, row};

type WebhookQuery = webhooks::BoxedQuery<'static, MultiBackend>;

type PostedQuery = IntoBoxed<'static, InnerJoin<webhook_deliveries::table, deliveries::table>, MultiBackend>;

/// What is to be posted, with what became of it.
pub type Posted = (WebhookDelivery, Delivery);

/// Those that are not deleted.
fn living() -> WebhookQuery {
    webhooks::table.filter(webhooks::removed_at.is_null()).into_boxed()
}

/// Where every read of webhooks on somebody's behalf starts: all, or none.
fn visible(scope: &Scope) -> WebhookQuery {
    if scope.reach == Reach::Everything { living() } else { living().filter(webhooks::id.is_null()) }
}

/// One page, in the order of their ids.
pub fn list(conn: &mut DbConnection, scope: &Scope, page: &PageRequest) -> Result<Page<Webhook>> {
    let query = after_id(visible(scope), webhooks::id, page.after::<WebhookId>()?, Ascending);
    let rows = query.limit(page.rows()).select(Webhook::as_select()).load(conn)?;
    Page::cut(rows, page, |hook: &Webhook| hook.id)?
        .counted(page, || Ok(visible(scope).count().get_result(conn)?))
}

pub fn find(conn: &mut DbConnection, scope: &Scope, id: WebhookId) -> Result<Option<Webhook>> {
    Ok(visible(scope).filter(webhooks::id.eq(id)).select(Webhook::as_select()).first(conn).optional()?)
}

/// The same for who is about to change it: nobody else does until the transaction ends.
pub fn lock(tx: &mut Tx<'_>, scope: &Scope, id: WebhookId) -> Result<Option<Webhook>> {
    let query = visible(scope).filter(webhooks::id.eq(id)).select(Webhook::as_select());
    let found: Vec<Webhook> = ForNoKeyUpdate(query, IfLocked::Wait).load(tx.conn)?;
    Ok(found.into_iter().next())
}

/// One that is on, locked for who is about to switch it off, without regard to reach.
pub fn lock_active(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Webhook>> {
    let active = living().filter(webhooks::id.eq(id)).filter(webhooks::active.eq(true));
    let query = active.select(Webhook::as_select());
    let found: Vec<Webhook> = ForNoKeyUpdate(query, IfLocked::Wait).load(tx.conn)?;
    Ok(found.into_iter().next())
}

/// One without regard to reach: for the jobs.
pub fn by_id(conn: &mut DbConnection, id: WebhookId) -> Result<Option<Webhook>> {
    Ok(living().filter(webhooks::id.eq(id)).select(Webhook::as_select()).first(conn).optional()?)
}

pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    advisory_locks(tx, std::iter::once("webhooks".to_owned()))?;
    Ok(living().count().get_result(tx.conn)?)
}

pub fn insert(tx: &mut Tx<'_>, hook: &Webhook) -> Result<()> {
    diesel::insert_into(webhooks::table).values(hook).execute(tx.conn)?;
    Ok(())
}

/// Updates a webhook by compare-and-set on the version it was read at.
pub fn update(tx: &mut Tx<'_>, hook: &Webhook, read_at: i64) -> Result<()> {
    let target = webhooks::table.filter(webhooks::id.eq(hook.id)).filter(webhooks::version.eq(read_at));
    let change = (
        webhooks::url.eq(&hook.url),
        webhooks::events.eq(&hook.events),
        webhooks::active.eq(hook.active),
        webhooks::description.eq(&hook.description),
        webhooks::include_personal.eq(hook.include_personal),
        webhooks::disabled_reason.eq(hook.disabled_reason),
        webhooks::secret.eq(&hook.secret),
        webhooks::previous_secret.eq(&hook.previous_secret),
        webhooks::previous_secret_until.eq(hook.previous_secret_until),
        webhooks::position.eq(hook.position),
        webhooks::failing_since.eq(hook.failing_since),
        webhooks::removed_at.eq(hook.removed_at),
        webhooks::updated_at.eq(hook.updated_at),
        webhooks::version.eq(hook.version),
    );
    compare_and_set(diesel::update(target).set(change).execute(tx.conn))
}

/// Ends a row of failures, if there is one.
pub fn note_success(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    let failing = webhooks::table.filter(webhooks::id.eq(id)).filter(webhooks::failing_since.is_not_null());
    let none = webhooks::failing_since.eq(None::<Timestamp>);
    prepared!(tx.conn, run, diesel::update(failing).set(none))?;
    Ok(())
}

/// Begins a row of failures, unless there is one.
pub fn note_failure(tx: &mut Tx<'_>, id: WebhookId, at: Timestamp) -> Result<()> {
    let well = webhooks::table
        .filter(webhooks::id.eq(id))
        .filter(webhooks::active.eq(true))
        .filter(webhooks::failing_since.is_null());
    diesel::update(well).set(webhooks::failing_since.eq(Some(at))).execute(tx.conn)?;
    Ok(())
}

// ---- the fan-out

/// The webhooks that are on, and those that are about to be removed.
pub fn listeners(conn: &mut DbConnection) -> Result<(Vec<WebhookListener>, Vec<WebhookId>)> {
    let concerned = webhooks::active.eq(true).or(webhooks::removed_at.is_not_null());
    let all: Vec<WebhookListener> = webhooks::table
        .filter(concerned)
        .order(webhooks::id.asc())
        .select(WebhookListener::as_select())
        .load(conn)?;
    let (active, removed): (Vec<_>, Vec<_>) = all.into_iter().partition(|hook| hook.active);
    Ok((active, removed.into_iter().map(|hook| hook.id).collect()))
}

/// The webhooks that are on, locked until the transaction ends.
pub fn lock_listeners(tx: &mut Tx<'_>) -> Result<Vec<WebhookListener>> {
    let active = living().filter(webhooks::active.eq(true)).order(webhooks::id.asc());
    Ok(ForNoKeyUpdate(active.select(WebhookListener::as_select()), IfLocked::Wait).load(tx.conn)?)
}

/// Notes how far the log was read for these.
pub fn move_on(tx: &mut Tx<'_>, ids: &[WebhookId], position: i64) -> Result<()> {
    let these = webhooks::table.filter(webhooks::id.eq_any(ids.to_vec()));
    diesel::update(these).set(webhooks::position.eq(position)).execute(tx.conn)?;
    Ok(())
}

row!(webhook_deliveries, WebhookDelivery, |row| {
    id: row.id,
    webhook_id: row.webhook_id,
    event_id: row.event_id,
    event: &row.event,
    created_at: row.created_at,
});

/// Has events posted to webhooks.
pub fn enqueue(tx: &mut Tx<'_>, events: Vec<(WebhookId, EventId, String)>) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    tx.with_write_set(|tx| {
        events.into_iter().try_for_each(|(webhook_id, event_id, event)| {
            let row = WebhookDelivery { id: tx.id(), webhook_id, event_id, event, created_at: tx.now };
            let id = row.id;
            tx.insert(row)?;
            delivery::enqueue(tx, id, CHANNEL, &webhook_id.to_string())
        })
    })
}

pub fn has_replays(conn: &mut DbConnection) -> Result<bool> {
    let one = webhook_replays::table.select(webhook_replays::webhook_id).limit(1);
    let found: Option<WebhookId> = prepared!(conn, get_result, one).optional()?;
    Ok(found.is_some())
}

pub fn is_replaying(conn: &mut DbConnection, id: WebhookId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(webhook_replays::table.find(id))).get_result(conn)?)
}

/// The replays that are running and that nobody else works on, held until the transaction ends.
pub fn claim_replays(tx: &mut Tx<'_>) -> Result<Vec<Replay>> {
    let all = webhook_replays::table.order(webhook_replays::webhook_id.asc()).into_boxed::<MultiBackend>();
    Ok(ForNoKeyUpdate(all.select(Replay::as_select()), IfLocked::Skip).load(tx.conn)?)
}

pub fn insert_replay(tx: &mut Tx<'_>, replay: &Replay) -> Result<()> {
    retry_on_conflict(diesel::insert_into(webhook_replays::table).values(replay).execute(tx.conn)).map(drop)
}

/// Notes how far a replay has come.
pub fn move_replay_on(tx: &mut Tx<'_>, id: WebhookId, after: EventId) -> Result<()> {
    diesel::update(webhook_replays::table.filter(webhook_replays::webhook_id.eq(id)))
        .set(webhook_replays::after_event_id.eq(Some(after)))
        .execute(tx.conn)?;
    Ok(())
}

pub fn delete_replay(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    diesel::delete(webhook_replays::table.filter(webhook_replays::webhook_id.eq(id))).execute(tx.conn)?;
    Ok(())
}

/// Deletes a portion of what was posted to a webhook, and the webhook itself once nothing is left. Returns
/// whether there may be more.
pub fn remove_portion(tx: &mut Tx<'_>, id: WebhookId, limit: i64) -> Result<bool> {
    let ids: Vec<WebhookDeliveryId> = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(id))
        .order(webhook_deliveries::id.asc())
        .limit(limit)
        .select(webhook_deliveries::id)
        .load(tx.conn)?;
    if ids.is_empty() {
        delete_replay(tx, id)?;
        diesel::delete(webhooks::table.filter(webhooks::id.eq(id))).execute(tx.conn)?;
        return Ok(false);
    }
    delete_deliveries(tx, ids)?;
    Ok(true)
}

/// Deletes a portion of what was made before a moment and is not to be posted any more, the oldest first.
/// Returns whether there may be more.
pub fn forget_portion(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<bool> {
    let ids: Vec<WebhookDeliveryId> = webhook_deliveries::table
        .inner_join(deliveries::table)
        .filter(webhook_deliveries::id.lt(WebhookDeliveryId::floor(before)))
        .filter(deliveries::status.eq_any([Status::Delivered, Status::Dead]))
        .order(webhook_deliveries::id.asc())
        .limit(limit)
        .select(webhook_deliveries::id)
        .load(tx.conn)?;
    let is_full = i64::try_from(ids.len()).is_ok_and(|count| count >= limit);
    delete_deliveries(tx, ids)?;
    Ok(is_full)
}

fn delete_deliveries(tx: &mut Tx<'_>, ids: Vec<WebhookDeliveryId>) -> Result<()> {
    // The queue's first: whoever notes a try holds its row.
    delivery::delete(tx, &ids)?;
    let tries = webhook_attempts::table.filter(webhook_attempts::delivery_id.eq_any(ids.clone()));
    diesel::delete(tries).execute(tx.conn)?;
    diesel::delete(webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(ids))).execute(tx.conn)?;
    Ok(())
}

// ---- deliveries

/// Narrows a list of deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub statuses: Vec<Status>,
    pub events: Vec<String>,
}

impl DeliveryFilter {
    /// Whether it asks for nothing but what was tried and not delivered.
    fn is_of_trouble(&self) -> bool {
        !self.statuses.is_empty()
            && self.statuses.iter().all(|status| matches!(status, Status::Failed | Status::Dead))
    }

    fn narrowed(&self, hook: WebhookId) -> PostedQuery {
        let of_hook = webhook_deliveries::webhook_id.eq(hook);
        let mut query = webhook_deliveries::table.inner_join(deliveries::table).filter(of_hook).into_boxed();
        if !self.statuses.is_empty() {
            query = query.filter(deliveries::status.eq_any(self.statuses.clone()));
        }
        // It has an index that holds these only: they are few.
        if self.is_of_trouble() {
            query = query.filter(deliveries::last_error.is_not_null());
        }
        if !self.events.is_empty() {
            query = query.filter(webhook_deliveries::event.eq_any(self.events.clone()));
        }
        query
    }
}

/// One page of what is posted to a webhook, the newest first. The caller has shown that it is within reach.
pub fn list_deliveries(
    conn: &mut DbConnection,
    hook: WebhookId,
    filter: &DeliveryFilter,
    page: &PageRequest,
) -> Result<Page<Posted>> {
    let after = page.after::<WebhookDeliveryId>()?;
    // The two ids are one; but the order comes from the index of the table whose id it is.
    let query = if filter.is_of_trouble() {
        after_id(filter.narrowed(hook), deliveries::id, after.map(delivery::id_for), Descending)
    } else {
        after_id(filter.narrowed(hook), webhook_deliveries::id, after, Descending)
    };
    let columns = (WebhookDelivery::as_select(), Delivery::as_select());
    let rows: Vec<Posted> = query.limit(page.rows()).select(columns).load(conn)?;
    Page::cut(rows, page, |(row, _): &Posted| row.id)?
        .counted(page, || Ok(filter.narrowed(hook).count().get_result(conn)?))
}

/// One delivery of a webhook that is within reach.
pub fn find_delivery(
    conn: &mut DbConnection,
    hook: WebhookId,
    id: WebhookDeliveryId,
) -> Result<Option<Posted>> {
    let one = DeliveryFilter::default().narrowed(hook).filter(webhook_deliveries::id.eq(id));
    let columns = (WebhookDelivery::as_select(), Delivery::as_select());
    Ok(one.select(columns).first(conn).optional()?)
}

/// What is to be posted by a delivery, without regard to reach: for who renders it.
pub fn delivery_by_id(conn: &mut DbConnection, id: WebhookDeliveryId) -> Result<Option<WebhookDelivery>> {
    let one = webhook_deliveries::table.filter(webhook_deliveries::id.eq(id));
    Ok(prepared!(conn, get_result, one.select(WebhookDelivery::as_select())).optional()?)
}

/// Keeps a try; of many, the latest.
pub fn note_attempt(tx: &mut Tx<'_>, attempt: &WebhookAttempt) -> Result<()> {
    diesel::insert_into(webhook_attempts::table).values(attempt).execute(tx.conn)?;
    if attempt.number > ATTEMPTS_MAX {
        let older = webhook_attempts::table
            .filter(webhook_attempts::delivery_id.eq(attempt.delivery_id))
            .filter(webhook_attempts::number.le(attempt.number - ATTEMPTS_MAX));
        diesel::delete(older).execute(tx.conn)?;
    }
    Ok(())
}

/// The tries of these deliveries, each one's in their order.
pub fn attempts_of(
    conn: &mut DbConnection,
    ids: &[WebhookDeliveryId],
) -> Result<HashMap<WebhookDeliveryId, Vec<WebhookAttempt>>> {
    let rows: Vec<WebhookAttempt> = webhook_attempts::table
        .filter(webhook_attempts::delivery_id.eq_any(ids.to_vec()))
        .order((webhook_attempts::delivery_id.asc(), webhook_attempts::number.asc()))
        .select(WebhookAttempt::as_select())
        .load(conn)?;
    let mut tries: HashMap<WebhookDeliveryId, Vec<WebhookAttempt>> = HashMap::new();
    for attempt in rows {
        tries.entry(attempt.delivery_id).or_default().push(attempt);
    }
    Ok(tries)
}
