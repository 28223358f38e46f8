//! The raw inbox: every submission as it came, taken in again on request, and deleted when it is old.
//! Owns the tables receipts and external_ids. What becomes of a submission is decided in `../submissions`.

pub mod actions;
pub mod api;
pub mod model;
pub mod schema;
pub mod store;
