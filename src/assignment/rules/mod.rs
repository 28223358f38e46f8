//! The rules by which inquiries are given to people: the first that matches decides.
//! How one of its candidates is chosen is in `../decision`.

pub mod actions;
pub mod api;
mod check;
pub mod model;
pub mod simulate;
pub mod store;

pub use model::{Otherwise, Rule, Strategy, Then, When};
