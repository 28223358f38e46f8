//! The registry of what happens when a timer fires: one handler for each kind.
//! When they are called is in `poller.rs`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::model::Timer;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::platform::db::Tx;

pub(super) type Handler = Box<dyn Fn(&mut Tx<'_>, Timestamp, &Value) -> Result<()> + Send + Sync>;

/// The handlers of the timers, one for each kind.
#[derive(Default)]
pub struct Timers {
    pub(super) handlers: BTreeMap<&'static str, Handler>,
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
