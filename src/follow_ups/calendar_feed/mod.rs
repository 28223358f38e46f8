//! The calendar feed: one's own open plans at a secret address, as calendar programs subscribe to it.
//! Owns the table calendar_feeds. What a plan is, is the matter of the room above.

pub mod actions;
pub mod api;
pub mod ics;
pub mod model;
pub mod pages;
pub mod schema;
pub mod store;

pub use actions::subscribe;
