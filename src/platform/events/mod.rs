//! The outbox: facts, written once in the transaction of the change that made them, and the reactors that
//! answer them inside it. Which facts there are is said in each room's `events.rs`; sending anything is not
//! done here.

use diesel::{
    ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{EventId, Id, InquiryId};
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::size::json_size;
use crate::platform::db::types::Json;
use crate::platform::db::{Actor, DbConnection, MultiBackend, Read, Tx};
use crate::{prepared, text_enum};

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    events (id) {
        id -> Uid,
        kind -> Text,
        subject_id -> Nullable<Uid>,
        actor -> Text,
        actor_id -> Nullable<Uid>,
        at -> Moment,
        request_id -> Nullable<Uid>,
        data -> Document,
        previous -> Nullable<Document>,
    }
}

/// A fact of one kind: what is recorded with it.
pub trait Fact: Serialize + DeserializeOwned {
    /// Its name outside, such as `inquiry.assigned`.
    const KIND: &'static str;
}

/// Answers an event inside the transaction that recorded it.
pub type Reactor = fn(&mut Tx<'_>, &Event) -> Result<()>;

text_enum! {
    /// Who caused an event.
    pub enum ActorKind {
        System => "system",
        User => "user",
        Form => "form",
    }
}

/// A recorded fact.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Event {
    pub id: EventId,
    pub kind: String,
    /// What it is about; inquiries, so far.
    pub subject_id: Option<InquiryId>,
    pub actor: ActorKind,
    pub actor_id: Option<Id<AnyActor>>,
    pub at: Timestamp,
    pub request_id: Option<crate::kernel::id::RequestId>,
    pub data: Json<Value>,
    /// The old value of every member of `data` that changed.
    pub previous: Option<Json<Map<String, Value>>>,
}

/// A user or a form; `ActorKind` tells which.
#[derive(Debug)]
pub enum AnyActor {}

impl Event {
    /// Bytes of what it tells.
    fn size(&self) -> usize {
        json_size(&self.data.0)
            .saturating_add(self.previous.as_ref().map_or(0, |previous| json_size(&previous.0)))
    }

    /// The fact, if the event is of its kind.
    pub fn fact<F: Fact>(&self) -> Result<Option<F>> {
        if self.kind != F::KIND {
            return Ok(None);
        }
        F::deserialize(&self.data.0).map(Some).map_err(Error::internal)
    }
}

impl Tx<'_> {
    /// Announces a fact: written in this transaction, answered by the reactors, and told outside after the
    /// commit.
    pub fn record<F: Fact>(&mut self, subject: Option<InquiryId>, fact: &F) -> Result<EventId> {
        self.record_change(subject, fact, None)
    }

    /// The same, with the old values of what changed.
    pub fn record_change<F: Fact>(
        &mut self,
        subject: Option<InquiryId>,
        fact: &F,
        previous: Option<Map<String, Value>>,
    ) -> Result<EventId> {
        let (actor, actor_id) = match self.context.actor {
            Actor::System => (ActorKind::System, None),
            Actor::User(id) => (ActorKind::User, Some(Id::from_uuid(id.uuid()))),
            Actor::Form(id) => (ActorKind::Form, Some(Id::from_uuid(id.uuid()))),
        };
        let event = Event {
            id: self.id(),
            kind: F::KIND.to_owned(),
            subject_id: subject,
            actor,
            actor_id,
            at: self.now,
            request_id: self.context.request,
            data: Json(serde_json::to_value(fact).map_err(Error::internal)?),
            previous: previous.map(Json),
        };
        prepared!(self.conn, run, diesel::insert_into(events::table).values(&event))?;
        self.react(&event)?;
        Ok(event.id)
    }
}

/// The events of one subject, newest first. The caller has shown that the subject is within reach.
pub fn timeline(read: &mut Read<'_>, subject: InquiryId, page: &PageRequest) -> Result<Page<Event>> {
    let load = |after: Option<EventId>, limit: i64| {
        let mut query = events::table
            .filter(events::subject_id.eq(subject))
            .select(Event::as_select())
            .into_boxed::<MultiBackend>();
        if let Some(after) = after {
            query = query.filter(events::id.lt(after));
        }
        Ok(query.order(events::id.desc()).limit(limit).load(read.conn)?)
    };
    let mut list = Page::gather(page, load, Event::size, |event| event.id)?;
    if page.count {
        list.total =
            Some(events::table.filter(events::subject_id.eq(subject)).count().get_result(read.conn)?);
    }
    Ok(list)
}

/// The events of one kind about a subject that a user caused, oldest first.
pub fn caused_by_users(conn: &mut DbConnection, subject: InquiryId, kind: &str) -> Result<Vec<Event>> {
    let caused = events::table
        .filter(events::subject_id.eq(subject))
        .filter(events::kind.eq(kind.to_owned()))
        .filter(events::actor.eq(ActorKind::User));
    Ok(caused.order(events::id.asc()).select(Event::as_select()).load(conn)?)
}

/// One event, without regard to reach: for who was told of it.
pub fn by_id(conn: &mut DbConnection, id: EventId) -> Result<Option<Event>> {
    Ok(events::table.find(id).select(Event::as_select()).first(conn).optional()?)
}
