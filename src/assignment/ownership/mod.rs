//! What people do about who owns an inquiry: assign, accept, decline, claim, release.
//! What rules do is in `../decision`, what time does in `../terms`.

pub mod actions;
pub mod api;
mod claims;

pub use actions::{Assignee, assign};
pub use claims::{CLAIMED, claim};
