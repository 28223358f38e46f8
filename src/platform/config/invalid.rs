//! The error of a configuration: all its faults at once.
//! What is a fault is decided in `sources.rs` and `reading.rs`.

/// The configuration is invalid: all faults.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} fault(s):\n  {}", .0.len(), .0.join("\n  "))]
pub struct InvalidConfig(pub Vec<String>);
