//! Jobs: closures on their way to a connection, and what becomes of their work.
//! How they are run is in `worker.rs`, where they wait in `queue.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::connection::DbConnection;
use super::fault::{doubtful, is_lost_race};
use super::transactions::begin_write;
use super::tx::{Context, Parts, Read, Tx, Wakes};
use crate::kernel::error::{Error, Result};

/// A closure on its way to a connection.
pub struct Job {
    pub(super) work: Box<dyn Work>,
    /// After this nobody waits for it any more; none if it is waited for however long it takes.
    pub(super) until: Option<Instant>,
    /// Its place in a queue that has only so many, given back with its answer.
    place: Option<OwnedSemaphorePermit>,
}

impl Job {
    pub fn new(work: Box<dyn Work>, queue_timeout: Duration) -> Self {
        Self { work, until: Some(Instant::now() + queue_timeout), place: None }
    }

    /// One that waits as long as it takes.
    pub fn patient(work: Box<dyn Work>, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { work, until: None, place }
    }

    pub(super) const fn is_background(&self) -> bool {
        self.place.is_some()
    }

    pub(super) fn answer(self, outcome: Result<()>) {
        drop(self.place);
        self.work.answer(outcome);
    }
}

/// What a worker does with a closure, whatever it returns.
pub trait Work: Send {
    /// Begins the transaction that it has for itself.
    fn begin(&mut self, conn: &mut DbConnection) -> Result<()> {
        begin_write(conn)
    }
    /// Runs it, and keeps its result for the answer.
    fn run(&mut self, conn: &mut DbConnection) -> Verdict;
    /// Answers the caller: with the kept result if `outcome` is good.
    fn answer(self: Box<Self>, outcome: Result<()>);
    /// How many changes it makes.
    fn size(&self) -> usize {
        1
    }
}

/// What becomes of a closure's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be committed.
    Keep,
    /// It refused; nothing of it may stay.
    Refused,
    /// It lost a race; nothing of it may stay, and it can be run again.
    Again,
    /// It failed in a way that may have broken the connection.
    Doubtful,
}

pub(super) fn verdict<T>(result: &Result<T>) -> Verdict {
    match result {
        Ok(_) => Verdict::Keep,
        Err(error) if is_lost_race(error) => Verdict::Again,
        Err(error) if doubtful(error) => Verdict::Doubtful,
        Err(_) => Verdict::Refused,
    }
}

/// Runs it with a net under panics: one is an error.
pub(super) fn caught<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        metrics::counter!("leaddock_panics_total", "where" => "database").increment(1);
        Err(Error::internal("a closure at the database panicked"))
    })
}

/// Drops it with a net under panics.
pub(super) fn let_go<T>(held: T) {
    let _ = caught(|| {
        drop(held);
        Ok(())
    });
}

fn deliver<T>(reply: oneshot::Sender<Result<T>>, outcome: Result<()>, result: Option<Result<T>>) {
    let result = outcome.and_then(|()| result.unwrap_or_else(|| Err(Error::unavailable("it was not run"))));
    // A caller who has gone away is no fault.
    let _ = reply.send(result);
}

/// A read on its way.
pub struct ReadJob<T, F> {
    pub work: F,
    pub parts: Parts,
    pub result: Option<Result<T>>,
    pub reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Read<'_>) -> Result<T> + Send> Work for ReadJob<T, F> {
    fn run(&mut self, conn: &mut DbConnection) -> Verdict {
        let result = caught(|| (self.work)(&mut Read::begin(conn, &self.parts)));
        let verdict = verdict(&result);
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        deliver(self.reply, outcome, self.result);
    }
}

/// A change on its way.
pub struct WriteJob<T, F> {
    pub work: F,
    pub context: Context,
    pub parts: Parts,
    pub wakes: Wakes,
    pub result: Option<Result<T>>,
    pub reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Tx<'_>) -> Result<T> + Send> Work for WriteJob<T, F> {
    fn run(&mut self, conn: &mut DbConnection) -> Verdict {
        let mut tx = Tx::begin(conn, &self.parts, self.context.clone());
        let result = caught(|| (self.work)(&mut tx));
        self.wakes = tx.wakes();
        let verdict = verdict(&result);
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        if outcome.is_ok() && matches!(self.result, Some(Ok(_))) {
            self.wakes.wake(&self.parts);
        }
        // What the closure holds is let go before its caller is answered: whoever kept a hold on it does the
        // freeing, not this thread.
        let_go(self.work);
        deliver(self.reply, outcome, self.result);
    }
}
