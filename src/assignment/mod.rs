//! Who gets an inquiry: the fair turn over the agents, and a manager's own choice.
//! Owns the table assignment_turns. Telling the agent is `notifications`' matter.

pub mod actions;
pub mod api;
mod store;
