//! The pool: inquiries that nobody owns, what may be taken from it, and what it shows.
//! Taking one is in `../ownership`, when one comes back in `../terms`.

pub mod actions;
pub mod api;
mod settings;

pub use settings::PoolSettings;
