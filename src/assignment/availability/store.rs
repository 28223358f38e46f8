//! All SQL on availabilities.
//! What one says is in `model.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::model::Availability;
use crate::assignment::schema::availabilities;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Tx, compare_and_set};
use crate::platform::settings::Stored;
use crate::prepared;

/// All that somebody has set.
pub fn all(conn: &mut DbConnection) -> Result<Vec<(UserId, Availability)>> {
    let rows: Vec<(UserId, Json<Availability>)> =
        availabilities::table.select((availabilities::user_id, availabilities::document)).load(conn)?;
    Ok(rows.into_iter().map(|(user, document)| (user, document.0)).collect())
}

/// The availability of a user; without one, the default since they were made.
pub fn of_user(conn: &mut DbConnection, user: UserId, since: Timestamp) -> Result<Stored<Availability>> {
    let row = availabilities::table.find(user).select((
        availabilities::document,
        availabilities::version,
        availabilities::created_at,
        availabilities::updated_at,
    ));
    let row: Option<(Json<Availability>, i64, Timestamp, Timestamp)> = row.first(conn).optional()?;
    Ok(match row {
        Some((document, version, created_at, updated_at)) => {
            (document.0, version, created_at, updated_at).into()
        }
        None => Stored::unset(since),
    })
}

/// Sets the availability of a user, if it is still of this version.
pub fn put(
    tx: &mut Tx<'_>,
    user: UserId,
    before: &Stored<Availability>,
    value: Availability,
) -> Result<Stored<Availability>> {
    let after = before.changed(value, tx.now);
    let first = (
        availabilities::user_id.eq(user),
        availabilities::document.eq(Json(before.value.clone())),
        availabilities::version.eq(before.version),
        availabilities::created_at.eq(before.created_at),
        availabilities::updated_at.eq(before.updated_at),
    );
    let insert = diesel::insert_into(availabilities::table)
        .values(first)
        .on_conflict(availabilities::user_id)
        .do_nothing();
    prepared!(tx.conn, run, insert)?;
    let target = availabilities::table.find(user).filter(availabilities::version.eq(before.version));
    let change = diesel::update(target).set((
        availabilities::document.eq(Json(after.value.clone())),
        availabilities::version.eq(after.version),
        availabilities::updated_at.eq(after.updated_at),
    ));
    compare_and_set(change.execute(tx.conn))?;
    Ok(after)
}
