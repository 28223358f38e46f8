//! Checks that all servers on a database sign with the same secret; otherwise tokens and links of one would
//! be invalid on another. Owns the table signing_secret. The keys themselves are in `../tokens.rs`.

mod actions;
mod schema;
mod store;

pub use actions::{Comparison, compare_secret};
