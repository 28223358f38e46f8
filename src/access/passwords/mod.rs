//! Passwords: the rule, Argon2id (RFC 9106) hashing on a bounded number of threads, and the links by which
//! they are set. Sessions, which a password begins, are in `sessions`.

mod actions;
pub mod api;
pub mod attempts;
mod hashing;
pub mod model;
pub mod pages;
pub mod requests;
pub mod schema;
pub mod store;

pub use actions::{change, invite, send_reset_link, set_by_link, user_of_link};
pub use hashing::{PASSWORD_MAX, PASSWORD_MIN, Passwords, check, hash};
pub use model::{PasswordLink, Purpose};
