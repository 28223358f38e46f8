//! Brings the tables up to date: embedded migrations, twins for both databases, once whoever starts first.
//! What the tables hold is said in `migrations/` and in the rooms.

use std::collections::BTreeSet;
use std::time::Instant;

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
/// filled, and renamed (<https://www.sqlite.org/lang_altertable.html>, section 7). They are checked before
/// the commit. Both can only be done from outside a migration: within a transaction the pragma does nothing.
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
    let before = conn.applied_migrations().map_err(failed)?;
    if before.iter().any(|version| !known.contains(version)) {
        return Err(Error::internal(
            "the database was made by a newer version of Leaddock than this one; use that version or newer",
        ));
    }
    let pending = conn.pending_migrations(source).map_err(failed)?;
    // On a new database it is done before anybody wonders.
    let is_upgrade = !before.is_empty() && !pending.is_empty();
    if is_upgrade {
        tracing::info!(migrations = pending.len(), "the database is being brought up to date");
    }
    for migration in &pending {
        let began = Instant::now();
        conn.run_migration(migration).map_err(failed)?;
        if is_upgrade {
            let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(migration = %migration.name(), milliseconds, "a migration was run");
        }
    }
    Ok(Migrated { applied: pending.len() })
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::internal(format!("migrating failed: {error}"))
}

#[cfg(test)]
mod tests {
    use diesel_migrations::FileBasedMigrations;
    use tempfile::TempDir;

    use super::*;

    /// A new database with a parent and its child, made by the first of two migrations.
    fn family(second: &str) -> (TempDir, SqliteConnection, Result<Migrated>) {
        let folder = tempfile::tempdir().unwrap();
        let first = "CREATE TABLE parents (id INTEGER NOT NULL PRIMARY KEY) STRICT; \
            INSERT INTO parents VALUES (1), (2); \
            CREATE TABLE children (id INTEGER NOT NULL PRIMARY KEY, \
            parent_id INTEGER NOT NULL REFERENCES parents (id)) STRICT; \
            INSERT INTO children VALUES (10, 1), (20, 2);";
        let mut conn = SqliteConnection::establish(folder.path().join("test.db").to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
        let mut migrated = Ok(Migrated { applied: 0 });
        for (name, up) in [("2026-01-01-000001_first", first), ("2026-01-01-000002_second", second)] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("up.sql"), up).unwrap();
            let source = FileBasedMigrations::from_path(folder.path()).unwrap();
            migrated = sqlite_from(&mut conn, source);
        }
        (folder, conn, migrated)
    }

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }

    fn number(conn: &mut SqliteConnection, sql: &str) -> i64 {
        sql_query(sql).get_result::<Number>(conn).unwrap().n
    }

    #[test]
    fn a_table_that_others_refer_to_can_be_rebuilt() {
        let (_folder, mut conn, migrated) = family(
            "CREATE TABLE new (id INTEGER NOT NULL PRIMARY KEY, name TEXT) STRICT; \
             INSERT INTO new (id) SELECT id FROM parents; DROP TABLE parents; \
             ALTER TABLE new RENAME TO parents;",
        );
        assert_eq!(migrated.unwrap().applied, 1);
        assert_eq!(
            number(
                &mut conn,
                "SELECT count(*) AS n FROM children JOIN parents ON parent_id = \
            parents.id WHERE name IS NULL"
            ),
            2
        );
        assert!(conn.batch_execute("DELETE FROM parents WHERE id = 1").is_err(), "foreign keys count again");
    }

    #[test]
    fn a_migration_that_loses_rows_that_others_refer_to_is_taken_back() {
        let (_folder, mut conn, migrated) = family("DELETE FROM parents WHERE id = 2;");
        let error = migrated.unwrap_err();
        assert!(
            error.chain().contains("a row of children would refer to a row of parents"),
            "{}",
            error.chain()
        );
        assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM parents"), 2);
        assert!(conn.batch_execute("DELETE FROM parents WHERE id = 1").is_err(), "foreign keys count again");
    }
}
