//! Actions on sessions: begin, refresh (RFC 9700), end, delete the ended ones.
//! Free of HTTP and SQL.

use chrono::Duration;

use super::model::{LIFE, Login, LoginOutcome, RefreshOutcome, Session};
use super::store;
use crate::access::caller::{CredentialId, Principal};
use crate::access::events::{LoggedIn, SessionEnded};
use crate::access::model::USER;
use crate::access::second_factor::{self, CodeCheck};
use crate::access::store as users;
use crate::access::tokens::{Claims, Keys, digest, random_token};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{SessionId, UserId};
use crate::platform::db::{Actor, DbConnection, Tx, overtaken};
use crate::platform::events::NO_SUBJECT;

/// Grace period: how long a client that lost the answer may repeat a refresh.
const REUSE_GRACE: Duration = Duration::seconds(10);
const PREFIX: &str = "ldr_";

/// The principal of an access token; none once its session has ended or its user is inactive.
pub fn principal(conn: &mut DbConnection, now: Timestamp, claims: &Claims) -> Result<Option<Principal>> {
    let Some((session, role, team, active)) = store::principal(conn, claims.session)? else {
        return Ok(None);
    };
    if session.user_id != claims.user || !active || !session.is_active(now) {
        return Ok(None);
    }
    Ok(Some(Principal {
        user: session.user_id,
        role,
        team,
        credential: CredentialId::Session(session.id),
        scopes: None,
    }))
}

/// Begins a session for a user whose password was verified. A code, if needed, is consumed.
pub fn begin(tx: &mut Tx<'_>, id: UserId, password_hash: &str, code: Option<&str>) -> Result<LoginOutcome> {
    let user = users::by_id(tx.conn, id)?
        .filter(|user| user.active && user.password_hash.as_deref() == Some(password_hash));
    let Some(user) = user else { return Ok(LoginOutcome::Refused) };
    match second_factor::check(tx, user.id, code)? {
        CodeCheck::NotWanted | CodeCheck::Right => {}
        CodeCheck::Missing => return Ok(LoginOutcome::CodeMissing),
        CodeCheck::Wrong => return Ok(LoginOutcome::Refused),
    }
    let refresh_token = random_token(PREFIX)?;
    let session = Session {
        id: tx.id(),
        user_id: user.id,
        created_at: tx.now,
        last_used_at: tx.now,
        expires_at: tx.now.plus(LIFE),
        revoked_at: None,
    };
    store::insert(tx, &session)?;
    store::insert_token(tx, session.id, &digest(&refresh_token))?;
    tx.record(NO_SUBJECT, &LoggedIn { user_id: user.id, session_id: session.id })?;
    Ok(LoginOutcome::Login(Box::new(Login { user, session: session.id, refresh_token })))
}

/// Exchanges a refresh token for the next. Concurrent exchanges of the same token get the same next one.
pub fn refresh(tx: &mut Tx<'_>, keys: &Keys, token: &str) -> Result<RefreshOutcome> {
    let Some((spent_at, session)) = store::by_token(tx.conn, &digest(token))? else {
        return Ok(RefreshOutcome::Refused);
    };
    let user = users::by_id(tx.conn, session.user_id)?.filter(|user| user.active);
    let Some(user) = user.filter(|_| session.is_active(tx.now)) else { return Ok(RefreshOutcome::Refused) };
    tx.context.actor = Actor::new(USER, user.id);
    let next = match spent_at {
        None => Some(spend(tx, keys, &session, token)?),
        Some(at) if at.plus(REUSE_GRACE) > tx.now => unspent_after(tx, keys, token)?,
        Some(_) => None,
    };
    let Some(next) = next else {
        end(tx, session.id, user.id)?;
        return Ok(RefreshOutcome::Reused(user.id));
    };
    Ok(RefreshOutcome::Login(Box::new(Login { user, session: session.id, refresh_token: next })))
}

fn spend(tx: &mut Tx<'_>, keys: &Keys, session: &Session, token: &str) -> Result<String> {
    if !store::spend(tx, &digest(token))? {
        // Another node was first: retry, as a repeated request.
        return Err(overtaken());
    }
    let next = keys
        .next_refresh_tokens(token)?
        .into_iter()
        .next()
        .ok_or_else(|| Error::internal("no key for refresh tokens"))?;
    store::insert_token(tx, session.id, &digest(&next))?;
    store::touch(tx, session.id)?;
    Ok(next)
}

/// The successor of a used token, as long as it is unused.
fn unspent_after(tx: &mut Tx<'_>, keys: &Keys, token: &str) -> Result<Option<String>> {
    for next in keys.next_refresh_tokens(token)? {
        if store::is_unspent(tx.conn, &digest(&next))? {
            return Ok(Some(next));
        }
    }
    Ok(None)
}

/// Deletes sessions that ended long ago, with their tokens, up to [`store::DELETED_TOGETHER`]. Returns how
/// many.
pub fn delete_expired(tx: &mut Tx<'_>) -> Result<usize> {
    store::delete_ended_before(tx, tx.now.minus(LIFE))
}

fn end(tx: &mut Tx<'_>, session: SessionId, user: UserId) -> Result<bool> {
    let ended = store::revoke(tx, user, session)?;
    if ended {
        tx.record(NO_SUBJECT, &SessionEnded { user_id: user, session_id: session })?;
    }
    Ok(ended)
}

/// Ends one of a user's sessions.
pub fn end_one(tx: &mut Tx<'_>, user: UserId, session: SessionId) -> Result<()> {
    if end(tx, session, user)? { Ok(()) } else { Err(Error::not_found()) }
}

/// Ends all sessions of a user but this one.
pub fn end_all(tx: &mut Tx<'_>, user: UserId, but: Option<SessionId>) -> Result<()> {
    store::revoke_all(tx, user, but).map(drop)
}
