//! Batches: changes of one kind that wait at the same time are one piece of work for a worker. Each member
//! gets its own answer after the commit. If one fails or panics, all are made once more, each in a
//! transaction of its own: it costs the others nothing but time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use super::connection::DbConnection;
use super::doors::{Db, QUEUE_TIMEOUT};
use super::fault::is_lost_race;
use super::queue::{QUEUE, submit};
use super::task::{RunOutcome, Task, Work, catch_panics, drop_guarded};
use super::transactions::{abandon, begin_write_once};
use super::tx::{Context, Tx, Wakes};
use crate::kernel::error::{Error, Result};

/// Members of one batch, where changes share a commit.
pub(super) const MEMBERS_MAX: usize = 64;
/// Members that must wait for a batch to be begun while another one runs: few cost nearly as much as many.
const BESIDE: usize = MEMBERS_MAX;

/// Changes of one kind: how one is made, and how many are made together.
pub trait Batch: Send + Sync + 'static {
    type Member: Send + Sync + 'static;
    type Answer: Send + 'static;

    /// Takes the locks that these changes need: before anything is read, and with the begin of the
    /// transaction where that saves a round trip.
    fn lock(tx: &mut Tx<'_>, members: &[Arc<Self::Member>]) -> Result<()>;

    /// Makes one change on its own.
    fn apply(tx: &mut Tx<'_>, member: &Self::Member) -> Result<Self::Answer>;

    /// Makes all of them with set-shaped statements; the results are in the members' order. An inner error is
    /// the refusal of a member, which has written nothing. After an outer one all are taken back, and each is
    /// made on its own.
    fn apply_all(tx: &mut Tx<'_>, members: &[Arc<Self::Member>]) -> Result<Vec<Result<Self::Answer>>>;
}

struct PendingMember<B: Batch> {
    member: Arc<B::Member>,
    reply: oneshot::Sender<Result<B::Answer>>,
    /// After this nobody waits for it any more.
    deadline: Instant,
    /// It was in a batch that failed, and is made without the others.
    runs_alone: bool,
}

impl<B: Batch> PendingMember<B> {
    fn answer(self, result: Result<B::Answer>) {
        let Self { member, reply, .. } = self;
        // What it holds is let go before its caller is answered: whoever kept a hold on it does the freeing.
        drop_guarded(member);
        // A caller who has gone away is no fault.
        let _ = reply.send(result);
    }
}

/// The members that wait for a worker.
struct Pending<B: Batch> {
    members: VecDeque<PendingMember<B>>,
    /// A task for them is in the queue of the workers.
    is_scheduled: bool,
    /// Batches on their way.
    running: usize,
}

impl<B: Batch> Pending<B> {
    /// Whether a task is to be sent to the workers now; from then on it counts as sent.
    fn must_schedule(&mut self) -> bool {
        let is_due = match self.members.front() {
            // What is made alone may wait for a lock: others need not.
            Some(first) => first.runs_alone || self.running == 0 || self.members.len() >= BESIDE,
            None => false,
        };
        is_due && !std::mem::replace(&mut self.is_scheduled, true)
    }
}

/// The queue of the changes of one kind. Cloning gives another handle.
pub struct Batcher<B: Batch>(Arc<Mutex<Pending<B>>>);

impl<B: Batch> Default for Batcher<B> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Pending { members: VecDeque::new(), is_scheduled: false, running: 0 })))
    }
}

impl<B: Batch> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Batch> Batcher<B> {
    fn lock(&self) -> std::sync::MutexGuard<'_, Pending<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next members of a batch that runs from now on, and whether a task for others is to be scheduled.
    fn take(&self, most: usize) -> (Vec<PendingMember<B>>, bool) {
        let mut pending = self.lock();
        let count = match pending.members.front() {
            Some(first) if first.runs_alone => 1,
            _ => pending.members.len().min(most),
        };
        let members = pending.members.drain(..count).collect();
        pending.is_scheduled = false;
        pending.running += 1;
        (members, pending.must_schedule())
    }

    /// Ends a batch. Returns whether a task for others is to be scheduled.
    fn end(&self) -> bool {
        let mut pending = self.lock();
        pending.running = pending.running.saturating_sub(1);
        pending.must_schedule()
    }

    /// Lets these be made again, each alone, before all others.
    fn requeue(&self, members: Vec<PendingMember<B>>) {
        let mut pending = self.lock();
        for member in members.into_iter().rev() {
            pending.members.push_front(PendingMember { runs_alone: true, ..member });
        }
    }

