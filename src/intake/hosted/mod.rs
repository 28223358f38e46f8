//! The hosted pages of forms: to be filled in, the thanks, the start page, and what other sites load to show
//! them. Owns no table. What a submission becomes is decided in `../submissions`.

pub mod api;
mod embed;
pub mod pages;
