//! How transactions begin on each database, and the locks that they wait for each other by.
//! What runs in them, and how they end, is in `worker.rs`.

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::{PgConnection, RunQueryDsl};
use sha2::{Digest, Sha256};

use super::connection::DbConnection;
use super::prepared::Prepared;
use super::tx::Tx;
use crate::kernel::error::Result;

/// Begins a transaction that will write: SQLite takes the write lock at once, so that it never has to be
/// upgraded.
pub(super) fn begin_write(conn: &mut DbConnection) -> Result<()> {
    match conn {
        DbConnection::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?,
        DbConnection::Postgres(conn) => {
            <diesel::PgConnection as Connection>::TransactionManager::begin_transaction(conn)?
        }
    }
    Ok(())
}

/// Begins a transaction that reads as of one moment, however long it takes.
pub(super) fn begin_snapshot(conn: &mut DbConnection) -> Result<()> {
    match conn {
        DbConnection::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN")?,
        DbConnection::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )?,
    }
    Ok(())
}

diesel::define_sql_function! {
    /// SQLite: rows that this connection has changed since it was opened.
    fn total_changes() -> BigInt;
}

/// A number that differs once a row was changed on this connection; none where that is not known.
pub(super) fn changes(conn: &mut DbConnection) -> Option<i64> {
    match conn {
        DbConnection::Sqlite(conn) => {
            struct Here;
            Prepared::<_, Here>::new(diesel::select(total_changes())).get_result(conn).ok()
        }
        DbConnection::Postgres(_) => None,
    }
}

/// Lets transactions of the same keys wait for each other until they end, on whichever node they run. All
/// transactions lock in one order: none waits for another in a circle. On SQLite they wait anyway. If no
/// transaction has begun on PostgreSQL, this one begins with the locks, in the same round trip.
pub fn advisory_locks(tx: &mut Tx<'_>, keys: impl Iterator<Item = String>) -> Result<()> {
    let DbConnection::Postgres(conn) = tx.conn else { return Ok(()) };
    let mut ids: Vec<i64> = keys.map(|key| lock_id(&key)).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let lock =
        format!("SELECT pg_advisory_xact_lock(id) FROM unnest('{{{}}}'::bigint[]) AS id", ids.join(","));
    if has_begun(conn) {
        conn.batch_execute(&lock)?;
    } else {
        AnsiTransactionManager::begin_transaction_sql(conn, &format!("BEGIN; {lock}"))?;
    }
    Ok(())
}

/// The number that PostgreSQL knows a lock by. It is worked out here, for a number needs no quotes in a text.
fn lock_id(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

fn has_begun(conn: &mut PgConnection) -> bool {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    status.transaction_depth().is_ok_and(|depth| depth.is_some())
}

/// Begins a transaction that will write, unless that was done by its locks.
pub(super) fn begin_write_once(conn: &mut DbConnection) -> Result<()> {
    let is_done = match conn {
        DbConnection::Postgres(conn) => has_begun(conn),
        DbConnection::Sqlite(_) => false,
    };
    if is_done { Ok(()) } else { begin_write(conn) }
}

/// Takes back what is left of a transaction that cannot be committed.
pub(super) fn abandon(conn: &mut DbConnection) {
    let _ = conn.batch_execute("ROLLBACK");
}
