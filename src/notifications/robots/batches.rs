//! The next message of a robot: started when facts wait and none is on its way, so that what waits is merged.
//! What it says is put together when it is sent: `source.rs`.

use super::channel::CHANNEL;
use super::model::Robot;
use super::store;
use crate::kernel::error::Result;
use crate::platform::db::Tx;
use crate::platform::delivery::{SourceId, store as delivery};

/// Starts the next message, if none is open and facts wait. The robot is held by this transaction, and is to
/// be noted.
pub fn start(tx: &mut Tx<'_>, robot: &mut Robot) -> Result<()> {
    if let Some(batch) = robot.batch_id {
        if delivery::is_waiting(tx.conn, batch)? {
            return Ok(());
        }
        // It was given up before anybody was asked: it could not even be put together.
        store::forget_batch(tx, robot.id, batch)?;
        robot.batch_id = None;
    }
    if !robot.active || !store::has_waiting(tx.conn, robot.id)? {
        return Ok(());
    }
    let batch: SourceId = tx.id();
    let at = robot.requests.0.free_at(robot.kind, tx.now);
    delivery::enqueue_at(tx, batch, CHANNEL, &robot.id.to_string(), at)?;
    robot.batch_id = Some(batch);
    Ok(())
}

/// Ends a message, whatever became of it, and starts the next one.
pub fn end(tx: &mut Tx<'_>, robot: &mut Robot, batch: SourceId) -> Result<()> {
    store::forget_batch(tx, robot.id, batch)?;
    // Nobody asks for a message that has ended.
    delivery::delete(tx, &[batch])?;
    robot.batch_id = None;
    start(tx, robot)
}

/// Drops all that a robot is still to say. The robot is held by this transaction, and is to be noted.
pub fn drop_all(tx: &mut Tx<'_>, robot: &mut Robot) -> Result<()> {
    store::forget_all(tx, robot.id)?;
    if let Some(batch) = robot.batch_id.take() {
        delivery::delete(tx, &[batch])?;
    }
    Ok(())
}
