//! Opens the database that the settings name.
//! How each kind is opened is in `sqlite.rs` and `postgres.rs`.

use super::doors::{Db, Options};
use super::migrate::Migrated;
use super::tx::Parts;
use super::url::DatabaseUrl;
use super::{postgres, sqlite};
use crate::kernel::error::Result;

impl Db {
    /// Opens the database, brings its tables up to date and starts the threads.
    pub fn open(options: &Options, parts: Parts) -> Result<(Self, Migrated)> {
        match &options.url {
            DatabaseUrl::Sqlite(path) => sqlite::open(path, options, parts),
            DatabaseUrl::Postgres(url) => postgres::open(url, options, parts),
        }
    }
}
