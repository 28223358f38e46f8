//! The one language of conditions on inquiries: lists, counts and reports narrow by it, and rules will. Each
//! condition is one row of `fields.rs`: its name, how its values are written, whether an inquiry in memory
//! fits, and its SQL. The order of lists is in `list.rs`, the indexes that they walk along in
//! `walk.rs`.

pub mod api;
mod fields;
mod filter;
mod predicate;
mod subject;

pub use fields::{Bound, Key, owners};
pub use filter::{Condition, Filter};
pub use predicate::Traversal;
pub use subject::Subject;