    /// Answers all that wait, for no worker will come for them.
    fn refuse_all(&self) {
        let members = {
            let mut pending = self.lock();
            pending.is_scheduled = false;
            std::mem::take(&mut pending.members)
        };
        for member in members {
            member.answer(Err(Error::unavailable("the queue to the database is full")));
        }
    }
}

impl Db {
    /// Makes a change together with those of its kind that wait, and is answered after the commit. It may be
    /// made again.
    pub async fn write_batch<B: Batch>(&self, batcher: &Batcher<B>, member: B::Member) -> Result<B::Answer> {
        let (reply, answer) = oneshot::channel();
        let must_schedule = {
            let mut pending = batcher.lock();
            if pending.members.len() >= QUEUE {
                metrics::counter!("leaddock_db_queue_full_total").increment(1);
                return Err(Error::unavailable("the queue to the database is full"));
            }
            let deadline = Instant::now() + QUEUE_TIMEOUT;
            pending.members.push_back(PendingMember {
                member: Arc::new(member),
                reply,
                deadline,
                runs_alone: false,
            });
            pending.must_schedule()
        };
        if must_schedule {
            self.schedule(batcher);
        }
        Self::wait(answer).await
    }

    /// Sends a task for the members that wait to the worker; if it has no place, they are refused.
    fn schedule<B: Batch>(&self, batcher: &Batcher<B>) {
        let task = BatchTask {
            batcher: batcher.clone(),
            db: self.clone(),
            members: Vec::new(),
            scheduled: Scheduled { batcher: batcher.clone(), is_taken: false },
            running: None,
            locked: None,
            has_failed: false,
            wakes: Wakes::default(),
        };
        // Without a place in the queue it is dropped, which refuses its members.
        let _ = submit(&self.queues.batched, Task::without_deadline(Box::new(task), None));
    }
}

struct Member<B: Batch> {
    pending: PendingMember<B>,
    result: Option<Result<B::Answer>>,
}

/// That a task for the waiting members is on its way. If it is lost before it has taken them, they are
/// refused, so that the next ones get another task.
struct Scheduled<B: Batch> {
    batcher: Batcher<B>,
    is_taken: bool,
}

impl<B: Batch> Drop for Scheduled<B> {
    fn drop(&mut self) {
        if !self.is_taken {
            self.batcher.refuse_all();
        }
    }
}

/// A batch that has its members. With its end, whichever that is, others may begin.
struct Running<B: Batch> {
    batcher: Batcher<B>,
    db: Db,
}

impl<B: Batch> Drop for Running<B> {
    fn drop(&mut self) {
        if self.batcher.end() {
            self.db.schedule(&self.batcher);
        }
    }
}

/// One batch on its way.
struct BatchTask<B: Batch> {
    batcher: Batcher<B>,
    db: Db,
    members: Vec<Member<B>>,
    scheduled: Scheduled<B>,
    /// Once it is filled.
    running: Option<Running<B>>,
    /// What came of taking the locks with the begin of the transaction.
    locked: Option<Result<()>>,
    /// Together they failed: each is made alone, by another task.
    has_failed: bool,
    wakes: Wakes,
}

impl<B: Batch> BatchTask<B> {
    /// Takes the members that wait, once; what is left gets a task of its own.
    fn fill(&mut self) {
        if self.running.is_some() {
            return;
        }
        self.scheduled.is_taken = true;
        self.running = Some(Running { batcher: self.batcher.clone(), db: self.db.clone() });
        let (members, must_schedule) = self.batcher.take(self.db.queues.batch_size);
        if must_schedule {
            self.db.schedule(&self.batcher);
        }
        self.members = members.into_iter().map(|pending| Member { pending, result: None }).collect();
    }

    /// Whose caller waits no more is not made: the caller takes it for failed.
    fn drop_expired(&mut self) {
        let now = Instant::now();
        for late in self.members.extract_if(.., |member| member.pending.deadline <= now) {
            late.pending.answer(Err(Error::unavailable("it waited too long for the database")));
        }
    }

    /// Nothing that was made stays: whoever succeeded has not.
    fn discard_results(&mut self) {
        for member in self.members.iter_mut().filter(|member| matches!(member.result, Some(Ok(_)))) {
            member.result = None;
        }
    }

    fn members(&self) -> Vec<Arc<B::Member>> {
        self.members.iter().map(|member| Arc::clone(&member.pending.member)).collect()
    }

    fn apply_together(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let members = self.members();
        let locked = self.locked.take();
        let results = catch_panics(|| {
            locked.unwrap_or_else(|| B::lock(tx, &members))?;
            B::apply_all(tx, &members)
        })?;
        if results.len() != members.len() {
            return Err(Error::internal("a batch has not a result for each member"));
        }
        for (member, result) in self.members.iter_mut().zip(results) {
            member.result = Some(result);
        }
        Ok(())
    }
}

