//! Records a fact as an event, in the transaction of the change that made it.
//! How the event gets its position is in `publication.rs`.

use serde_json::{Map, Value};

use super::model::{Event, Fact, Subject};
use super::schema::events;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, Id};
use crate::platform::db::Tx;
use crate::platform::db::types::JsonText;
use crate::row;

// Without the position, which it is given later.
row!(events, Event, |row| {
    id: row.id,
    kind: &row.kind,
    subject_id: row.subject,
    actor: &row.actor.kind,
    actor_id: row.actor.id,
    at: row.at,
    request_id: row.request_id,
    data: &row.data,
    previous: &row.previous,
});

impl Tx<'_> {
    /// Records a fact as an event of this transaction, and hands it to its subscribers.
    pub fn record<K, F: Fact>(&mut self, subject: Option<Id<K>>, fact: &F) -> Result<EventId> {
        self.record_change(subject, fact, None)
    }

    /// The same, with the old values of what changed.
    pub fn record_change<K, F: Fact>(
        &mut self,
        subject: Option<Id<K>>,
        fact: &F,
        previous: Option<Map<String, Value>>,
    ) -> Result<EventId> {
        let event = Event {
            position: None,
            id: self.id(),
            kind: F::KIND.to_owned(),
            subject: subject.map(|id| Subject::from_uuid(id.uuid())),
            actor: self.context.actor.clone(),
            at: self.now,
            request_id: self.context.request,
            data: JsonText::of(fact)?,
            previous: previous.as_ref().map(JsonText::of).transpose()?,
        };
        self.insert(event.clone())?;
        self.dispatch(&event, fact)?;
        Ok(event.id)
    }
}
