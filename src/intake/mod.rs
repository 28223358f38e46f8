//! Everything that turns the outside into an inquiry: forms, their submissions and receipts, the hosted
//! pages, and what users enter. Each sub-room owns its tables.

pub mod context;
pub mod entry;
pub mod forms;
pub mod hosted;
pub mod reading;
pub mod receipts;
pub mod submissions;
