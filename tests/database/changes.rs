//! Changes behind the write door: all or nothing each, many to a commit, run again where another was first.
//! A database that goes away is the matter of `outages.rs`.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{QueryDsl, RunQueryDsl};
use futures_util::FutureExt;
use leaddock::kernel::error::{Class, Error, Result};
use leaddock::platform::db::dialect::{Search, index_text, search_ids};
use leaddock::platform::db::{Context, Db, Options, Parts, Tx, Zone, lost_race};
use leaddock::platform::events::{Fact, NO_SUBJECT, Subscribers};
use serde::{Deserialize, Serialize};

use crate::setup::{Home, connect, each_database, mark, seen};

/// Ends the closure as a panic does, without its words on standard error.
fn panics() -> ! {
    resume_unwind(Box::new("on purpose"))
}

/// What becomes of one of many: most are good.
fn fate(n: i64) -> &'static str {
    match n {
        n if n % 3 == 0 => "refused",
        n if n % 7 == 0 => "panics",
        n if n % 11 == 0 => "breaks a rule of the database",
        n if n % 13 == 0 => "loses a race once",
        _ => "good",
    }
}

fn one_of_many(tx: &mut Tx<'_>, n: i64, tries: &AtomicU32) -> Result<i64> {
    mark(tx, n)?;
    let id = tx.id::<()>();
    index_text(tx, id, &format!("第{n}号厂房"))?;
    let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
    match fate(n) {
        "refused" => Err(Error::not_found()),
        "panics" => panics(),
        "breaks a rule of the database" => mark(tx, n).map(|()| n),
        "loses a race once" if first => Err(lost_race(diesel::result::Error::RollbackTransaction)),
        _ => Ok(n),
    }
}

#[derive(Serialize, Deserialize)]
struct Told {}
impl Fact for Told {
    const KIND: &'static str = "test.told";
}

#[derive(Serialize, Deserialize)]
struct Unwelcome {}
impl Fact for Unwelcome {
    const KIND: &'static str = "test.unwelcome";
}

/// Answers one fact with a mark, and refuses the other after laying down a mark.
fn subscribe(to: &mut Subscribers) {
    to.on::<Told>(|tx, _, _| mark(tx, 2)).on::<Unwelcome>(|tx, _, _| {
        mark(tx, 3)?;
        Err(Error::not_found())
    });
}

diesel::table! {
    events (kind) {
        kind -> Text,
    }
}

fn events(home: &Home) -> Vec<String> {
    events::table.select(events::kind).load(&mut home.outside()).unwrap()
}

