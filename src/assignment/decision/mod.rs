//! Deciding who gets an inquiry: what rules look at, how they choose, and why it was them.
//! What the rules are is in `../rules`, what people do about their inquiries in `../ownership`.

pub mod api;
pub mod engine;
pub mod history;
pub mod model;
pub mod roster;
pub mod rotation;
mod session;
pub mod store;

pub use model::{CandidateReason, Decision};
pub use session::{ASSIGNED, Announced, DecisionRequest, Decisions};
pub use store::note_loss;
