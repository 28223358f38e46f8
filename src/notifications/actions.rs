//! The verbs of this room: trying a dead notification again, forgetting what serves no more.
//! Who is notified in the first place is decided in `recipients.rs`.

use chrono::Duration;

use super::store::{self, Addressed};
use crate::access::Caller;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::NotificationId;
use crate::platform::db::Tx;
use crate::platform::delivery::store as delivery;

static NOT_DEAD: Refusal = Refusal::new(
    Class::Conflict,
    "not_dead",
    "只有状态为 dead 的通知可以重试。",
    "Only a notification with the status dead can be retried.",
);

/// Has a dead notification within reach tried again, and returns it as it is then.
pub fn retry(tx: &mut Tx<'_>, caller: &Caller, id: NotificationId) -> Result<Addressed> {
    store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    if !delivery::revive(tx, id)? {
        return Err(Error::refuse(&NOT_DEAD));
    }
    store::find(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)
}

/// How long it is kept what was done by links, and what reminders named early: a mail may be tried for four
/// days, and its links serve for one more.
const KEPT: Duration = Duration::days(7);

/// Forgets what nothing asks for any more.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<()> {
    store::forget_before(tx, tx.now.minus(KEPT))
}
