//! Reports: figures over the inquiries within the caller's reach, and when they are mailed (`schedules`).
//! Every figure has a definition, a moment, and a list of what is behind it.

pub mod api;
mod catalogue;
pub mod check;
mod compute;
pub mod dashboard;
mod dates;
mod definitions;
mod drill;
mod drill_view;
mod engine;
pub mod formats;
mod groups;
mod history;
mod image;
mod keys;
mod labels;
mod lines;
mod log_cases;
mod narrowing;
mod numbers;
mod outcome;
mod period;
mod prepare;
mod query;
mod question;
mod report;
pub mod schedules;
mod showing;
mod sums;
mod tally;
mod things;
mod values;

pub use engine::Reports;
