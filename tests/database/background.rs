//! Changes that nobody waits for: people come first, the background is not starved, and nobody is refused.
//! Groups of people's changes are the matter of `changes.rs`.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use leaddock::kernel::error::{Class, Error, Result};
use leaddock::platform::db::{BACKGROUND_EVERY, BACKGROUND_QUEUE, Context, Db, DbConnection, Tx, lost_race};
use tokio::runtime::Handle;

use crate::setup::{Home, connect, each_database, mark, seen};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Person,
    Background,
}

/// Who ran, in order.
type Order = Arc<Mutex<Vec<Who>>>;

/// How many background closures may overtake a person who waits for so long.
fn overtakers(waited: Duration) -> u128 {
    waited.as_millis() / BACKGROUND_EVERY.as_millis()
}

/// People of whom one always waits: each has queued the next one before it ends.
struct People {
    db: Db,
    runtime: Handle,
    stop: AtomicBool,
    served: AtomicU32,
    order: Order,
    outside: Mutex<DbConnection>,
    /// People who ran before what the background had written was committed.
    shared_a_commit: AtomicU32,
}

/// So many are never needed.
const PEOPLE_MAX: u32 = 20_000;

fn queue_person(people: Arc<People>) {
    let _inside = people.runtime.clone().enter();
    let db = people.db.clone();
    let call = async move {
        db.write(Context::system(), move |_| {
            let mut order = people.order.lock().unwrap();
            let written = order.iter().filter(|who| **who == Who::Background).count();
            order.push(Who::Person);
            drop(order);
            if seen(&mut people.outside.lock().unwrap())?.len() < written {
                people.shared_a_commit.fetch_add(1, Ordering::SeqCst);
            }
            let served = people.served.fetch_add(1, Ordering::SeqCst);
            if served < PEOPLE_MAX && !people.stop.load(Ordering::SeqCst) {
                queue_person(Arc::clone(&people));
            }
            std::thread::sleep(Duration::from_millis(1));
            Ok(())
        })
        .await
    };
    assert!(Box::pin(call).now_or_never().is_none(), "it waits in the queue");
}

