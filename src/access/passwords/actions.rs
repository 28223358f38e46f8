//! Actions on passwords: send a link, set one by a link, change one's own.
//! Free of HTTP and SQL.

use chrono::Duration;

use super::model::{PasswordLink, Purpose};
use super::store;
use crate::access::caller::{Caller, CredentialId};
use crate::access::events::{PasswordResetAsked, PasswordSet, UserInvited};
use crate::access::model::{USER, User};
use crate::access::{sessions, store as users};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Refusal, Result};
use crate::kernel::id::{PasswordLinkId, UserId};
use crate::platform::db::{Actor, DbConnection, Tx};
use crate::platform::events::NO_SUBJECT;

/// How long a link is valid.
const RESET_LIFE: Duration = Duration::hours(1);
const INVITATION_LIFE: Duration = Duration::days(3);
/// Links to reset a password that one account gets in an hour.
const RESETS_AN_HOUR: i64 = 5;

pub static WRONG_PASSWORD: FaultKind =
    FaultKind::new("wrong_password", "当前密码不正确。", "The current password is wrong.");

static INVALID_TOKEN: Refusal = Refusal::new(
    Class::Invalid,
    "invalid_token",
    "链接无效、已使用或已过期，请重新申请。",
    "This link is not valid, has been used, or is too old. Ask for a new one.",
);

/// Creates a link, which invalidates the user's older ones, and has it mailed.
fn make_link(tx: &mut Tx<'_>, user: UserId, purpose: Purpose) -> Result<()> {
    let life = match purpose {
        Purpose::Reset => RESET_LIFE,
        Purpose::Invitation => INVITATION_LIFE,
    };
    store::end_links(tx, user)?;
    let link = PasswordLink {
        id: tx.id(),
        user_id: user,
        purpose,
        created_at: tx.now,
        expires_at: tx.now.plus(life),
        ended_at: None,
    };
    store::insert(tx, &link)?;
    match purpose {
        Purpose::Reset => tx.record(NO_SUBJECT, &PasswordResetAsked { user_id: user })?,
        Purpose::Invitation => tx.record(NO_SUBJECT, &UserInvited { user_id: user })?,
    };
    Ok(())
}

/// Invites a new user to set a password.
pub fn invite(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    make_link(tx, user, Purpose::Invitation)
}

/// Sends a link to the active user with this address, if there is one who has not asked too often. The caller
/// must not reveal whether there is.
pub fn send_reset_link(tx: &mut Tx<'_>, email_key: &str) -> Result<Option<UserId>> {
    let Some(user) = users::by_email(tx.conn, email_key)?.filter(|user| user.active) else {
        return Ok(None);
    };
    if store::made_since(tx.conn, user.id, Purpose::Reset, tx.now.minus(Duration::hours(1)))? < RESETS_AN_HOUR
    {
        make_link(tx, user.id, Purpose::Reset)?;
    }
    Ok(Some(user.id))
}

/// The user whose password a link may set now.
pub fn user_of_link(conn: &mut DbConnection, now: Timestamp, link: Option<PasswordLinkId>) -> Result<User> {
    let invalid = || Error::refuse(&INVALID_TOKEN);
    let link = match link {
        Some(id) => store::find(conn, id)?
            .filter(|link| link.ended_at.is_none() && link.expires_at > now)
            .ok_or_else(invalid)?,
        None => return Err(invalid()),
    };
    users::by_id(conn, link.user_id)?.filter(|user| user.active).ok_or_else(invalid)
}

/// Sets a password with a link, consumes the link, and ends all sessions of its user.
pub fn set_by_link(tx: &mut Tx<'_>, link: PasswordLinkId, hash: &str) -> Result<UserId> {
    let user = user_of_link(tx.conn, tx.now, Some(link))?;
    if !store::end_link(tx, link)? {
        return Err(Error::refuse(&INVALID_TOKEN));
    }
    tx.context.actor = Actor::new(USER, user.id);
    set(tx, &user, hash)?;
    sessions::end_all(tx, user.id, None)?;
    Ok(user.id)
}

/// Stores a new password hash, if the user is unchanged since it was read.
fn set(tx: &mut Tx<'_>, user: &User, hash: &str) -> Result<()> {
    let after = User {
        password_hash: Some(hash.to_owned()),
        updated_at: tx.now,
        version: user.version.saturating_add(1),
        ..user.clone()
    };
    users::update(tx, &after, user.version)?;
    store::end_links(tx, user.id)?;
    tx.record(NO_SUBJECT, &PasswordSet { user_id: user.id }).map(drop)
}

/// Changes the caller's password and ends their other sessions. `checked`: the hash that the current password
/// was verified against.
pub fn change(tx: &mut Tx<'_>, caller: &Caller, checked: &str, hash: &str) -> Result<()> {
    let user = users::by_id(tx.conn, caller.id)?.ok_or_else(Error::not_found)?;
    // It was changed after it was checked: the one that was given is the current one no more.
    if user.password_hash.as_deref() != Some(checked) {
        return Err(Error::invalid(vec![Fault::new("/current_password", &WRONG_PASSWORD)]));
    }
    set(tx, &user, hash)?;
    let kept = match caller.credential {
        Some(CredentialId::Session(session)) => Some(session),
        _ => None,
    };
    sessions::end_all(tx, caller.id, kept)
}
