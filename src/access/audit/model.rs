//! An entry of the audit log: what is recorded of a request, and the row as stored.
//! It names people and records by id, and holds no secrets and no text that a person wrote.

use diesel::{Insertable, Queryable, Selectable};
use serde_json::{Map, Value, json};

use super::schema::audit;
use crate::access::caller::{Caller, CredentialId};
use crate::access::policy::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{ApiKeyId, AuditId, UserId};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;
use crate::platform::http::client::ClientAddress;
use crate::text_enum;

text_enum! {
    /// What became of it.
    pub enum Outcome as "AuditOutcome" {
        Done => "done",
        Refused => "refused",
    }
}

/// What a request asked for, and from which address.
#[derive(Debug)]
pub struct RequestInfo {
    pub method: String,
    /// As the document names it: `/api/v1/users/{id}`.
    pub route: String,
    pub target: Option<String>,
    pub address: ClientAddress,
}

/// An entry to be recorded.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    actor: Option<UserId>,
    key: Option<ApiKeyId>,
    action: String,
    target: Option<String>,
    outcome: Outcome,
    data: Map<String, Value>,
}

impl AuditEntry {
    fn of(asked: &RequestInfo, action: &str, outcome: Outcome) -> Self {
        let mut data = Map::new();
        data.insert("method".to_owned(), json!(asked.method));
        data.insert("route".to_owned(), json!(asked.route));
        data.insert("address".to_owned(), json!(asked.address.known()));
        Self {
            actor: None,
            key: None,
            action: action.to_owned(),
            target: asked.target.clone(),
            outcome,
            data,
        }
    }

    fn by(mut self, user: UserId, credential: Option<CredentialId>) -> Self {
        self.actor = Some(user);
        self.key = match credential {
            Some(CredentialId::Key(key)) => Some(key),
            _ => None,
        };
        self
    }

    /// A permitted action was carried out.
    pub fn done(caller: &Caller, permission: Permission, asked: &RequestInfo) -> Self {
        Self::of(asked, permission.word(), Outcome::Done).by(caller.id, caller.credential)
    }

    /// An action was refused for lack of permission.
    pub fn refused(
        user: UserId,
        credential: CredentialId,
        permission: Permission,
        asked: &RequestInfo,
    ) -> Self {
        Self::of(asked, permission.word(), Outcome::Refused).by(user, Some(credential))
    }

    /// Something before authentication, such as a login; `user` is the account it was about, if it exists.
    pub fn unauthenticated(
        asked: &RequestInfo,
        action: &str,
        outcome: Outcome,
        user: Option<UserId>,
    ) -> Self {
        Self { actor: user, target: user.map(|user| user.to_string()), ..Self::of(asked, action, outcome) }
    }

    /// Something that the program sent to somebody by itself, within their reach.
    pub fn sent(to: UserId, permission: Permission, target: &str) -> Self {
        Self {
            actor: Some(to),
            key: None,
            action: permission.word().to_owned(),
            target: Some(target.to_owned()),
            outcome: Outcome::Done,
            data: Map::from_iter([("by".to_owned(), json!("mail"))]),
        }
    }

    /// Sets the target to the created resource, from its `Location`.
    pub fn with_target(mut self, location: Option<&str>) -> Self {
        if let Some(id) = location.and_then(|location| location.rsplit('/').next()) {
            self.target = Some(id.to_owned());
        }
        self
    }
    /// The row to store, with this id and moment.
    pub(super) fn into_row(self, id: AuditId, at: Timestamp) -> AuditRow {
        let Self { actor, key, action, target, outcome, data } = self;
        AuditRow { id, at, actor_id: actor, key_id: key, action, target, outcome, data: Json(data) }
    }
}

/// An entry as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct AuditRow {
    pub id: AuditId,
    pub at: Timestamp,
    pub actor_id: Option<UserId>,
    pub key_id: Option<ApiKeyId>,
    pub action: String,
    pub target: Option<String>,
    pub outcome: Outcome,
    pub data: Json<Map<String, Value>>,
}
