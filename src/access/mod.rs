//! Who may do what to which records: users, teams, roles, the policy, and what people and programs show
//! themselves with. Owns the tables users, teams, sessions, refresh_tokens, password_links, second_factors,
//! recovery_codes, api_keys, audit, signing_secret. What an inquiry is, is not known here.

pub mod actions;
pub mod api;
pub mod audit;
pub mod events;
pub mod guard;
mod hs256;
pub mod installation;
pub mod keys;
pub mod model;
pub mod passwords;
pub mod policy;
pub mod second_factor;
pub mod sessions;
pub mod store;
pub mod teams;
pub mod tokens;

pub use guard::{AuthContext, Authorized};
pub use model::{Caller, Role, USER, User};
pub use policy::{Permission, Reach, Scope, may};
