//! The dashboard: reports as pages that work without script, where every number leads to what it counts.
//! Figures are computed in the rooms beside; here they are only laid out.

mod address;
mod cells;
mod choices;
pub mod pages;
mod pictures;
mod query;
mod tables;
mod things;
mod tiles;
mod views;
mod words;
