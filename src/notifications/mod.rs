//! Who is notified of what, by which channel: from events to notifications, and what their messages say.
//! Owns the table notifications. What was handed over is the matter of `platform/delivery`.

mod actions;
pub mod api;
pub mod backlog;
pub mod catalogue;
mod enqueue;
pub mod events;
pub mod feed;
mod messages;
pub mod model;
mod notices;
pub mod recipients;
pub mod robots;
pub mod schema;
mod setting;
pub mod source;
pub mod store;
mod unassigned;

pub use recipients::subscribe;
pub use setting::Setting;
pub use unassigned::timers;
