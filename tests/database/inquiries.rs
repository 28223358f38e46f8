//! Inquiries in their two tables: which statements a change writes, and that a filled database of the version
//! before is upgraded. What callers see of inquiries is tested in tests/api.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use leaddock::access::{Caller, Reach, Role, Scope};
use leaddock::facts::Facts;
use leaddock::inquiries::actions::{self, FollowedUp, Move};
use leaddock::inquiries::events::Trigger;
use leaddock::inquiries::items::Item;
use leaddock::inquiries::model::{Channel, Deadlines, InquiryPatch, Items};
use leaddock::inquiries::{Condition, Filter, Inquiry, NewInquiry, Owner, Sort, Source, Status, list, store};
use leaddock::kernel::error::Result;
use leaddock::kernel::id::{InquiryId, UserId};
use leaddock::kernel::page::PageRequest;
use leaddock::kernel::precondition::Precondition;
use leaddock::platform::db::{Db, DbConnection, Parts, Tx};
use serde_json::json;

use crate::setup::{Database, Home, each_database};

/// The tables that hold an inquiry and what it is found by.
const TABLES: [&str; 6] =
    ["inquiries", "inquiry_contents", "inquiry_facts", "inquiry_tags", "search_new", "search_texts"];

/// What a change writes into those tables, as verb and table, in its order.
fn writes(
    tx: &mut Tx<'_>,
    change: impl FnOnce(&mut Tx<'_>) -> Result<Inquiry>,
) -> Result<(Inquiry, Vec<String>)> {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ear = Arc::clone(&heard);
    tx.conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            ear.lock().unwrap().push(query.to_string());
        }
    });
    let changed = change(tx);
    tx.conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    let written = heard.iter().filter_map(|sql| {
        let verb = sql.split_whitespace().next()?;
        // The first table that a statement names is the one it writes.
        let named = sql.split(['"', '`']).nth(1)?;
        (verb != "SELECT" && TABLES.contains(&named)).then(|| format!("{verb} {named}"))
    });
    Ok((changed?, written.collect()))
}

fn new_inquiry(n: u32) -> NewInquiry {
    let items = Items {
        need: Some(format!("求租标准厂房{n}平方米")),
        company: Some("启澜精密机械（苏州）有限公司".to_owned()),
        contact: n.is_multiple_of(2).then(|| format!("周启澜{n}")),
        phone: Some(format!("138 0013 {n:04}")),
        ..Items::default()
    };
    let facts: Facts =
        serde_json::from_value(json!({"need_kind": "factory_rent", "area_min_sqm": n})).unwrap();
    let mut new = NewInquiry::new(items, Source::of(Channel::Api)).understood(facts);
    new.tags = vec!["重点".to_owned()];
    new.custom.insert("意向楼层".to_owned(), json!(n));
    new
}

/// A user, laid down past the doors.
fn user(home: &Home, database: Database) -> UserId {
    let id: UserId = home.write(|tx| Ok(tx.id())).unwrap();
    let hex = id.uuid().simple();
    let (id_said, yes, at) = match database {
        Database::Sqlite => (format!("X'{hex}'"), "1", "1795000000000".to_owned()),
        Database::Postgres => (format!("'{hex}'"), "true", "now()".to_owned()),
    };
    let sql = format!(
        "INSERT INTO users (id, email, email_key, name, role, active, password_hash, created_at, updated_at, \
         version) VALUES ({id_said}, 'a@example.com', 'a@example.com', 'a', 'agent', {yes}, 'x', {at}, {at}, \
         1)"
    );
    home.outside().batch_execute(&sql).unwrap();
    id
}

fn caller(id: UserId) -> Caller {
    let scope = Scope { user: id, team: None, reach: Reach::Everything };
    Caller { id, role: Role::Admin, team_id: None, scope, credential: None, key_scopes: None }
}

fn patch(items: Vec<(Item, Option<String>)>) -> InquiryPatch {
    InquiryPatch { items, ..InquiryPatch::default() }
}

