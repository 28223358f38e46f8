//! Sessions: a login, its family of refresh tokens, and its end. A token is spent for the next; one that is
//! spent twice ends the family. How a password is checked is in `passwords`, a code in `second_factor`.

pub mod api;
pub mod store;

use chrono::Duration;

use super::events::{LoggedIn, SessionEnded};
use super::guard::Principal;
use super::model::{Session, Shown, USER, User};
use super::second_factor::{self, CompiledForm};
use super::tokens::{Claims, Keys, digest, random_token};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{SessionId, UserId};
use crate::platform::db::{Actor, DbConnection, Tx, lost_race};
use crate::platform::events::NO_SUBJECT;

/// How long a session lives, however much it is used, and how long without being used.
pub const LIFE: Duration = Duration::days(30);
pub const IDLE: Duration = Duration::days(7);
/// A client that lost the answer may ask again for so long.
const AGAIN: Duration = Duration::seconds(10);
const PREFIX: &str = "ldr_";

/// What a login or a refresh gives.
#[derive(Debug)]
pub struct Login {
    pub user: User,
    pub session: SessionId,
    pub refresh_token: String,
}

/// What came of a login.
#[derive(Debug)]
pub enum Begun {
    Login(Box<Login>),
    /// The password was right; a code is wanted besides.
    CodeMissing,
    Refused,
}

fn lives(session: &Session, now: Timestamp) -> bool {
    session.revoked_at.is_none() && session.expires_at > now && session.last_used_at.plus(IDLE) > now
}

/// Whose an access token is now; nobody's once its session has ended or its user is inactive.
pub fn principal(conn: &mut DbConnection, now: Timestamp, claims: &Claims) -> Result<Option<Principal>> {
    let Some((session, role, team, active)) = store::principal(conn, claims.session)? else {
        return Ok(None);
    };
    if session.user_id != claims.user || !active || !lives(&session, now) {
        return Ok(None);
    }
    Ok(Some(Principal { user: session.user_id, role, team, shown: Shown::Session(session.id), scopes: None }))
}

/// Begins a session for a user whose password was right. The code, if one is wanted, is used up with it.
pub fn begin(tx: &mut Tx<'_>, id: UserId, password_hash: &str, code: Option<&str>) -> Result<Begun> {
    let user = super::store::by_id(tx.conn, id)?
        .filter(|user| user.active && user.password_hash.as_deref() == Some(password_hash));
    let Some(user) = user else { return Ok(Begun::Refused) };
    match second_factor::check(tx, user.id, code)? {
        CompiledForm::NotWanted | CompiledForm::Right => {}
        CompiledForm::Missing => return Ok(Begun::CodeMissing),
        CompiledForm::Wrong => return Ok(Begun::Refused),
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
    Ok(Begun::Login(Box::new(Login { user, session: session.id, refresh_token })))
}

/// What came of a refresh.
#[derive(Debug)]
pub enum Refreshed {
    Login(Box<Login>),
    /// A spent token came again: the family is ended, whoever of the two it was.
    Reused(UserId),
    Refused,
}

/// Spends a refresh token for the next. Of many at once that spend the same one, all get the same.
pub fn refresh(tx: &mut Tx<'_>, keys: &Keys, token: &str) -> Result<Refreshed> {
    let Some((spent_at, session)) = store::by_token(tx.conn, &digest(token))? else {
        return Ok(Refreshed::Refused);
    };
    let user = super::store::by_id(tx.conn, session.user_id)?.filter(|user| user.active);
    let Some(user) = user.filter(|_| lives(&session, tx.now)) else { return Ok(Refreshed::Refused) };
    tx.context.actor = Actor::new(USER, user.id);
    let next = match spent_at {
        None => Some(spend(tx, keys, &session, token)?),
        Some(at) if at.plus(AGAIN) > tx.now => unspent_after(tx, keys, token)?,
        Some(_) => None,
    };
    let Some(next) = next else {
        end(tx, session.id, user.id)?;
        return Ok(Refreshed::Reused(user.id));
    };
    Ok(Refreshed::Login(Box::new(Login { user, session: session.id, refresh_token: next })))
}

fn spend(tx: &mut Tx<'_>, keys: &Keys, session: &Session, token: &str) -> Result<String> {
    if !store::spend(tx, &digest(token))? {
        // Another node was first: look again, as one who asks a second time.
        return Err(lost_race(diesel::result::Error::NotFound));
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

/// The token that was given for a spent one, as long as it is unspent.
fn unspent_after(tx: &mut Tx<'_>, keys: &Keys, token: &str) -> Result<Option<String>> {
    for next in keys.next_refresh_tokens(token)? {
        if store::is_unspent(tx.conn, &digest(&next))? {
            return Ok(Some(next));
        }
    }
    Ok(None)
}

/// Forgets sessions that ended long ago, with their tokens. Tells how many.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize> {
    store::forget_before(tx, tx.now.minus(LIFE))
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