/// Makes one without the others.
fn apply_alone<B: Batch>(
    tx: &mut Tx<'_>,
    change: &Arc<B::Member>,
    locked: Option<Result<()>>,
) -> Result<B::Answer> {
    catch_panics(|| {
        locked.unwrap_or_else(|| B::lock(tx, std::slice::from_ref(change)))?;
        B::apply(tx, change)
    })
}

impl<B: Batch> Work for BatchTask<B> {
    fn begin(&mut self, conn: &mut DbConnection) -> Result<()> {
        self.fill();
        self.drop_expired();
        let (parts, members) = (self.db.parts().clone(), self.members());
        let mut tx = Tx::begin(conn, &parts, Context::system());
        let locked = catch_panics(|| B::lock(&mut tx, &members));
        if locked.is_err() {
            // The members hear of it; the connection may be good all the same.
            abandon(conn);
        }
        self.locked = Some(locked);
        begin_write_once(conn)
    }

    fn run(&mut self, conn: &mut DbConnection) -> RunOutcome {
        self.fill();
        self.drop_expired();
        if self.has_failed {
            return RunOutcome::Refused;
        }
        let parts = self.db.parts().clone();
        let mut tx = Tx::begin(conn, &parts, Context::system());
        let outcome = match self.members.as_mut_slice() {
            [Member { pending, result }] if pending.runs_alone => {
                let made = apply_alone::<B>(&mut tx, &pending.member, self.locked.take());
                RunOutcome::of(result.insert(made))
            }
            _ => {
                let made = self.apply_together(&mut tx);
                if let Err(error) = &made {
                    tracing::debug!(error = %error.chain(), "the members of a batch are made alone");
                    self.has_failed = true;
                }
                // The members are run again, not the batch.
                match RunOutcome::of(&made) {
                    RunOutcome::Retry => RunOutcome::Refused,
                    outcome => outcome,
                }
            }
        };
        self.wakes = tx.wakes();
        if outcome != RunOutcome::Commit {
            self.discard_results();
        }
        outcome
    }

    fn answer(mut self: Box<Self>, committed: Result<()>) {
        // Nobody has run it: those that wait are answered as well.
        self.fill();
        if committed.is_ok() {
            self.wakes.wake(self.db.parts());
        }
        let failure = committed.err().map(|error| error.chain());
        let mut again = Vec::new();
        for Member { pending, result } in self.members {
            let has_lost = failure.is_none() && matches!(&result, Some(Err(error)) if is_lost_race(error));
            if !pending.runs_alone && (self.has_failed || has_lost) {
                again.push(pending);
                continue;
            }
            let result = match &failure {
                Some(failure) => Err(Error::unavailable(failure.clone())),
                None => result.unwrap_or_else(|| Err(Error::unavailable("it was not run"))),
            };
            pending.answer(result);
        }
        self.batcher.requeue(again);
    }

    fn size(&self) -> usize {
        self.members.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers;

    impl Batch for Numbers {
        type Member = u32;
        type Answer = u32;

        fn lock(_: &mut Tx<'_>, _: &[Arc<u32>]) -> Result<()> {
            Ok(())
        }

        fn apply(_: &mut Tx<'_>, number: &u32) -> Result<u32> {
            Ok(*number)
        }

        fn apply_all(_: &mut Tx<'_>, numbers: &[Arc<u32>]) -> Result<Vec<Result<u32>>> {
            Ok(numbers.iter().map(|number| Ok(**number)).collect())
        }
    }

    #[test]
    fn a_task_that_is_lost_does_not_stop_those_that_come_later() {
        let batcher = Batcher::<Numbers>::default();
        let (reply, mut answer) = oneshot::channel();
        let deadline = Instant::now() + QUEUE_TIMEOUT;
        let mut pending = batcher.lock();
        pending.members.push_back(PendingMember { member: Arc::new(1), reply, deadline, runs_alone: false });
        assert!(pending.must_schedule() && !pending.must_schedule());
        drop(pending);
        drop(Scheduled { batcher: batcher.clone(), is_taken: false });
        assert!(answer.try_recv().unwrap().is_err(), "its member is answered");
        let (reply, _answer) = oneshot::channel();
        let mut pending = batcher.lock();
        pending.members.push_back(PendingMember { member: Arc::new(2), reply, deadline, runs_alone: false });
        assert!(pending.must_schedule(), "the next one gets a task");
    }
}
