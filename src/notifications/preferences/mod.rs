//! What somebody wants to be notified of, and when: choices, quiet hours, the digest.
//! Owns the table notification_preferences.

pub mod actions;
pub mod api;
pub mod model;
mod quiet_hours;
pub mod store;

pub use model::Preferences;
