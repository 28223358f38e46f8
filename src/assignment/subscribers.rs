//! What this room does when something happens, or is due.
//! What that is, is in its parts.

use super::{daily_counters, decision, terms};
use crate::platform::events::Subscribers;
use crate::platform::timers::Timers;

/// The subscribers of this room. What decisions look at is renewed before deadlines are worked out by it.
pub fn subscribe(to: &mut Subscribers) {
    decision::roster::subscribe(to);
    daily_counters::subscribe(to);
    terms::subscribe(to);
}

/// The timers of this room.
pub fn timers(to: &mut Timers) {
    terms::timers(to);
}
