//! The change feed: what happens to inquiries, in the order of the event log, for other systems to follow; it
//! is read in parts, or as a stream. What an event says is in the rooms' `events.rs`, its place in the log in
//! `platform/events`.

pub mod api;
mod changes;
mod follow;
pub mod seats;
