//! The error of a command, in words for the operator.
//! How it is printed is in `output.rs`.

use crate::kernel::error::{Class, Error};
use crate::kernel::language::Language;
use crate::platform::config::InvalidConfig;

/// The error of a command.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Configuration(#[from] InvalidConfig),
    #[error("{}", message(.0))]
    Refused(#[from] Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the mail was not sent: {0}")]
    Mail(String),
    #[error("the reports differ: {0}")]
    Differing(String),
    #[error("{0}")]
    Usage(String),
}

/// An error for the operator: with its cause, or with every fault.
fn message(error: &Error) -> String {
    if matches!(error.class(), Class::Internal | Class::Unavailable) {
        // The operator needs the cause; the message for API callers says less.
        let chain = error.chain();
        return chain.split_once(": ").map_or(chain.clone(), |(_, causes)| causes.to_owned());
    }
    let mut words = error.refusal().en.to_owned();
    for fault in error.field_faults() {
        let message = fault.message(Language::En);
        words.push_str(&format!("\n  {}: {message}", fault.pointer.trim_start_matches('/')));
    }
    words
}
