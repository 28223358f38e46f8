//! Authorisation alone: who the holder of a credential is, and whether they may do this. Asked in the
//! transaction that reads or changes. What else an API request goes through is in `guard.rs`.

use super::caller::{Caller, Principal};
use super::credential::Credential;
use super::policy::{Permission, Reach, Scope};
use super::tokens::UNAUTHENTICATED;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::db::DbConnection;

static FORBIDDEN: Refusal = Refusal::new(
    Class::Forbidden,
    "forbidden",
    "您的角色或密钥不允许此操作。",
    "Your role or your key does not allow this.",
);

/// The caller of this credential, if they hold the permission. Reads only.
pub fn authorize(
    conn: &mut DbConnection,
    now: Timestamp,
    credential: &Credential,
    permission: Permission,
) -> Result<Caller> {
    let Principal { user, role, team, credential, scopes } =
        credential.principal(conn, now)?.ok_or_else(|| Error::refuse(&UNAUTHENTICATED))?;
    let reach = permission.reach(role);
    if reach == Reach::Nothing || !permission.is_in(scopes.as_deref()) {
        return Err(Error::refuse(&FORBIDDEN));
    }
    Ok(Caller {
        id: user,
        role,
        team_id: team,
        scope: Scope { user, team, reach },
        credential: Some(credential),
        key_scopes: scopes,
    })
}
