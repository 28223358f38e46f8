//! Publication: gives committed events their positions where the database does not, and wakes those that
//! read the log by position. Reading it is in `log.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::log::last_position;
use crate::kernel::error::Result;
use crate::platform::db::{Context, Db, Read, numbering};
use crate::platform::jobs::{Job, Next};

/// Events that get their positions in one transaction.
const BATCH: i64 = 2000;
/// How long after a commit its events are published, together with those of other commits.
const SETTLE: Duration = Duration::from_millis(20);
/// When it is looked again for those of ours that another node, which numbers now, has not seen.
const LOCKED_AGAIN: Duration = Duration::from_millis(200);
/// How often somebody who waits for all that was committed has it published.
const ROUNDS: usize = 15;
/// How often the events of other processes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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

/// Waits until what was committed before is published, as far as that takes no longer than some seconds.
/// Returns whether all of it is.
pub async fn publish_all(db: &Db) -> Result<bool> {
    for _ in 0..ROUNDS {
        match publish(db).await? {
            Next::Wait => return Ok(true),
            Next::Immediately => {}
            Next::After(pause) => tokio::time::sleep(pause).await,
        }
    }
    Ok(false)
}

/// Publishes what was committed: numbers it, if the database leaves that to us, and wakes the readers of the
/// log. Any number of nodes may run it at once; one of them numbers.
pub async fn publish(db: &Db) -> Result<Next> {
    let look =
        |read: &mut Read<'_>| Ok((last_position(read.conn)?, numbering::has_unnumbered_events(read.conn)?));
    let (last, waiting) = db.read(look).await?;
    db.parts().publication.reaches(last);
    if !waiting {
        return Ok(Next::Wait);
    }
    let numbering = db.write_in_background(Context::system(), |tx| {
        let Some(numbered) = numbering::number_events(tx, BATCH)? else { return Ok(None) };
        Ok(Some((numbered, last_position(tx.conn)?)))
    });
    match numbering.await? {
        Some((numbered, last)) => {
            db.parts().publication.reaches(last);
            Ok(if numbered < BATCH { Next::Wait } else { Next::Immediately })
        }
        // Another node is at it and may not have seen the last of ours.
        None => Ok(Next::After(LOCKED_AGAIN)),
    }
}
