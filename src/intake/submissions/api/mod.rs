//! The wire of submissions: `POST /f/{key}`, the question that browsers ask before it, and a dry run. No
//! credential is needed to submit. What becomes of a submission is decided in `decision.rs`.

pub mod batch;
mod dry_run;
pub mod exchange;
mod submit;

pub use submit::{preflight_route, routes};
