//! Brings the tables up to date: embedded migrations, twins for both databases, once whoever starts first.
//! What the tables hold is said in `migrations/` and in the rooms.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::{Connection, PgConnection, SqliteConnection};
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
    conn.exclusive_transaction(|conn| pending::<diesel::sqlite::Sqlite, _>(conn, SQLITE))
}

pub fn postgres(conn: &mut PgConnection) -> Result<Migrated> {
    // Two servers that start together take turns here; the second finds nothing to do.
    conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0;")?;
    conn.transaction(|conn| {
        conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))?;
        pending::<diesel::pg::Pg, _>(conn, POSTGRES)
    })
}

fn pending<DB, C>(conn: &mut C, source: EmbeddedMigrations) -> Result<Migrated>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: BTreeSet<MigrationVersion<'static>> = MigrationSource::<DB>::migrations(&source)
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
