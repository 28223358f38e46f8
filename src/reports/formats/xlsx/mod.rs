//! Reports as XLSX: a sheet with the figures, and one that says what they are.
//! Which columns and rows there are is in `table.rs`.

mod about;
mod figures;
#[cfg(test)]
mod tests;
mod text;
mod workbook;

pub use workbook::{CONTENT_TYPE, xlsx};
