//! An event and the fact it records, and what an event is about.
//! Which facts there are is said in each room's `events.rs`.

use diesel::{Insertable, Queryable, Selectable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::schema::events;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, Id, Kind, RequestId};
use crate::platform::db::types::JsonText;
use crate::platform::db::{Actor, MultiBackend};

/// A fact of one kind: what is recorded with it.
pub trait Fact: Serialize + DeserializeOwned + 'static {
    /// Its name outside, such as `inquiry.assigned`.
    const KIND: &'static str;
}

/// Whether a text has the form of such a name.
pub fn is_kind(text: &str) -> bool {
    text.contains('.') && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'))
}

/// What the id of a subject names; the kind of the event implies it.
#[derive(Debug)]
pub enum AnySubject {}

/// The id of what an event is about; rooms convert their ids to it and back.
pub type Subject = Id<AnySubject>;

/// The subject of an event that is about nothing with a history of its own.
pub const NO_SUBJECT: Option<Subject> = None;

impl<K: Kind> From<Id<K>> for Subject {
    fn from(id: Id<K>) -> Self {
        Self::from_uuid(id.uuid())
    }
}

impl<K: Kind> From<Subject> for Id<K> {
    fn from(subject: Subject) -> Self {
        Self::from_uuid(subject.uuid())
    }
}

/// An event: a recorded fact with its metadata.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Event {
    /// Its place in the log, from 1 on; none before it is published.
    pub position: Option<i64>,
    pub id: EventId,
    /// The word of its fact, which a newer version may have written.
    pub kind: String,
    #[diesel(column_name = subject_id)]
    pub subject: Option<Subject>,
    #[diesel(embed)]
    pub actor: Actor,
    pub at: Timestamp,
    pub request_id: Option<RequestId>,
    pub data: JsonText,
    /// The old value of every member of `data` that changed.
    pub previous: Option<JsonText>,
}

impl Event {
    /// Bytes of its fact as JSON.
    pub fn size(&self) -> usize {
        self.data.len().saturating_add(self.previous.as_ref().map_or(0, JsonText::len))
    }

    /// The fact, if the event is of its kind.
    pub fn fact<F: Fact>(&self) -> Result<Option<F>> {
        if self.kind == F::KIND { self.data.parse().map(Some) } else { Ok(None) }
    }
}
