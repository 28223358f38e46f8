//! The audit log: who did what from where, and who was refused. Append-only, which the database itself
//! enforces. It names people and records by id, and holds no secrets and no text that a person wrote.

pub mod api;
pub mod store;

use serde_json::{Map, Value, json};

use super::model::{Caller, CredentialId};
use super::policy::Permission;
use crate::kernel::error::Result;
use crate::kernel::id::{ApiKeyId, UserId};
use crate::platform::db::Tx;
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
pub struct Entry {
    actor: Option<UserId>,
    key: Option<ApiKeyId>,
    action: String,
    target: Option<String>,
    outcome: Outcome,
    data: Map<String, Value>,
}

impl Entry {
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

    /// Sets the target to the created resource, from its `Location`.
    pub fn with_target(mut self, location: Option<&str>) -> Self {
        if let Some(id) = location.and_then(|location| location.rsplit('/').next()) {
            self.target = Some(id.to_owned());
        }
        self
    }
}

/// Appends an entry, in the transaction of the action it records.
pub fn record(tx: &mut Tx<'_>, entry: &Entry) -> Result<()> {
    let Entry { actor, key, action, target, outcome, data } = entry.clone();
    let row = store::Row {
        id: tx.id(),
        at: tx.now,
        actor_id: actor,
        key_id: key,
        action,
        target,
        outcome,
        data: Json(data),
    };
    store::insert(tx, &row)
}
