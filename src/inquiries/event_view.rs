//! An event about an inquiry as it is shown, in its history and among the changes of all.
//! What is hidden of it is decided in `history.rs`.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::events::{FORM, RULE};
use crate::access::{self, Seen, user_of};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, FormId, InquiryId, RuleId, UserId};
use crate::platform::db::{Actor, DbConnection};
use crate::platform::events::Event;

/// Who caused an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"type": "user", "id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "name": "林静秋"}))]
struct ActorView {
    /// `user`, `api_key`, `link`, `form`, `rule` or `system`; further kinds may come.
    r#type: String,
    id: Option<String>,
    name: Option<String>,
}

/// One fact of an inquiry's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = Event,
    example = json!({"type": "inquiry.status_changed", "inquiry_id": "inq_06a9e1t7qdw0x3f8m2c5kz4rpg",
        "data": {"status": "contacted"}, "previous": {"status": "new"},
        "actor": {"type": "user", "id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "name": "林静秋"}})
)]
pub struct EventView {
    id: EventId,
    /// Its place in the log; null for an instant after it was written.
    seq: Option<i64>,
    r#type: String,
    at: Timestamp,
    inquiry_id: Option<InquiryId>,
    actor: ActorView,
    #[schema(value_type = Object)]
    data: Value,
    /// The old value of every member of `data` that changed.
    #[schema(value_type = Option<Object>)]
    previous: Option<Map<String, Value>>,
}

impl EventView {
    pub fn seq(&self) -> Option<i64> {
        self.seq
    }

    pub fn kind(&self) -> &str {
        &self.r#type
    }

    /// The names of the users who caused these events.
    pub fn names<'a>(
        conn: &mut DbConnection,
        events: impl IntoIterator<Item = &'a Event>,
    ) -> Result<Vec<(UserId, String)>> {
        let users: Vec<UserId> = events.into_iter().filter_map(|event| user_of(&event.actor)).collect();
        access::store::names(conn, &users)
    }

    pub fn new(event: Seen<Event>, names: &[(UserId, String)]) -> Result<Self> {
        Self::of_log(event.into_record(), names)
    }

    /// All of an event, as its operator has it in the database anyway.
    pub fn of_log(event: Event, names: &[(UserId, String)]) -> Result<Self> {
        Ok(Self {
            id: event.id,
            seq: event.position,
            r#type: event.kind,
            at: event.at,
            inquiry_id: event.subject.map(InquiryId::from),
            actor: ActorView::new(&event.actor, names),
            data: event.data.parse()?,
            previous: event.previous.map(|previous| previous.parse()).transpose()?,
        })
    }
}

impl ActorView {
    /// Of a kind that is not known here only the word is shown: what its id names is not known either.
    fn new(actor: &Actor, names: &[(UserId, String)]) -> Self {
        let user = user_of(actor);
        let of_kind = |kind| actor.id.filter(|_| actor.kind == kind).map(|id| id.uuid());
        let form = of_kind(FORM).map(|id| FormId::from_uuid(id).to_string());
        let rule = of_kind(RULE).map(|id| RuleId::from_uuid(id).to_string());
        let id = user.map(|id| id.to_string()).or(form).or(rule);
        let name =
            user.and_then(|user| names.iter().find(|(id, _)| *id == user)).map(|(_, name)| name.clone());
        Self { r#type: actor.kind.word().to_owned(), id, name }
    }
}
