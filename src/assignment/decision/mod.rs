//! Deciding who gets an inquiry: what rules look at, how they choose, and why it was them.
//! What the rules are is in `../rules`, what people do about their inquiries in `../ownership`.

pub mod api;
pub mod engine;
pub mod former;
pub mod history;
pub mod model;
pub mod roster;
pub mod rotation;
mod session;
pub mod store;

pub use former::{cooling, lost};
pub use model::{Decision, Reason};
pub use session::{ASSIGNED, Announced, Decisions, Wanted};
