//! Who is notified of what, by which channel: from events to notifications, and what their messages say.
//! Owns the tables of notifications. What was handed over is the matter of `platform/delivery`.

mod actions;
pub mod api;
pub mod backlog;
pub mod catalogue;
mod digest;
mod enqueue;
pub mod events;
pub mod feed;
mod headline;
mod letters;
pub mod links;
mod lists;
mod messages;
pub mod model;
mod notices;
pub mod preferences;
pub mod recipients;
mod reminders;
pub mod robots;
pub mod schema;
mod setting;
mod snapshot;
pub mod source;
pub mod store;
mod timers;
mod unassigned;
pub mod webhooks;

pub use actions::forget_old;
pub use recipients::subscribe;
pub use setting::Setting;
pub use timers::timers;
