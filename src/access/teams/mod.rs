//! Teams: groups of users, whose inquiries their managers reach.
//! Membership is a field of the user.

mod actions;
pub mod api;
pub mod model;
pub mod schema;
pub mod store;

pub use actions::{create, delete, find_or_create, rename};
pub use model::Team;
