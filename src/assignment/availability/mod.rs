//! When and how much somebody can take: pauses, shifts, absences, limits, weight.
//! Who is chosen among those who can is decided in `../decision`.

mod actions;
pub mod api;
pub mod model;
pub mod store;

pub use model::{Absence, Availability, Shift};
