//! Everything that turns the outside into an inquiry: forms, receipts, the hosted page, and the API's own
//! create. Owns the tables forms, receipts and external_ids.

pub mod actions;
pub mod api;
mod embed;
pub mod entry;
pub mod forms;
pub mod model;
mod pages;
pub mod reading;
pub mod receipts;
pub mod store;
