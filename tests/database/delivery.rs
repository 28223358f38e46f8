//! The delivery queue on both databases, with a channel of the test's own: targets and messages keep apart,
//! nothing is lost, and old notifications find themselves in it. What a mail server does is in tests/api.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::Migration;
use diesel::sql_types::Text;
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use leaddock::kernel::clock::Clock;
use leaddock::kernel::error::Result;
use leaddock::platform::db::{Db, DbConnection, Options, Parts};
use leaddock::platform::delivery::schema::deliveries;
use leaddock::platform::delivery::store;
use leaddock::platform::delivery::{
    Attempt, Channel, Delivery, Dispatcher, Limits, Message, Rendered, Report, RetrySchedule, Route, Source,
    SourceId, Status,
};

use crate::setup::{Database, Home, connect, each_database, empty, fresh};

/// Does with a message what the name of its target says, and keeps a list of what it was given.
#[derive(Clone, Default)]
struct Recorder {
    given: Arc<Mutex<Vec<(String, SourceId)>>>,
    poisonous: Option<SourceId>,
    per_second: Option<NonZeroU32>,
}

impl Channel for Recorder {
    fn name(&self) -> &'static str {
        "test"
    }

    fn limits(&self) -> Limits {
        Limits { concurrency: 4, batch: 50, per_second: self.per_second }
    }

    fn retries(&self) -> RetrySchedule {
        let repeated_for = Some(chrono::Duration::days(4));
        RetrySchedule { waits: &[5, 30, 120, 600, 3_600, 14_400], jitter: 20, repeated_for }
    }

    fn message_id(&self, name: &str) -> Option<String> {
        Some(format!("<{name}>"))
    }

    fn deliver<'a>(&'a self, target: &'a str, message: Message) -> BoxFuture<'a, Report> {
        let id = *message.downcast::<SourceId>().unwrap();
        async move {
            self.given.lock().unwrap().push((target.to_owned(), id));
            if self.poisonous == Some(id) {
                return std::future::pending().await;
            }
            let attempt = match target {
                _ if target.starts_with("hangs") => std::future::pending().await,
                "away" => Attempt::Unreachable("refused".to_owned()),
                "busy" => Attempt::Deferred("451".to_owned()),
                "slow" => {
                    tokio::time::sleep(Duration::from_millis(400)).await;
                    Attempt::Delivered
                }
                _ => Attempt::Delivered,
            };
            attempt.into()
        }
        .boxed()
    }
}

impl Source for Recorder {
    fn message(&self, id: SourceId) -> BoxFuture<'_, Result<Rendered>> {
        async move { Ok(Rendered::Ready(Box::new(id))) }.boxed()
    }

    fn name(&self, id: SourceId) -> String {
        id.uuid().to_string()
    }
}

impl Recorder {
    fn dispatcher(&self, db: &Db) -> Dispatcher {
        let (channel, source) = (Arc::new(self.clone()), Arc::new(self.clone()));
        Dispatcher::new(db.clone(), vec![Route { channel, source }])
    }

    /// How many messages it was given for a target.
    fn given(&self, target: &str) -> usize {
        self.given.lock().unwrap().iter().filter(|(to, _)| to == target).count()
    }
}

/// Puts messages to a target into the queue.
fn enqueue(home: &Home, target: impl Into<String>, count: usize) -> Vec<SourceId> {
    let target = target.into();
    home.write(move |tx| {
        let ids: Vec<SourceId> = (0..count).map(|_| tx.id()).collect();
        ids.iter().try_for_each(|id| store::enqueue(tx, *id, "test", &target))?;
        Ok(ids)
    })
    .unwrap()
}

fn work(home: &Home, dispatcher: &Dispatcher, looks: usize) {
    home.runtime.block_on(async {
        for _ in 0..looks {
            dispatcher.work().await.unwrap();
        }
    });
}

fn rows(home: &Home) -> Vec<Delivery> {
    let all = |read: &mut leaddock::platform::db::Read<'_>| {
        Ok(deliveries::table.order(deliveries::id).load::<Delivery>(read.conn)?)
    };
    home.read(all).unwrap()
}

