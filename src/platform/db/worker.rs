//! A worker: a thread with one connection that runs the closures of a queue. Writes that wait may share one
//! commit. Which databases have which queues is decided in `sqlite.rs` and `postgres.rs`.

use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::{SimpleConnection, TransactionManager};

use super::connection::DbConnection;
use super::fault::{is_locked, is_lost_race};
use super::job::{Job, Verdict, caught};
use super::queue::{Inbox, Turn};
use super::transactions::{abandon, begin_snapshot, begin_write, changes};
use crate::kernel::error::{Error, Result};
use crate::kernel::threads::mark_database_thread;

/// Runs of one change before a lost race is its caller's answer.
const TRIES: u32 = 8;

type Transactions = <DbConnection as Connection>::TransactionManager;

/// The jobs that share one transaction, and what became of them.
#[derive(Default)]
struct Group {
    run: Vec<Job>,
    /// They lost a race, and are run again, each alone.
    again: Vec<Job>,
    /// They were not run any more.
    left: Vec<Job>,
    /// The connection may be broken.
    doubt: bool,
    /// A savepoint did not end: nothing can be committed.
    broken: bool,
    /// One failed half way without a savepoint: nothing may be committed.
    spoilt: bool,
}

/// What a worker is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Closures that read; in a transaction of their own where that costs no round trip.
    Read { snapshot: bool },
    /// Long reads, each in one snapshot on both databases.
    Stream,
    /// Changes; up to `group` of those that wait share one commit. They are run again with savepoints once
    /// one has failed, so a failed statement must not end the transaction: not on PostgreSQL.
    Write { group: usize },
}

/// A thread with one connection, and its queues.
pub struct Worker {
    pub inbox: Inbox,
    pub purpose: Purpose,
    pub open: Box<dyn Fn() -> Result<DbConnection> + Send>,
    pub connection: Option<DbConnection>,
}

impl Worker {
    /// Runs until every sender is gone and the queues are empty.
    pub fn run(mut self) {
        mark_database_thread();
        while let Some(turn) = self.inbox.next() {
            let (job, is_background) = match turn {
                Turn::Person(job) => (job, false),
                Turn::Background(job) => (job, true),
            };
            // A closure has a net of its own. What panics outside of it takes its callers' answers with it,
            // who hear that the database is not there; the thread goes on, with a new connection.
            let _ = caught(|| {
                self.turn(job, is_background);
                Ok(())
            });
        }
    }

    fn turn(&mut self, job: Job, is_background: bool) {
        let Some(job) = awaited(job) else { return };
        match self.purpose {
            Purpose::Read { snapshot: false } => self.read(job, None),
            Purpose::Read { snapshot: true } => self.read(job, Some(begin_plain)),
            Purpose::Stream => self.read(job, Some(begin_snapshot)),
            // In a commit of its own: no person waits for it together with theirs.
            Purpose::Write { .. } if is_background => self.write_alone(job),
            Purpose::Write { group } => self.write(job, group),
        }
    }

