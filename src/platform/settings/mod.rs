//! Settings that people change while the program runs: one document of each kind, with a version.
//! Which there are, and what is valid, is said by the rooms; what an operator sets is in `config`.

mod model;
mod schema;
mod store;

pub use model::{Setting, Stored};
pub use store::{document, ensure, put, read, stored};
