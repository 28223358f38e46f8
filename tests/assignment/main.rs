//! The pure core of assignment: availability, rotation, decisions and terms, each held against an independent
//! reference, and a simulation of them all with crashes. What the API does with it is in `tests/api/`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod any_roster;
mod availability;
mod desk;
mod dice;
mod draw;
mod engine;
mod exact;
mod invariants;
mod rotation;
mod setup;
mod simulation;
mod terms;
mod terms_reference;
mod world;
