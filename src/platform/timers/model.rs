//! A timer as it is kept, what it is about, and of which kind it is.
//! Which kinds there are is said by the rooms.

use std::time::Duration;

use diesel::{Queryable, Selectable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::schema::timers;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::Id;
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;

/// The poller looks at the clock at least this often, for the clock may leap.
pub const POLL_EVERY: Duration = Duration::from_secs(1);

/// Timers of one kind: what is kept with each.
pub trait Timer: Serialize + DeserializeOwned + 'static {
    /// The word that it is stored under. It stays when the type gets another name.
    const KIND: &'static str;
}

/// The record that a timer is about, of whichever room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(super) Id<AnyKey>);

/// A record of any kind; the kind of the timer says which.
#[derive(Debug)]
pub enum AnyKey {}

impl Key {
    /// The key of a timer that there is only one of, whatever it is about.
    pub fn of(id: Id<AnyKey>) -> Self {
        Self(id)
    }
}

impl<K> From<Id<K>> for Key {
    fn from(id: Id<K>) -> Self {
        Self(Id::from_uuid(id.uuid()))
    }
}

/// A timer as it is kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = timers, check_for_backend(MultiBackend))]
pub struct Row {
    pub id: Id<AnyTimer>,
    pub kind: String,
    pub due_at: Timestamp,
    pub payload: Json<Value>,
    /// How often it has failed.
    pub attempts: i32,
    /// None: it has failed too often.
    pub next_attempt_at: Option<Timestamp>,
}

/// A timer of any kind.
#[derive(Debug)]
pub enum AnyTimer {}
