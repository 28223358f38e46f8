//! `leaddock demo`: fills an empty database with a park, its users, and a year of inquiries and their
//! progress. Everything goes through the rooms' own actions, at past times; no mails are sent. The texts are
//! in `texts.json`.

mod fill;
mod play;
mod profile;
mod story;
mod texts;
mod times;
mod year;

pub use fill::{Arguments, run};
