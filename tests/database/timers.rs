//! Timers: each fires once by the app's clock, over leaps, steps back, restarts, and any number of nodes.
//! What the rooms do when theirs fire is tested in tests/api.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration as RealTime, Instant};

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::FutureExt;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::error::{Error, Result};
use leaddock::kernel::id::Id;
use leaddock::platform::db::{Batcher, Db, DbConnection, Parts, Tx};
use leaddock::platform::jobs::{Job, Next};
use leaddock::platform::timers::schema::timers as table;
use leaddock::platform::timers::{self, Key, Poller, Timer, Timers};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::setup::{Database, Home, each_database};

/// A timer of these tests.
#[derive(Serialize, Deserialize)]
struct Ring {
    n: i64,
}
impl Timer for Ring {
    const KIND: &'static str = "test.ring";
}

/// The same kind, after its payload has changed.
#[derive(Serialize, Deserialize)]
struct OtherRing {
    word: String,
}
impl Timer for OtherRing {
    const KIND: &'static str = "test.ring";
}

diesel::table! {
    /// What fired. Twice is possible, so that it would be seen.
    fired (n) {
        n -> BigInt,
        due -> BigInt,
    }
}

fn home(database: Database) -> Option<Home> {
    let home = Home::new(database)?;
    home.outside().batch_execute("CREATE TABLE fired (n BIGINT NOT NULL, due BIGINT NOT NULL)").unwrap();
    Some(home)
}

fn key(n: i64) -> Key {
    Id::<()>::from_uuid(uuid::Uuid::from_u128(n.unsigned_abs().into())).into()
}

fn note(tx: &mut Tx<'_>, due: Timestamp, n: i64) -> Result<()> {
    diesel::insert_into(fired::table)
        .values((fired::n.eq(n), fired::due.eq(due.millis())))
        .execute(tx.conn)?;
    Ok(())
}

fn noting(db: &Db) -> Poller {
    firing(db, note)
}

fn firing(
    db: &Db,
    fire: impl Fn(&mut Tx<'_>, Timestamp, i64) -> Result<()> + Send + Sync + 'static,
) -> Poller {
    let mut timers = Timers::default();
    timers.on::<Ring>(move |tx, due, ring| fire(tx, due, ring.n));
    Poller::new(db.clone(), timers)
}

/// Schedules timers of these numbers, each so much later than now.
fn schedule(home: &Home, numbers: std::ops::Range<i64>, after: impl Fn(i64) -> Duration) {
    let all: Vec<(i64, Duration)> = numbers.map(|n| (n, after(n))).collect();
    for some in all.chunks(1_000) {
        let some = some.to_vec();
        home.write(move |tx| {
            some.iter().try_for_each(|(n, after)| {
                timers::schedule(tx, tx.now.plus(*after), key(*n), &Ring { n: *n })
            })
        })
        .unwrap();
    }
}

fn run(home: &Home, poller: &Poller) -> Next {
    home.runtime.block_on(poller.run()).unwrap()
}

fn run_all(home: &Home, poller: &Poller) {
    while run(home, poller) == Next::Immediately {}
}

/// The numbers that have fired, in order.
fn fired(home: &Home) -> Vec<i64> {
    fired::table.select(fired::n).order(fired::n).load(&mut home.outside()).unwrap()
}

fn all(numbers: std::ops::Range<i64>) -> Vec<i64> {
    numbers.collect()
}

/// Attempts, whether it is tried again, and the last error, of each timer that is left.
fn left(home: &Home) -> Vec<(i32, bool, Option<String>)> {
    let rows: Vec<(i32, Option<Timestamp>, Option<String>)> = table::table
        .order(table::key)
        .select((table::attempts, table::next_attempt_at, table::last_error))
        .load(&mut home.outside())
        .unwrap();
    rows.into_iter().map(|(attempts, next, error)| (attempts, next.is_some(), error)).collect()
}

/// The same database, as after a restart.
fn restarted(home: Home) -> Home {
    let Home { db, clock, options, folder, runtime, .. } = home;
    db.close();
    let (db, migrated) = Db::open(&options, Parts::new(clock.clone(), &[])).unwrap();
    Home { db, batcher: Batcher::default(), clock, options, migrated, runtime, folder }
}

/// Ends the transaction from within, as a crash would.
fn crash(tx: &mut Tx<'_>) -> Result<()> {
    match tx.conn {
        DbConnection::Sqlite(conn) => conn.batch_execute("ROLLBACK")?,
        DbConnection::Postgres(conn) => {
            conn.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())")?
        }
    }
    Ok(())
}

