//! Actions on API keys: authenticate with one, create, delete.
//! Free of HTTP and SQL.

use super::model::{ApiKey, NewKey, PREFIX};
use super::store;
use crate::access::caller::{Caller, CredentialId, Principal};
use crate::access::events::{KeyDeleted, KeyMade};
use crate::access::tokens::{digest, random_token};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Faults, INVALID, Refusal, Result};
use crate::kernel::id::ApiKeyId;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Tx};
use crate::platform::events::NO_SUBJECT;

static NO_SCOPE: FaultKind =
    FaultKind::new("no_scope", "至少需要一个权限范围。", "A key needs at least one scope.");
static IN_THE_PAST: FaultKind =
    FaultKind::new("in_the_past", "必须是将来的时间。", "It must be in the future.");

static MORE_THAN_ITSELF: Refusal = Refusal::new(
    Class::Forbidden,
    "scope_not_held",
    "密钥不能签发超出自身权限范围的密钥。",
    "A key cannot create another key that may do more than itself.",
);

/// The principal of a key; none once it has expired or its creator is inactive.
pub fn principal(conn: &mut DbConnection, now: Timestamp, digest: &[u8]) -> Result<Option<Principal>> {
    let Some((key, role, team, active)) = store::principal(conn, digest)? else { return Ok(None) };
    if !active || key.expires_at.is_some_and(|at| at <= now) {
        return Ok(None);
    }
    Ok(Some(Principal {
        user: key.creator_id,
        role,
        team,
        credential: CredentialId::Key(key.id),
        scopes: Some(key.scopes.0),
    }))
}

/// Creates a key. Returns its secret, which is not stored.
pub fn make(tx: &mut Tx<'_>, caller: &Caller, new: &NewKey) -> Result<(ApiKey, String)> {
    let mut faults = Faults::default();
    if new.scopes.is_empty() {
        faults.add(Fault::new("/scopes", &NO_SCOPE));
    }
    if new.expires_at.is_some_and(|at| at <= tx.now) {
        faults.add(Fault::new("/expires_at", &IN_THE_PAST));
    }
    faults.none_or(&INVALID)?;
    if let Some(CredentialId::Key(own)) = caller.credential {
        let held = store::find(tx.conn, own)?.map(|key| key.scopes.0).unwrap_or_default();
        if new.scopes.iter().any(|scope| !held.contains(scope)) {
            return Err(Error::refuse(&MORE_THAN_ITSELF));
        }
    }
    let secret = random_token(PREFIX)?;
    let mut scopes = new.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let key = ApiKey {
        id: tx.id(),
        name: new.name.trim().to_owned(),
        secret_hash: digest(&secret),
        scopes: Json(scopes),
        creator_id: caller.id,
        created_at: tx.now,
        expires_at: new.expires_at,
        last_used_at: None,
    };
    store::insert(tx, &key)?;
    tx.record(NO_SUBJECT, &KeyMade { key_id: key.id, creator_id: caller.id })?;
    Ok((key, secret))
}

/// Deletes a key.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: ApiKeyId) -> Result<()> {
    if !store::delete(tx, &caller.scope, id)? {
        return Err(Error::not_found());
    }
    tx.record(NO_SUBJECT, &KeyDeleted { key_id: id }).map(drop)
}