each_database! {
    fn people_come_before_background_closures_that_were_queued_earlier(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let order = Order::default();
        let (held, gate) = home.write_gate();
        let run = |who| {
            let order = Arc::clone(&order);
            move |_: &mut Tx<'_>| {
                order.lock().unwrap().push(who);
                Ok(())
            }
        };
        let background: Vec<_> = (0..20).map(|_| home.submit_in_background(run(Who::Background))).collect();
        let people: Vec<_> = (0..5).map(|_| home.submit_to_write(run(Who::Person))).collect();
        let opened = Instant::now();
        gate.open();
        assert!(home.answers(vec![held]).remove(0).is_ok());
        assert!(home.answers(people).iter().all(Result::is_ok));
        let late = overtakers(opened.elapsed());
        assert!(home.answers(background).iter().all(Result::is_ok));
        let order = order.lock().unwrap();
        let last_person = order.iter().rposition(|who| *who == Who::Person).unwrap();
        let before = order[..last_person].iter().filter(|who| **who == Who::Background).count();
        assert!(u128::try_from(before).unwrap() <= late, "{before} went before people: {order:?}");
        assert_eq!(order.len(), 25);
    }

    fn the_background_is_not_starved_by_people_who_always_wait(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let order = Order::default();
        let people = Arc::new(People {
            db: home.db.clone(),
            runtime: home.runtime.handle().clone(),
            stop: AtomicBool::new(false),
            served: AtomicU32::new(0),
            order: Arc::clone(&order),
            outside: Mutex::new(home.outside()),
            shared_a_commit: AtomicU32::new(0),
        });
        queue_person(Arc::clone(&people));
        let background = (0..3).map(|n| {
            let order = Arc::clone(&order);
            home.submit_in_background(move |tx| {
                order.lock().unwrap().push(Who::Background);
                mark(tx, n)
            })
        });
        let background: Vec<_> = background.collect();
        assert!(home.answers(background).iter().all(Result::is_ok));
        let served = people.served.load(Ordering::SeqCst);
        people.stop.store(true, Ordering::SeqCst);
        assert!(served < PEOPLE_MAX, "the background ran only when no person came any more");
        // Behind the last of the people.
        home.write(|_| Ok(())).unwrap();
        let order = order.lock().unwrap();
        let side_by_side = order.windows(2).filter(|two| two == &[Who::Background; 2]).count();
        assert_eq!(people.shared_a_commit.load(Ordering::SeqCst), 0, "people waited for its commit");
        assert_eq!(side_by_side, 0, "people wait, and a second background closure goes before them");
        println!("{database:?}: {served} people were served around 3 background closures");
    }

    fn a_full_background_queue_waits_and_refuses_nobody(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.write_gate();
        let all = i64::try_from(BACKGROUND_QUEUE).unwrap() + 50;
        let mut background: Vec<_> =
            (1..=all).map(|n| home.submit_in_background(move |tx| mark(tx, n))).collect();
        assert!(background.iter_mut().all(|one| one.now_or_never().is_none()), "none is refused");
        assert_eq!(home.db.queue_lengths().background, BACKGROUND_QUEUE, "the queue is bounded");
        let person = home.submit_to_write(|tx| mark(tx, 0));
        gate.open();
        assert!(home.answers(vec![held, person]).iter().all(Result::is_ok));
        assert!(home.answers(background).iter().all(Result::is_ok));
        assert_eq!(home.marks(), (0..=all).collect::<Vec<_>>());
        assert_eq!(home.db.queue_lengths().background, 0);
    }

    fn a_background_closure_waits_for_longer_than_a_person_does(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.write_gate();
        let person = home.submit_to_write(|tx| mark(tx, 1));
        let background = home.submit_in_background(|tx| mark(tx, 2));
        assert_eq!(home.answers(vec![person]).remove(0).unwrap_err().class(), Class::Unavailable);
        gate.open();
        drop(held);
        home.answers(vec![background]).remove(0).unwrap();
        assert_eq!(home.marks(), [2]);
    }

    fn each_background_closure_is_all_or_nothing_in_a_commit_of_its_own(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.write_gate();
        let outside = Arc::new(Mutex::new(home.outside()));
        let counting = |n: i64| {
            let outside = Arc::clone(&outside);
            home.submit_in_background(move |tx| {
                mark(tx, n)?;
                Ok(seen(&mut outside.lock().unwrap())?.len())
            })
        };
        let first = counting(1);
        let refused = home.submit_in_background(|tx| mark(tx, 2).and(Err::<usize, _>(Error::not_found())));
        let panics = home.submit_in_background(|tx| -> Result<usize> {
            mark(tx, 3)?;
            resume_unwind(Box::new("on purpose"))
        });
        let tries = AtomicU32::new(0);
        let loses_once = home.submit_in_background(move |tx| {
            mark(tx, 4)?;
            match tries.fetch_add(1, Ordering::SeqCst) {
                0 => Err(lost_race(diesel::result::Error::RollbackTransaction)),
                n => Ok(usize::try_from(n).unwrap()),
            }
        });
        let last = counting(5);
        gate.open();
        home.answers(vec![held]).remove(0).unwrap();
        let classes: Vec<std::result::Result<usize, Class>> =
            home.answers(vec![first, refused, panics, loses_once, last])
                .into_iter()
                .map(|answer| answer.map_err(|error| error.class()))
                .collect();
        assert_eq!(classes, [Ok(0), Err(Class::NotFound), Err(Class::Internal), Ok(1), Ok(2)]);
        assert_eq!(home.marks(), [1, 4, 5]);
    }

    fn what_is_queued_in_the_background_is_finished_before_the_database_closes(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let (held, gate) = home.write_gate();
        // Their callers are gone: what is queued is done all the same.
        for n in 1..=20 {
            drop(home.submit_in_background(move |tx| mark(tx, n)));
        }
        drop(held);
        let url = home.options.url.clone();
        let Home { db, folder: _kept, .. } = home;
        gate.open();
        db.close();
        assert_eq!(seen(&mut connect(&url)).unwrap().len(), 20);
    }

    fn an_import_holds_a_person_up_for_one_portion_at_most(database) {
        let Some(home) = Home::with_marks(database) else { return };
        let rows = rows_wanted();
        let quiet = home.runtime.block_on(visits(&home.db, -1_000_000, &Import::default(), Some(200)));
        let import = Import::default();
        let (begun, imported) = (Instant::now(), import_rows(&home.db, rows, &import));
        let (imported, busy) =
            home.runtime.block_on(futures_util::future::join(imported, visits(&home.db, -1, &import, None)));
        imported.unwrap();
        println!("{database:?}: {rows} rows in {:?}, portions of {PORTION}", begun.elapsed());
        report("without an import", &quiet);
        report("beside the import", &busy);
        assert!(!busy.is_empty());
        for visit in &busy {
            let most = 1 + overtakers(visit.took);
            assert!(u128::from(visit.overtaken_by) <= most, "{visit:?}");
        }
        let visited = i64::try_from(quiet.len() + busy.len()).unwrap();
        assert_eq!(i64::try_from(home.marks().len()).unwrap(), rows + visited);
    }
}

