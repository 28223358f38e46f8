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
pub mod links;
mod log_part;
pub mod mails;
mod message_settings;
pub mod model;
pub mod preferences;
pub mod recipients;
mod reminders;
pub mod robots;
pub mod schema;
pub mod store;
mod timers;
mod unassigned;
pub mod webhooks;

pub use actions::forget_old;
pub use message_settings::MessageSettings;
pub use recipients::subscribe;
pub use timers::timers;
