//! The signals of the event log, within one process.
//! When they are given is decided in `publication.rs`.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Notify, watch};

/// The signals of the log: that events were committed here, and how far the log reaches.
#[derive(Debug)]
pub struct Publication {
    /// Notified after each commit of this process that recorded events.
    pub recorded: Arc<Notify>,
    last: watch::Sender<i64>,
    /// Of the jobs that read the log.
    readers: Mutex<Vec<Weak<Notify>>>,
}

impl Default for Publication {
    fn default() -> Self {
        Self { recorded: Arc::default(), last: watch::Sender::new(0), readers: Mutex::default() }
    }
}

impl Publication {
    /// A receiver that is woken when the log has grown, on whichever node; its value is the last position.
    /// It needs the [`job`](super::job) that publishes.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    /// One more signal, for one job that reads the log: it is notified when the log has grown.
    pub fn signal(&self) -> Arc<Notify> {
        let signal = Arc::new(Notify::new());
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|known| known.strong_count() > 0);
        readers.push(Arc::downgrade(&signal));
        signal
    }

    pub(super) fn reaches(&self, position: i64) {
        let has_grown = self.last.send_if_modified(|last| {
            let grown = position > *last;
            *last = position.max(*last);
            grown
        });
        if has_grown {
            let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            readers.iter().filter_map(Weak::upgrade).for_each(|signal| signal.notify_one());
        }
    }
}
