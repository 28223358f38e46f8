//! Sessions with refresh token rotation (RFC 9700): a token is exchanged for the next; reuse ends the whole
//! family. Passwords are checked in `passwords`, codes in `second_factor`.

mod actions;
pub mod api;
pub mod model;
pub mod schema;
pub mod store;

pub use actions::{begin, delete_expired, end_all, end_one, principal, refresh};
pub use model::{IDLE, LIFE, Login, LoginOutcome, RefreshOutcome, Session};