each_database! {
    fn the_time_zone_is_answered_to_whoever_asks(database) {
        let Some(home) = Home::new(database) else { return };
        assert_eq!(home.read(|read| read.zone()).unwrap(), chrono_tz::UTC);
        let parts = Parts::new(home.clock.clone(), &[]).in_zone(Zone::configured(chrono_tz::Asia::Tokyo));
        let options = Options { exclusive: false, ..home.options.clone() };
        let (db, _) = Db::open(&options, parts).unwrap();
        home.runtime.block_on(async {
            let asked = [
                db.zone().await,
                db.read(|read| read.zone()).await,
                db.write(Context::system(), |tx| tx.zone()).await,
                db.write(Context::system(), |tx| tx.at(tx.now, &Context::system()).zone()).await,
            ];
            assert!(asked.iter().all(|zone| *zone.as_ref().unwrap() == chrono_tz::Asia::Tokyo), "{asked:?}");
        });
        db.close();
    }

    fn a_bad_change_takes_only_itself_back(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.gate();
        let many = (1..=200).map(|n| {
            let tries = AtomicU32::new(0);
            home.submit(move |tx| one_of_many(tx, n, &tries))
        });
        let many: Vec<_> = many.collect();
        gate.open();
        home.answers(vec![held]).remove(0).unwrap();
        for (n, answer) in (1..).zip(home.answers(many)) {
            match fate(n) {
                "refused" => assert_eq!(answer.unwrap_err().class(), Class::NotFound),
                "panics" | "breaks a rule of the database" => {
                    assert_eq!(answer.unwrap_err().class(), Class::Internal)
                }
                _ => assert_eq!(answer.unwrap(), n),
            }
        }
        let good: Vec<i64> = (1..=200).filter(|n| matches!(fate(*n), "good" | "loses a race once")).collect();
        assert_eq!(home.marks(), good);
        // The search index stands beside the tables in the same savepoints.
        let mut conn = home.outside();
        let found = search_ids::<()>(&mut conn, &Search::new("号厂房").unwrap(), None, false, 1000).unwrap();
        assert_eq!(found.len(), good.len());
        for n in [1, 3, 7, 11, 13] {
            let hits =
                search_ids::<()>(&mut conn, &Search::new(&format!("第{n}号")).unwrap(), None, false, 10)
                    .unwrap();
            assert_eq!(hits.len(), usize::from(good.contains(&n)), "{n}");
        }
    }

    fn changes_alone_take_themselves_back_too(database) {
        let Some(home) = Home::with_marks(database) else { return };
        for n in 1..=26 {
            let tries = AtomicU32::new(0);
            let answer = home.write(move |tx| one_of_many(tx, n, &tries));
            assert_eq!(answer.is_ok(), matches!(fate(n), "good" | "loses a race once"), "{n}: {answer:?}");
        }
        let good: Vec<i64> = (1..=26).filter(|n| matches!(fate(*n), "good" | "loses a race once")).collect();
        assert_eq!(home.marks(), good);
    }

    fn a_panic_ends_no_lane(database) {
        let Some(home) = Home::with(database, |options| options.connections = 1, &[]) else { return };
        for _ in 0..5 {
            assert_eq!(home.read(|_| -> Result<()> { panics() }).unwrap_err().class(), Class::Internal);
            assert_eq!(home.write(|_| -> Result<()> { panics() }).unwrap_err().class(), Class::Internal);
            assert_eq!(home.crowd(|_| -> Result<()> { panics() }).unwrap_err().class(), Class::Internal);
        }
        assert_eq!(home.read(|_| Ok(1)).unwrap(), 1);
        assert_eq!(home.write(|_| Ok(2)).unwrap(), 2);
        assert_eq!(home.crowd(|_| Ok(3)).unwrap(), 3);
    }

    fn what_panics_as_it_is_let_go_ends_no_worker(database) {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panics()
            }
        }
        let Some(home) = Home::with_marks(database) else { return };
        for n in 1..=5 {
            let (one, other) = (Panics, Panics);
            home.write(move |tx| {
                let _held = &one;
                mark(tx, n)
            })
            .unwrap();
            home.crowd(move |tx| {
                let _held = &other;
                mark(tx, n + 10)
            })
            .unwrap();
        }
        assert_eq!(home.marks(), [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]);
    }

    fn a_refused_read_of_broken_sql_leaves_a_good_connection(database) {
        let Some(home) = Home::with_marks(database) else { return };
        assert_eq!(
            home.read(|read| Ok(read.conn.batch_execute("SELECT nonsense")?)).unwrap_err().class(),
            Class::Internal
        );
        assert_eq!(home.read(|read| seen(read.conn)).unwrap(), Vec::<i64>::new());
    }

    fn changes_that_wait_share_one_commit(database) {
        let Some(home) = Home::with_marks(database) else { return };
        assert_eq!(commits_of_forty(&home), 1);
        assert_eq!(home.marks().len(), 40);
    }

    fn without_groups_each_change_is_a_commit(database) {
        let Some(home) = Home::with(database, |options| options.group_commit = false, &[]) else { return };
        home.outside().batch_execute("CREATE TABLE marks (n BIGINT NOT NULL PRIMARY KEY)").unwrap();
        assert_eq!(commits_of_forty(&home), 40);
    }

    fn a_lost_race_is_run_again_from_the_start(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let tries = Arc::new(AtomicU32::new(0));
        for in_crowd in [false, true] {
            let counted = Arc::clone(&tries);
            counted.store(0, Ordering::SeqCst);
            let change = move |tx: &mut Tx<'_>| {
                let n = counted.fetch_add(1, Ordering::SeqCst) + 1;
                mark(tx, i64::from(n) + if in_crowd { 100 } else { 0 })?;
                if n < 3 { Err(lost_race(diesel::result::Error::RollbackTransaction)) } else { Ok(n) }
            };
            assert_eq!(if in_crowd { home.crowd(change) } else { home.write(change) }.unwrap(), 3);
        }
        assert_eq!(home.marks(), [3, 103], "nothing stays of a try that lost");
    }

    fn who_always_loses_is_told_so(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let answer = home.write(move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            mark(tx, 1)?;
            Err::<(), _>(lost_race(diesel::result::Error::RollbackTransaction))
        });
        assert_eq!(answer.unwrap_err().class(), Class::Unavailable);
        assert!((2..=10).contains(&tries.load(Ordering::SeqCst)));
        assert_eq!(home.marks(), Vec::<i64>::new());
    }

    fn time_stands_still_in_a_change(database) {
        let Some(home) = Home::new(database) else { return };
        let clock = home.clock.clone();
        let start = clock.now();
        let (first, second) = home
            .write(move |tx| {
                let first = tx.now;
                clock.advance(Duration::minutes(5));
                tx.record(NO_SUBJECT, &Told {})?;
                Ok((first, tx.now))
            })
            .unwrap();
        assert_eq!((first, second), (start, start));
        let at = home.read(|read| {
            use leaddock::platform::events::schema::events;
            Ok(events::table.select(events::at).first::<leaddock::kernel::clock::Timestamp>(read.conn)?)
        });
        assert_eq!(at.unwrap(), start);
        assert_eq!(home.read(|read| Ok(read.now)).unwrap(), start.plus(Duration::minutes(5)));
    }

    fn subscribers_run_inside_the_transaction(database) {
        let Some(home) = Home::with(database, |_| {}, &[subscribe]) else { return };
        home.outside().batch_execute("CREATE TABLE marks (n BIGINT NOT NULL PRIMARY KEY)").unwrap();
        let refused = home.write(|tx| {
            mark(tx, 1)?;
            tx.record(NO_SUBJECT, &Unwelcome {})
        });
        assert_eq!(refused.unwrap_err().class(), Class::NotFound);
        assert_eq!(
            (home.marks(), events(&home)),
            (vec![], vec![]),
            "a subscriber that refuses takes the change back"
        );
        home.write(|tx| {
            mark(tx, 1)?;
            tx.record(NO_SUBJECT, &Told {})
        })
        .unwrap();
        assert_eq!((home.marks(), events(&home)), (vec![1, 2], vec![Told::KIND.to_owned()]));
    }

    fn jobs_are_woken_by_what_was_committed(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let woken = || home.db.parts().work.notified().now_or_never().is_some();
        let _ = home.write(|tx| {
            tx.leave_work();
            Err::<(), _>(Error::not_found())
        });
        assert!(!woken());
        home.write(|tx| mark(tx, 1)).unwrap();
        assert!(!woken());
        home.write(|tx| {
            tx.leave_work();
            Ok(())
        })
        .unwrap();
        assert!(woken());
    }

    fn a_full_queue_refuses_at_once_and_loses_nothing(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.gate();
        let mut waiting = Vec::new();
        let refused = loop {
            let mut submitted = home.submit(|_| Ok(()));
            match submitted.as_mut().now_or_never() {
                None => waiting.push(submitted),
                Some(answer) => break answer.unwrap_err(),
            }
            assert!(waiting.len() < 100_000, "the queue has no end");
        };
        assert_eq!(refused.class(), Class::Unavailable);
        assert!(refused.retry_seconds().is_some());
        gate.open();
        assert!(home.answers(vec![held]).remove(0).is_ok());
        assert!(home.answers(waiting).iter().all(Result::is_ok));
        home.crowd(|tx| mark(tx, 1)).unwrap();
    }

    fn what_is_queued_is_finished_before_the_database_closes(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.gate();
        let waiting: Vec<_> = (1..=20).map(|n| home.submit(move |tx| mark(tx, n))).collect();
        let url = home.options.url.clone();
        let Home { db, runtime, folder: _kept, .. } = home;
        gate.open();
        let closing = std::thread::spawn(move || db.close());
        runtime.block_on(async {
            held.await.unwrap();
            for one in waiting {
                one.await.unwrap();
            }
        });
        closing.join().unwrap();
        assert_eq!(seen(&mut connect(&url)).unwrap().len(), 20);
    }
}

/// How many commits forty changes take that waited together. Counted by another connection, which each change
/// asks how many rows it sees: within one commit always the same number.
fn commits_of_forty(home: &Home) -> usize {
    let outside = Arc::new(Mutex::new(home.outside()));
    let seen_by: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (held, gate) = home.gate();
    let change = |n: i64| {
        let (outside, seen_by) = (Arc::clone(&outside), Arc::clone(&seen_by));
        home.submit(move |tx| {
            mark(tx, n)?;
            seen_by.lock().unwrap().push(seen(&mut outside.lock().unwrap())?.len());
            Ok(())
        })
    };
    let forty: Vec<_> = (1..=40).map(change).collect();
    gate.open();
    home.answers(vec![held]).remove(0).unwrap();
    assert!(home.answers(forty).iter().all(Result::is_ok));
    let mut counts = seen_by.lock().unwrap().clone();
    counts.dedup();
    counts.len()
}
