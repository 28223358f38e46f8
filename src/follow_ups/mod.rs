//! Contacts with the inquirer: planned, done, and due; its sub-room is the calendar feed of plans.
//! Owns the tables follow_ups and calendar_feeds. Reminding by mail is `notifications`' matter.

pub mod actions;
pub mod api;
pub mod calendar_feed;
pub mod due;
pub mod events;
pub mod model;
pub mod schema;
pub mod store;

pub use due::{subscribe, timers};
pub use model::FollowUp;
