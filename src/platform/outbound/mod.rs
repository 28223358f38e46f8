//! Outgoing HTTP: posts to addresses that people have written into a record, such as those of webhooks.
//! What is posted, and what follows from an answer, is known to the channels of the delivery queue.

mod address;
mod client;
mod seal;

pub use address::{AddressPolicy, is_public, parse_address, shown_address};
pub use client::{Answer, Outbound, Post, PostFailure};
pub use seal::seal;
