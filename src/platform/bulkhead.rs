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
/// Requests of one caller that are at work or in the queue, where callers are known, and those that wait for
/// that: one of them keeps no other out.
const OF_ONE_CALLER: usize = 2;
const WAITING_OF_ONE_CALLER: usize = 8;

/// At most so many at work, and at most so many that wait for it; whoever comes beyond is refused at once.
#[derive(Clone)]
pub struct Bulkhead(Arc<Inner>);

struct Inner {
    /// For its metric.
    name: &'static str,
    working: Arc<Semaphore>,
    waiting: Semaphore,
    callers: Mutex<HashMap<Uuid, OfCaller>>,
}

/// What a caller has of a bulkhead.
struct OfCaller {
    requests: usize,
    turns: Arc<Semaphore>,
}

/// The turn of one. The work holds it to its end, also if its caller has gone away meanwhile.
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    _of_caller: Option<(OwnedSemaphorePermit, Request)>,
}

/// A request of a caller, as long as it is there.
struct Request {
    of: Arc<Inner>,
    caller: Uuid,
    turns: Arc<Semaphore>,
}

impl Drop for Request {
    fn drop(&mut self) {
        let mut callers = self.of.callers();
        if let Some(has) = callers.get_mut(&self.caller) {
            has.requests = has.requests.saturating_sub(1);
            if has.requests == 0 {
                callers.remove(&self.caller);
            }
        }
    }
}

impl Inner {
    fn callers(&self) -> MutexGuard<'_, HashMap<Uuid, OfCaller>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request of a caller, unless they have too many.
    fn request(self: &Arc<Self>, caller: Uuid) -> Option<Request> {
        let mut callers = self.callers();
        let has = callers
            .entry(caller)
            .or_insert_with(|| OfCaller { requests: 0, turns: Arc::new(Semaphore::new(OF_ONE_CALLER)) });
        (has.requests < OF_ONE_CALLER.saturating_add(WAITING_OF_ONE_CALLER)).then(|| {
            has.requests = has.requests.saturating_add(1);
            Request { of: Arc::clone(self), caller, turns: Arc::clone(&has.turns) }
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
        let turn = tokio::time::timeout(QUEUE_TIMEOUT, self.turn_in_time(caller));
        turn.await.ok().flatten().ok_or_else(|| self.0.refused())
    }

    /// None: too many are there.
    async fn turn_in_time(&self, caller: Option<Uuid>) -> Option<Turn> {
        let of_caller = match caller {
            Some(caller) => {
                let request = self.0.request(caller)?;
                Some((Arc::clone(&request.turns).acquire_owned().await.ok()?, request))
            }
            None => None,
        };
        let _place = self.0.waiting.try_acquire().ok()?;
        let permit = Arc::clone(&self.0.working).acquire_owned().await.ok()?;
        Some(Turn { _permit: permit, _of_caller: of_caller })
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
        // Further ones wait for these, and beyond some they are refused.
        let wait = || {
            let bulkhead = bulkhead.clone();
            tokio::spawn(async move { bulkhead.turn(Some(one)).await.map(drop) })
        };
        let waiting: Vec<_> = (0..WAITING_OF_ONE_CALLER).map(|_| wait()).collect();
        let requests = || bulkhead.0.callers().get(&one).map_or(0, |has| has.requests);
        while requests() < OF_ONE_CALLER + WAITING_OF_ONE_CALLER {
            tokio::task::yield_now().await;
        }
        assert!(bulkhead.turn(Some(one)).await.is_err());
        bulkhead.turn(Some(other)).await.map(drop).unwrap();
        drop((first, second));
        for turn in waiting {
            turn.await.unwrap().unwrap();
        }
        assert!(bulkhead.0.callers().is_empty(), "nobody is remembered");
    }
}
