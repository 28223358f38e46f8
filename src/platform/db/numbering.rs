//! The numbering of events on PostgreSQL: committed events get positions that are visible in order.
//! When it is done is decided in `platform/events`; on SQLite the writer numbers as it inserts.

use diesel::sql_types::{BigInt, Bool};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::connection::DbConnection;
use super::tx::Tx;
use crate::kernel::error::Result;

/// Whether committed events have no position yet. On SQLite the writer numbers them as it inserts them.
pub fn has_unnumbered_events(conn: &mut DbConnection) -> Result<bool> {
    match conn {
        DbConnection::Sqlite(_) => Ok(false),
        DbConnection::Postgres(conn) => {
            let waiting = "SELECT EXISTS (SELECT 1 FROM events WHERE position IS NULL) AS holds";
            Ok(sql_query(waiting).get_result::<Answer>(conn)?.holds)
        }
    }
}

/// Gives up to `limit` committed events their positions, in the order of their ids after the last one, and
/// returns how many. None if another transaction is at it.
pub fn number_events(tx: &mut Tx<'_>, limit: i64) -> Result<Option<i64>> {
    let DbConnection::Postgres(conn) = tx.conn else { return Ok(Some(0)) };
    // A statement of its own: the next one must see all that was numbered before the lock was had.
    let lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('events.position', 0)) AS holds";
    if !sql_query(lock).get_result::<Answer>(conn)?.holds {
        return Ok(None);
    }
    let numbered = sql_query(
        "WITH last AS (SELECT COALESCE(max(position), 0) AS position FROM events), \
         waiting AS (SELECT id FROM events WHERE position IS NULL ORDER BY id LIMIT $1), \
         numbered AS (SELECT id, last.position + row_number() OVER (ORDER BY id) AS position \
         FROM waiting, last) \
         UPDATE events SET position = numbered.position FROM numbered WHERE events.id = numbered.id",
    )
    .bind::<BigInt, _>(limit)
    .execute(conn)?;
    Ok(Some(i64::try_from(numbered).unwrap_or(limit)))
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    holds: bool,
}
