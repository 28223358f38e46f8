//! Hand-over: where the open work of somebody who leaves goes.
//! How rules choose is decided in `../decision`.

pub mod actions;
pub mod api;
pub mod events;
