//! The doors of the database, `read` and `write`, and one beside each for what takes long: closures are
//! queued for its threads and answered. How the threads come to their connections is in `open.rs`, what they
//! do in `worker.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono_tz::Tz;
use crossbeam_channel::Sender;
use tokio::sync::oneshot;

use super::dialect;
use super::queue::{BackgroundSender, QueueLengths, submit};
use super::stream::{ChunkSender, Chunks, StreamTask};
use super::task::{ReadTask, Task, Work, WriteTask};
use super::tx::{Context, Parts, Read, Tx, Wakes};
use super::url::DatabaseUrl;
use crate::kernel::error::{Error, Result};
use crate::platform::jobs::Next;

/// A request waits no longer than this for the database.
pub(super) const QUEUE_TIMEOUT: Duration = Duration::from_millis(4500);

/// Texts that move into the search index in one transaction.
const SETTLED_AT_ONCE: i64 = 500;

/// How to reach the database, and with how many threads.
#[derive(Clone, Debug)]
pub struct Options {
    pub url: DatabaseUrl,
    /// Connections for reading (SQLite), or for reading and for changes, half of them each (PostgreSQL). The
    /// writer, the workers of batches and streams have connections of their own.
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
    pub(super) read: Sender<Task>,
    pub(super) write: Sender<Task>,
    /// Batches of changes; the same worker as `write` on SQLite.
    pub(super) batched: Sender<Task>,
    /// Members of one batch at most.
    pub(super) batch_size: usize,
    /// Writes that nobody waits for; a worker of `write` takes them while no person waits.
    pub(super) background: BackgroundSender,
    /// Long reads.
    pub(super) stream: Sender<Task>,
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
        let task = ReadTask { work: f, parts: self.parts.clone(), result: None, reply };
        submit(&self.queues.read, Task::new(Box::new(task), QUEUE_TIMEOUT))?;
        Self::wait(answer).await
    }

    /// Changes, all or nothing, and is answered after the commit. `f` may be run again.
    pub async fn write<T, F>(&self, context: Context, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (task, answer) = self.write_task(context, f);
        submit(&self.queues.write, Task::new(task, QUEUE_TIMEOUT))?;
        Self::wait(answer).await
    }

    /// The same for work that nobody waits for: imports, jobs, upkeep. It runs when no person's change waits,
    /// or once people have passed it over for [`super::BACKGROUND_EVERY`], in a commit of its own; it waits
    /// as long as it takes, for a place in the queue too. One closure is short all the same: people wait for
    /// its end.
    pub async fn write_in_background<T, F>(&self, context: Context, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let background = &self.queues.background;
        let place = background.place().await?;
        let (task, answer) = self.write_task(context, f);
        submit(&background.queue, Task::without_deadline(task, Some(place)))?;
        answer.await.unwrap_or_else(|_| Err(Error::unavailable("the database thread went away")))
    }

    /// Reads in one snapshot as much as there is: `f` sends rows chunk by chunk, and waits while their
    /// consumer is slow. Answers once the first chunk is there, or with the failure before it. At most
    /// [`super::STREAMS`] run at once, on connections of their own. `f` may be run again until it has sent
    /// something.
    pub async fn stream<T, F>(&self, f: F) -> Result<Chunks<T>>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &mut ChunkSender<T>) -> Result<()> + Send + 'static,
    {
        let (task, begun, chunks) = StreamTask::new(f, self.parts.clone());
        submit(&self.queues.stream, Task::without_deadline(Box::new(task), None))?;
        begun.await.unwrap_or_else(|_| Err(Error::unavailable("the database thread went away")))?;
        Ok(chunks)
    }

    /// One answer of a read that may take long: it takes the place of a stream. `f` asks now and then whether
    /// somebody still waits for it.
    pub async fn read_at_length<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Read<'_>, &dyn Fn() -> bool) -> Result<T> + Send + 'static,
    {
        let read = move |read: &mut Read<'_>, sender: &mut ChunkSender<T>| {
            let answer = f(read, &|| sender.is_awaited())?;
            sender.send(vec![answer])
        };
        let mut chunks = self.stream(read).await?;
        let answer = chunks.next().await.transpose()?.and_then(|mut chunk| chunk.pop());
        answer.ok_or_else(|| Error::unavailable("the database thread went away"))
    }

    fn write_task<T, F>(&self, context: Context, f: F) -> (Box<dyn Work>, oneshot::Receiver<Result<T>>)
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let (parts, wakes) = (self.parts.clone(), Wakes::default());
        (Box::new(WriteTask { work: f, context, parts, wakes, result: None, reply }), answer)
    }

    pub(super) async fn wait<T>(answer: oneshot::Receiver<Result<T>>) -> Result<T> {
        match tokio::time::timeout(QUEUE_TIMEOUT + Duration::from_millis(700), answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Error::unavailable("the database thread went away")),
            Err(_) => Err(Error::unavailable("the database did not answer in time")),
        }
    }

    /// Moves new searchable texts into their index, some at a time. They are found before as well, only less
    /// quickly.
    pub async fn settle_texts(&self) -> Result<Next> {
        let settle = |tx: &mut Tx<'_>| dialect::settle_texts(tx, SETTLED_AT_ONCE);
        let more = self.write_in_background(Context::system(), settle).await?;
        Ok(if more { Next::Immediately } else { Next::Wait })
    }

    /// The organisation's time zone, as of now, where there is no transaction.
    pub async fn zone(&self) -> Result<Tz> {
        self.read(|read| read.zone()).await
    }

    /// Whether a change can be made right now.
    pub async fn probe(&self) -> Result<()> {
        self.write(Context::system(), dialect::touch_probe).await
    }

    /// How many closures wait.
    pub fn queue_lengths(&self) -> QueueLengths {
        let Queues { read, write, batched, background, stream, .. } = &*self.queues;
        let is_one_queue = write.same_channel(batched);
        QueueLengths {
            read: read.len(),
            write: write.len(),
            batched: if is_one_queue { 0 } else { batched.len() },
            background: background.queue.len(),
            stream: stream.len(),
        }
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
