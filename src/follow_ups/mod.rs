//! Contacts with the inquirer: planned, done, and due.
//! Owns the table follow_ups. Reminding by mail is `notifications`' matter.

pub mod actions;
pub mod api;
pub mod due;
pub mod events;
pub mod model;
pub mod schema;
pub mod store;

pub use due::{subscribe, timers};
pub use model::FollowUp;