each_database! {
    fn ten_thousand_fire_once_each_after_a_leap_of_a_month(database) {
        let Some(home) = home(database) else { return };
        let (poller, start) = (noting(&home.db), home.clock.now());
        schedule(&home, 0..10_000, |n| Duration::minutes(n + 1));
        assert_eq!(run(&home, &poller), Next::After(RealTime::from_secs(60)));
        home.clock.advance(Duration::days(30));
        run_all(&home, &poller);
        run_all(&home, &poller);
        let rows: Vec<(i64, i64)> = fired::table.order(fired::n).load(&mut home.outside()).unwrap();
        let expected: Vec<(i64, i64)> =
            (0..10_000).map(|n| (n, start.plus(Duration::minutes(n + 1)).millis())).collect();
        assert!(rows == expected, "{} fired", rows.len());
        assert_eq!(left(&home), []);
    }

    fn the_earliest_fires_first(database) {
        let Some(home) = home(database) else { return };
        let order: Arc<Mutex<Vec<i64>>> = Arc::default();
        let seen = Arc::clone(&order);
        let poller = firing(&home.db, move |_, _, n| {
            seen.lock().unwrap().push(n);
            Ok(())
        });
        schedule(&home, 0..250, |n| Duration::minutes(n * 7 % 250));
        home.clock.advance(Duration::days(1));
        run_all(&home, &poller);
        let mut expected = all(0..250);
        expected.sort_by_key(|n| n * 7 % 250);
        assert_eq!(*order.lock().unwrap(), expected);
    }

    fn a_step_back_repeats_nothing(database) {
        let Some(home) = home(database) else { return };
        let poller = noting(&home.db);
        schedule(&home, 0..20, |n| Duration::hours(n));
        home.clock.advance(Duration::hours(9));
        run_all(&home, &poller);
        assert_eq!(fired(&home), all(0..10));
        home.clock.advance(-Duration::days(400));
        run_all(&home, &poller);
        assert_eq!(fired(&home), all(0..10));
        home.clock.advance(Duration::days(401));
        run_all(&home, &poller);
        assert_eq!(fired(&home), all(0..20));
    }

    fn what_failed_under_a_later_clock_is_tried_again_soon(database) {
        let Some(home) = home(database) else { return };
        let poller = firing(&home.db, |_, _, _| Err(Error::not_found()));
        schedule(&home, 1..2, |_| Duration::zero());
        for step in [Duration::days(60), -Duration::days(59)] {
            home.clock.advance(step);
            run_all(&home, &poller);
        }
        assert_eq!(left(&home)[0].0, 2);
        home.clock.advance(-Duration::days(1));
        let another = firing(&home.db, |_, _, _| Err(Error::not_found()));
        run_all(&home, &another);
        assert_eq!(left(&home)[0].0, 3, "after a restart, too");
    }

    fn a_restart_between_two_batches_loses_and_repeats_nothing(database) {
        let Some(mut home) = home(database) else { return };
        schedule(&home, 0..350, |n| Duration::seconds(n));
        home.clock.advance(Duration::days(60));
        for so_far in [100, 200] {
            assert_eq!(run(&home, &noting(&home.db)), Next::Immediately);
            assert_eq!(fired(&home), all(0..so_far));
            home = restarted(home);
        }
        run_all(&home, &noting(&home.db));
        assert_eq!(fired(&home), all(0..350));
    }

    fn a_handler_that_fails_or_panics_stops_no_other_and_is_tried_again(database) {
        let Some(home) = home(database) else { return };
        let is_mended = Arc::new(AtomicBool::new(false));
        let mended = Arc::clone(&is_mended);
        let poller = firing(&home.db, move |tx, due, n| {
            note(tx, due, n)?;
            match n {
                1 if !mended.load(Ordering::SeqCst) => Err(Error::not_found()),
                2 if !mended.load(Ordering::SeqCst) => std::panic::resume_unwind(Box::new("on purpose")),
                // A statement that fails ends the transaction on PostgreSQL, if there is no savepoint.
                3 if !mended.load(Ordering::SeqCst) => Ok(tx.conn.batch_execute("SELECT nonsense")?),
                _ => Ok(()),
            }
        });
        schedule(&home, 0..6, |n| Duration::seconds(n));
        home.clock.advance(Duration::minutes(1));
        run_all(&home, &poller);
        assert_eq!(fired(&home), [0, 4, 5], "nothing stays of what failed");
        let errors = ["not_found", "internal", "internal"];
        let failed = |attempts| errors.map(|error| (attempts, true, Some(error.to_owned())));
        assert_eq!(left(&home), failed(1));
        home.clock.advance(Duration::milliseconds(9_999));
        assert_eq!(run(&home, &poller), Next::After(RealTime::from_millis(1)));
        assert_eq!(left(&home), failed(1));
        home.clock.advance(Duration::milliseconds(1));
        run_all(&home, &poller);
        assert_eq!(left(&home), failed(2));
        is_mended.store(true, Ordering::SeqCst);
        home.clock.advance(Duration::seconds(20));
        run_all(&home, &poller);
        assert_eq!((fired(&home), left(&home)), (all(0..6), vec![]));
    }

    fn one_that_fails_ten_times_is_kept_and_left_alone_until_it_is_scheduled_anew(database) {
        let Some(home) = home(database) else { return };
        let is_mended = Arc::new(AtomicBool::new(false));
        let mended = Arc::clone(&is_mended);
        let poller = firing(&home.db, move |tx, due, n| {
            if mended.load(Ordering::SeqCst) { note(tx, due, n) } else { Err(Error::not_found()) }
        });
        schedule(&home, 1..2, |_| Duration::zero());
        for _ in 0..12 {
            run_all(&home, &poller);
            home.clock.advance(Duration::days(1));
        }
        assert_eq!(left(&home), [(10, false, Some("not_found".to_owned()))]);
        assert_eq!(timers::store::dead(&mut home.outside()).unwrap(), 1);
        is_mended.store(true, Ordering::SeqCst);
        assert_eq!((run(&home, &poller), fired(&home)), (Next::Wait, vec![]));
        schedule(&home, 1..2, |_| Duration::zero());
        assert_eq!(left(&home), [(0, true, None)]);
        run_all(&home, &poller);
        assert_eq!((fired(&home), left(&home)), (vec![1], vec![]));
    }

    fn a_crash_in_a_batch_takes_it_back_and_all_but_its_cause_fire(database) {
        let Some(home) = home(database) else { return };
        let poller = firing(&home.db, |tx, due, n| {
            note(tx, due, n)?;
            if n == 5 { crash(tx) } else { Ok(()) }
        });
        schedule(&home, 0..10, |n| Duration::seconds(n));
        home.clock.advance(Duration::hours(1));
        run_all(&home, &poller);
        assert_eq!(fired(&home), [0, 1, 2, 3, 4, 6, 7, 8, 9]);
        assert_eq!(left(&home).len(), 1);
        assert_eq!(left(&home)[0].0, 1);
    }

    fn a_payload_that_cannot_be_read_is_a_failure(database) {
        let Some(home) = home(database) else { return };
        home.write(|tx| timers::schedule(tx, tx.now, key(1), &OtherRing { word: "x".to_owned() })).unwrap();
        schedule(&home, 2..3, |_| Duration::zero());
        run_all(&home, &noting(&home.db));
        assert_eq!(fired(&home), [2]);
        assert_eq!(left(&home), [(1, true, Some("internal".to_owned()))]);
    }

    fn a_timer_is_moved_and_cancelled(database) {
        let Some(home) = home(database) else { return };
        let poller = noting(&home.db);
        let start = home.clock.now();
        let at = move |minutes| start.plus(Duration::minutes(minutes));
        schedule(&home, 1..4, |_| Duration::minutes(60));
        home.write(move |tx| {
            // Scheduled again: the second takes the place of the first, with what it says.
            timers::schedule(tx, at(120), key(1), &Ring { n: 10 })?;
            assert!(timers::reschedule::<Ring>(tx, key(2), at(90))?);
            assert!(timers::cancel::<Ring>(tx, key(3))?);
            assert!(!timers::cancel::<Ring>(tx, key(3))?);
            assert!(!timers::reschedule::<Ring>(tx, key(3), at(90))?);
            Ok(())
        })
        .unwrap();
        let steps = [(60, vec![]), (89, vec![]), (90, vec![2]), (119, vec![2]), (120, vec![2, 10])];
        for (minutes, expected) in steps {
            home.clock.set(at(minutes));
            run_all(&home, &poller);
            assert_eq!(fired(&home), expected, "after {minutes} minutes");
        }
        let dues = fired::table.order(fired::n).select(fired::due);
        let dues: Vec<i64> = dues.load(&mut home.outside()).unwrap();
        assert_eq!(dues, [at(90).millis(), at(120).millis()]);
        let has_moved = home.write(move |tx| timers::reschedule::<Ring>(tx, key(2), at(500))).unwrap();
        assert!(!has_moved, "it has fired");
        let refused = home.write(move |tx| {
            timers::schedule(tx, at(0), key(7), &Ring { n: 7 })?;
            Err::<(), _>(Error::not_found())
        });
        assert!(refused.is_err());
        run_all(&home, &poller);
        assert_eq!(left(&home), [], "what is taken back schedules nothing");
    }

    fn a_handler_may_cancel_others_of_its_batch_and_schedule_itself_anew(database) {
        let Some(home) = home(database) else { return };
        let poller = firing(&home.db, |tx, due, n| {
            note(tx, due, n)?;
            match n {
                1 => {
                    assert!(timers::cancel::<Ring>(tx, key(2))?);
                    assert!(timers::reschedule::<Ring>(tx, key(3), tx.now.plus(Duration::hours(1)))?);
                    timers::schedule(tx, due.plus(Duration::hours(2)), key(1), &Ring { n: 4 })
                }
                _ => Ok(()),
            }
        });
        schedule(&home, 1..4, |n| Duration::seconds(n));
        home.clock.advance(Duration::minutes(1));
        run_all(&home, &poller);
        assert_eq!(fired(&home), [1]);
        home.clock.advance(Duration::hours(1));
        run_all(&home, &poller);
        assert_eq!(fired(&home), [1, 3]);
        home.clock.advance(Duration::hours(1));
        run_all(&home, &poller);
        assert_eq!(fired(&home), [1, 3, 4]);
    }

    fn timers_of_a_kind_that_has_no_handler_here_are_left_to_other_nodes(database) {
        let Some(home) = home(database) else { return };
        schedule(&home, 1..2, |_| Duration::zero());
        let without = Poller::new(home.db.clone(), Timers::default());
        assert_eq!(run(&home, &without), Next::Wait);
        assert_eq!(left(&home), [(0, true, None)]);
        run_all(&home, &noting(&home.db));
        assert_eq!(fired(&home), [1]);
    }

    fn the_poller_is_woken_by_what_is_due_before_its_next_look(database) {
        let Some(home) = home(database) else { return };
        let woken = || home.db.parts().timers.notified().now_or_never().is_some();
        schedule(&home, 1..2, |_| Duration::seconds(1));
        assert!(!woken());
        schedule(&home, 2..3, |_| Duration::milliseconds(999));
        assert!(woken());
        schedule(&home, 3..4, |_| -Duration::days(1));
        assert!(woken());
        home.write(|tx| timers::reschedule::<Ring>(tx, key(1), tx.now)).unwrap();
        assert!(woken());
        let refused = home.write(|tx| {
            timers::schedule(tx, tx.now, key(4), &Ring { n: 4 })?;
            Err::<(), _>(Error::not_found())
        });
        assert!(refused.is_err() && !woken());
    }

    fn the_job_acts_within_two_seconds_of_a_leap(database) {
        let Some(home) = home(database) else { return };
        schedule(&home, 0..300, |n| Duration::hours(n + 1));
        let poller = noting(&home.db);
        let job = Job::every("fire-timers", timers::POLL_EVERY, move || {
            let poller = poller.clone();
            async move { poller.run().await }
        });
        let (_stop, stopped) = watch::channel(false);
        let job = job.woken_by(&home.db.parts().timers, RealTime::ZERO).keep_running(stopped);
        let leaps = async {
            for (leap, many) in [(Duration::hours(1), 1), (Duration::days(60), 300)] {
                home.clock.advance(leap);
                let begun = Instant::now();
                let count = || home.db.read(|read| Ok(fired::table.count().get_result::<i64>(read.conn)?));
                while count().await.unwrap() < many {
                    assert!(begun.elapsed() < RealTime::from_secs(2), "{leap}");
                    tokio::time::sleep(RealTime::from_millis(10)).await;
                }
            }
        };
        home.runtime.block_on(async {
            tokio::select! {
                () = job => unreachable!("nobody stops it"),
                () = leaps => {}
            }
        });
        assert_eq!(fired(&home), all(0..300));
    }
}

