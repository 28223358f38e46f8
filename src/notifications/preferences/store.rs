//! All SQL on preferences.
//! What they mean is in `model.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::model::Preferences;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::notifications::schema::notification_preferences as preferences;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Tx, compare_and_set};
use crate::platform::settings::Stored;
use crate::prepared;

/// The preferences of a user, as a notification needs them; the default without any.
pub fn of(conn: &mut DbConnection, user: UserId) -> Result<Preferences> {
    let document = preferences::table.find(user).select(preferences::document);
    let document: Option<Json<Preferences>> = prepared!(conn, get_result, document).optional()?;
    Ok(document.map(|document| document.0).unwrap_or_default())
}

/// The same as they are stored; without any, the default since the user was made.
pub fn stored(conn: &mut DbConnection, user: UserId, since: Timestamp) -> Result<Stored<Preferences>> {
    let row = preferences::table.find(user).select((
        preferences::document,
        preferences::version,
        preferences::created_at,
        preferences::updated_at,
    ));
    let row: Option<(Json<Preferences>, i64, Timestamp, Timestamp)> = row.first(conn).optional()?;
    Ok(match row {
        Some((document, version, created_at, updated_at)) => {
            (document.0, version, created_at, updated_at).into()
        }
        None => Stored::unset(since),
    })
}

/// Sets the preferences of a user, if they are still of this version.
pub fn put(
    tx: &mut Tx<'_>,
    user: UserId,
    before: &Stored<Preferences>,
    value: Preferences,
) -> Result<Stored<Preferences>> {
    let after = before.changed(value, tx.now);
    let first = (
        preferences::user_id.eq(user),
        preferences::document.eq(Json(before.value.clone())),
        preferences::version.eq(before.version),
        preferences::created_at.eq(before.created_at),
        preferences::updated_at.eq(before.updated_at),
    );
    let insert =
        diesel::insert_into(preferences::table).values(first).on_conflict(preferences::user_id).do_nothing();
    prepared!(tx.conn, run, insert)?;
    let target = preferences::table.find(user).filter(preferences::version.eq(before.version));
    let change = diesel::update(target).set((
        preferences::document.eq(Json(after.value.clone())),
        preferences::version.eq(after.version),
        preferences::updated_at.eq(after.updated_at),
    ));
    compare_and_set(change.execute(tx.conn))?;
    Ok(after)
}

/// The number of the date of somebody's last digest.
pub fn last_digest_day(conn: &mut DbConnection, user: UserId) -> Result<Option<i32>> {
    let day = preferences::table.find(user).select(preferences::last_digest_day);
    let day: Option<Option<i32>> = day.first(conn).optional()?;
    Ok(day.flatten())
}

pub fn set_last_digest_day(tx: &mut Tx<'_>, user: UserId, day: i32) -> Result<()> {
    let target = preferences::table.find(user);
    diesel::update(target).set(preferences::last_digest_day.eq(Some(day))).execute(tx.conn)?;
    Ok(())
}
