//! All SQL on timers.
//! What happens when one fires is in `poller.rs`.

use diesel::dsl::IntoBoxed;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use serde_json::Value;

use super::model::{AnyKey, AnyTimer, Row};
use super::schema::timers;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::Id;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, ForNoKeyUpdate, IfLocked, MultiBackend, Tx};
use crate::prepared;

/// Inserts a timer, or lays it over the one of the same kind and key, as if that had never failed.
pub(super) fn put(
    tx: &mut Tx<'_>,
    kind: &'static str,
    key: Id<AnyKey>,
    at: Timestamp,
    payload: Value,
) -> Result<()> {
    let (id, payload) = (tx.id::<AnyTimer>(), Json(payload));
    let new = (
        timers::id.eq(id),
        timers::kind.eq(kind),
        timers::key.eq(key),
        timers::due_at.eq(at),
        timers::payload.eq(&payload),
        timers::attempts.eq(0),
        timers::next_attempt_at.eq(Some(at)),
    );
    let over = (
        timers::due_at.eq(at),
        timers::payload.eq(&payload),
        timers::attempts.eq(0),
        timers::next_attempt_at.eq(Some(at)),
        timers::last_error.eq(None::<String>),
    );
    prepared!(
        tx.conn,
        run,
        diesel::insert_into(timers::table)
            .values(new)
            .on_conflict((timers::kind, timers::key))
            .do_update()
            .set(over)
    )?;
    Ok(())
}

pub(super) fn due_at(
    conn: &mut DbConnection,
    kind: &'static str,
    key: Id<AnyKey>,
) -> Result<Option<Timestamp>> {
    let timer = timers::table.filter(timers::kind.eq(kind)).filter(timers::key.eq(key));
    Ok(timer.select(timers::due_at).first(conn).optional()?)
}

pub(super) fn remove(tx: &mut Tx<'_>, kind: &'static str, key: Id<AnyKey>) -> Result<bool> {
    let target = timers::table.filter(timers::kind.eq(kind)).filter(timers::key.eq(key));
    Ok(diesel::delete(target).execute(tx.conn)? == 1)
}

pub(super) fn move_to(tx: &mut Tx<'_>, kind: &'static str, key: Id<AnyKey>, at: Timestamp) -> Result<bool> {
    let target = timers::table.filter(timers::kind.eq(kind)).filter(timers::key.eq(key));
    let moved = diesel::update(target).set((
        timers::due_at.eq(at),
        timers::attempts.eq(0),
        timers::next_attempt_at.eq(Some(at)),
        timers::last_error.eq(None::<String>),
    ));
    Ok(moved.execute(tx.conn)? == 1)
}

/// When the next timer of these kinds is to be tried.
pub fn next(conn: &mut DbConnection, kinds: &[&'static str]) -> Result<Option<Timestamp>> {
    let next: Option<Option<Timestamp>> = timers::table
        .filter(timers::kind.eq_any(kinds.to_vec()))
        .filter(timers::next_attempt_at.is_not_null())
        .order(timers::next_attempt_at.asc())
        .select(timers::next_attempt_at)
        .first(conn)
        .optional()?;
    Ok(next.flatten())
}

/// How many timers have failed too often.
pub fn dead(conn: &mut DbConnection) -> Result<i64> {
    Ok(timers::table.filter(timers::next_attempt_at.is_null()).count().get_result(conn)?)
}

fn of_kinds_until(
    kinds: &[&'static str],
    now: Timestamp,
    limit: i64,
) -> IntoBoxed<'static, timers::table, MultiBackend> {
    timers::table
        .filter(timers::kind.eq_any(kinds.to_vec()))
        .filter(timers::next_attempt_at.le(now))
        .order((timers::next_attempt_at.asc(), timers::id.asc()))
        .limit(limit)
        .into_boxed()
}

/// The timers that are due, the earliest first.
pub fn due(conn: &mut DbConnection, kinds: &[&'static str], now: Timestamp, limit: i64) -> Result<Vec<Row>> {
    Ok(of_kinds_until(kinds, now, limit).select(Row::as_select()).load(conn)?)
}

/// Claims the timers that are due: they are locked until the transaction ends. Those that another node has
/// claimed are left out.
pub fn claim(tx: &mut Tx<'_>, kinds: &[&'static str], limit: i64) -> Result<Vec<Row>> {
    let due = of_kinds_until(kinds, tx.now, limit).select(Row::as_select());
    Ok(ForNoKeyUpdate(due, IfLocked::Skip).load(tx.conn)?)
}

/// Deletes a timer that is about to fire; false if it has fired, was cancelled or was moved since it was
/// read.
pub(super) fn take(tx: &mut Tx<'_>, timer: &Row) -> Result<bool> {
    let target = timers::table
        .filter(timers::id.eq(timer.id))
        .filter(timers::next_attempt_at.eq(timer.next_attempt_at));
    Ok(diesel::delete(target).execute(tx.conn)? == 1)
}

/// Notes that a timer failed, and when it is tried again; false if it is not there any more.
pub(super) fn note_failure(
    tx: &mut Tx<'_>,
    timer: &Row,
    next_attempt_at: Option<Timestamp>,
    error: &str,
) -> Result<bool> {
    let target = timers::table
        .filter(timers::id.eq(timer.id))
        .filter(timers::next_attempt_at.eq(timer.next_attempt_at));
    let failed = diesel::update(target).set((
        timers::attempts.eq(timer.attempts.saturating_add(1)),
        timers::next_attempt_at.eq(next_attempt_at),
        timers::last_error.eq(Some(error.to_owned())),
    ));
    Ok(failed.execute(tx.conn)? == 1)
}

/// Lets the timers be tried now that have failed and wait until after `limit`.
pub(super) fn shorten_waits(tx: &mut Tx<'_>, limit: Timestamp) -> Result<()> {
    let target = timers::table.filter(timers::attempts.gt(0)).filter(timers::next_attempt_at.gt(limit));
    diesel::update(target).set(timers::next_attempt_at.eq(Some(tx.now))).execute(tx.conn)?;
    Ok(())
}