fn of_status(home: &Home, status: Status) -> Vec<Delivery> {
    rows(home).into_iter().filter(|row| row.status == status).collect()
}

each_database! {
    fn a_target_that_hangs_or_is_away_delays_no_other(database) {
        let Some(home) = Home::new(database) else { return };
        for target in ["away", "hangs"] {
            enqueue(&home, target, 200);
        }
        enqueue(&home, "works", 60);
        let recorder = Recorder::default();
        let dispatcher = recorder.dispatcher(&home.db);
        // One to see whether it is there, fifty, and the rest.
        work(&home, &dispatcher, 3);
        assert_eq!(recorder.given("works"), 60);
        assert_eq!(of_status(&home, Status::Delivered).len(), 60);
        work(&home, &dispatcher, 5);
        assert_eq!((recorder.given("hangs"), recorder.given("away")), (1, 1));
        let failed = of_status(&home, Status::Failed);
        assert_eq!((failed.len(), failed[0].attempts, failed[0].target.as_str()), (1, 1, "away"));
        assert!(failed[0].next_attempt_at.is_some());
    }

    fn a_poisonous_message_delays_no_other(database) {
        let Some(home) = Home::new(database) else { return };
        let ids = enqueue(&home, "works", 60);
        let recorder = Recorder { poisonous: Some(ids[10]), ..Recorder::default() };
        work(&home, &recorder.dispatcher(&home.db), 4);
        assert_eq!(of_status(&home, Status::Delivered).len(), 59);
        assert_eq!(recorder.given("works"), 60);
    }

    fn who_dies_with_a_lease_loses_nothing(database) {
        let Some(mut home) = Home::new(database) else { return };
        enqueue(&home, "works", 1);
        enqueue(&home, "hangs", 1);
        let recorder = Recorder::default();
        work(&home, &recorder.dispatcher(&home.db), 1);
        assert_eq!((recorder.given("works"), recorder.given("hangs")), (1, 1));
        // The process is gone, with what it had begun.
        home.runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let after = Recorder::default();
        let dispatcher = after.dispatcher(&home.db);
        work(&home, &dispatcher, 2);
        home.clock.advance(chrono::Duration::seconds(20));
        work(&home, &dispatcher, 2);
        assert_eq!(after.given("hangs"), 0, "not while the lease lasts");
        home.clock.advance(chrono::Duration::milliseconds(1));
        work(&home, &dispatcher, 2);
        assert_eq!((after.given("works"), after.given("hangs")), (0, 1));
    }

    fn retries_follow_the_app_s_clock(database) {
        let Some(home) = Home::new(database) else { return };
        enqueue(&home, "busy", 1);
        let recorder = Recorder::default();
        let dispatcher = recorder.dispatcher(&home.db);
        work(&home, &dispatcher, 3);
        assert_eq!(recorder.given("busy"), 1);
        let message_id = rows(&home)[0].message_id.clone();
        for (tries, given, seconds) in [(2, 2, 6), (3, 3, 36), (4, 4, 144)] {
            home.clock.advance(chrono::Duration::seconds(seconds));
            work(&home, &dispatcher, 2);
            assert_eq!(recorder.given("busy"), given);
            let row = &rows(&home)[0];
            assert_eq!(
                (row.status, row.attempts, &row.message_id),
                (Status::Failed, tries, &message_id)
            );
        }
        home.clock.advance(chrono::Duration::days(5));
        work(&home, &dispatcher, 2);
        let row = &rows(&home)[0];
        assert_eq!((row.status, row.next_attempt_at), (Status::Dead, None));
    }

    fn what_waited_for_days_is_tried_for_as_long_as_others(database) {
        let Some(home) = Home::new(database) else { return };
        let later = home.clock.now().plus(chrono::Duration::days(9));
        home.write(move |tx| {
            let id: SourceId = tx.id();
            store::enqueue_at(tx, id, "test", "busy", later)
        })
        .unwrap();
        let dispatcher = Recorder::default().dispatcher(&home.db);
        let tried = |after: chrono::Duration| {
            home.clock.advance(after);
            work(&home, &dispatcher, 2);
            rows(&home).remove(0)
        };
        assert_eq!(tried(chrono::Duration::days(9)).status, Status::Failed, "its first try");
        assert_eq!(tried(chrono::Duration::days(3)).status, Status::Failed);
        assert_eq!(tried(chrono::Duration::days(2)).status, Status::Dead, "five days of tries");
    }

    fn who_has_a_dead_one_tried_again_gets_the_whole_schedule(database) {
        let Some(home) = Home::new(database) else { return };
        let ids = enqueue(&home, "busy", 1);
        let dispatcher = Recorder::default().dispatcher(&home.db);
        let tried = |after: chrono::Duration| {
            home.clock.advance(after);
            work(&home, &dispatcher, 2);
            rows(&home).remove(0)
        };
        let revive = || home.write({ let id = ids[0]; move |tx| store::revive(tx, id) }).unwrap();
        // Months later, and once more when the second round is over as well.
        let mut attempts = 0;
        for round in 0..3 {
            if round > 0 {
                home.clock.advance(chrono::Duration::days(90));
                assert!(revive() && !revive(), "once");
            }
            for seconds in [0, 6, 36, 144, 720, 4_320, 17_280, 17_280] {
                attempts += 1;
                let row = tried(chrono::Duration::seconds(seconds));
                assert_eq!((row.status, row.attempts), (Status::Failed, attempts), "round {round}");
            }
            attempts += 1;
            let row = tried(chrono::Duration::days(4));
            assert_eq!((row.status, row.attempts, row.next_attempt_at), (Status::Dead, attempts, None));
        }
    }

    fn a_revived_message_waits_for_a_target_that_is_away(database) {
        let Some(home) = Home::new(database) else { return };
        let id = enqueue(&home, "busy", 1)[0];
        work(&home, &Recorder::default().dispatcher(&home.db), 2);
        home.clock.advance(chrono::Duration::days(5));
        work(&home, &Recorder::default().dispatcher(&home.db), 2);
        assert_eq!((rows(&home)[0].status, rows(&home)[0].attempts), (Status::Dead, 2));
        home.write(move |tx| {
            let away = diesel::update(deliveries::table).set(deliveries::target.eq("away"));
            away.execute(tx.conn)?;
            store::revive(tx, id)
        })
        .unwrap();
        for _ in 0..3 {
            work(&home, &Recorder::default().dispatcher(&home.db), 2);
            let row = &rows(&home)[0];
            assert_eq!((row.status, row.attempts), (Status::Failed, 3), "not reaching it is one try in all");
            home.clock.advance(chrono::Duration::seconds(6));
        }
    }

    fn a_target_that_is_away_uses_no_tries_up(database) {
        let Some(home) = Home::new(database) else { return };
        enqueue(&home, "away", 1);
        for tries in 1..=3 {
            // Each new process asks once.
            let recorder = Recorder::default();
            work(&home, &recorder.dispatcher(&home.db), 3);
            assert_eq!(recorder.given("away"), 1, "{tries}");
            let row = &rows(&home)[0];
            assert_eq!((row.status, row.attempts), (Status::Failed, 1));
            home.clock.advance(chrono::Duration::seconds(6));
        }
    }

    fn a_look_leases_a_bounded_number_and_the_next_goes_on_behind_it(database) {
        let Some(home) = Home::new(database) else { return };
        for number in 0..600 {
            enqueue(&home, format!("hangs {number:03}"), 1);
        }
        let recorder = Recorder::default();
        let dispatcher = recorder.dispatcher(&home.db);
        let leased = || rows(&home).iter().filter(|row| row.leased_until.is_some()).count();
        for wanted in [500, 600] {
            work(&home, &dispatcher, 1);
            assert_eq!((leased(), recorder.given.lock().unwrap().len()), (wanted, wanted));
        }
        // From the beginning again: what is new there has its turn.
        enqueue(&home, "at the beginning", 1);
        work(&home, &dispatcher, 1);
        assert_eq!(recorder.given("at the beginning"), 1);
    }

    fn a_rate_is_kept(database) {
        let Some(home) = Home::new(database) else { return };
        enqueue(&home, "works", 40);
        let recorder = Recorder { per_second: NonZeroU32::new(5), ..Recorder::default() };
        let dispatcher = recorder.dispatcher(&home.db);
        let began = std::time::Instant::now();
        work(&home, &dispatcher, 4);
        // Five at once, and one more each fifth of a second.
        let most = 6 + usize::try_from(began.elapsed().as_millis() / 200).unwrap();
        assert!((2..=most).contains(&recorder.given("works")), "{} of {most}", recorder.given("works"));
    }

    fn who_stops_ends_what_is_on_its_way_and_gives_the_rest_back(database) {
        let Some(home) = Home::new(database) else { return };
        enqueue(&home, "slow", 30);
        let recorder = Recorder::default();
        let dispatcher = recorder.dispatcher(&home.db);
        // The first one takes two looks and more; then four at a time begin.
        work(&home, &dispatcher, 4);
        home.runtime.block_on(dispatcher.finish());
        let rows = rows(&home);
        assert!(rows.iter().all(|row| row.leased_until.is_none()));
        let delivered = rows.iter().filter(|row| row.status == Status::Delivered).count();
        assert_eq!(delivered, recorder.given("slow"));
        assert!((2..30).contains(&delivered), "{delivered}");
        assert!(rows.iter().all(|row| row.status == Status::Delivered || row.attempts == 0));
    }

    fn old_notifications_keep_their_ids_and_states(database) {
        let folder = tempfile::tempdir().unwrap();
        let Some(mut options) = fresh(database, &folder) else { return };
        empty(&mut options);
        let mut conn = connect(&options.url);
        migrate_before(&mut conn, database);
        conn.batch_execute(&old_rows(database, 4_000)).unwrap();
        let id = if database == Database::Sqlite { "hex(" } else { "text(" };
        let before = "SELECT ID(id) || status || attempts || event AS line FROM notifications";
        let before = joined(&mut conn, &before.replace("ID(", id));
        drop(conn);
        let (db, _) = Db::open(&options, Parts::new(Clock::System, &[])).unwrap();
        db.close();
        let after = "SELECT ID(n.id) || CASE d.status WHEN 'delivered' THEN 'sent' ELSE d.status END || \
            d.attempts || n.event AS line FROM notifications AS n JOIN deliveries AS d ON d.id = n.id \
            WHERE d.target = 'server' AND d.channel = 'mail' AND d.message_id = '<x@y>' \
            AND (d.next_attempt_at IS NULL) = (d.status IN ('delivered', 'dead')) \
            AND (d.delivered_at IS NOT NULL) = (d.status = 'delivered') \
            AND (d.last_error IS NOT NULL) = (d.status IN ('failed', 'dead'))";
        let after = joined(&mut connect(&options.url), &after.replace("ID(", id));
        assert_eq!(before.len(), 4_000);
        assert_eq!(before, after);
    }
}

