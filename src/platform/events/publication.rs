//! Publication: gives committed events their positions where the database does not, and wakes those that
//! read the log by position. Reading it is in `log.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::last_position;
use crate::kernel::error::Result;
use crate::platform::db::{Context, Db, Read, dialect};
use crate::platform::jobs::{Job, Next};

/// Events that get their positions in one transaction.
const BATCH: i64 = 2000;
/// How long after a commit its events are published, together with those of other commits.
const SETTLE: Duration = Duration::from_millis(20);
/// How often the events of other processes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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
    /// It needs the [`job`] that publishes.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    fn reaches(&self, position: i64) {
        self.last.send_if_modified(|last| {
            let grown = position > *last;
            *last = position.max(*last);
            grown
        });
    }
}

/// The job that publishes, soon after a commit of this process and every second.
pub fn job(db: &Db) -> Job {
    let recorded = Arc::clone(&db.parts().publication.recorded);
    let db = db.clone();
    let publish = Job::every("publish-events", LOOK_EVERY, move || {
        let db = db.clone();
        async move { publish(&db).await }
    });
    publish.woken_by(&recorded, SETTLE)
}

/// Publishes what was committed: numbers it, if the database leaves that to us, and wakes the readers of the
/// log. Any number of nodes may run it at once; one of them numbers.
pub async fn publish(db: &Db) -> Result<Next> {
    let look =
        |read: &mut Read<'_>| Ok((last_position(read.conn)?, dialect::has_unnumbered_events(read.conn)?));
    let (last, waiting) = db.read(look).await?;
    db.parts().publication.reaches(last);
    if !waiting {
        return Ok(Next::Wait);
    }
    let numbering = db.write_in_background(Context::system(), |tx| {
        let Some(numbered) = dialect::number_events(tx, BATCH)? else { return Ok(None) };
        Ok(Some((numbered, last_position(tx.conn)?)))
    });
    match numbering.await? {
        Some((numbered, last)) => {
            db.parts().publication.reaches(last);
            Ok(if numbered < BATCH { Next::Wait } else { Next::Again })
        }
        // Another node is at it and may not have seen the last of ours.
        None => Ok(Next::Again),
    }
}
