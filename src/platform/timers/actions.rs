//! Actions on timers: schedule, cancel, reschedule.
//! How they are fired is in `poller.rs`.

use super::model::{Key, POLL_EVERY, Timer};
use super::store;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::platform::db::Tx;

/// Schedules a timer in this transaction. There is one for each kind and key: a second one takes the place of
/// the first. It fires at `at`, or at once if that has passed.
pub fn schedule<T: Timer>(tx: &mut Tx<'_>, at: Timestamp, key: impl Into<Key>, timer: &T) -> Result<()> {
    let payload = serde_json::to_value(timer).map_err(Error::internal)?;
    store::put(tx, T::KIND, key.into().0, at, payload)?;
    wake(tx, at);
    Ok(())
}

/// When a timer is due; none if there is none, or it has fired.
pub fn scheduled<T: Timer>(tx: &mut Tx<'_>, key: impl Into<Key>) -> Result<Option<Timestamp>> {
    store::due_at(tx.conn, T::KIND, key.into().0)
}

/// Cancels a timer; false if there is none, or it has fired.
pub fn cancel<T: Timer>(tx: &mut Tx<'_>, key: impl Into<Key>) -> Result<bool> {
    store::remove(tx, T::KIND, key.into().0)
}

/// Moves a timer to another moment; false if there is none, or it has fired.
pub fn reschedule<T: Timer>(tx: &mut Tx<'_>, key: impl Into<Key>, at: Timestamp) -> Result<bool> {
    let moved = store::move_to(tx, T::KIND, key.into().0, at)?;
    wake(tx, at);
    Ok(moved)
}

/// Wakes the poller after the commit, unless it looks before `at` anyway.
fn wake(tx: &mut Tx<'_>, at: Timestamp) {
    if at.since(tx.now).to_std().unwrap_or_default() < POLL_EVERY {
        tx.wake_timers();
    }
}
