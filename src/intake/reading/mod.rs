//! From the bytes of a submission to what it says, and whether it looks like spam. Pure: the database is not
//! asked here. What becomes of a submission is decided in `../submissions`.

pub mod answer;
pub mod characters;
pub mod consent;
pub mod decode;
mod dedup;
#[cfg(test)]
mod fuzz;
pub mod mapping;
pub mod multipart;
pub mod names;
pub mod pairs;
mod parse;
pub mod paths;
pub mod proof;
pub mod raw;
mod required;
pub mod script_json;
pub mod secrets;
pub mod selector;
pub mod spam;
pub mod submission;
pub mod token;
pub mod transform;
pub mod typed;
pub mod understanding;
pub mod values;
pub mod whose;
pub mod work;

pub use submission::{Intent, Parsed, Refused, Submission};
