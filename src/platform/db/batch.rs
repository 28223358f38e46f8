//! Batches: changes of one kind that wait at the same time are one piece of work for a worker. Each member
//! gets its own answer after the commit; one that fails or panics costs the others nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::connection::DbConnection;
use super::doors::{Db, QUEUE_TIMEOUT};
use super::fault::is_lost_race;
use super::queue::{QUEUE, submit};
use super::tx::{Context, Parts, Tx, Wakes};
use super::worker::{Job, Verdict, Work, caught};
use crate::kernel::error::{Error, Result};

/// Members of one batch.
const MEMBERS_MAX: usize = 64;

/// Changes of one kind: how one is made, and how many are made together.
pub trait Batch: Send + Sync + 'static {
    type Member: Send + Sync + 'static;
    type Answer: Send + 'static;

    /// Makes one change on its own.
    fn apply(tx: &mut Tx<'_>, member: &Self::Member) -> Result<Self::Answer>;

    /// Makes all of them with set-shaped statements, in their order. An inner error is the refusal of a
    /// member, which has written nothing; after an outer one all are taken back, and each is made on its own.
    fn apply_all(tx: &mut Tx<'_>, members: &[Arc<Self::Member>]) -> Result<Vec<Result<Self::Answer>>>;
}

struct Entry<B: Batch> {
    member: Arc<B::Member>,
    reply: oneshot::Sender<Result<B::Answer>>,
}

/// The members that wait for a worker.
struct Waiting<B: Batch> {
    entries: VecDeque<Entry<B>>,
    /// A job for them is in the queue of the worker.
    is_scheduled: bool,
}

/// The queue of the changes of one kind. Cloning gives another handle.
pub struct Batcher<B: Batch>(Arc<Mutex<Waiting<B>>>);

impl<B: Batch> Default for Batcher<B> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting { entries: VecDeque::new(), is_scheduled: false })))
    }
}

impl<B: Batch> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Batch> Batcher<B> {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next members, and whether more are left.
    fn take(&self) -> (Vec<Entry<B>>, bool) {
        let mut waiting = self.lock();
        let count = waiting.entries.len().min(MEMBERS_MAX);
        let members = waiting.entries.drain(..count).collect();
        waiting.is_scheduled = !waiting.entries.is_empty();
        (members, waiting.is_scheduled)
    }
}

impl Db {
    /// Makes a change together with those of its kind that wait, and is answered after the commit. It may be
    /// made again.
    pub async fn write_batch<B: Batch>(&self, batcher: &Batcher<B>, member: B::Member) -> Result<B::Answer> {
        let (reply, answer) = oneshot::channel();
        let must_schedule = {
            let mut waiting = batcher.lock();
            if waiting.entries.len() >= QUEUE {
                metrics::counter!("leaddock_db_queue_full_total").increment(1);
                return Err(Error::unavailable("the queue to the database is full"));
            }
            waiting.entries.push_back(Entry { member: Arc::new(member), reply });
            !std::mem::replace(&mut waiting.is_scheduled, true)
        };
        if must_schedule && let Err(error) = self.schedule(batcher) {
            // Nobody comes for these: each is answered.
            let (entries, _) = batcher.take();
            for entry in entries {
                let _ = entry.reply.send(Err(Error::unavailable("the queue to the database is full")));
            }
            return Err(error);
        }
        Self::wait(answer).await
    }

    fn schedule<B: Batch>(&self, batcher: &Batcher<B>) -> Result<()> {
        let job = BatchJob {
            batcher: batcher.clone(),
            db: self.clone(),
            members: Vec::new(),
            is_one_by_one: false,
            wakes: Wakes::default(),
        };
        submit(&self.queues.batched, Job::new(Box::new(job), QUEUE_TIMEOUT))
    }
}

struct Member<B: Batch> {
    entry: Entry<B>,
    result: Option<Result<B::Answer>>,
}

/// One batch on its way.
struct BatchJob<B: Batch> {
    batcher: Batcher<B>,
    db: Db,
    members: Vec<Member<B>>,
    /// Together they failed.
    is_one_by_one: bool,
    wakes: Wakes,
}

impl<B: Batch> BatchJob<B> {
    /// Takes the members that wait, once; what is left gets a job of its own.
    fn fill(&mut self) {
        if !self.members.is_empty() {
            return;
        }
        let (entries, has_more) = self.batcher.take();
        self.members = entries.into_iter().map(|entry| Member { entry, result: None }).collect();
        if has_more && self.db.schedule(&self.batcher).is_err() {
            self.batcher.lock().is_scheduled = false;
        }
    }

    fn together(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let members: Vec<Arc<B::Member>> =
            self.members.iter().map(|member| Arc::clone(&member.entry.member)).collect();
        let results = caught(|| B::apply_all(tx, &members))?;
        for (member, result) in self.members.iter_mut().zip(results) {
            member.result = Some(result);
        }
        Ok(())
    }

    /// Each in a savepoint of its own. Returns whether one lost a race, and should be made again.
    fn one_by_one(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let mut has_lost = false;
        for member in &mut self.members {
            let result = tx.savepoint(|tx| B::apply(tx, &member.entry.member))?;
            has_lost |= result.as_ref().is_err_and(is_lost_race);
            member.result = Some(result);
        }
        Ok(has_lost)
    }
}

impl<B: Batch> Work for BatchJob<B> {
    fn run(&mut self, conn: &mut DbConnection) -> Verdict {
        self.fill();
        let parts = self.db.parts().clone();
        let mut tx = Tx::begin(conn, &parts, Context::system());
        let verdict = if self.is_one_by_one {
            match self.one_by_one(&mut tx) {
                Ok(false) => Verdict::Keep,
                Ok(true) => Verdict::Again,
                Err(_) => Verdict::Doubtful,
            }
        } else {
            match self.together(&mut tx) {
                Ok(()) => Verdict::Keep,
                Err(error) => {
                    tracing::debug!(error = %error.chain(), "a batch is made one by one");
                    Verdict::Again
                }
            }
        };
        self.wakes = tx.wakes();
        self.is_one_by_one |= verdict != Verdict::Keep;
        verdict
    }

    fn answer(mut self: Box<Self>, outcome: Result<()>) {
        // Nobody has run it: those that wait are answered as well.
        self.fill();
        if outcome.is_ok() {
            self.wakes.wake(self.db.parts());
        }
        let failure = outcome.err().map(|error| error.chain());
        for Member { entry, result } in self.members {
            let Entry { member, reply } = entry;
            // What it holds is let go before its caller is answered: whoever kept a hold on it does the
            // freeing.
            drop(member);
            let result = match &failure {
                Some(failure) => Err(Error::unavailable(failure.clone())),
                None => result.unwrap_or_else(|| Err(Error::unavailable("it was not run"))),
            };
            // A caller who has gone away is no fault.
            let _ = reply.send(result);
        }
    }
}

/// The parts of a transaction that a batch begins itself.
impl<'c> Tx<'c> {
    pub(super) fn begin(conn: &'c mut DbConnection, parts: &'c Parts, context: Context) -> Self {
        let now = parts.clock.now();
        Self { conn, now, context, parts, wakes: Wakes::default(), write_set: None }
    }
}
