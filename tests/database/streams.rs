//! Streams: every row once, as of one moment, at a bounded size; consumers that are slow or leave.
//! What is exported is the matter of the rooms.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::{FutureExt, TryStreamExt};
use leaddock::kernel::error::{Class, Error, Result};
use leaddock::platform::db::{CHUNK_ROWS, CHUNKS_AHEAD, ChunkSender, Chunks, Read, STREAMS};

use crate::setup::{Database, Home, each_database, mark, marks};

/// How many rows are streamed; more when asked.
#[expect(clippy::disallowed_methods, reason = "the test asks its environment how much it may do")]
fn rows_wanted() -> i64 {
    std::env::var("LEADDOCK_TEST_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(50_000)
}

/// A new database with so many marks, from 1 on.
fn filled(database: Database, rows: i64) -> Option<Home> {
    let home = Home::with_marks(database)?;
    let fill = format!(
        "INSERT INTO marks WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers \
         WHERE n < {rows}) SELECT n FROM numbers"
    );
    home.outside().batch_execute(&fill).unwrap();
    Some(home)
}

/// Sends all marks, page by page, and counts the pages that it begins.
fn send_marks(read: &mut Read<'_>, to: &mut ChunkSender<i64>, pages: &AtomicUsize) -> Result<()> {
    let page = |read: &mut Read<'_>, after: Option<&i64>, limit: i64| {
        pages.fetch_add(1, Ordering::SeqCst);
        let after = after.copied().unwrap_or(i64::MIN);
        let page = marks::table.select(marks::n).filter(marks::n.gt(after)).order(marks::n).limit(limit);
        Ok(page.load(read.conn)?)
    };
    to.send_pages(read, |n| *n, page)
}

/// A stream of all marks, and how many of its pages have begun.
fn stream(home: &Home) -> (Chunks<i64>, Arc<AtomicUsize>) {
    let pages = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pages);
    let chunks = home.db.stream(move |read, to| send_marks(read, to, &counted));
    (home.runtime.block_on(chunks).unwrap(), pages)
}

fn next(home: &Home, chunks: &mut Chunks<i64>) -> Option<Result<Vec<i64>>> {
    home.runtime.block_on(chunks.next())
}

fn rest(home: &Home, chunks: Chunks<i64>) -> Result<Vec<i64>> {
    home.runtime.block_on(chunks.into_stream().try_concat())
}

/// The memory of this process in KiB, where the system says so.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

