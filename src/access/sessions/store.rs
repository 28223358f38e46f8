//! All SQL on sessions and their refresh tokens.
//! Their lifetime is decided in `model.rs`.

use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{IDLE, Session};
use super::schema::{refresh_tokens, sessions};
use crate::access::model::Role;
use crate::access::schema::users;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{SessionId, TeamId, UserId};
use crate::kernel::page::Direction::Descending;
use crate::kernel::page::{Page, PageRequest};
use crate::platform::db::keyset::after_id;
use crate::platform::db::{DbConnection, MultiBackend, Tx};
use crate::prepared;

/// A session with its user's role, team, and whether they are active.
type Bearer = (Session, Role, Option<TeamId>, bool);

/// The caller of an access token: few columns, since every request reads them.
pub fn principal(conn: &mut DbConnection, session: SessionId) -> Result<Option<Bearer>> {
    let found = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(session));
    Ok(prepared!(
        conn,
        get_result,
        found.select((Session::as_select(), users::role, users::team_id, users::active))
    )
    .optional()?)
}

pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(tx.conn)?;
    Ok(())
}

pub fn insert_token(tx: &mut Tx<'_>, session: SessionId, hash: &[u8]) -> Result<()> {
    let token = (
        refresh_tokens::token_hash.eq(hash),
        refresh_tokens::session_id.eq(session),
        refresh_tokens::issued_at.eq(tx.now),
    );
    diesel::insert_into(refresh_tokens::table).values(token).execute(tx.conn)?;
    Ok(())
}

/// When a token was used, if it was, and its session.
pub fn by_token(conn: &mut DbConnection, hash: &[u8]) -> Result<Option<(Option<Timestamp>, Session)>> {
    let found =
        refresh_tokens::table.inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)));
    Ok(found
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((refresh_tokens::spent_at, Session::as_select()))
        .first(conn)
        .optional()?)
}

/// Marks a token as used; false if it was used concurrently.
pub fn spend(tx: &mut Tx<'_>, hash: &[u8]) -> Result<bool> {
    let unspent = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(hash))
        .filter(refresh_tokens::spent_at.is_null());
    Ok(diesel::update(unspent).set(refresh_tokens::spent_at.eq(Some(tx.now))).execute(tx.conn)? == 1)
}

pub fn is_unspent(conn: &mut DbConnection, hash: &[u8]) -> Result<bool> {
    let unspent = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(hash))
        .filter(refresh_tokens::spent_at.is_null());
    Ok(unspent.count().get_result::<i64>(conn)? == 1)
}

/// Updates `last_used_at`.
pub fn touch(tx: &mut Tx<'_>, session: SessionId) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::id.eq(session)))
        .set(sessions::last_used_at.eq(tx.now))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a session of this user; false if it has ended or is not theirs.
pub fn revoke(tx: &mut Tx<'_>, user: UserId, session: SessionId) -> Result<bool> {
    let open = sessions::table
        .filter(sessions::id.eq(session))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(tx.now))
        .filter(sessions::last_used_at.gt(tx.now.minus(IDLE)));
    Ok(diesel::update(open).set(sessions::revoked_at.eq(Some(tx.now))).execute(tx.conn)? == 1)
}

/// Ends all sessions of a user, but one.
pub fn revoke_all(tx: &mut Tx<'_>, user: UserId, but: Option<SessionId>) -> Result<usize> {
    let open = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::revoked_at.is_null());
    let revoked = sessions::revoked_at.eq(Some(tx.now));
    Ok(match but {
        Some(but) => diesel::update(open.filter(sessions::id.ne(but))).set(revoked).execute(tx.conn)?,
        None => diesel::update(open).set(revoked).execute(tx.conn)?,
    })
}

/// Sessions that are deleted in one transaction.
pub const DELETED_TOGETHER: usize = 500;

/// Deletes sessions that ended before this time, the first hundreds of them. Returns how many.
pub fn delete_ended_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<usize> {
    let most = i64::try_from(DELETED_TOGETHER).unwrap_or(i64::MAX);
    let over = sessions::table.filter(sessions::expires_at.lt(before)).select(sessions::id).limit(most);
    let over: Vec<SessionId> = over.load(tx.conn)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(over.clone())))
        .execute(tx.conn)?;
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(over))).execute(tx.conn)?)
}

type SessionQuery = sessions::BoxedQuery<'static, MultiBackend>;

fn active(user: UserId, now: Timestamp) -> SessionQuery {
    let mine = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::revoked_at.is_null());
    mine.filter(sessions::expires_at.gt(now)).filter(sessions::last_used_at.gt(now.minus(IDLE))).into_boxed()
}

/// A user's active sessions, newest first.
pub fn list(
    conn: &mut DbConnection,
    user: UserId,
    now: Timestamp,
    page: &PageRequest,
) -> Result<Page<Session>> {
    let query = after_id(active(user, now), sessions::id, page.after::<SessionId>()?, Descending);
    let rows = query.limit(page.rows()).select(Session::as_select()).load(conn)?;
    Page::cut(rows, page, |session: &Session| session.id)?
        .counted(page, || Ok(active(user, now).count().get_result(conn)?))
}
