pub mod kernel;
pub mod platform;
pub mod access;
