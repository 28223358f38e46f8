//! The migration that gives plans of an earlier build their timers.
//! How timers fire is in timers.rs.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration as RealTime;

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use leaddock::follow_ups::due::FollowUpDue;
use leaddock::kernel::clock::{Clock, Timestamp};
use leaddock::kernel::id::FollowUpId;
use leaddock::platform::db::{Db, DbConnection, Parts};
use leaddock::platform::jobs::Next;
use leaddock::platform::timers::{Poller, Timers};

use crate::setup::{Database, connect, each_database, empty, fresh};

/// Runs the migrations before that of the timers.
fn up_to<DB: diesel::backend::Backend>(conn: &mut impl MigrationHarness<DB>, files: FileBasedMigrations) {
    assert!(conn.applied_migrations().unwrap().is_empty());
    let mut before: Vec<Box<dyn Migration<DB>>> = files.migrations().unwrap();
    before.retain(|migration| migration.name().to_string().as_str() < "2026-11-29-000017");
    before.sort_by_key(|migration| migration.name().to_string());
    for migration in &before {
        conn.run_migration(migration).unwrap();
    }
}

/// An inquiry with four follow-ups: planned, done, announced, and never planned.
fn plans_of_old(database: Database, id: FollowUpId, due: Timestamp, now: Timestamp) -> String {
    let moment = |at: Timestamp| match database {
        Database::Sqlite => at.millis().to_string(),
        Database::Postgres => format!("'{at}'"),
    };
    let (id, any) = match database {
        Database::Sqlite => (format!("X'{}'", id.uuid().simple()), "randomblob(16)"),
        Database::Postgres => (format!("'{}'", id.uuid()), "gen_random_uuid()"),
    };
    let (now, due, none) = (moment(now), moment(due), "NULL".to_owned());
    let mut sql = format!(
        "INSERT INTO inquiries (id, contact, facts, status, tags, custom, source, received_at, created_at, \
        updated_at, version) VALUES ({any}, 'c', '{{}}', 'new', '[]', '{{}}', \
        '{{\"channel\":\"form\",\"page_url\":null,\"referrer\":null,\"utm\":{{}}}}', {now}, {now}, {now}, 1);"
    );
    for (id, due_at, done_at, announced) in [
        (id.as_str(), &due, &none, &none),
        (any, &due, &now, &none),
        (any, &due, &none, &due),
        (any, &none, &now, &none),
    ] {
        sql += &format!(
            "INSERT INTO follow_ups (id, inquiry_id, kind, due_at, done_at, announced_due_at, created_at, \
            updated_at, version) VALUES ({id}, (SELECT id FROM inquiries), 'call', {due_at}, {done_at}, \
            {announced}, {now}, {now}, 1);"
        );
    }
    sql
}

each_database! {
    fn plans_that_are_there_already_get_their_timers_by_the_migration(database) {
        let directory = tempfile::tempdir().unwrap();
        let Some(mut options) = fresh(database, &directory) else { return };
        empty(&mut options);
        let clock = Clock::manual(Timestamp::parse("2026-11-23T02:00:00.000Z").unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut conn = connect(&options.url);
        let folder = if database == Database::Sqlite { "sqlite" } else { "postgres" };
        let files = || {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            FileBasedMigrations::from_path(path).unwrap()
        };
        match &mut conn {
            DbConnection::Sqlite(conn) => up_to(conn, files()),
            DbConnection::Postgres(conn) => up_to(conn, files()),
        }
        let (id, due) = (FollowUpId::floor(clock.now()), clock.now().plus(Duration::hours(3)));
        conn.batch_execute(&plans_of_old(database, id, due, clock.now())).unwrap();
        let (db, migrated) = Db::open(&options, Parts::new(clock.clone(), &[])).unwrap();
        assert!(migrated.applied > 0);
        let fired: Arc<Mutex<Vec<(FollowUpId, Timestamp)>>> = Arc::default();
        let seen = Arc::clone(&fired);
        let mut timers = Timers::default();
        timers.on::<FollowUpDue>(move |_, at, timer| {
            seen.lock().unwrap().push((timer.follow_up_id, at));
            Ok(())
        });
        let poller = Poller::new(db, timers);
        assert_eq!(runtime.block_on(poller.run()).unwrap(), Next::After(RealTime::from_secs(3 * 3_600)));
        clock.set(due);
        assert_eq!(runtime.block_on(poller.run()).unwrap(), Next::Immediately);
        assert_eq!(*fired.lock().unwrap(), [(id, due)]);
    }
}
