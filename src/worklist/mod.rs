//! What a person has to do now: their open inquiries and plans, by urgency. One read over the rooms below; it
//! owns nothing.

pub mod api;
mod model;
mod store;
