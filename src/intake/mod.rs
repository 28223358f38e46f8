//! Everything that turns the outside into an inquiry: forms, receipts, the hosted page, and the API's own create.
//! Owns the tables forms and receipts.

pub mod actions;
pub mod api;
mod decode;
pub mod fields;
pub mod model;
mod pages;
pub mod store;
