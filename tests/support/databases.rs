//! A new database of a test's own, on either of the two.
//! The PostgreSQL server is started in postgres.rs; what a test opens on its database is its own matter.

use std::path::Path;

use leaddock::platform::db::DatabaseUrl;

#[path = "postgres.rs"]
mod postgres;

/// Which database a test is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    /// A new database; the file of SQLite is in the folder. None if there is no PostgreSQL server, which is an
    /// error where `CI=true`.
    pub fn fresh(self, folder: &Path) -> Option<DatabaseUrl> {
        match self {
            // To copy a migrated file was no quicker.
            Self::Sqlite => Some(DatabaseUrl::Sqlite(folder.join("leaddock.db"))),
            Self::Postgres => postgres::fresh_database().map(DatabaseUrl::Postgres),
        }
    }
}
