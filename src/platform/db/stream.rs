//! Streams: long reads in one snapshot, whose rows go to their consumer chunk by chunk, with back-pressure.
//! What is read is said by the rooms' `store.rs`; how many run at once, in `sqlite.rs` and `postgres.rs`.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, TryRecvError, bounded};
use futures_util::Stream;
use tokio::sync::{Notify, oneshot};

use super::connection::DbConnection;
use super::task::{RunOutcome, Work, catch_panics};
use super::tx::{Parts, Read};
use crate::kernel::error::{Error, Result};

/// Streams that run at once, each with a connection of its own; others wait.
pub const STREAMS: usize = 2;
/// Rows of a chunk at most.
pub const CHUNK_ROWS: usize = 500;
/// Chunks that may wait for the consumer.
pub const CHUNKS_AHEAD: usize = 4;
/// A consumer that takes no chunk for this long ends its stream: an open snapshot keeps the database from
/// tidying up behind it.
pub(super) const STALLED: Duration = Duration::from_secs(30);

/// Notifies the consumer: after each chunk, and when the sender is dropped.
struct Filled(Arc<Notify>);

impl Drop for Filled {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// Sends the rows of a stream to its consumer.
pub struct ChunkSender<T> {
    // Dropped before `filled` notifies the consumer of the end.
    chunks: Sender<Vec<T>>,
    filled: Filled,
    /// Until the first chunk: the caller that waits for it.
    begun: Option<oneshot::Sender<Result<()>>>,
}

impl<T> ChunkSender<T> {
    /// Sends at most [`CHUNK_ROWS`] rows; waits while the consumer has [`CHUNKS_AHEAD`] chunks to take. An
    /// error if the consumer is gone: the closure ends with it.
    pub fn send(&mut self, rows: Vec<T>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if rows.len() > CHUNK_ROWS {
            return Err(Error::internal("a chunk of a stream has too many rows"));
        }
        let gone = || Error::unavailable("nobody takes the rows of a stream any more");
        if let Some(begun) = self.begun.take() {
            begun.send(Ok(())).map_err(|_| gone())?;
        }
        match self.chunks.send_timeout(rows, STALLED) {
            Ok(()) => {
                self.filled.0.notify_one();
                Ok(())
            }
            Err(SendTimeoutError::Disconnected(_)) => Err(gone()),
            Err(SendTimeoutError::Timeout(_)) => {
                Err(Error::unavailable("the rows of a stream were not taken in time"))
            }
        }
    }

    /// Whether somebody still waits for the first chunk.
    pub fn is_awaited(&self) -> bool {
        self.begun.as_ref().is_some_and(|begun| !begun.is_closed())
    }

    /// Sends page after page by keyset: `page` gets the key of the last row sent and the most rows to load.
    /// Ends with the first page that is not full.
    pub fn send_pages<K>(
        &mut self,
        read: &mut Read<'_>,
        key: impl Fn(&T) -> K,
        page: impl Fn(&mut Read<'_>, Option<&K>, i64) -> Result<Vec<T>>,
    ) -> Result<()> {
        let limit = i64::try_from(CHUNK_ROWS).map_err(Error::internal)?;
        let mut after = None;
        loop {
            let rows = page(read, after.as_ref(), limit)?;
            let is_last = rows.len() < CHUNK_ROWS;
            after = rows.last().map(&key);
            self.send(rows)?;
            if is_last {
                return Ok(());
            }
        }
    }
}

/// The rows of a stream, chunk by chunk. Dropping it ends the stream.
pub struct Chunks<T> {
    chunks: Receiver<Vec<T>>,
    filled: Arc<Notify>,
    /// How it ended: a stream that failed must not look like one that is complete.
    end: Option<oneshot::Receiver<Result<()>>>,
}

impl<T> Chunks<T> {
    /// The next chunk; an error is the last item.
    pub async fn next(&mut self) -> Option<Result<Vec<T>>> {
        loop {
            match self.chunks.try_recv() {
                Ok(rows) => return Some(Ok(rows)),
                Err(TryRecvError::Empty) => self.filled.notified().await,
                Err(TryRecvError::Disconnected) => return self.end().map(Err),
            }
        }
    }

    fn end(&mut self) -> Option<Error> {
        let ended = self.end.take()?.try_recv();
        ended.unwrap_or_else(|_| Err(Error::unavailable("the database thread went away"))).err()
    }

    /// The same as a stream of futures, such as the body of an answer.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<T>>> {
        futures_util::stream::unfold(self, async |mut chunks| Some((chunks.next().await?, chunks)))
    }
}

/// A stream on its way to a connection.
pub(super) struct StreamTask<T, F> {
    work: F,
    parts: Parts,
    result: Option<Result<()>>,
    sender: ChunkSender<T>,
    end: oneshot::Sender<Result<()>>,
}

/// Answers when the first chunk is there: the stream has begun, or has failed before.
pub(super) type Begun = oneshot::Receiver<Result<()>>;

impl<T, F> StreamTask<T, F> {
    pub fn new(work: F, parts: Parts) -> (Self, Begun, Chunks<T>) {
        let (sender, receiver) = bounded(CHUNKS_AHEAD);
        let filled = Arc::new(Notify::new());
        let (begin, begun) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let chunks = Chunks { chunks: receiver, filled: Arc::clone(&filled), end: Some(ended) };
        let sender = ChunkSender { chunks: sender, filled: Filled(filled), begun: Some(begin) };
        (Self { work, parts, result: None, sender, end }, begun, chunks)
    }
}

impl<T, F> Work for StreamTask<T, F>
where
    T: Send,
    F: Fn(&mut Read<'_>, &mut ChunkSender<T>) -> Result<()> + Send,
{
    fn run(&mut self, conn: &mut DbConnection) -> RunOutcome {
        // Once rows were sent it cannot begin anew, and without a caller it need not begin.
        if self.sender.begun.as_ref().is_none_or(oneshot::Sender::is_closed) {
            return RunOutcome::Refused;
        }
        let result = catch_panics(|| (self.work)(&mut Read::begin(conn, &self.parts), &mut self.sender));
        let outcome = RunOutcome::of(&result);
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let Self { work, result, mut sender, end, .. } = *self;
        drop(work);
        let result =
            committed.and_then(|()| result.unwrap_or_else(|| Err(Error::unavailable("it was not run"))));
        // A consumer who has gone away is no fault.
        match (sender.begun.take(), result) {
            (Some(begun), Err(error)) => drop(begun.send(Err(error))),
            (begun, result) => {
                drop(end.send(result));
                begun.map(|begun| begun.send(Ok(())));
            }
        }
    }
}
