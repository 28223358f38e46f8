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
