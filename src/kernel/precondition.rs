//! The precondition of a change: the versions of a record that a caller may mean.
//! How it is sent is `platform/http`'s matter.

use super::error::{Error, Result, STALE};

/// The versions that a change may be made to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// No header, or `*`.
    #[default]
    Any,
    OneOf(Vec<i64>),
}

impl Precondition {
    /// Refuses if the present version is not one of those that were meant.
    pub fn check(&self, version: i64) -> Result<()> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&version) => Ok(()),
            Self::OneOf(_) => Err(Error::refuse(&STALE)),
        }
    }
}
