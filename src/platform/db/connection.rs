//! The one connection type: SQLite or PostgreSQL, decided at run time.
//! Opening and tuning a connection is the matter of `sqlite.rs` and `postgres.rs`.

use diesel::{PgConnection, SqliteConnection};

use crate::kernel::error::Result;

/// A connection to the database that the configuration names.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl DbConnection {
    /// Asks for many things, or changes them: one after the other where a statement costs no round trip
    /// (SQLite), or all in one statement (PostgreSQL). Both come to the same.
    pub fn each_or_at_once<T>(
        &mut self,
        each: impl FnOnce(&mut Self) -> Result<T>,
        at_once: impl FnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Sqlite(_) => each(self),
            Self::Postgres(conn) => at_once(conn),
        }
    }
}
