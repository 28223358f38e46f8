//! API keys: for programs that act within the reach of the user who created them, limited by scopes. The
//! secret is shown once and stored as a hash. What a scope permits is in `policy.rs`.

mod actions;
pub mod api;
mod last_use;
pub mod model;
pub mod schema;
pub mod store;

pub use actions::{delete, make, principal};
pub use last_use::LastUse;
pub use model::{ApiKey, NewKey, PREFIX};
