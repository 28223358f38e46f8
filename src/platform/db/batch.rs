//! Batches: changes of one kind that wait at the same time are one piece of work for a worker. Each member
//! gets its own answer after the commit; one that fails or panics costs the others nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use super::connection::DbConnection;
use super::doors::{Db, QUEUE_TIMEOUT};
use super::fault::is_lost_race;
use super::job::{Job, Verdict, Work, caught};
use super::queue::{QUEUE, submit};
use super::tx::{Context, Tx, Wakes};
use crate::kernel::error::{Error, Result};

/// Members of one batch.
const MEMBERS_MAX: usize = 64;
/// Runs of a member that loses races, before its caller is answered so.
const TRIES: u32 = 8;

/// Changes of one kind: how one is made, and how many are made together.
pub trait Batch: Send + Sync + 'static {
    type Member: Send + Sync + 'static;
    type Answer: Send + 'static;

    /// Takes the locks that these changes need, in one order for all of them, so that no two batches wait for
    /// each other: before anything is read.
    fn lock(tx: &mut Tx<'_>, members: &[Arc<Self::Member>]) -> Result<()>;

    /// Makes one change on its own.
    fn apply(tx: &mut Tx<'_>, member: &Self::Member) -> Result<Self::Answer>;

    /// Makes all of them with set-shaped statements, in their order. An inner error is the refusal of a
    /// member, which has written nothing; after an outer one all are taken back, and each is made on its own.
    fn apply_all(tx: &mut Tx<'_>, members: &[Arc<Self::Member>]) -> Result<Vec<Result<Self::Answer>>>;
}

struct Entry<B: Batch> {
    member: Arc<B::Member>,
    reply: oneshot::Sender<Result<B::Answer>>,
    /// After this nobody waits for it any more.
    until: Instant,
    /// How often it has lost a race.
    lost: u32,
}

impl<B: Batch> Entry<B> {
    fn answer(self, result: Result<B::Answer>) {
        let Self { member, reply, .. } = self;
        // What it holds is let go before its caller is answered: whoever kept a hold on it does the freeing.
        drop(member);
        // A caller who has gone away is no fault.
        let _ = reply.send(result);
    }
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

    /// The next members, and whether more are left: then they are to be scheduled.
    fn take(&self) -> (Vec<Entry<B>>, bool) {
        let mut waiting = self.lock();
        let count = waiting.entries.len().min(MEMBERS_MAX);
        let members = waiting.entries.drain(..count).collect();
        waiting.is_scheduled = !waiting.entries.is_empty();
        (members, waiting.is_scheduled)
    }

    /// Lets these be made again, before all others. Returns whether they are to be scheduled.
    fn put_back(&self, entries: Vec<Entry<B>>) -> bool {
        let mut waiting = self.lock();
        let has_some = !entries.is_empty();
        for entry in entries.into_iter().rev() {
            waiting.entries.push_front(entry);
        }
        has_some && !std::mem::replace(&mut waiting.is_scheduled, true)
    }

    /// Answers all that wait, for no worker will come for them.
    fn refuse_all(&self) {
        let entries = {
            let mut waiting = self.lock();
            waiting.is_scheduled = false;
            std::mem::take(&mut waiting.entries)
        };
        for entry in entries {
            entry.answer(Err(Error::unavailable("the queue to the database is full")));
        }
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
            let until = Instant::now() + QUEUE_TIMEOUT;
            waiting.entries.push_back(Entry { member: Arc::new(member), reply, until, lost: 0 });
            !std::mem::replace(&mut waiting.is_scheduled, true)
        };
        if must_schedule {
            self.schedule(batcher);
        }
        Self::wait(answer).await
    }

    /// Sends a job for the members that wait to the worker; if it has no place, they are refused.
    fn schedule<B: Batch>(&self, batcher: &Batcher<B>) {
        let job = BatchJob {
            batcher: batcher.clone(),
            db: self.clone(),
            members: Vec::new(),
            is_filled: false,
            is_one_by_one: false,
            wakes: Wakes::default(),
        };
        if submit(&self.queues.batched, Job::patient(Box::new(job), None)).is_err() {
            batcher.refuse_all();
        }
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
    is_filled: bool,
    /// Together they failed.
    is_one_by_one: bool,
    wakes: Wakes,
}

impl<B: Batch> BatchJob<B> {
    /// Takes the members that wait, once; what is left gets a job of its own. Whose caller waits no more is
    /// not made: the caller takes it for failed.
    fn fill(&mut self) {
        if self.is_filled {
            return;
        }
        self.is_filled = true;
        let (entries, has_more) = self.batcher.take();
        if has_more {
            self.db.schedule(&self.batcher);
        }
        let now = Instant::now();
        let (waiting, late): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.until > now);
        for entry in late {
            entry.answer(Err(Error::unavailable("it waited too long for the database")));
        }
        self.members = waiting.into_iter().map(|entry| Member { entry, result: None }).collect();
    }

    /// Nothing that was made stays: whoever succeeded has not.
    fn take_back(&mut self) {
        for member in self.members.iter_mut().filter(|member| matches!(member.result, Some(Ok(_)))) {
            member.result = None;
        }
    }

    fn changes(&self) -> Vec<Arc<B::Member>> {
        self.members.iter().map(|member| Arc::clone(&member.entry.member)).collect()
    }

    fn together(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let members = self.changes();
        let results = caught(|| {
            B::lock(tx, &members)?;
            B::apply_all(tx, &members)
        })?;
        for (member, result) in self.members.iter_mut().zip(results) {
            member.result = Some(result);
        }
        Ok(())
    }

    /// Each in a savepoint of its own.
    fn one_by_one(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        B::lock(tx, &self.changes())?;
        for member in &mut self.members {
            member.result = Some(tx.savepoint(|tx| B::apply(tx, &member.entry.member))?);
        }
        Ok(())
    }
}

impl<B: Batch> Work for BatchJob<B> {
    fn run(&mut self, conn: &mut DbConnection) -> Verdict {
        self.fill();
        let parts = self.db.parts().clone();
        let mut tx = Tx::begin(conn, &parts, Context::system());
        let verdict = if self.is_one_by_one {
            match self.one_by_one(&mut tx) {
                Ok(()) => Verdict::Keep,
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
        if verdict != Verdict::Keep {
            self.is_one_by_one = true;
            self.take_back();
        }
        verdict
    }

    fn answer(mut self: Box<Self>, outcome: Result<()>) {
        // Nobody has run it: those that wait are answered as well.
        self.fill();
        if outcome.is_ok() {
            self.wakes.wake(self.db.parts());
        }
        let failure = outcome.err().map(|error| error.chain());
        let mut lost = Vec::new();
        for Member { mut entry, result } in self.members {
            let has_lost = matches!(&result, Some(Err(error)) if is_lost_race(error));
            if has_lost && failure.is_none() && entry.lost < TRIES {
                entry.lost += 1;
                lost.push(entry);
                continue;
            }
            let result = match &failure {
                Some(failure) => Err(Error::unavailable(failure.clone())),
                None => result.unwrap_or_else(|| Err(Error::unavailable("it was not run"))),
            };
            entry.answer(result);
        }
        if self.batcher.put_back(lost) {
            self.db.schedule(&self.batcher);
        }
    }

    fn size(&self) -> usize {
        self.members.len()
    }
}
