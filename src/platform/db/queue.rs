//! Queues of a worker: closures of people, and of the background, which run when no person waits.
//! What a worker does with a closure is in `worker.rs`; which workers there are, in `sqlite.rs` and
//! `postgres.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded, select};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::task::Task;
use crate::kernel::error::{Error, Result};

/// Closures that may wait in one queue of people; beyond it the answer is 503.
pub const QUEUE: usize = 4096;
/// Background closures that may wait or run; further ones wait for a place.
pub const BACKGROUND_QUEUE: usize = 256;
/// A background closure that waits is passed over by people no longer than this.
pub const BACKGROUND_EVERY: Duration = Duration::from_millis(100);

/// Closures that wait in each queue right now. On SQLite those of `batched` are in `write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLengths {
    pub read: usize,
    pub write: usize,
    pub batched: usize,
    pub background: usize,
    pub stream: usize,
}

impl QueueLengths {
    /// Sets the gauge of each queue.
    pub fn measure(self) {
        let Self { read, write, batched, background, stream } = self;
        let all = [
            ("read", read),
            ("write", write),
            ("batched", batched),
            ("background", background),
            ("stream", stream),
        ];
        for (queue, length) in all {
            let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
            metrics::gauge!("leaddock_db_queue_length", "queue" => queue).set(length);
        }
    }
}

/// Sends to a bounded queue whose senders wait for a place, where those of people are refused.
pub struct BackgroundSender {
    pub queue: Sender<Task>,
    places: Arc<Semaphore>,
}

/// The queue for background closures.
pub fn background() -> (BackgroundSender, Receiver<Task>) {
    let (queue, tasks) = bounded(BACKGROUND_QUEUE);
    (BackgroundSender { queue, places: Arc::new(Semaphore::new(BACKGROUND_QUEUE)) }, tasks)
}

impl BackgroundSender {
    /// Waits until there is a place. It is given back with the task's answer.
    pub async fn place(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.map_err(Error::unavailable)
    }
}

/// Hands a closure over, or refuses it if the queue is full.
pub fn submit(queue: &Sender<Task>, task: Task) -> Result<()> {
    queue.try_send(task).map_err(|refused| {
        metrics::counter!("leaddock_db_queue_full_total").increment(1);
        match refused {
            TrySendError::Full(_) => Error::unavailable("the queue to the database is full"),
            TrySendError::Disconnected(_) => Error::unavailable("the database is closed"),
        }
    })
}

/// The next closure of a worker.
pub enum Turn {
    /// Somebody waits for its answer.
    Person(Task),
    Background(Task),
}

/// What a worker takes its closures from.
pub struct Inbox {
    people: Receiver<Task>,
    background: Option<Receiver<Task>>,
    /// When a background closure that waits was first passed over.
    passed_over: Option<Instant>,
}

impl Inbox {
    /// A queue of people alone.
    pub const fn new(people: Receiver<Task>) -> Self {
        Self { people, background: None, passed_over: None }
    }

    /// Besides takes background closures while no person waits.
    pub fn with_background(self, background: &Receiver<Task>) -> Self {
        Self { background: Some(background.clone()), ..self }
    }

    /// How many people wait.
    pub fn people_waiting(&self) -> usize {
        self.people.len()
    }

    /// Another person's closure, if one waits.
    pub fn another_person(&self) -> Option<Task> {
        self.people.try_recv().ok()
    }

    /// The next closure: a person's, unless none waits or a background one has been passed over for too long.
    /// Waits for one; none once every sender is gone and both queues are empty.
    pub fn next(&mut self) -> Option<Turn> {
        let Some(background) = self.background.clone() else {
            return self.people.recv().ok().map(Turn::Person);
        };
        if self.passed_over.is_some_and(|since| since.elapsed() >= BACKGROUND_EVERY)
            && let Ok(task) = background.try_recv()
        {
            return Some(self.background_turn(task));
        }
        match self.people.try_recv() {
            Ok(task) => return Some(self.person_turn(task, &background)),
            // The senders of both go together: what is queued is finished.
            Err(TryRecvError::Disconnected) => return background.recv().ok().map(Turn::Background),
            Err(TryRecvError::Empty) => {}
        }
        if let Ok(task) = background.try_recv() {
            return Some(self.background_turn(task));
        }
        select! {
            recv(self.people) -> task => match task {
                Ok(task) => Some(self.person_turn(task, &background)),
                Err(_) => background.recv().ok().map(Turn::Background),
            },
            recv(background) -> task => match task {
                Ok(task) => Some(self.background_turn(task)),
                Err(_) => self.people.recv().ok().map(Turn::Person),
            },
        }
    }

    fn person_turn(&mut self, task: Task, background: &Receiver<Task>) -> Turn {
        if self.passed_over.is_none() && !background.is_empty() {
            self.passed_over = Some(Instant::now());
        }
        Turn::Person(task)
    }

    const fn background_turn(&mut self, task: Task) -> Turn {
        self.passed_over = None;
        Turn::Background(task)
    }
}
