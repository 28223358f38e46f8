//! Who may do what to which records: users, teams, roles, the policy, and the credentials of people and
//! programs. Owns the tables users, teams, sessions, refresh_tokens, password_links, second_factors,
//! recovery_codes, api_keys, audit, signing_secret. Knows nothing of inquiries.

pub mod actions;
pub mod api;
pub mod audit;
pub mod authorization;
pub mod caller;
pub mod credential;
pub mod events;
pub mod guard;
mod hs256;
pub mod installation;
pub mod keys;
pub mod login_limit;
pub mod model;
pub mod passwords;
pub mod policy;
pub mod schema;
pub mod second_factor;
pub mod sessions;
pub mod store;
pub mod teams;
pub mod tokens;
pub mod viewer;

pub use caller::{Caller, CredentialId};
pub use guard::{AuthContext, Authorized};
pub use model::{LINK, Role, USER, User, user_of};
pub use policy::{KeyScope, Permission, Reach, Scope, may};
pub use viewer::{Seen, Viewable, Viewer};
