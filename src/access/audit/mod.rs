//! The audit: who did what from where, and who tried and might not. It is only ever added to, which the
//! database itself holds. It names people and things by id; no secret, no text that somebody wrote.

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

/// What a request asked for, and from where.
#[derive(Debug)]
pub struct RequestInfo {
    pub method: String,
    /// As the document names it: `/api/v1/users/{id}`.
    pub route: String,
    pub target: Option<String>,
    pub address: ClientAddress,
}

/// What is to be told.
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

    /// A caller did something that their permission covers.
    pub fn done(caller: &Caller, permission: Permission, asked: &RequestInfo) -> Self {
        Self::of(asked, permission.word(), Outcome::Done).by(caller.id, caller.credential)
    }

    /// Somebody tried what they may not do.
    pub fn refused(
        user: UserId,
        credential: CredentialId,
        permission: Permission,
        asked: &RequestInfo,
    ) -> Self {
        Self::of(asked, permission.word(), Outcome::Refused).by(user, Some(credential))
    }

    /// What happened before anybody was let in, such as a login, of this user if there is one.
    pub fn unauthenticated(
        asked: &RequestInfo,
        action: &str,
        outcome: Outcome,
        user: Option<UserId>,
    ) -> Self {
        Self { actor: user, target: user.map(|user| user.to_string()), ..Self::of(asked, action, outcome) }
    }

    /// What was made, by its address, is what it was about.
    pub fn with_target(mut self, location: Option<&str>) -> Self {
        if let Some(id) = location.and_then(|location| location.rsplit('/').next()) {
            self.target = Some(id.to_owned());
        }
        self
    }
}

/// Adds an entry, in the transaction of what it tells.
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
