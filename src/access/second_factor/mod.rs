//! Two-factor authentication: TOTP (RFC 6238) and recovery codes. A code can be used once.
//! Whether a login needs one is decided here; the login itself is in `sessions`.

mod actions;
pub mod api;
pub mod model;
pub mod schema;
pub mod store;

pub use actions::{check, confirm, enrol, remove};
pub use model::{CodeCheck, Enrolment, SecondFactor};
