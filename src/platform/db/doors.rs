//! The two doors of the database, `read` and `write`: closures are queued for its threads and answered.
//! How the threads come to their connections is in `open.rs`, what they do in `worker.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};
use tokio::sync::oneshot;

use super::dialect;
use super::tx::{Context, Parts, Read, Tx, Wakes};
use super::url::DatabaseUrl;
use super::worker::{Job, ReadJob, WriteJob};
use crate::kernel::error::{Error, Result};
use crate::platform::jobs::Next;

/// A request waits no longer than this for the database.
const QUEUE_TIMEOUT: Duration = Duration::from_millis(4500);
/// Closures that may wait in one worker; beyond it the answer is 503.
pub(super) const QUEUE: usize = 4096;

/// Texts that move into the search index in one transaction.
const SETTLED_AT_ONCE: i64 = 500;

/// How to reach the database, and with how many threads.
#[derive(Clone, Debug)]
pub struct Options {
    pub url: DatabaseUrl,
    /// Connections for reading (SQLite), or for everything but intake (PostgreSQL).
    pub connections: usize,
    /// Whether writes that wait share one commit.
    pub group_commit: bool,
    /// Whether this process is the server that owns the file: a second one is kept out (SQLite).
    pub exclusive: bool,
}

/// The database, with its threads. Cloning gives another handle.
#[derive(Clone)]
pub struct Db {
    pub(super) queues: Arc<Queues>,
    pub(super) parts: Parts,
}

/// The queues of the database's threads.
pub(super) struct Queues {
    pub(super) read: Sender<Job>,
    pub(super) write: Sender<Job>,
    /// Writes that share a commit with others that wait; the same worker as `write` on SQLite.
    pub(super) batched: Sender<Job>,
    /// Held as long as the server lives (SQLite).
    pub(super) _lock: Option<std::fs::File>,
    pub(super) threads: std::sync::Mutex<Vec<std::thread::JoinHandle<()>>>,
}

impl Db {
    /// Reads in one snapshot (SQLite) or statement by statement (PostgreSQL). `f` may be run again.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = ReadJob { work: f, clock: self.parts.clock.clone(), result: None, reply };
        Self::submit(&self.queues.read, Job::new(Box::new(job), QUEUE_TIMEOUT))?;
        Self::wait(answer).await
    }

    /// Changes, all or nothing, and is answered after the commit. `f` may be run again.
    pub async fn write<T, F>(&self, context: Context, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.write_in(&self.queues.write, context, f).await
    }

    /// The same for changes of which many wait at once: they share one commit, each in a savepoint of its
    /// own.
    pub async fn write_batched<T, F>(&self, context: Context, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.write_in(&self.queues.batched, context, f).await
    }

    async fn write_in<T, F>(&self, queue: &Sender<Job>, context: Context, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = WriteJob {
            work: f,
            context,
            parts: self.parts.clone(),
            wakes: Wakes::default(),
            result: None,
            reply,
        };
        Self::submit(queue, Job::new(Box::new(job), QUEUE_TIMEOUT))?;
        Self::wait(answer).await
    }

    fn submit(queue: &Sender<Job>, job: Job) -> Result<()> {
        queue.try_send(job).map_err(|refused| {
            metrics::counter!("leaddock_db_queue_full_total").increment(1);
            match refused {
                TrySendError::Full(_) => Error::unavailable("the queue to the database is full"),
                TrySendError::Disconnected(_) => Error::unavailable("the database is closed"),
            }
        })
    }

    async fn wait<T>(answer: oneshot::Receiver<Result<T>>) -> Result<T> {
        match tokio::time::timeout(QUEUE_TIMEOUT + Duration::from_millis(700), answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::unavailable("the database thread went away")),
            Err(_) => Err(Error::unavailable("the database did not answer in time")),
        }
    }

    /// Moves new searchable texts into their index, some at a time. They are found before as well, only less
    /// quickly.
    pub async fn settle_texts(&self) -> Result<Next> {
        let more = self.write(Context::system(), |tx| dialect::settle_texts(tx, SETTLED_AT_ONCE)).await?;
        Ok(if more { Next::Again } else { Next::Wait })
    }

    /// Whether a change can be made right now.
    pub async fn probe(&self) -> Result<()> {
        self.write(Context::system(), dialect::touch_probe).await
    }

    /// The parts that changes are made with.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Lets the threads finish what is queued, and closes the connections.
    pub fn close(self) {
        let threads = self.queues.threads.lock().map(|mut all| std::mem::take(&mut *all)).unwrap_or_default();
        let until = Instant::now() + Duration::from_secs(10);
        drop(self);
        for thread in threads {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}