each_database! {
    fn a_stream_sends_every_row_once_and_runs_ahead_only_so_far(database) {
        let rows = rows_wanted();
        let Some(home) = filled(database, rows) else { return };
        let (before, mut most) = (resident(), None);
        let (mut chunks, pages) = stream(&home);
        // As far as it goes without its consumer: the chunks that wait, and the one in its hand.
        let until = Instant::now() + Duration::from_secs(20);
        while pages.load(Ordering::SeqCst) < CHUNKS_AHEAD + 1 {
            assert!(Instant::now() < until, "it does not run ahead");
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(20));
        let (mut taken, mut expected) = (0, 1);
        loop {
            let ahead = pages.load(Ordering::SeqCst) - taken;
            assert!(ahead <= CHUNKS_AHEAD + 1, "{ahead} chunks ahead");
            let Some(chunk) = next(&home, &mut chunks) else { break };
            let chunk = chunk.unwrap();
            assert!(chunk.len() <= CHUNK_ROWS);
            for n in chunk {
                assert_eq!(n, expected);
                expected += 1;
            }
            taken += 1;
            if taken % 16 == 0 {
                most = most.max(resident());
            }
        }
        assert_eq!(expected, rows + 1);
        assert!(next(&home, &mut chunks).is_none(), "the end stays the end");
        println!("{database:?}: {rows} rows; resident {before:?} KiB before, {most:?} KiB at most");
    }

    fn a_stream_is_of_one_moment(database) {
        let Some(home) = filled(database, 5_000) else { return };
        let (chunks, _) = stream(&home);
        home.write(|tx| {
            diesel::delete(marks::table.filter(marks::n.gt(4_000))).execute(tx.conn)?;
            mark(tx, 9_999)
        })
        .unwrap();
        assert_eq!(rest(&home, chunks).unwrap(), (1..=5_000).collect::<Vec<_>>());
        let (chunks, _) = stream(&home);
        assert_eq!(rest(&home, chunks).unwrap().last(), Some(&9_999), "the next one sees the change");
    }

    fn a_consumer_that_leaves_ends_its_stream(database) {
        let Some(home) = filled(database, 50_000) else { return };
        for _ in 0..=STREAMS {
            let (ended, end) = channel();
            let chunks = home.db.stream(move |read, to| {
                let sent = send_marks(read, to, &AtomicUsize::new(0));
                let _ = ended.send(sent.is_ok());
                sent
            });
            let mut chunks = home.runtime.block_on(chunks).unwrap();
            assert_eq!(next(&home, &mut chunks).unwrap().unwrap().len(), CHUNK_ROWS);
            drop(chunks);
            assert_eq!(end.recv_timeout(Duration::from_secs(20)), Ok(false), "it went on for nobody");
        }
        let (chunks, _) = stream(&home);
        assert_eq!(rest(&home, chunks).unwrap().len(), 50_000);
    }

    fn slow_consumers_hold_up_only_further_streams(database) {
        let Some(home) = filled(database, 50_000) else { return };
        let mut slow: Vec<_> = (0..STREAMS).map(|_| stream(&home)).collect();
        let pages = Arc::new(AtomicUsize::new(0));
        let (db, counted) = (home.db.clone(), Arc::clone(&pages));
        let mut third =
            home.begin(async move { db.stream(move |read, to| send_marks(read, to, &counted)).await });
        for n in 0..20 {
            home.write(move |tx| mark(tx, 100_000 + n)).unwrap();
            let found = home.read(|read| Ok(marks::table.count().get_result::<i64>(read.conn)?)).unwrap();
            assert_eq!(found, 50_001 + n);
        }
        assert_eq!(home.db.queue_lengths().stream, 1);
        assert!(third.as_mut().now_or_never().is_none(), "more run than may at once");
        assert_eq!(pages.load(Ordering::SeqCst), 0);
        drop(slow.pop());
        let third = home.runtime.block_on(third).unwrap();
        assert_eq!(rest(&home, third).unwrap().len(), 50_020);
        let (chunks, _) = slow.remove(0);
        assert_eq!(rest(&home, chunks).unwrap().len(), 50_000, "the slow one gets all that was there");
    }

    fn a_stream_without_a_caller_is_not_begun(database) {
        let Some(home) = filled(database, 50_000) else { return };
        let slow: Vec<_> = (0..STREAMS).map(|_| stream(&home)).collect();
        let pages = Arc::new(AtomicUsize::new(0));
        let (db, counted) = (home.db.clone(), Arc::clone(&pages));
        drop(home.begin(async move { db.stream(move |read, to| send_marks(read, to, &counted)).await }));
        drop(slow);
        let (chunks, _) = stream(&home);
        assert_eq!(rest(&home, chunks).unwrap().len(), 50_000);
        assert_eq!(pages.load(Ordering::SeqCst), 0);
    }

    fn a_failure_is_the_answer_or_the_last_item(database) {
        let Some(home) = filled(database, 10) else { return };
        let run = |f: fn(&mut Read<'_>, &mut ChunkSender<i64>) -> Result<()>| {
            home.runtime.block_on(home.db.stream(f))
        };
        let class = |answer: Result<Chunks<i64>>| answer.map(drop).unwrap_err().class();
        assert_eq!(class(run(|_, _| Err(Error::not_found()))), Class::NotFound);
        assert_eq!(class(run(|_, _| std::panic::resume_unwind(Box::new("on purpose")))), Class::Internal);
        assert_eq!(class(run(|_, to| to.send(vec![0; CHUNK_ROWS + 1]))), Class::Internal);
        let writes = run(|read, _| {
            diesel::insert_into(marks::table).values(marks::n.eq(11)).execute(read.conn)?;
            Ok(())
        });
        assert_eq!(class(writes), Class::Unavailable, "a stream only reads");
        let mut chunks = run(|_, to| to.send(vec![1]).and(Err(Error::not_found()))).unwrap();
        assert_eq!(next(&home, &mut chunks).unwrap().unwrap(), [1]);
        assert_eq!(next(&home, &mut chunks).unwrap().unwrap_err().class(), Class::NotFound);
        assert!(next(&home, &mut chunks).is_none());
        let mut nothing = run(|_, to| to.send(Vec::new())).unwrap();
        assert!(next(&home, &mut nothing).is_none());
        assert_eq!(home.marks().len(), 10);
    }
}

#[test]
fn a_stream_whose_connection_is_cut_does_not_look_complete() {
    let Some(home) = filled(Database::Postgres, 50_000) else { return };
    let (mut chunks, _) = stream(&home);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
        AND pid <> pg_backend_pid()";
    home.outside().batch_execute(cut).unwrap();
    let mut taken = 0;
    let failure = loop {
        match next(&home, &mut chunks).expect("an end that looks good") {
            Ok(chunk) => taken += chunk.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(failure.class(), Class::Unavailable);
    assert!(taken < 50_000);
    let (chunks, _) = stream(&home);
    assert_eq!(rest(&home, chunks).unwrap().len(), 50_000, "the next one has a new connection");
}
