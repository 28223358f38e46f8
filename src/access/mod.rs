//! Who may do what to which records: users, teams, roles, the policy, sessions and tokens.
//! Owns the tables teams, users, sessions, refresh_tokens. What an inquiry is, is not known here.

pub mod actions;
pub mod api;
pub mod events;
pub mod guard;
pub mod model;
pub mod passwords;
pub mod policy;
pub mod store;
pub mod tokens;

pub use guard::{Allowed, Gate};
pub use model::{Caller, Role, User};
pub use policy::{Permission, Reach, Scope, may};