each_database! {
    fn a_change_of_the_work_writes_one_row_and_an_edit_what_it_changed(database) {
        let Some(home) = Home::new(database) else { return };
        let user = user(&home, database);
        let search = match database {
            Database::Sqlite => "REPLACE search_new",
            Database::Postgres => "INSERT search_texts",
        };
        home.write(move |tx| {
            let (made, written) = writes(tx, |tx| actions::receive(tx, &new_inquiry(1), None, None))?;
            let all = ["INSERT inquiries", "INSERT inquiry_contents", "INSERT inquiry_facts",
                "INSERT inquiry_tags", search];
            assert_eq!(written, all);

            let once = ["UPDATE inquiries"];
            let (rule, deadlines) = (None, Deadlines::default());
            let owner = Owner { user, team: None, trigger: Trigger::Manual, rule, deadlines };
            let assign = |tx: &mut Tx<'_>| Ok(actions::set_owner(tx, &made, owner)?.0);
            let (owned, written) = writes(tx, assign)?;
            assert_eq!(written, once, "an assignment");
            let done = FollowedUp { contacted_at: Some(tx.now), next_at: Some(tx.now) };
            let (called, written) = writes(tx, |tx| actions::note_follow_up(tx, &owned, done))?;
            assert_eq!(written, once, "a follow-up");
            let (caller, any) = (caller(user), Precondition::Any);
            let wanted = Move { status: Status::Contacted, reason: None, note: None };
            let (moved, written) = writes(tx, |tx| actions::move_to(tx, &caller, made.id, &wanted, &any))?;
            assert_eq!(written, once, "a status");
            assert_eq!((moved.version, moved.assignee_id, moved.status), (4, Some(user), Status::Contacted));
            assert_eq!((moved.last_contacted_at, &moved.content), (Some(tx.now), &made.content));
            assert_eq!(store::by_id(tx.conn, made.id)?.as_ref(), Some(&moved), "as it was answered");
            assert_eq!(called.version, 3);

            let words = patch(vec![(Item::Message, Some("请尽快联系".to_owned()))]);
            let (edited, written) = writes(tx, |tx| actions::update(tx, &caller, made.id, &words, &any))?;
            assert_eq!(written, ["UPDATE inquiries", "UPDATE inquiry_contents", search]);
            let same = patch(vec![(Item::Message, Some("请尽快联系".to_owned()))]);
            let (unchanged, written) = writes(tx, |tx| actions::update(tx, &caller, made.id, &same, &any))?;
            assert!(written.is_empty() && unchanged.version == edited.version, "{written:?}");
            let stale = store::update(tx, &moved, &Inquiry { version: 9, ..moved.clone() });
            assert!(stale.is_err(), "somebody else was first");
            assert_eq!(store::by_id(tx.conn, made.id)?.as_ref(), Some(&edited));
            Ok(())
        })
        .unwrap();
    }

    fn a_filled_database_of_the_version_before_is_upgraded(database) {
        let Some(home) = Home::new(database) else { return };
        home.write(|tx| {
            for n in 0..40 {
                let made = actions::receive(tx, &new_inquiry(n), None, None)?;
                let done = FollowedUp { contacted_at: Some(tx.now), next_at: None };
                let called = actions::note_follow_up(tx, &made, done)?;
                // In the bin, too.
                if n % 5 == 0 {
                    let after = Inquiry { deleted_at: Some(tx.now), version: 3, ..called.clone() };
                    store::update(tx, &called, &after)?;
                }
            }
            Ok(())
        })
        .unwrap();
        let before = answers(&home);
        assert_eq!((before.all.len(), before.listed.len(), before.known.len()), (40, 32, 1));
        let (mut conn, options) = (home.outside(), home.options.clone());
        home.db.close();
        revert(&mut conn, database);
        // The version before has one table, and all of it in there.
        let whole = "SELECT count(*) AS n, max(need) AS word FROM inquiries WHERE phone_e164 IS NOT NULL AND \
            company IS NOT NULL AND facts IS NOT NULL AND source IS NOT NULL AND version >= 2";
        let found: Found = sql_query(whole).get_result(&mut conn).unwrap();
        assert_eq!((found.n, found.word.as_str()), (40, "求租标准厂房9平方米"));
        drop(conn);

        let (db, migrated) = Db::open(&options, Parts::new(home.clock.clone(), &[])).unwrap();
        assert!(migrated.applied >= 1);
        assert_eq!(answers(&Home { db, ..home }), before);
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = Text)]
    word: String,
}

/// What is read of the inquiries in several ways.
#[derive(Debug, PartialEq)]
struct Answers {
    all: Vec<Inquiry>,
    listed: Vec<InquiryId>,
    known: Vec<Inquiry>,
    found: i64,
}

fn answers(home: &Home) -> Answers {
    home.read(|read| {
        let scope = Scope { user: UserId::floor(read.now), team: None, reach: Reach::Everything };
        let page = PageRequest { limit: 100, cursor: None, count: false, fingerprint: "the same".to_owned() };
        let searched = Filter::default().and(Condition::contains("q", &["厂房7平方".to_owned()]));
        let listed = list::list(read.conn, &scope, &Filter::default(), Sort::default(), &page)?;
        Ok(Answers {
            all: store::all_after(read.conn, None, 100)?,
            listed: listed.data.into_iter().map(|inquiry| inquiry.id).collect(),
            known: store::open_with_phone(read.conn, "+8613800130007", 5)?,
            found: list::count(read.conn, &scope, &searched)?,
        })
    })
    .unwrap()
}

/// Takes back the table of contents, and whatever came after it.
fn revert(conn: &mut DbConnection, database: Database) {
    let word = if database == Database::Sqlite { "sqlite" } else { "postgres" };
    let folder = format!("{}/migrations/{word}", env!("CARGO_MANIFEST_DIR"));
    loop {
        let files = FileBasedMigrations::from_path(&folder).unwrap();
        let version = match conn {
            // A table that others refer to is rebuilt, as the migrator does it.
            DbConnection::Sqlite(conn) => {
                conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
                conn.revert_last_migration(files).unwrap().to_string()
            }
            DbConnection::Postgres(conn) => conn.revert_last_migration(files).unwrap().to_string(),
        };
        if version.ends_with("000019") {
            return;
        }
    }
}
