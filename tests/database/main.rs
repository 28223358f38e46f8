//! The database through its two doors, on SQLite and PostgreSQL: schema, changes, outages, query plans,
//! search, column types, work in the background, streams. What the rooms do with it is tested in tests/api; a
//! server that is killed, in tests/chaos.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]
#![expect(
    clippy::duplicate_mod,
    reason = "the file of PostgreSQL once more is a server of its own, which a test may stop"
)]

mod background;
mod batches;
mod changes;
mod conditions;
#[path = "../support/databases.rs"]
mod databases;
mod delivery;
mod events;
mod explain;
mod fan_out;
mod inquiries;
mod outages;
mod plans;
mod schema;
mod search;
mod setup;
mod sources;
mod streams;
mod timers;
mod timers_upgrade;
mod types;
