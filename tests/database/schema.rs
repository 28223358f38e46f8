//! The tables: made from nothing, the same on both databases, as diesel knows them; and who is kept out.
//! What stands in them is the matter of the other files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use leaddock::kernel::clock::Clock;
use leaddock::platform::db::{DatabaseUrl, Db, DbConnection, Options, Parts};

use crate::setup::{Database, Home, each_database, empty, fresh, told};
use crate::sources;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn columns(conn: &mut DbConnection) -> BTreeSet<Column> {
    let sql = match conn {
        DbConnection::Sqlite(_) => {
            "SELECT m.name AS table_name, c.name AS column_name, c.type AS kind, NOT c.\"notnull\" AS \
             nullable \
             FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'"
        }
        DbConnection::Postgres(_) => {
            "SELECT table_name::text, column_name::text, data_type::text AS kind, is_nullable = 'YES' \
             AS nullable \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let all: Vec<Column> = sql_query(sql).load(conn).unwrap();
    all.into_iter().filter(|column| column.table_name != "__diesel_schema_migrations").collect()
}

#[derive(QueryableByName)]
struct Check {
    #[diesel(sql_type = Text)]
    table_name: String,
    /// As the database tells it, from behind its `CHECK (`.
    #[diesel(sql_type = Text)]
    condition: String,
}

/// The words that a column may hold, by table and column.
fn checked_words(conn: &mut DbConnection) -> BTreeMap<(String, String), BTreeSet<String>> {
    let sql = match conn {
        DbConnection::Sqlite(_) => {
            "SELECT name AS table_name, sql AS condition FROM sqlite_schema WHERE type = 'table' AND sql \
            LIKE '%CHECK (%'"
        }
        DbConnection::Postgres(_) => {
            "SELECT conrelid::regclass::text AS table_name, pg_get_constraintdef(oid) AS condition FROM \
            pg_constraint WHERE contype = 'c' AND conrelid <> 0"
        }
    };
    let all: Vec<Check> = sql_query(sql).load(conn).unwrap();
    let mut found = BTreeMap::new();
    for Check { table_name, condition } in all {
        for check in condition.split("CHECK (").skip(1) {
            let check = check.lines().next().unwrap().trim_start_matches('(');
            let words: BTreeSet<String> = check.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
            let column = check.split_whitespace().next().unwrap();
            if !words.is_empty() {
                found.insert((table_name.clone(), column.to_owned()), words);
            }
        }
    }
    found
}

/// Only PostgreSQL has events without a position.
const ONE_SIDED: &str = "events_unnumbered";

fn indexes(conn: &mut DbConnection) -> BTreeSet<String> {
    let sql = match conn {
        // What a UNIQUE or PRIMARY KEY makes has no name of ours.
        DbConnection::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        DbConnection::Postgres(_) => {
            "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT \
            LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'"
        }
    };
    let all: Vec<Name> = sql_query(sql).load(conn).unwrap();
    let twofold = |name: &String| !name.starts_with("search_") && name != ONE_SIDED;
    all.into_iter().map(|row| row.name).filter(twofold).collect()
}

/// Without the search tables, which differ on purpose.
fn of_the_trade(columns: &BTreeSet<Column>) -> BTreeSet<(&str, &str, bool)> {
    let ours = columns.iter().filter(|column| !column.table_name.starts_with("search_"));
    ours.map(|column| (column.table_name.as_str(), column.column_name.as_str(), column.nullable)).collect()
}

/// How a type of diesel is called in a database.
fn called(kind: &str, database: Database) -> &'static str {
    let (sqlite, postgres) = match kind {
        "Uid" => ("BLOB", "uuid"),
        "Moment" => ("INTEGER", "timestamp with time zone"),
        "Document" => ("TEXT", "jsonb"),
        "Text" => ("TEXT", "text"),
        "Bool" => ("INTEGER", "boolean"),
        "Integer" => ("INTEGER", "integer"),
        "BigInt" => ("INTEGER", "bigint"),
        "Double" => ("REAL", "double precision"),
        "Binary" => ("BLOB", "bytea"),
        _ => ("?", "?"),
    };
    if database == Database::Sqlite { sqlite } else { postgres }
}

fn open(options: &Options) -> leaddock::kernel::error::Result<usize> {
    let (db, migrated) = Db::open(options, Parts::new(Clock::System, &[]))?;
    db.close();
    Ok(migrated.applied)
}

fn word(database: Database) -> &'static str {
    if database == Database::Sqlite { "sqlite" } else { "postgres" }
}

