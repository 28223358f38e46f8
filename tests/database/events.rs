//! The event log: positions that are visible in order with any number of writers and nodes, typed
//! subscribers, and words that only a newer version knows. What the rooms record is tested in tests/api.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use leaddock::kernel::error::{Error, Result};
use leaddock::kernel::id::{EventId, Id, InquiryId, RequestId};
use leaddock::kernel::page::PageRequest;
use leaddock::platform::db::{Actor, ActorKind, Batcher, Context, Db, DbConnection, Options, Parts, Tx};
use leaddock::platform::events::{self, Event, Fact, NO_SUBJECT, Subscribers};
use leaddock::platform::jobs::Next;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::setup::{Database, Home, each_database, in_batch, mark};

#[derive(Serialize, Deserialize)]
struct Counted {
    n: i64,
}
impl Fact for Counted {
    const KIND: &'static str = "test.counted";
}

fn count(tx: &mut Tx<'_>, n: i64) -> Result<EventId> {
    tx.record(NO_SUBJECT, &Counted { n })
}

/// The number of an event, and its position.
fn counted(event: &Event) -> (i64, i64) {
    (event.position.unwrap(), event.fact::<Counted>().unwrap().unwrap().n)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Publishes until nothing waits.
fn publish(home: &Home) {
    while home.runtime.block_on(events::publish(&home.db)).unwrap() == Next::Immediately {}
}

/// What is in the log after a position.
fn after(home: &Home, position: i64) -> Vec<(i64, i64)> {
    home.read(move |read| events::after(read, position, 1000)).unwrap().iter().map(counted).collect()
}

// ---- many writers

const WRITERS: i64 = 8;
/// Events of one transaction.
const TOGETHER: i64 = 5;

/// How many events the many writers record; more when asked.
#[expect(clippy::disallowed_methods, reason = "the test asks its environment how long it may take")]
fn events_wanted() -> i64 {
    std::env::var("LEADDOCK_TEST_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

/// What a transaction of a writer does on its way.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Straight,
    /// It waits between two events.
    Pauses,
    /// It refuses in the end: nothing of it may be seen.
    Refuses,
}

fn way(n: i64) -> Way {
    match n {
        n if n % 7 == 3 => Way::Refuses,
        n if n % 31 == 5 => Way::Pauses,
        _ => Way::Straight,
    }
}

/// Records the events `first..first + TOGETHER`.
fn record_some(tx: &mut Tx<'_>, first: i64, way: Way) -> Result<()> {
    for n in first..first + TOGETHER {
        count(tx, n)?;
        if way == Way::Pauses && n == first + 1 {
            sleep(Duration::from_millis(5 + n.unsigned_abs() % 40));
        }
    }
    if way == Way::Refuses { Err(Error::not_found()) } else { Ok(()) }
}

/// One of many writers: returns the numbers that were committed.
fn write_many(db: &Db, writer: i64) -> Vec<i64> {
    let runtime = runtime();
    let mut committed = Vec::new();
    for turn in 0..events_wanted() / WRITERS / TOGETHER {
        let (first, way) = ((turn * WRITERS + writer) * TOGETHER, way(turn + writer));
        let record = move |tx: &mut Tx<'_>| record_some(tx, first, way);
        let answer = if turn % 3 == 0 {
            runtime.block_on(in_batch(db, &Batcher::default(), record))
        } else {
            runtime.block_on(db.write(Context::system(), record))
        };
        assert_eq!(answer.is_ok(), way != Way::Refuses, "{answer:?}");
        committed.extend(answer.is_ok().then_some(first..first + TOGETHER).into_iter().flatten());
    }
    committed
}

/// How a reader waits for more.
#[derive(Clone, Copy)]
enum Wait {
    /// For the signal of the log: without one there must be nothing new.
    ForTheSignal,
    Briefly,
}

/// How far the readers have come, and how many events there will be in the end.
struct Progress {
    read: AtomicI64,
    /// Negative as long as it is not known.
    total: AtomicI64,
}

/// What the readers take for the total when a writer has failed, so that the test ends.
const FAILED: i64 = i64::MAX;

/// Ends the readers if the test fails before the total is known.
struct EndReaders<'a>(&'a Progress);

impl Drop for EndReaders<'_> {
    fn drop(&mut self) {
        let _ = self.0.total.compare_exchange(-1, FAILED, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Follows the log by position until all was read; returns the numbers of the events.
fn follow(db: &Db, wait: Wait, limit: i64, progress: &Progress) -> Vec<i64> {
    let runtime = runtime();
    let mut signal = db.parts().publication.subscribe();
    let (mut position, mut numbers, mut silent) = (0, Vec::new(), false);
    loop {
        let total = progress.total.load(Ordering::SeqCst);
        let next = runtime.block_on(db.read(move |read| events::after(read, position, limit))).unwrap();
        if silent && !next.is_empty() {
            let late = async { tokio::time::timeout(Duration::from_secs(5), signal.changed()).await };
            runtime.block_on(late).expect("the log grew without a signal").unwrap();
        }
        for (at, n) in next.iter().map(counted) {
            assert_eq!(at, position + 1, "an event is missing before {at}, or it appeared behind the reader");
            position = at;
            numbers.push(n);
        }
        progress.read.fetch_max(position, Ordering::SeqCst);
        if position == total || total == FAILED {
            return numbers;
        }
        assert!(total < 0 || position < total, "more was read than recorded");
        match wait {
            _ if !next.is_empty() => {}
            Wait::Briefly => sleep(Duration::from_millis(1)),
            Wait::ForTheSignal => {
                // The job looks for the events of other nodes every second.
                let woken = async { tokio::time::timeout(Duration::from_secs(5), signal.changed()).await };
                silent = runtime.block_on(woken).is_err();
            }
        }
    }
}

/// A transaction that records an event, pauses until a reader has come five hundred events further, and then
/// records another. Returns their numbers.
fn pause_until_others_were_read(db: &Db, progress: &Progress) -> Vec<i64> {
    let (resume, paused) = channel::<()>();
    let paused = Mutex::new(paused);
    std::thread::scope(|scope| {
        let written = scope.spawn(move || {
            runtime().block_on(db.write(Context::system(), move |tx| {
                count(tx, 1_000_001)?;
                let resumed = paused.lock().unwrap().recv_timeout(Duration::from_secs(10));
                assert_ne!(resumed, Err(RecvTimeoutError::Timeout));
                count(tx, 1_000_002).map(drop)
            }))
        });
        sleep(Duration::from_millis(100));
        let (before, until) = (progress.read.load(Ordering::SeqCst), Instant::now() + Duration::from_secs(4));
        while progress.read.load(Ordering::SeqCst) < before + 500 {
            assert!(Instant::now() < until, "a paused transaction holds the events of the others back");
            sleep(Duration::from_millis(5));
        }
        resume.send(()).unwrap();
        written.join().unwrap().unwrap();
    });
    vec![1_000_001, 1_000_002]
}

/// Opens the same database once more, as another process does.
fn another_node(home: &Home) -> Db {
    let options = Options { exclusive: false, ..home.options.clone() };
    Db::open(&options, Parts::new(home.clock.clone(), &[])).unwrap().0
}

/// Runs the job that publishes on these nodes while `f` runs.
fn while_publishing<T>(nodes: &[Db], f: impl FnOnce() -> T) -> T {
    let (stop, stopped) = watch::channel(false);
    std::thread::scope(|scope| {
        for node in nodes {
            let stopped = stopped.clone();
            scope.spawn(move || runtime().block_on(events::job(node).keep_running(stopped)));
        }
        // Dropped at the latest when `f` panics, which ends the jobs too.
        let stop = stop;
        let done = f();
        stop.send(true).unwrap();
        done
    })
}

// ---- subscribers

/// A fact that its JSON does not hold whole.
#[derive(Serialize, Deserialize, Default)]
struct Secretive {
    #[serde(skip)]
    secret: i64,
}
impl Fact for Secretive {
    const KIND: &'static str = "test.secretive";
}

const ROBOT: ActorKind = ActorKind::new("robot");

fn subscribe(to: &mut Subscribers) {
    to.on::<Secretive>(|tx, event, fact| {
        assert_eq!((event.kind.as_str(), event.at), (Secretive::KIND, tx.now));
        assert_eq!((&event.actor, event.request_id), (&tx.context.actor, tx.context.request));
        assert_eq!(event.actor.kind, ROBOT);
        let subject: Option<InquiryId> = event.subject.map(Id::from);
        assert_eq!(subject, Some(Id::floor(tx.now)));
        assert!(events::by_id(tx.conn, event.id)?.is_some(), "it is recorded already");
        mark(tx, fact.secret)
    });
    to.on::<Secretive>(|tx, _, fact| mark(tx, fact.secret + 1));
    to.on::<Counted>(|tx, _, fact| mark(tx, fact.n));
}

fn page() -> PageRequest {
    PageRequest { limit: 10, cursor: None, count: true, fingerprint: String::new() }
}

each_database! {
    fn many_writers_and_every_event_is_read_once_in_order(database) {
        let Some(home) = Home::with(database, |options| options.connections = 8, &[]) else { return };
        let nodes = [home.db.clone(), another_node(&home)];
        // A file of SQLite has one server; a second process beside it only reads here.
        let writing = if database == Database::Sqlite { &nodes[..1] } else { &nodes[..] };
        let progress = Progress { read: AtomicI64::new(0), total: AtomicI64::new(-1) };
        let (mut committed, read) = while_publishing(&nodes, || std::thread::scope(|scope| {
            let progress = &progress;
            let _end = EndReaders(progress);
            let ways = [(0, Wait::ForTheSignal, 500), (1, Wait::ForTheSignal, 7), (0, Wait::Briefly, 100),
                (1, Wait::Briefly, 1000)];
            let readers: Vec<_> = ways
                .into_iter()
                .map(|(node, wait, limit)| {
                    let node = &nodes[node];
                    scope.spawn(move || follow(node, wait, limit, progress))
                })
                .collect();
            let writers: Vec<_> = (0..WRITERS)
                .zip(writing.iter().cycle())
                .map(|(writer, node)| scope.spawn(move || write_many(node, writer)))
                .collect();
            let mut committed = Vec::new();
            if database == Database::Postgres {
                committed = pause_until_others_were_read(&nodes[1], progress);
            }
            committed.extend(writers.into_iter().flat_map(|writer| writer.join().unwrap()));
            progress.total.store(i64::try_from(committed.len()).unwrap(), Ordering::SeqCst);
            let read: Vec<Vec<i64>> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
            (committed, read)
        }));
        assert!(read.iter().all(|numbers| *numbers == read[0]), "all read the same order");
        let mut numbers = read[0].clone();
        numbers.sort_unstable();
        committed.sort_unstable();
        assert_eq!(numbers, committed);
    }

    fn an_aborted_transaction_leaves_no_gap(database) {
        let Some(home) = Home::new(database) else { return };
        home.write(|tx| count(tx, 1)).unwrap();
        for batched in [false, true] {
            let refuse = |tx: &mut Tx<'_>| count(tx, 2).and_then(|_| Err::<(), _>(Error::not_found()));
            let _ = if batched { home.crowd(refuse) } else { home.write(refuse) }.unwrap_err();
            publish(&home);
        }
        home.write(|tx| count(tx, 3).and_then(|_| count(tx, 4))).unwrap();
        publish(&home);
        assert_eq!(after(&home, 0), [(1, 1), (2, 3), (3, 4)]);
        assert_eq!(after(&home, 2), [(3, 4)]);
        assert_eq!(home.read(|read| events::last_position(read.conn)).unwrap(), 3);
    }

    fn the_log_begins_with_nothing(database) {
        let Some(home) = Home::new(database) else { return };
        publish(&home);
        assert_eq!(after(&home, 0), []);
        assert_eq!(home.read(|read| events::last_position(read.conn)).unwrap(), 0);
        assert!(!home.db.parts().publication.subscribe().has_changed().unwrap());
    }

    fn readers_are_woken_on_every_node(database) {
        let Some(home) = Home::new(database) else { return };
        let other = another_node(&home);
        let nodes = [home.db.clone(), other];
        while_publishing(&nodes, || {
            let mut signals = nodes.each_ref().map(|node| node.parts().publication.subscribe());
            for (n, writer) in (1..=6).zip(nodes.iter().cycle()) {
                home.runtime.block_on(writer.write(Context::system(), move |tx| count(tx, n))).unwrap();
                for signal in &mut signals {
                    let woken = async {
                        tokio::time::timeout(Duration::from_secs(5), signal.wait_for(|last| *last == n)).await
                    };
                    home.runtime.block_on(woken).expect("woken").unwrap();
                }
            }
        });
        assert_eq!(after(&home, 0), (1..=6).map(|n| (n, n)).collect::<Vec<_>>());
    }

    fn a_subscriber_gets_the_very_fact_and_its_metadata(database) {
        let Some(home) = Home::with(database, |_| {}, &[subscribe]) else { return };
        home.outside().batch_execute("CREATE TABLE marks (n BIGINT NOT NULL PRIMARY KEY)").unwrap();
        home.write(|tx| {
            let id: Id<()> = tx.id();
            tx.context = Context::by(Actor::new(ROBOT, id), Some(RequestId::floor(tx.now)));
            tx.record(Some(InquiryId::floor(tx.now)), &Secretive { secret: 7 })
        })
        .unwrap();
        assert_eq!(home.marks(), [7, 8], "those of its type, and no others");
        publish(&home);
        let recorded = home.read(|read| events::after(read, 0, 10)).unwrap().remove(0);
        assert_eq!(recorded.fact::<Secretive>().unwrap().unwrap().secret, 0);
        assert!(recorded.fact::<Counted>().unwrap().is_none());
    }

    fn a_word_that_only_a_newer_version_knows_breaks_nothing(database) {
        let Some(home) = Home::new(database) else { return };
        let subject = InquiryId::floor(home.clock.now());
        home.write(move |tx| {
            use leaddock::platform::events::schema::events as table;
            let by = Actor::new(ROBOT, tx.id::<()>());
            let mut tx = tx.at(tx.now, &Context::by(by, None));
            let id = tx.record(Some(subject), &Counted { n: 1 })?;
            let stored = table::table.filter(table::id.eq(id));
            Ok(diesel::update(stored).set(table::kind.eq("future.thing")).execute(tx.conn)?)
        })
        .unwrap();
        publish(&home);
        let timeline = home.read(move |read| events::timeline(read, subject, &page())).unwrap();
        assert_eq!(timeline.total, Some(1));
        let log = home.read(|read| events::after(read, 0, 10)).unwrap();
        for event in timeline.data.iter().chain(&log) {
            assert_eq!((event.kind.as_str(), event.actor.kind.word()), ("future.thing", "robot"));
            assert!(event.actor.id.is_some() && event.fact::<Counted>().unwrap().is_none());
        }
        let by = move |kind: ActorKind| {
            home.read(move |read| events::caused_by(read.conn, &kind, subject, "future.thing")).unwrap().len()
        };
        assert_eq!((by(ROBOT), by(ActorKind::SYSTEM)), (1, 0));
    }

    fn events_of_before_get_their_positions_in_the_order_of_their_ids(database) {
        let Some(home) = Home::new(database) else { return };
        let (options, mut conn) = (home.options.clone(), home.outside());
        home.db.close();
        revert_to_before(&mut conn, database, "20261129000016");
        let literal = |n: i64| match database {
            Database::Sqlite => format!("X'{n:032}'"),
            Database::Postgres => format!("'{n:032}'::uuid"),
        };
        let at = if database == Database::Sqlite { "0" } else { "now()" };
        for n in [3, 1, 2] {
            conn.batch_execute(&format!(
                "INSERT INTO events (id, kind, actor, at, data) VALUES ({}, 'test.counted', 'form', {at}, \
                '{{\"n\": {n}}}')", literal(n))).unwrap();
        }
        let yes = if database == Database::Sqlite { "1" } else { "true" };
        conn.batch_execute(&format!(
            "INSERT INTO users (id, email, email_key, name, role, active, created_at, updated_at, version) \
            VALUES ({id}, 'a@b.c', 'a@b.c', 'a', 'agent', {yes}, {at}, {at}, 1); \
            INSERT INTO notifications (id, event_id, event, user_id, channel, status, attempts, created_at) \
            VALUES ({id}, {id}, 'test.counted', {id}, 'mail', 'sent', 1, {at})", id = literal(2))).unwrap();
        let (db, migrated) = Db::open(&options, Parts::new(home.clock.clone(), &[])).unwrap();
        assert!(migrated.applied > 0);
        let home = Home { db, migrated, options, runtime: runtime(), ..home };
        assert_eq!(after(&home, 0), [(1, 1), (2, 2), (3, 3)]);
        home.write(|tx| count(tx, 4)).unwrap();
        publish(&home);
        assert_eq!(after(&home, 3), [(4, 4)]);
        // A notification refers to its event as before.
        let gone = format!("DELETE FROM events WHERE id = {}", literal(2));
        let refused = home.write(move |tx| Ok(tx.conn.batch_execute(&gone)?)).unwrap_err();
        assert!(crate::setup::told(&refused).to_lowercase().contains("foreign key"), "{refused:?}");
    }
}

/// Takes migrations back, from the last one to this one.
fn revert_to_before(conn: &mut DbConnection, database: Database, version: &str) {
    let folder = if database == Database::Sqlite { "sqlite" } else { "postgres" };
    let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    loop {
        let files = FileBasedMigrations::from_path(&folder).unwrap();
        let reverted = match conn {
            DbConnection::Sqlite(conn) => conn.revert_last_migration(files).unwrap().to_string(),
            DbConnection::Postgres(conn) => conn.revert_last_migration(files).unwrap().to_string(),
        };
        if reverted.replace('-', "") == version {
            return;
        }
    }
}

#[test]
fn one_node_numbers_at_a_time() {
    let Some(home) = Home::new(Database::Postgres) else { return };
    home.write(|tx| count(tx, 1)).unwrap();
    let mut holder = home.outside();
    holder.batch_execute("SELECT pg_advisory_lock(hashtextextended('events.position', 0))").unwrap();
    let run = || home.runtime.block_on(events::publish(&home.db)).unwrap();
    assert_eq!((run(), after(&home, 0)), (Next::After(Duration::from_millis(200)), vec![]));
    holder.batch_execute("SELECT pg_advisory_unlock_all()").unwrap();
    assert_eq!((run(), after(&home, 0)), (Next::Wait, vec![(1, 1)]));
}
