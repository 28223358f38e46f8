//! The forms of a report besides JSON: CSV, XLSX, and pictures.
//! What is in a report is decided before.

pub mod chart;
pub mod csv;
mod query;
mod table;
#[cfg(test)]
mod tests;
mod written;
mod xlsx;

pub use query::Format;
pub use written::{Form, Written};
