//! The places of whatever could reach a person, for hiding: here a miss costs more than a false find, while
//! in `phones` and `people` a wrong fact costs more than a missing one. What is hidden, and from whom, is
//! not decided here.

mod accounts;
mod addresses;
mod dates;
mod measures;
mod numbers;
mod rows;
mod shapes;
mod spelt;
#[cfg(test)]
mod tests;
mod written;

pub use written::{contacts_written, letters_written};
