//! Brings the tables up to date: embedded migrations, twins for both databases, once whoever starts first.
//! What the tables hold is said in `migrations/` and in the rooms.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::sql_types::Text;
use diesel::{
    Connection, OptionalExtension, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::kernel::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Held by the one server that migrates; any number will do that nobody else uses.
const ADVISORY_LOCK: i64 = 0x6c65_6164_646f_636b;

/// What migrating did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// How many migrations were applied just now.
    pub applied: usize,
}

pub fn sqlite(conn: &mut SqliteConnection) -> Result<Migrated> {
    sqlite_from(conn, SQLITE)
}

/// Without foreign keys while it runs, so that a table that others refer to can be rebuilt: a new one made,
/// filled, and renamed (https://www.sqlite.org/lang_altertable.html, section 7). They are checked before the
/// commit. Both can only be done from outside a migration: within a transaction the pragma does nothing.
fn sqlite_from(
    conn: &mut SqliteConnection,
    source: impl MigrationSource<diesel::sqlite::Sqlite>,
) -> Result<Migrated> {
    conn.batch_execute("PRAGMA foreign_keys = OFF")?;
    let migrated = conn.exclusive_transaction(|conn| {
        let migrated = pending(conn, source)?;
        if migrated.applied > 0 {
            check_references(conn)?;
        }
        Ok(migrated)
    });
    conn.batch_execute("PRAGMA foreign_keys = ON")?;
    migrated
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

/// Refuses if a row refers to one that is not there.
fn check_references(conn: &mut SqliteConnection) -> Result<()> {
    let broken = "SELECT \"table\" AS child, parent FROM pragma_foreign_key_check LIMIT 1";
    match sql_query(broken).get_result::<Reference>(conn).optional()? {
        Some(Reference { child, parent }) => Err(Error::internal(format!(
            "migrating failed: a row of {child} would refer to a row of {parent} that is not there"
        ))),
        None => Ok(()),
    }
}

pub fn postgres(conn: &mut PgConnection) -> Result<Migrated> {
    // Two servers that start together take turns here; the second finds nothing to do.
    conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0;")?;
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))?;
        pending(conn, POSTGRES)
    })
}

fn pending<DB, C>(conn: &mut C, source: impl MigrationSource<DB>) -> Result<Migrated>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    let known: BTreeSet<MigrationVersion<'static>> = source
        .migrations()
        .map_err(failed)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    let newer =
        conn.applied_migrations().map_err(failed)?.into_iter().any(|version| !known.contains(&version));
    if newer {
        return Err(Error::internal(
            "the database was made by a newer version of Leaddock than this one; use that version or newer",
        ));
    }
    let applied = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(Migrated { applied: applied.len() })
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::internal(format!("migrating failed: {error}"))
}
