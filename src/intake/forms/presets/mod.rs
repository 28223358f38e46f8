//! What is known of senders: one data file each, `{"profile", "proof", "answer"}`, compiled in.
//! A form's own settings are laid over them in `load.rs`.

mod files;

pub use files::{Preset, find, names};
