//! `leaddock demo`: fills an empty database with a park, its users, and a year of inquiries and their
//! progress. Everything goes through the rooms' own actions, at past times; no mails are sent. The texts are
//! in `data.rs`.

mod acts;
mod chance;
mod data;
mod fill;
mod inquirer;
mod staff;
mod stages;
mod story;
mod times;

pub use fill::{Arguments, run};
