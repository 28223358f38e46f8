//! Timers: work that is due at a moment of the app's clock, kept in one table and fired once each.
//! Which timers there are is said by the rooms; how they are fired is in `poller.rs`.

mod actions;
mod handlers;
mod model;
mod poller;
pub mod schema;
pub mod store;

pub use actions::{cancel, reschedule, schedule, scheduled};
pub use handlers::Timers;
pub use model::{AnyKey, Key, POLL_EVERY, Timer};
pub use poller::Poller;
