//! The signals of the event log, within one process.
//! When they are given is decided in `publication.rs`.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

/// The signals of the log: that events were committed here, and how far the log reaches.
#[derive(Debug)]
pub struct Publication {
    /// Notified after each commit of this process that recorded events.
    pub recorded: Arc<Notify>,
    last: watch::Sender<i64>,
}

impl Default for Publication {
    fn default() -> Self {
        Self { recorded: Arc::default(), last: watch::Sender::new(0) }
    }
}

impl Publication {
    /// A receiver that is woken when the log has grown, on whichever node; its value is the last position.
    /// It needs the [`job`](super::job) that publishes.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    pub(super) fn reaches(&self, position: i64) {
        self.last.send_if_modified(|last| {
            let grown = position > *last;
            *last = position.max(*last);
            grown
        });
    }
}
