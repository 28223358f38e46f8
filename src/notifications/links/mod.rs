//! One-tap links: what a message lets its reader do without logging in, and the pages that they lead to.
//! Owns the table link_uses. Which message has which links is decided in `mails/letters.rs`.

mod actions;
mod model;
pub mod pages;
mod store;
mod token;

pub use model::{Action, Tap};
pub use token::LinkTokens;
