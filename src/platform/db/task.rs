//! Tasks: closures on their way to a connection, and what becomes of their work.
//! How they are run is in `worker.rs`, where they wait in `queue.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::connection::DbConnection;
use super::fault::{is_connection_suspect, is_lost_race};
use super::transactions::begin_write;
use super::tx::{Context, Parts, Read, Tx, Wakes};
use crate::kernel::error::{Error, Result};

/// A closure on its way to a connection.
pub struct Task {
    pub(super) work: Box<dyn Work>,
    /// After this nobody waits for it any more; none if it is waited for however long it takes.
    pub(super) deadline: Option<Instant>,
    /// Its place in a queue that has only so many, given back with its answer.
    place: Option<OwnedSemaphorePermit>,
}

impl Task {
    pub fn new(work: Box<dyn Work>, queue_timeout: Duration) -> Self {
        Self { work, deadline: Some(Instant::now() + queue_timeout), place: None }
    }

    /// One that waits as long as it takes.
    pub fn without_deadline(work: Box<dyn Work>, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { work, deadline: None, place }
    }

    pub(super) const fn is_background(&self) -> bool {
        self.place.is_some()
    }

    pub(super) fn answer(self, committed: Result<()>) {
        drop(self.place);
        self.work.answer(committed);
    }
}

/// What a worker does with a closure, whatever it returns.
pub trait Work: Send {
    /// Begins the transaction that it has for itself.
    fn begin(&mut self, conn: &mut DbConnection) -> Result<()> {
        begin_write(conn)
    }
    /// Runs it, and keeps its result for the answer.
    fn run(&mut self, conn: &mut DbConnection) -> RunOutcome;
    /// Answers the caller: with the kept result if it was `committed`.
    fn answer(self: Box<Self>, committed: Result<()>);
    /// How many changes it makes.
    fn size(&self) -> usize {
        1
    }
}

/// What becomes of a closure's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// It may be committed.
    Commit,
    /// It refused; nothing of it may stay.
    Refused,
    /// It lost a race; nothing of it may stay, and it can be run again.
    Retry,
    /// It failed in a way that may have broken the connection.
    ConnectionSuspect,
}

impl RunOutcome {
    pub(super) fn of<T>(result: &Result<T>) -> Self {
        match result {
            Ok(_) => Self::Commit,
            Err(error) if is_lost_race(error) => Self::Retry,
            Err(error) if is_connection_suspect(error) => Self::ConnectionSuspect,
            Err(_) => Self::Refused,
        }
    }
}

/// Runs it with a net under panics: one is an error.
pub(super) fn catch_panics<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        metrics::counter!("leaddock_panics_total", "where" => "database").increment(1);
        Err(Error::internal("a closure at the database panicked"))
    })
}

/// Drops it with a net under panics.
pub(super) fn drop_guarded<T>(held: T) {
    let _ = catch_panics(|| {
        drop(held);
        Ok(())
    });
}

fn deliver<T>(reply: oneshot::Sender<Result<T>>, committed: Result<()>, result: Option<Result<T>>) {
    let result = committed.and_then(|()| result.unwrap_or_else(|| Err(Error::unavailable("it was not run"))));
    // A caller who has gone away is no fault.
    let _ = reply.send(result);
}

/// A read on its way.
pub struct ReadTask<T, F> {
    pub work: F,
    pub parts: Parts,
    pub result: Option<Result<T>>,
    pub reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Read<'_>) -> Result<T> + Send> Work for ReadTask<T, F> {
    fn run(&mut self, conn: &mut DbConnection) -> RunOutcome {
        let result = catch_panics(|| (self.work)(&mut Read::begin(conn, &self.parts)));
        let outcome = RunOutcome::of(&result);
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        deliver(self.reply, committed, self.result);
    }
}

/// A change on its way.
pub struct WriteTask<T, F> {
    pub work: F,
    pub context: Context,
    pub parts: Parts,
    pub wakes: Wakes,
    pub result: Option<Result<T>>,
    pub reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Tx<'_>) -> Result<T> + Send> Work for WriteTask<T, F> {
    fn run(&mut self, conn: &mut DbConnection) -> RunOutcome {
        let mut tx = Tx::begin(conn, &self.parts, self.context.clone());
        let result = catch_panics(|| (self.work)(&mut tx));
        self.wakes = tx.wakes();
        let outcome = RunOutcome::of(&result);
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        if committed.is_ok() && matches!(self.result, Some(Ok(_))) {
            self.wakes.wake(&self.parts);
        }
        // What the closure holds is let go before its caller is answered: whoever kept a hold on it does the
        // freeing, not this thread.
        drop_guarded(self.work);
        deliver(self.reply, committed, self.result);
    }
}