#[test]
fn two_nodes_share_the_work_and_deliver_each_message_once() {
    let Some(home) = Home::new(Database::Postgres) else { return };
    let (other, _) = Db::open(&home.options, Parts::new(home.clock.clone(), &[])).unwrap();
    // More than one look leases.
    enqueue(&home, "works", 1_200);
    let recorders = [Recorder::default(), Recorder::default()];
    let nodes = [recorders[0].dispatcher(&home.db), recorders[1].dispatcher(&other)];
    home.runtime.block_on(async {
        for node in &nodes {
            node.work().await.unwrap();
        }
        for _ in 0..30 {
            let (first, second) = futures_util::future::join(nodes[0].work(), nodes[1].work()).await;
            first.and(second).unwrap();
        }
    });
    let mut times: BTreeMap<SourceId, usize> = BTreeMap::new();
    for (_, id) in recorders.iter().flat_map(|recorder| recorder.given.lock().unwrap().clone()) {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!((times.len(), times.values().max()), (1_200, Some(&1)));
    assert!(recorders.iter().all(|recorder| recorder.given("works") > 0), "both work");
    assert_eq!(of_status(&home, Status::Delivered).len(), 1_200);
    drop(nodes);
    other.close();
}

#[test]
fn outcomes_are_noted_while_the_background_is_held_up() {
    let connections = |options: &mut Options| options.connections = 4;
    let Some(home) = Home::with(Database::Postgres, connections, &[]) else { return };
    let slow = enqueue(&home, "slow", 1)[0];
    let dispatcher = Recorder::default().dispatcher(&home.db);
    work(&home, &dispatcher, 1);
    assert!(of_status(&home, Status::Delivered).is_empty());
    // The next look waits for its lease behind somebody else's work.
    enqueue(&home, "works", 1);
    let (held, gate) = home.background_gate();
    let is_delivered = async || {
        let status = deliveries::table.find(slow).select(deliveries::status);
        home.db.read(move |read| Ok(status.first::<Status>(read.conn)?)).await.unwrap() == Status::Delivered
    };
    let noted = async {
        while !is_delivered().await {}
        gate.open();
    };
    home.runtime.block_on(async {
        let both = futures_util::future::join(dispatcher.work(), noted);
        let (looked, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("it is noted");
        looked.unwrap();
        held.await.unwrap();
    });
    work(&home, &dispatcher, 2);
    assert_eq!(of_status(&home, Status::Delivered).len(), 2);
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn joined(conn: &mut DbConnection, sql: &str) -> Vec<String> {
    let lines: Vec<Line> = sql_query(sql).load(conn).unwrap();
    let mut lines: Vec<String> = lines.into_iter().map(|row| row.line).collect();
    lines.sort_unstable();
    lines
}

/// The last migration before there were deliveries, or any other of its day.
const BEFORE: &str = "20261128999999";

fn migrate_before(conn: &mut DbConnection, database: Database) {
    fn run<DB: diesel::backend::Backend>(conn: &mut impl MigrationHarness<DB>, files: FileBasedMigrations)
    where
        FileBasedMigrations: diesel::migration::MigrationSource<DB>,
    {
        let all: Vec<Box<dyn Migration<DB>>> = conn.pending_migrations(files).unwrap();
        for migration in all {
            if migration.name().version().to_string().as_str() < BEFORE {
                conn.run_migration(&migration).unwrap();
            }
        }
    }
    let word = if database == Database::Sqlite { "sqlite" } else { "postgres" };
    let path = format!("{}/migrations/{word}", env!("CARGO_MANIFEST_DIR"));
    let files = FileBasedMigrations::from_path(path).unwrap();
    match conn {
        DbConnection::Sqlite(conn) => run::<diesel::sqlite::Sqlite>(conn, files),
        DbConnection::Postgres(conn) => run::<diesel::pg::Pg>(conn, files),
    }
}

/// A user, events, and a notification for each, as they were before there were deliveries.
fn old_rows(database: Database, count: usize) -> String {
    let (series, id, at, yes) = match database {
        Database::Sqlite => (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n \
                FROM s)"
            ),
            "randomblob(16)",
            "(1795000000 + n) * 1000",
            "1",
        ),
        Database::Postgres => (
            format!("generate_series(1, {count}) AS s(n)"),
            "gen_random_uuid()",
            "to_timestamp(1795000000 + n)",
            "true",
        ),
    };
    let cases =
        "CASE subject % 4 WHEN 0 THEN 'pending' WHEN 1 THEN 'sent' WHEN 2 THEN 'failed' ELSE 'dead' END";
    let status = cases.replace("subject", "n");
    format!(
        "INSERT INTO users (id, email, email_key, name, role, active, password_hash, created_at, updated_at, \
         version) SELECT {id}, 'u', 'u', 'u', 'agent', {yes}, 'x', {at}, {at}, 1 FROM {series} WHERE n = 1;
         INSERT INTO events (id, kind, subject_id, actor, at, data)
         SELECT {id}, 'inquiry.assigned', NULL, 'system', {at}, '{{}}' FROM {series};
         INSERT INTO notifications (id, event_id, event, user_id, channel, status, attempts, next_attempt_at,
         last_error, message_id, created_at, sent_at)
         SELECT e.id, e.id, e.kind, (SELECT id FROM users), 'mail', {status}, n,
         CASE WHEN n % 4 IN (0, 2) THEN e.at END, CASE WHEN n % 4 > 1 THEN '550' END, '<x@y>', e.at,
         CASE WHEN n % 4 = 1 THEN e.at END
         FROM (SELECT id, kind, at, ROW_NUMBER() OVER (ORDER BY id) AS n FROM events) AS e;"
    )
}
