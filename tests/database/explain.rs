//! What statements a call runs, heard from diesel, and how each database would go about them.
//! Which calls are looked at is in `plans.rs`.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use leaddock::kernel::clock::Timestamp;
use leaddock::platform::db::DbConnection;

use crate::setup::Database;

/// The statements that a call runs, with their values in place.
pub fn statements(
    conn: &mut DbConnection,
    database: Database,
    call: impl FnOnce(&mut DbConnection),
) -> Vec<String> {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ear = Arc::clone(&heard);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            ear.lock().unwrap().push(query.to_string());
        }
    });
    call(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    heard.iter().filter(|sql| sql.starts_with("SELECT")).map(|sql| with_values(sql, database)).collect()
}

/// `SELECT … $1 -- binds: [x]`, or with `?`, with literals in the places of the values.
fn with_values(told: &str, database: Database) -> String {
    let (sql, binds) = told.split_once(" -- binds: [").unwrap();
    let binds = binds.trim_end().strip_suffix(']').unwrap();
    let values: Vec<String> = listed(binds).into_iter().map(|value| literal(value, database)).collect();
    let mut parts = sql.split(if database == Database::Sqlite { '?' } else { '$' });
    let mut out = parts.next().unwrap().to_owned();
    for (part, value) in parts.zip(&values) {
        // `?` and `$n` come in the order of the values.
        out.push_str(value);
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    assert_eq!(out.matches(['?', '$']).count(), 0, "{told}");
    out
}

/// The values of a list; a value may be a list itself.
fn listed(list: &str) -> Vec<&str> {
    let (mut values, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                values.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    values.push(list[start..].trim());
    values.retain(|value| !value.is_empty());
    values
}

fn literal(value: &str, database: Database) -> String {
    let on = |sqlite: String, postgres: String| if database == Database::Sqlite { sqlite } else { postgres };
    if let Some(list) = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        let values: Vec<String> = listed(list).into_iter().map(|value| literal(value, database)).collect();
        format!("ARRAY[{}]", values.join(", "))
    } else if value.parse::<i64>().is_ok() {
        value.to_owned()
    } else if let Ok(id) = uuid::Uuid::parse_str(value) {
        on(format!("X'{}'", id.simple()), format!("'{id}'::uuid"))
    } else if let Some(at) = Timestamp::parse(value) {
        on(at.millis().to_string(), format!("'{at}'::timestamptz"))
    } else if let "true" | "false" = value {
        on(u8::from(value == "true").to_string(), value.to_owned())
    } else {
        // A word is told as the variant it is.
        format!("'{}'", value.trim_matches('"').to_lowercase())
    }
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    step: String,
}

/// The plan of a statement, step by step.
pub fn plan(conn: &mut DbConnection, sql: &str) -> Vec<String> {
    match conn {
        DbConnection::Sqlite(conn) => {
            let steps: Vec<SqliteStep> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).unwrap();
            steps.into_iter().map(|step| step.detail).collect()
        }
        DbConnection::Postgres(conn) => {
            let steps: Vec<PostgresStep> =
                sql_query(format!("EXPLAIN (COSTS OFF) {sql}")).load(conn).unwrap();
            steps.into_iter().map(|step| step.step).collect()
        }
    }
}

/// Tables that lie in the order of their ids (SQLite, `WITHOUT ROWID`): they are walked along, not read
/// whole, up to a limit.
const ALONG_THE_ID: [&str; 1] = ["SCAN notifications"];

/// What is wrong with a step: a table read whole, or rows sorted after they were read.
pub fn is_slow(step: &str, sql: &str) -> bool {
    let along = ALONG_THE_ID.contains(&step) && sql.contains("ORDER BY") && sql.contains("LIMIT");
    // The few rows of a list that ends after as many as a page has.
    let along = along || step.starts_with("SCAN list_");
    let whole =
        (step.starts_with("SCAN ") || step.starts_with("SEARCH ")) && !step.contains(" USING ") && !along;
    let sorts = step.contains("USE TEMP B-TREE FOR ORDER BY")
        || step.trim_start_matches([' ', '-', '>']).starts_with("Sort");
    whole || (sorts && !sorts_few(sql)) || step.contains("Seq Scan")
}

/// Whether only so many rows as a page has are sorted: several lists that each end after as many, or rows
/// whose ids are known.
fn sorts_few(sql: &str) -> bool {
    let lists = sql.matches(" AS list_").count();
    (lists > 0 && sql.matches(" LIMIT ").count() == lists + 1)
        || sql.contains("`id` IN (X'")
        || sql.contains("\"id\" = ANY(ARRAY[")
}
