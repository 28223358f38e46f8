//! A kind of settings, and settings as they are stored.
//! How they are read and changed is in `store.rs`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kernel::clock::Timestamp;
use crate::kernel::error::Faults;

/// A kind of settings; its default counts until somebody changes it.
pub trait Setting: Serialize + DeserializeOwned + Default + PartialEq + 'static {
    /// The name that it is stored under.
    const NAME: &'static str;

    /// What is wrong with it, beyond its form.
    fn check(&self, _faults: &mut Faults) {}
}

/// Settings as they are now.
#[derive(Debug, Clone)]
pub struct Stored<T> {
    pub value: T,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl<T> Stored<T> {
    /// What nobody has set yet: the default, since a moment.
    pub fn unset(since: Timestamp) -> Self
    where
        T: Default,
    {
        Self { value: T::default(), version: 1, created_at: since, updated_at: since }
    }

    /// The next version, of now.
    pub fn changed(&self, value: T, now: Timestamp) -> Self {
        let version = self.version.saturating_add(1);
        Self { value, version, created_at: self.created_at, updated_at: now }
    }
}

/// The columns of a document as they are read, its version, and its times.
impl<T> From<(T, i64, Timestamp, Timestamp)> for Stored<T> {
    fn from((value, version, created_at, updated_at): (T, i64, Timestamp, Timestamp)) -> Self {
        Self { value, version, created_at, updated_at }
    }
}