/// Fires on a node of its own until so many have fired; how many batches it fired.
fn node(home: &Home, db: &Db, many: i64) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (poller, mut batches) = (noting(db), 0);
    let mut conn = home.outside();
    while fired::table.count().get_result::<i64>(&mut conn).unwrap() < many {
        batches += usize::from(runtime.block_on(poller.run()).unwrap() == Next::Immediately);
    }
    batches
}

#[test]
fn on_two_nodes_each_fires_once() {
    let Some(home) = home(Database::Postgres) else { return };
    let (second, _) = Db::open(&home.options, Parts::new(home.clock.clone(), &[])).unwrap();
    schedule(&home, 0..3_000, |n| Duration::seconds(n));
    home.clock.advance(Duration::days(31));
    let batches: Vec<usize> = std::thread::scope(|scope| {
        let nodes = [&home.db, &second].map(|db| scope.spawn(|| node(&home, db, 3_000)));
        nodes.map(|node| node.join().unwrap()).into()
    });
    assert_eq!(fired(&home), all(0..3_000));
    assert_eq!(left(&home), []);
    assert!(batches.iter().all(|batches| *batches > 0), "both have work: {batches:?}");
}

#[test]
fn a_node_that_is_slow_holds_up_its_own_batch_only() {
    let Some(home) = home(Database::Postgres) else { return };
    let (second, _) = Db::open(&home.options, Parts::new(home.clock.clone(), &[])).unwrap();
    schedule(&home, 0..150, |n| Duration::seconds(n));
    home.clock.advance(Duration::days(1));
    let ((began, begun), (open, opened)) = (channel(), channel::<()>());
    let (began, opened) = (Mutex::new(began), Mutex::new(opened));
    let slow = firing(&second, move |tx, due, n| {
        if n == 0 {
            let _ = began.lock().unwrap().send(());
            let _ = opened.lock().unwrap().recv();
        }
        note(tx, due, n)
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(slow.run()).unwrap();
        });
        begun.recv().unwrap();
        let asked = Instant::now();
        run_all(&home, &noting(&home.db));
        assert_eq!(fired(&home), all(100..150), "the first hundred are claimed");
        assert!(asked.elapsed() < RealTime::from_secs(2));
        open.send(()).unwrap();
    });
    assert_eq!(fired(&home), all(0..150));
}