// ---- an import

/// Rows of one closure of the import.
const PORTION: i64 = 500;

/// How many rows are imported; more when asked.
#[expect(clippy::disallowed_methods, reason = "the test asks its environment how much it may do")]
fn rows_wanted() -> i64 {
    std::env::var("LEADDOCK_TEST_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

/// What an import has come to.
#[derive(Default)]
struct Import {
    portions_begun: Arc<AtomicU64>,
    is_done: AtomicBool,
}

async fn import_rows(db: &Db, rows: i64, import: &Import) -> Result<()> {
    for from in (1..=rows).step_by(usize::try_from(PORTION).unwrap()) {
        let portions_begun = Arc::clone(&import.portions_begun);
        let portion = db.write_in_background(Context::system(), move |tx| {
            portions_begun.fetch_add(1, Ordering::SeqCst);
            (from..=rows.min(from + PORTION - 1)).try_for_each(|n| mark(tx, n))
        });
        portion.await?;
    }
    import.is_done.store(true, Ordering::SeqCst);
    Ok(())
}

/// One change of a person.
#[derive(Debug)]
struct Visit {
    took: Duration,
    /// Portions of the import that began while the person waited.
    overtaken_by: u64,
}

/// Writes of a person every few milliseconds: so many, or until the import is done.
async fn visits(db: &Db, first: i64, import: &Import, count: Option<usize>) -> Vec<Visit> {
    let mut visits = Vec::new();
    let mut n = first;
    while count.map_or_else(|| !import.is_done.load(Ordering::SeqCst), |count| visits.len() < count) {
        tokio::time::sleep(Duration::from_millis(3)).await;
        let portions_begun = Arc::clone(&import.portions_begun);
        let (begun, before) = (Instant::now(), portions_begun.load(Ordering::SeqCst));
        let write = db.write(Context::system(), move |tx| {
            let begun = portions_begun.load(Ordering::SeqCst);
            mark(tx, n)?;
            Ok(begun)
        });
        let overtaken_by = write.await.unwrap() - before;
        visits.push(Visit { took: begun.elapsed(), overtaken_by });
        n -= 1;
    }
    visits
}

fn report(what: &str, visits: &[Visit]) {
    let mut times: Vec<Duration> = visits.iter().map(|visit| visit.took).collect();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let overtaken = visits.iter().filter(|visit| visit.overtaken_by > 0).count();
    println!(
        "  {what}: {} writes of a person, median {:?}, p99 {:?}, longest {:?}; {overtaken} were overtaken",
        visits.len(),
        at(50),
        at(99),
        at(100),
    );
}
