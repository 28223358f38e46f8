//! Assignment of inquiries: round-robin over the agents, and a manager's own choice.
//! Owns the table assignment_turns. Agents are notified by `notifications`.

pub mod actions;
pub mod api;
mod schema;
pub mod store;