each_database! {
    fn migrations_build_everything_from_nothing_and_take_it_back(database) {
        let Some(home) = Home::with(database, empty, &[]) else { return };
        let all = sources::migrations(word(database)).len();
        assert_eq!(home.migrated.applied, all);
        let mut conn = home.outside();
        let (before, options) = (columns(&mut conn), home.options.clone());
        home.db.close();
        assert_eq!(open(&options).unwrap(), 0, "a second start finds nothing to do");
        let files = FileBasedMigrations::from_path(format!(
            "{}/migrations/{}",
            env!("CARGO_MANIFEST_DIR"),
            word(database)
        ))
        .unwrap();
        let undone = match &mut conn {
            DbConnection::Sqlite(conn) => conn.revert_all_migrations(files).unwrap().len(),
            DbConnection::Postgres(conn) => conn.revert_all_migrations(files).unwrap().len(),
        };
        assert_eq!(undone, all);
        assert!(columns(&mut conn).is_empty(), "left over by down.sql: {:?}", columns(&mut conn));
        assert_eq!(open(&options).unwrap(), all);
        assert_eq!(columns(&mut conn), before);
    }

    fn every_column_of_diesel_is_there_with_its_type(database) {
        let Some(home) = Home::new(database) else { return };
        let there = columns(&mut home.outside());
        let mut known = sources::columns();
        assert!(known.len() > 100, "the tables were not found in src/");
        // The search is laid out for each database; those tables exist on one of them only.
        known.retain(|column| {
            !column.table.starts_with("search_") || there.iter().any(|found| found.table_name == column.table)
        });
        known.retain(|column| !column.table.starts_with("search_pairs") && !column.kind.starts_with("Array"));
        for column in &known {
            let expected = Column {
                table_name: column.table.clone(),
                column_name: column.name.clone(),
                kind: called(&column.kind, database).to_owned(),
                nullable: column.nullable,
            };
            assert!(there.contains(&expected), "{column:?} is not in the database");
        }
        let names: BTreeSet<(&str, &str)> =
            known.iter().map(|column| (column.table.as_str(), column.name.as_str())).collect();
        let unknown: Vec<&Column> =
            there.iter().filter(|found| !names.contains(&(&found.table_name, &found.column_name))).collect();
        assert!(
            unknown.iter().all(|column| column.table_name.starts_with("search_")),
            "no table! has {unknown:?}"
        );
    }

    fn a_database_of_a_newer_version_is_refused(database) {
        let Some(home) = Home::new(database) else { return };
        let options = home.options.clone();
        home.outside().batch_execute(
            "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('99991231000001', \
            CURRENT_TIMESTAMP)").unwrap();
        home.db.close();
        let error = open(&options).unwrap_err();
        assert!(told(&error).contains("newer version"), "{}", told(&error));
    }

    fn of_many_that_start_together_one_migrates(database) {
        let folder = tempfile::tempdir().unwrap();
        let Some(mut options) = fresh(database, &folder) else { return };
        empty(&mut options);
        options.exclusive = false;
        let together = Barrier::new(4);
        let applied: Vec<usize> = std::thread::scope(|scope| {
            let start = || {
                together.wait();
                open(&options).unwrap()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let all = sources::migrations(word(database)).len();
        assert_eq!(
            (applied.iter().sum::<usize>(), applied.iter().filter(|applied| **applied > 0).count()),
            (all, 1),
            "{applied:?}"
        );
    }

    fn the_words_of_a_column_are_those_of_its_type(database) {
        use leaddock::{access, follow_ups, inquiries, intake};
        macro_rules! text_enum {
            ($type:ty) => {
                <$type>::ALL.iter().map(|word| word.word().to_owned()).collect::<BTreeSet<String>>()
            };
        }
        let expected = [
            ("users", "role", text_enum!(access::Role)),
            ("password_links", "purpose", text_enum!(access::passwords::Purpose)),
            ("audit", "outcome", text_enum!(access::audit::Outcome)),
            ("receipts", "outcome", text_enum!(intake::receipts::model::Outcome)),
            ("inquiries", "status", text_enum!(inquiries::Status)),
            ("follow_ups", "kind", text_enum!(follow_ups::model::Kind)),
            ("follow_ups", "outcome", text_enum!(follow_ups::model::Outcome)),
            ("deliveries", "status", text_enum!(leaddock::platform::delivery::Status)),
            ("report_runs", "kind", text_enum!(leaddock::reports::schedules::model::RunKind)),
        ];
        let expected = expected
            .into_iter()
            .map(|(table, column, words)| ((table.to_owned(), column.to_owned()), words))
            .collect();
        let home = Home::new(database).unwrap();
        assert_eq!(
            checked_words(&mut home.outside()),
            expected,
            "a word needs a migration pair that lets it into the column"
        );
    }
}

#[test]
fn both_databases_have_the_same_tables_columns_and_indexes() {
    let sqlite = Home::new(Database::Sqlite).unwrap();
    let Some(postgres) = Home::new(Database::Postgres) else { return };
    let (here, there) = (columns(&mut sqlite.outside()), columns(&mut postgres.outside()));
    assert_eq!(of_the_trade(&here), of_the_trade(&there));
    assert_eq!(indexes(&mut sqlite.outside()), indexes(&mut postgres.outside()));
}

#[test]
fn tables_of_sqlite_are_strict() {
    let home = Home::new(Database::Sqlite).unwrap();
    let lax = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict \
        AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let lax: Vec<Name> = sql_query(lax).load(&mut home.outside()).unwrap();
    let names: Vec<&str> = lax.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["__diesel_schema_migrations"], "STRICT at the end of CREATE TABLE");
}

/// SQLite makes a table of the words behind `IN` for each row that it checks, which costs more than laying
/// the row down.
#[test]
fn what_every_submission_writes_is_checked_by_comparing() {
    let home = Home::new(Database::Sqlite).unwrap();
    let dear = "SELECT name FROM sqlite_schema WHERE sql LIKE '% IN (%' AND name IN ('events', 'audit', \
        'deliveries', 'inquiries', 'notifications', 'receipts')";
    let dear: Vec<Name> = sql_query(dear).load(&mut home.outside()).unwrap();
    assert!(dear.is_empty(), "{:?}", dear.iter().map(|row| &row.name).collect::<Vec<_>>());
}

#[test]
fn a_second_server_is_kept_out_of_a_sqlite_file_and_a_command_is_not() {
    let home = Home::new(Database::Sqlite).unwrap();
    let error = open(&home.options).unwrap_err();
    assert!(told(&error).contains("another server"), "{}", told(&error));
    assert_eq!(open(&Options { exclusive: false, ..home.options.clone() }).unwrap(), 0);
    home.write(|_| Ok(())).unwrap();
    let options = home.options.clone();
    home.db.close();
    assert_eq!(open(&options).unwrap(), 0, "the lock goes with its holder");
}

#[test]
fn a_url_names_its_database() {
    assert_eq!(DatabaseUrl::parse("sqlite://data/x.db"), Some(DatabaseUrl::Sqlite("data/x.db".into())));
    assert_eq!(DatabaseUrl::parse("sqlite:x.db"), Some(DatabaseUrl::Sqlite("x.db".into())));
    assert!(matches!(DatabaseUrl::parse("postgresql://h/d"), Some(DatabaseUrl::Postgres(_))));
    assert_eq!(DatabaseUrl::parse("mysql://h/d"), None);
    assert_eq!(DatabaseUrl::parse("sqlite:"), None);
}
