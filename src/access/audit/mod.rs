//! The audit log: who did what from where, and who was refused. Append-only, which the database itself
//! enforces. It names people and records by id, and holds no secrets and no text that a person wrote.

mod actions;
pub mod api;
pub mod model;
pub mod schema;
pub mod store;

pub use actions::record;
pub use model::{AuditEntry, Outcome, RequestInfo};
