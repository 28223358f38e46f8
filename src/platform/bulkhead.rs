//! Work that keeps a processor busy, some at a time: the other processors are for everybody else.
//! What the work is, its owner knows; work on the database has its own queues, in `db/queue.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::kernel::error::{Error, Result};

/// A request waits no longer than this for its turn, as for the database.
const QUEUE_TIMEOUT: Duration = Duration::from_millis(4500);

/// At most so many at work, and at most so many that wait for it; whoever comes beyond is refused at once.
#[derive(Clone)]
pub struct Bulkhead {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// The turn of one. The work holds it to its end, also if its caller has gone away meanwhile.
pub type Turn = Arc<OwnedSemaphorePermit>;

impl Bulkhead {
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { working: Arc::new(Semaphore::new(at_once)), waiting: Arc::new(Semaphore::new(waiting)) }
    }

    /// With half of the processors, four at most.
    pub fn of_half_the_processors(waiting: usize) -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, |cpus| cpus.get() / 2).clamp(1, 4);
        Self::new(at_once, waiting)
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn> {
        let _place =
            self.waiting.try_acquire().map_err(|_| Error::unavailable("too many wait for a turn"))?;
        let turn = Arc::clone(&self.working).acquire_owned();
        let turn = tokio::time::timeout(QUEUE_TIMEOUT, turn).await.map_err(Error::unavailable)?;
        turn.map(Arc::new).map_err(Error::unavailable)
    }

    /// Waits for a turn and does the work on a thread where it is in nobody's way.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = self.turn().await?;
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
        let bulkhead = Bulkhead::new(1, 1);
        let first = bulkhead.turn().await.unwrap();
        let second = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move { bulkhead.turn().await.map(drop) }
        });
        while bulkhead.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = bulkhead.turn().await.unwrap_err();
        assert_eq!(refused.refusal().code, "unavailable");
        drop(first);
        second.await.unwrap().unwrap();
        bulkhead.turn().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let bulkhead = Bulkhead::new(1, 1);
        let _first = bulkhead.turn().await.unwrap();
        let asked = tokio::time::Instant::now();
        assert_eq!(bulkhead.turn().await.unwrap_err().refusal().code, "unavailable");
        assert!(asked.elapsed() >= QUEUE_TIMEOUT);
        assert_eq!(bulkhead.waiting.available_permits(), 1, "the place is given back");
    }

    #[tokio::test]
    async fn work_keeps_its_turn_when_nobody_waits_for_it() {
        let bulkhead = Bulkhead::new(1, 1);
        let (begun, is_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = mpsc::channel();
        let work = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move {
                let work = move || {
                    begun.send(()).unwrap();
                    may_end.recv().unwrap();
                };
                bulkhead.run(work).await.unwrap();
            }
        });
        is_begun.await.unwrap();
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
        assert_eq!(bulkhead.working.available_permits(), 0);
        end.send(()).unwrap();
        bulkhead.turn().await.unwrap();
    }
}
