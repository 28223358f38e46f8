//! The one connection type: SQLite or PostgreSQL, decided at run time.
//! Opening and tuning a connection is the matter of `sqlite.rs` and `postgres.rs`.

use diesel::{PgConnection, SqliteConnection};

/// A connection to the database that the configuration names.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}
