//! Timers: work that is due at a moment of the app's clock, kept in one table and fired once each.
//! Which timers there are is said by the rooms; how they are fired is in `poller.rs`.

mod poller;
pub mod store;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use poller::Poller;

use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::Id;
use crate::platform::db::Tx;

/// The poller looks at the clock at least this often, for the clock may leap.
pub const POLL_EVERY: Duration = Duration::from_secs(1);

/// Timers of one kind: what is kept with each.
pub trait Timer: Serialize + DeserializeOwned + 'static {
    /// The word that it is stored under. It stays when the type gets another name.
    const KIND: &'static str;
}

/// The record that a timer is about, of whichever room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(Id<AnyKey>);

/// A record of any kind; the kind of the timer says which.
#[derive(Debug)]
pub enum AnyKey {}

impl<K> From<Id<K>> for Key {
    fn from(id: Id<K>) -> Self {
        Self(Id::from_uuid(id.uuid()))
    }
}

/// Schedules a timer in this transaction. There is one for each kind and key: a second one takes the place of
/// the first. It fires at `at`, or at once if that has passed.
pub fn schedule<T: Timer>(tx: &mut Tx<'_>, at: Timestamp, key: impl Into<Key>, timer: &T) -> Result<()> {
    let payload = serde_json::to_value(timer).map_err(Error::internal)?;
    store::put(tx, T::KIND, key.into().0, at, payload)?;
    wake(tx, at);
    Ok(())
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

type Handler = Box<dyn Fn(&mut Tx<'_>, Timestamp, &Value) -> Result<()> + Send + Sync>;

/// The handlers of the timers, one for each kind.
#[derive(Default)]
pub struct Timers {
    handlers: BTreeMap<&'static str, Handler>,
}

impl Timers {
    /// Registers what happens when a timer of this kind fires. `fire` gets the moment at which it was due. It
    /// runs in the transaction that deletes the timer; if it fails, nothing of it stays, and it is run again
    /// later.
    pub fn on<T: Timer>(
        &mut self,
        fire: impl Fn(&mut Tx<'_>, Timestamp, T) -> Result<()> + Send + Sync + 'static,
    ) -> &mut Self {
        let handler: Handler = Box::new(move |tx, due_at, payload| {
            // The cause would quote what is in the payload.
            let timer = T::deserialize(payload).map_err(|_| Error::internal("the payload cannot be read"))?;
            fire(tx, due_at, timer)
        });
        let before = self.handlers.insert(T::KIND, handler);
        debug_assert!(before.is_none(), "two handlers for the timers of the kind {}", T::KIND);
        self
    }
}
