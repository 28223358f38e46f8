//! All SQL on the links by which passwords are set.
//! When one serves is decided in `mod.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::{PasswordLink, Purpose};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{PasswordLinkId, UserId};
use crate::platform::db::{DbConnection, Tx};

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    password_links (id) {
        id -> Uid,
        user_id -> Uid,
        purpose -> Text,
        created_at -> Moment,
        expires_at -> Moment,
        ended_at -> Nullable<Moment>,
    }
}

pub fn insert(tx: &mut Tx<'_>, link: &PasswordLink) -> Result<()> {
    diesel::insert_into(password_links::table).values(link).execute(tx.conn)?;
    Ok(())
}

pub fn find(conn: &mut DbConnection, id: PasswordLinkId) -> Result<Option<PasswordLink>> {
    Ok(password_links::table.find(id).select(PasswordLink::as_select()).first(conn).optional()?)
}

/// The one link of a user that still serves.
pub fn living(conn: &mut DbConnection, user: UserId, purpose: Purpose, now: Timestamp) -> Result<Option<PasswordLink>> {
    let living = password_links::table.filter(password_links::user_id.eq(user)).filter(password_links::ended_at.is_null());
    let living = living.filter(password_links::purpose.eq(purpose)).filter(password_links::expires_at.gt(now));
    Ok(living.order(password_links::id.desc()).select(PasswordLink::as_select()).first(conn).optional()?)
}

pub fn made_since(conn: &mut DbConnection, user: UserId, purpose: Purpose, since: Timestamp) -> Result<i64> {
    let made = password_links::table.filter(password_links::user_id.eq(user)).filter(password_links::purpose.eq(purpose));
    Ok(made.filter(password_links::created_at.gt(since)).count().get_result(conn)?)
}

/// Makes all links of a user worthless.
pub fn end_links(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let open = password_links::table.filter(password_links::user_id.eq(user)).filter(password_links::ended_at.is_null());
    diesel::update(open).set(password_links::ended_at.eq(Some(tx.now))).execute(tx.conn)?;
    Ok(())
}

/// Uses a link up; false if somebody was faster.
pub fn end_link(tx: &mut Tx<'_>, id: PasswordLinkId) -> Result<bool> {
    let open = password_links::table.filter(password_links::id.eq(id)).filter(password_links::ended_at.is_null());
    Ok(diesel::update(open).set(password_links::ended_at.eq(Some(tx.now))).execute(tx.conn)? == 1)
}
