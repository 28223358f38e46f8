//! Forms: what an operator says about each source of inquiries, stored, compiled and cached.
//! Owns the table forms. How a submission is read by these settings is `../reading`.

pub mod actions;
pub mod api;
pub mod cache;
pub mod compiled;
pub mod load;
mod logo;
pub mod model;
pub mod page;
pub mod presets;
pub mod schema;
pub mod settings;
pub mod store;
