//! What this room does when a timer fires. What that is, is in its parts.
//! How timers are fired is in `platform/timers`.

use super::{digest, reminders, unassigned};
use crate::platform::timers::Timers;

/// The timers of this room.
pub fn timers(to: &mut Timers) {
    unassigned::timers(to);
    digest::timers(to);
    reminders::timers(to);
}