    /// The connection, opened anew if there is none; then `begin` on it, once more on a new one if the old
    /// was dead.
    fn begin(&mut self, mut begin: impl FnMut(&mut DbConnection) -> Result<()>) -> Result<DbConnection> {
        if let Some(mut conn) = self.connection.take() {
            match begin(&mut conn) {
                Ok(()) => return Ok(conn),
                // It has waited already; a new connection would only wait once more.
                Err(error) if is_locked(&error) => {
                    self.connection = Some(conn);
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        let mut conn = (self.open)()?;
        begin(&mut conn)?;
        Ok(conn)
    }

    /// Keeps the connection for the next closure; one in doubt only if it answers.
    fn keep(&mut self, mut conn: DbConnection, doubt: bool) {
        if !doubt || conn.batch_execute("SELECT 1").is_ok() {
            self.connection = Some(conn);
        }
    }

    /// Runs a read; in a transaction of its own if it is said how that begins.
    fn read(&mut self, mut job: Job, transaction: Option<fn(&mut DbConnection) -> Result<()>>) {
        let begin = transaction.unwrap_or(begin_nothing);
        for last in [false, true] {
            let mut conn = match self.begin(begin) {
                Ok(conn) => conn,
                Err(error) => return job.answer(Err(error)),
            };
            let verdict = job.work.run(&mut conn);
            let ended = transaction.is_none() || Transactions::rollback_transaction(&mut conn).is_ok();
            self.keep(conn, verdict == Verdict::Doubtful || !ended);
            let lost = self.connection.is_none();
            if last || !(lost || verdict == Verdict::Again) {
                return job.answer(Ok(()));
            }
        }
    }

    fn write(&mut self, first: Job, group: usize) {
        if group <= 1 {
            return self.write_alone(first);
        }
        // Most changes are good, and a bad one shows itself by the count of changes: savepoints are done
        // without at first.
        if let Some(spoilt) = self.write_together(Vec::new(), Some(first), group, false) {
            self.write_together(spoilt, None, group, true);
        }
    }

    /// Runs the jobs, then `next` and those that wait behind it, in one transaction, and answers them after
    /// its commit. Without savepoints one that failed half way spoils the others: then all are given back, to
    /// be run again.
    fn write_together(
        &mut self,
        mut jobs: Vec<Job>,
        mut next: Option<Job>,
        group: usize,
        savepoints: bool,
    ) -> Option<Vec<Job>> {
        // Those that come while these run make the next group; else who waits for this commit could do
        // nothing beside it.
        let group = if next.is_some() { group.min(self.inbox.people_waiting() + 1) } else { 0 };
        let mut conn = match self.begin(begin_write) {
            Ok(conn) => conn,
            Err(error) => {
                jobs.into_iter()
                    .chain(next)
                    .for_each(|job| job.answer(Err(Error::unavailable(error.chain()))));
                return None;
            }
        };
        // Beginning may have waited for a lock: what its caller takes for failed must not be done after all.
        next = next.and_then(awaited);
        jobs = jobs.into_iter().rev().filter_map(awaited).collect();
        let mut done = Group { run: Vec::with_capacity(jobs.len().max(16)), ..Group::default() };
        while let Some(mut job) = jobs.pop().or_else(|| next.take()) {
            let verdict = if savepoints {
                let (verdict, ended) = in_savepoint(&mut conn, &mut job);
                done.broken = !ended;
                verdict
            } else {
                let before = changes(&mut conn);
                let verdict = job.work.run(&mut conn);
                // After a failure of the database itself (a full disk, say) the transaction may be gone:
                // nothing more is done in it.
                done.spoilt =
                    verdict == Verdict::Doubtful || verdict != Verdict::Keep && before != changes(&mut conn);
                verdict
            };
            done.doubt |= verdict == Verdict::Doubtful;
            if verdict == Verdict::Again && !done.spoilt {
                done.again.push(job);
            } else {
                done.run.push(job);
            }
            if done.spoilt || done.broken {
                break;
            }
            if done.run.len() < group {
                next = std::iter::from_fn(|| self.inbox.another_person()).find_map(awaited);
            }
        }
        if done.spoilt {
            let ended = Transactions::rollback_transaction(&mut conn).is_ok();
            self.keep(conn, done.doubt || !ended);
            done.run.extend(done.again);
            return Some(done.run);
        }
        done.left = jobs;
        self.commit(conn, done);
        None
    }

    /// Commits what a group did, and answers its jobs.
    fn commit(&mut self, mut conn: DbConnection, group: Group) {
        let Group { mut run, mut again, left, doubt, broken, .. } = group;
        let outcome = if broken {
            abandon(&mut conn);
            Err(Error::unavailable("the transaction was taken back by the database"))
        } else {
            Transactions::commit_transaction(&mut conn).map_err(Error::from)
        };
        // After a failed commit the connection does not know whether its transaction lives: it is dropped.
        if outcome.is_ok() {
            self.keep(conn, doubt);
        }
        let changes: usize = run.iter().map(|job| job.work.size()).sum();
        record_group_size(changes);
        run.extend(left);
        match outcome {
            Ok(()) => run.into_iter().for_each(|job| job.answer(Ok(()))),
            Err(error) if is_lost_race(&error) => again.extend(run),
            Err(error) => {
                tracing::error!(error = %error.chain(), changes = run.len(), "a commit failed");
                run.into_iter().for_each(|job| job.answer(Err(Error::unavailable("the commit failed"))));
            }
        }
        again.into_iter().for_each(|job| self.write_alone(job));
    }

    fn write_alone(&mut self, mut job: Job) {
        for attempt in 1..=TRIES {
            let mut conn = match self.begin(|conn| job.work.begin(conn)) {
                Ok(conn) => conn,
                Err(error) => return job.answer(Err(error)),
            };
            job = match awaited(job) {
                Some(job) => job,
                None => {
                    let ended = Transactions::rollback_transaction(&mut conn).is_ok();
                    return self.keep(conn, !ended);
                }
            };
            let verdict = job.work.run(&mut conn);
            let outcome = match verdict {
                Verdict::Keep => Transactions::commit_transaction(&mut conn).map_err(Error::from),
                _ => Transactions::rollback_transaction(&mut conn).map_err(Error::from),
            };
            let lost = verdict == Verdict::Again || outcome.as_ref().is_err_and(is_lost_race);
            if verdict == Verdict::Keep && !job.is_background() {
                record_group_size(job.work.size());
            }
            if outcome.is_ok() || lost {
                self.keep(conn, outcome.is_err() || verdict == Verdict::Doubtful);
            }
            if !lost || attempt == TRIES {
                // A refusal is the closure's own result, whatever became of the rollback.
                return job.answer(if verdict == Verdict::Keep { outcome } else { Ok(()) });
            }
            metrics::counter!("leaddock_db_retries_total").increment(1);
            std::thread::sleep(Duration::from_millis(u64::from(attempt * attempt)));
        }
    }
}

fn record_group_size(changes: usize) {
    let changes = f64::from(u32::try_from(changes).unwrap_or(u32::MAX));
    metrics::histogram!("leaddock_db_commit_group_size").record(changes);
}

/// Runs a job in a savepoint of its own. Besides: whether the transaction is sound after it.
fn in_savepoint(conn: &mut DbConnection, job: &mut Job) -> (Verdict, bool) {
    let verdict = match Transactions::begin_transaction(conn) {
        Ok(()) => job.work.run(conn),
        Err(_) => Verdict::Doubtful,
    };
    let ended = match verdict {
        Verdict::Keep => Transactions::commit_transaction(conn),
        _ => Transactions::rollback_transaction(conn),
    };
    (verdict, ended.is_ok())
}

/// The job, unless nobody waits for it any more.
fn awaited(job: Job) -> Option<Job> {
    if job.until.is_none_or(|until| until > Instant::now()) {
        return Some(job);
    }
    job.answer(Err(Error::unavailable("it waited too long for the database")));
    None
}

fn begin_nothing(_: &mut DbConnection) -> Result<()> {
    Ok(())
}

fn begin_plain(conn: &mut DbConnection) -> Result<()> {
    Ok(Transactions::begin_transaction(conn)?)
}
