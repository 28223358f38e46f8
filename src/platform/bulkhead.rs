//! Work that keeps a processor busy, some at a time: the other processors are for everybody else.
//! What the work is, its owner knows; work on the database has its own queues, in `db/queue.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::kernel::error::{Error, Result, UNAVAILABLE};

/// A request waits no longer than this for its turn, as for the database.
const QUEUE_TIMEOUT: Duration = Duration::from_millis(4500);
/// Turns that one caller has or waits for, where callers are known: one of them keeps no other out.
const OF_ONE_CALLER: usize = 2;

/// At most so many at work, and at most so many that wait for it; whoever comes beyond is refused at once.
#[derive(Clone)]
pub struct Bulkhead(Arc<Inner>);

struct Inner {
    /// For its metric.
    name: &'static str,
    working: Arc<Semaphore>,
    waiting: Semaphore,
    /// How many turns each caller has or waits for.
    callers: Mutex<HashMap<Uuid, usize>>,
}

/// The turn of one. The work holds it to its end, also if its caller has gone away meanwhile.
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    _share: Option<Share>,
}

/// What a caller has of a bulkhead.
struct Share {
    of: Arc<Inner>,
    caller: Uuid,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut callers = self.of.callers();
        if let Some(count) = callers.get_mut(&self.caller) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                callers.remove(&self.caller);
            }
        }
    }
}

impl Inner {
    fn callers(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A share of a caller, unless they have enough.
    fn share(self: &Arc<Self>, caller: Uuid) -> Option<Share> {
        let mut callers = self.callers();
        let count = callers.entry(caller).or_default();
        (*count < OF_ONE_CALLER).then(|| {
            *count += 1;
            Share { of: Arc::clone(self), caller }
        })
    }

    /// What whoever gets no turn is answered. It is said by a metric, not in the log: callers can cause it.
    fn refused(&self) -> Error {
        metrics::counter!("leaddock_turns_refused_total", "bulkhead" => self.name).increment(1);
        Error::refuse(&UNAVAILABLE).retry_after(1)
    }
}

impl Bulkhead {
    pub fn new(name: &'static str, at_once: usize, waiting: usize) -> Self {
        Self(Arc::new(Inner {
            name,
            working: Arc::new(Semaphore::new(at_once)),
            waiting: Semaphore::new(waiting),
            callers: Mutex::default(),
        }))
    }

    /// With half of the processors, four at most.
    pub fn of_half_the_processors(name: &'static str, waiting: usize) -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, |cpus| cpus.get() / 2).clamp(1, 4);
        Self::new(name, at_once, waiting)
    }

    /// Waits for a turn, of a caller if one is known.
    pub async fn turn(&self, caller: Option<Uuid>) -> Result<Turn> {
        let share = match caller.map(|caller| self.0.share(caller)) {
            Some(None) => return Err(self.0.refused()),
            share => share.flatten(),
        };
        let _place = self.0.waiting.try_acquire().map_err(|_| self.0.refused())?;
        let permit = Arc::clone(&self.0.working).acquire_owned();
        let permit = tokio::time::timeout(QUEUE_TIMEOUT, permit).await.map_err(|_| self.0.refused())?;
        Ok(Turn { _permit: permit.map_err(Error::unavailable)?, _share: share })
    }

    /// Waits for a turn and does the work on a thread where it is in nobody's way.
    pub async fn run<T: Send + 'static>(
        &self,
        caller: Option<Uuid>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn(caller).await?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn whoever_comes_behind_too_many_is_refused_at_once() {
        let bulkhead = Bulkhead::new("test", 1, 1);
        let first = bulkhead.turn(None).await.unwrap();
        let second = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move { bulkhead.turn(None).await.map(drop) }
        });
        while bulkhead.0.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = bulkhead.turn(None).await.err().unwrap();
        assert_eq!(refused.refusal().code, "unavailable");
        drop(first);
        second.await.unwrap().unwrap();
        bulkhead.turn(None).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let bulkhead = Bulkhead::new("test", 1, 1);
        let _first = bulkhead.turn(None).await.unwrap();
        let asked = tokio::time::Instant::now();
        assert_eq!(bulkhead.turn(None).await.err().unwrap().refusal().code, "unavailable");
        assert!(asked.elapsed() >= QUEUE_TIMEOUT);
        assert_eq!(bulkhead.0.waiting.available_permits(), 1, "the place is given back");
    }

    #[tokio::test]
    async fn work_keeps_its_turn_when_nobody_waits_for_it() {
        let bulkhead = Bulkhead::new("test", 1, 1);
        let (begun, is_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = mpsc::channel();
        let work = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move {
                let work = move || {
                    begun.send(()).unwrap();
                    may_end.recv().unwrap();
                };
                bulkhead.run(None, work).await.unwrap();
            }
        });
        is_begun.await.unwrap();
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
        assert_eq!(bulkhead.0.working.available_permits(), 0);
        end.send(()).unwrap();
        bulkhead.turn(None).await.unwrap();
    }

    #[tokio::test]
    async fn one_caller_keeps_no_other_out() {
        let bulkhead = Bulkhead::new("test", 9, 9);
        let [one, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let first = bulkhead.turn(Some(one)).await.unwrap();
        let second = bulkhead.turn(Some(one)).await.unwrap();
        assert!(bulkhead.turn(Some(one)).await.is_err());
        bulkhead.turn(Some(other)).await.map(drop).unwrap();
        drop(first);
        bulkhead.turn(Some(one)).await.map(drop).unwrap();
        drop(second);
        assert!(bulkhead.0.callers().is_empty(), "nobody is remembered");
    }
}
