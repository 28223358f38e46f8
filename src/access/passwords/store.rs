//! All SQL on the links by which passwords are set, and on the requests for one.
//! Their validity is decided in `actions.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{PasswordLink, Purpose, ResetRequest};
use super::schema::{password_links, password_reset_requests};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{PasswordLinkId, PasswordResetRequestId, UserId};
use crate::platform::db::{DbConnection, Tx};

pub fn insert(tx: &mut Tx<'_>, link: &PasswordLink) -> Result<()> {
    diesel::insert_into(password_links::table).values(link).execute(tx.conn)?;
    Ok(())
}

pub fn find(conn: &mut DbConnection, id: PasswordLinkId) -> Result<Option<PasswordLink>> {
    Ok(password_links::table.find(id).select(PasswordLink::as_select()).first(conn).optional()?)
}

/// The one valid link of a user.
pub fn living(
    conn: &mut DbConnection,
    user: UserId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<PasswordLink>> {
    let living = password_links::table
        .filter(password_links::user_id.eq(user))
        .filter(password_links::ended_at.is_null());
    let living =
        living.filter(password_links::purpose.eq(purpose)).filter(password_links::expires_at.gt(now));
    Ok(living.order(password_links::id.desc()).select(PasswordLink::as_select()).first(conn).optional()?)
}

pub fn made_since(conn: &mut DbConnection, user: UserId, purpose: Purpose, since: Timestamp) -> Result<i64> {
    let made = password_links::table
        .filter(password_links::user_id.eq(user))
        .filter(password_links::purpose.eq(purpose));
    Ok(made.filter(password_links::created_at.gt(since)).count().get_result(conn)?)
}

/// Invalidates all links of a user.
pub fn end_links(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let open = password_links::table
        .filter(password_links::user_id.eq(user))
        .filter(password_links::ended_at.is_null());
    diesel::update(open).set(password_links::ended_at.eq(Some(tx.now))).execute(tx.conn)?;
    Ok(())
}

/// Consumes a link; false if it was consumed concurrently.
pub fn end_link(tx: &mut Tx<'_>, id: PasswordLinkId) -> Result<bool> {
    let open =
        password_links::table.filter(password_links::id.eq(id)).filter(password_links::ended_at.is_null());
    Ok(diesel::update(open).set(password_links::ended_at.eq(Some(tx.now))).execute(tx.conn)? == 1)
}

pub fn insert_request(tx: &mut Tx<'_>, request: &ResetRequest) -> Result<()> {
    diesel::insert_into(password_reset_requests::table).values(request).execute(tx.conn)?;
    Ok(())
}

/// Pending requests, oldest first.
pub fn waiting_requests(conn: &mut DbConnection, limit: i64) -> Result<Vec<ResetRequest>> {
    Ok(password_reset_requests::table
        .order(password_reset_requests::id.asc())
        .limit(limit)
        .select(ResetRequest::as_select())
        .load(conn)?)
}

/// Claims a request by deleting it; false if it was claimed concurrently.
pub fn claim_request(tx: &mut Tx<'_>, id: PasswordResetRequestId) -> Result<bool> {
    Ok(diesel::delete(password_reset_requests::table.find(id)).execute(tx.conn)? == 1)
}
