//! Who gets an inquiry: availability, rules, their decisions, what people and time do about owners, the pool.
//! Owns the tables assignment_state, availabilities, assignment_rules, rotations, decisions, former_owners,
//! and the settings documents `pool` and `sla`. Agents are notified by `notifications`.

pub mod api;
pub mod availability;
pub mod daily_counters;
pub mod decision;
pub mod events;
pub mod hand_over;
pub mod ownership;
pub mod pool;
pub mod rules;
pub mod schema;
mod subscribers;
pub mod terms;
pub mod warnings;

pub use subscribers::{subscribe, timers};
