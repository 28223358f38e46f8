//! A worker: a thread with one connection that runs the closures of a queue. Writes that wait may share one
//! commit. Which databases have which queues is decided in `sqlite.rs` and `postgres.rs`.

use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::{SimpleConnection, TransactionManager};

use super::connection::DbConnection;
use super::fault::{is_locked, is_lost_race};
use super::queue::{Inbox, Turn};
use super::task::{RunOutcome, Task, catch_panics};
use super::transactions::{abandon, begin_snapshot, begin_write, changes};
use crate::kernel::error::{Error, Result};
use crate::kernel::threads::mark_database_thread;

/// Runs of one change before a lost race is its caller's answer.
const TRIES: u32 = 8;
/// Between two of them, at most; at first it is shorter.
const RETRY_WAIT_MAX: Duration = Duration::from_millis(100);

type Transactions = <DbConnection as Connection>::TransactionManager;

/// The tasks that share one transaction, and what became of them.
#[derive(Default)]
struct Group {
    ran: Vec<Task>,
    /// They lost a race, and are run again, each alone.
    to_retry: Vec<Task>,
    not_run: Vec<Task>,
    connection_suspect: bool,
    /// A savepoint did not end: nothing can be committed.
    cannot_commit: bool,
    /// One failed half way without a savepoint: nothing may be committed.
    must_roll_back: bool,
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
            let (task, is_background) = match turn {
                Turn::Person(task) => (task, false),
                Turn::Background(task) => (task, true),
            };
            // A closure has a net of its own. What panics outside of it takes its callers' answers with it,
            // who hear that the database is not there; the thread goes on, with a new connection.
            let _ = catch_panics(|| {
                self.turn(task, is_background);
                Ok(())
            });
        }
    }

    fn turn(&mut self, task: Task, is_background: bool) {
        let Some(task) = unexpired(task) else { return };
        match self.purpose {
            Purpose::Read { snapshot: false } => self.read(task, None),
            Purpose::Read { snapshot: true } => self.read(task, Some(begin_plain)),
            Purpose::Stream => self.read(task, Some(begin_snapshot)),
            // In a commit of its own: no person waits for it together with theirs.
            Purpose::Write { .. } if is_background => self.write_alone(task),
            Purpose::Write { group } => self.write(task, group),
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

    /// Keeps the connection for the next closure; a suspect one only if it answers.
    fn keep(&mut self, mut conn: DbConnection, suspect: bool) {
        if !suspect || conn.batch_execute("SELECT 1").is_ok() {
            self.connection = Some(conn);
        }
    }

    /// Runs a read; in a transaction of its own if it is said how that begins.
    fn read(&mut self, mut task: Task, transaction: Option<fn(&mut DbConnection) -> Result<()>>) {
        let begin = transaction.unwrap_or(begin_nothing);
        for last in [false, true] {
            let mut conn = match self.begin(begin) {
                Ok(conn) => conn,
                Err(error) => return task.answer(Err(error)),
            };
            let outcome = task.work.run(&mut conn);
            let ended = transaction.is_none() || Transactions::rollback_transaction(&mut conn).is_ok();
            self.keep(conn, outcome == RunOutcome::ConnectionSuspect || !ended);
            let lost = self.connection.is_none();
            if last || !(lost || outcome == RunOutcome::Retry) {
                return task.answer(Ok(()));
            }
        }
    }

    fn write(&mut self, first: Task, group: usize) {
        if group <= 1 {
            return self.write_alone(first);
        }
        // Most changes are good, and a bad one shows itself by the count of changes: savepoints are done
        // without at first.
        if let Some(rolled_back) = self.write_together(Vec::new(), Some(first), group, false) {
            self.write_together(rolled_back, None, group, true);
        }
    }

    /// Runs the tasks, then `next` and those that wait behind it, in one transaction, and answers them after
    /// its commit. Without savepoints one that failed half way rolls back the others: all are returned, to
    /// be run again.
    fn write_together(
        &mut self,
        mut tasks: Vec<Task>,
        mut next: Option<Task>,
        group: usize,
        savepoints: bool,
    ) -> Option<Vec<Task>> {
        // Those that come while these run make the next group; else who waits for this commit could do
        // nothing beside it.
        let group = if next.is_some() { group.min(self.inbox.people_waiting() + 1) } else { 0 };
        let mut conn = match self.begin(begin_write) {
            Ok(conn) => conn,
            Err(error) => {
                tasks
                    .into_iter()
                    .chain(next)
                    .for_each(|task| task.answer(Err(Error::unavailable(error.chain()))));
                return None;
            }
        };
        // Beginning may have waited for a lock: what its caller takes for failed must not be done after all.
        next = next.and_then(unexpired);
        tasks = tasks.into_iter().rev().filter_map(unexpired).collect();
        let mut done = Group { ran: Vec::with_capacity(tasks.len().max(16)), ..Group::default() };
        while let Some(mut task) = tasks.pop().or_else(|| next.take()) {
            let outcome = if savepoints {
                let (outcome, ended) = in_savepoint(&mut conn, &mut task);
                done.cannot_commit = !ended;
                outcome
            } else {
                let before = changes(&mut conn);
                let outcome = task.work.run(&mut conn);
                // After a failure of the database itself (a full disk, say) the transaction may be gone:
                // nothing more is done in it.
                done.must_roll_back = outcome == RunOutcome::ConnectionSuspect
                    || outcome != RunOutcome::Commit && before != changes(&mut conn);
                outcome
            };
            done.connection_suspect |= outcome == RunOutcome::ConnectionSuspect;
            if outcome == RunOutcome::Retry && !done.must_roll_back {
                done.to_retry.push(task);
            } else {
                done.ran.push(task);
            }
            if done.must_roll_back || done.cannot_commit {
                break;
            }
            if done.ran.len() < group {
                next = std::iter::from_fn(|| self.inbox.another_person()).find_map(unexpired);
            }
        }
        if done.must_roll_back {
            let ended = Transactions::rollback_transaction(&mut conn).is_ok();
            self.keep(conn, done.connection_suspect || !ended);
            done.ran.extend(done.to_retry);
            return Some(done.ran);
        }
        done.not_run = tasks;
        self.commit(conn, done);
        None
    }

    /// Commits what a group did, and answers its tasks.
    fn commit(&mut self, mut conn: DbConnection, group: Group) {
        let Group { mut ran, mut to_retry, not_run, connection_suspect, cannot_commit, .. } = group;
        let committed = if cannot_commit {
            abandon(&mut conn);
            Err(Error::unavailable("the transaction was taken back by the database"))
        } else {
            Transactions::commit_transaction(&mut conn).map_err(Error::from)
        };
        // After a failed commit the connection does not know whether its transaction lives: it is dropped.
        if committed.is_ok() {
            self.keep(conn, connection_suspect);
        }
        let changes: usize = ran.iter().map(|task| task.work.size()).sum();
        record_group_size(changes);
        ran.extend(not_run);
        match committed {
            Ok(()) => ran.into_iter().for_each(|task| task.answer(Ok(()))),
            Err(error) if is_lost_race(&error) => to_retry.extend(ran),
            Err(error) => {
                tracing::error!(error = %error.chain(), changes = ran.len(), "a commit failed");
                ran.into_iter().for_each(|task| task.answer(Err(Error::unavailable("the commit failed"))));
            }
        }
        to_retry.into_iter().for_each(|task| self.write_alone(task));
    }

    fn write_alone(&mut self, mut task: Task) {
        for attempt in 1..=TRIES {
            let mut conn = match self.begin(|conn| task.work.begin(conn)) {
                Ok(conn) => conn,
                Err(error) => return task.answer(Err(error)),
            };
            task = match unexpired(task) {
                Some(task) => task,
                None => {
                    let ended = Transactions::rollback_transaction(&mut conn).is_ok();
                    return self.keep(conn, !ended);
                }
            };
            let is_only_writer = matches!(conn, DbConnection::Sqlite(_));
            let outcome = task.work.run(&mut conn);
            let ended = match outcome {
                RunOutcome::Commit => Transactions::commit_transaction(&mut conn).map_err(Error::from),
                _ => Transactions::rollback_transaction(&mut conn).map_err(Error::from),
            };
            let lost = outcome == RunOutcome::Retry || ended.as_ref().is_err_and(is_lost_race);
            if outcome == RunOutcome::Commit && !task.is_background() {
                record_group_size(task.work.size());
            }
            if ended.is_ok() || lost {
                self.keep(conn, ended.is_err() || outcome == RunOutcome::ConnectionSuspect);
            }
            if !lost || attempt == TRIES {
                // A refusal is the closure's own result, whatever became of the rollback.
                return task.answer(if outcome == RunOutcome::Commit { ended } else { Ok(()) });
            }
            metrics::counter!("leaddock_db_retries_total").increment(1);
            // The other one gets time to end; on SQLite there is none, for this thread is the only writer.
            if !is_only_writer {
                std::thread::sleep(
                    RETRY_WAIT_MAX.min(Duration::from_millis(u64::from(3 * attempt * attempt))),
                );
            }
        }
    }
}

fn record_group_size(changes: usize) {
    let changes = f64::from(u32::try_from(changes).unwrap_or(u32::MAX));
    metrics::histogram!("leaddock_db_commit_group_size").record(changes);
}

/// Runs a task in a savepoint of its own. Besides: whether the transaction is sound after it.
fn in_savepoint(conn: &mut DbConnection, task: &mut Task) -> (RunOutcome, bool) {
    let outcome = match Transactions::begin_transaction(conn) {
        Ok(()) => task.work.run(conn),
        Err(_) => RunOutcome::ConnectionSuspect,
    };
    let ended = match outcome {
        RunOutcome::Commit => Transactions::commit_transaction(conn),
        _ => Transactions::rollback_transaction(conn),
    };
    (outcome, ended.is_ok())
}

/// The task, unless nobody waits for it any more.
fn unexpired(task: Task) -> Option<Task> {
    if task.deadline.is_none_or(|deadline| deadline > Instant::now()) {
        return Some(task);
    }
    task.answer(Err(Error::unavailable("it waited too long for the database")));
    None
}

fn begin_nothing(_: &mut DbConnection) -> Result<()> {
    Ok(())
}

fn begin_plain(conn: &mut DbConnection) -> Result<()> {
    Ok(Transactions::begin_transaction(conn)?)
}
