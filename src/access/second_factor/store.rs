//! All SQL on second factors and recovery codes.
//! Codes are checked in `model.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::SecondFactor;
use super::schema::{recovery_codes, second_factors};
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::db::{DbConnection, Tx};

pub fn find(conn: &mut DbConnection, user: UserId) -> Result<Option<SecondFactor>> {
    Ok(second_factors::table.find(user).select(SecondFactor::as_select()).first(conn).optional()?)
}

pub fn insert(tx: &mut Tx<'_>, factor: &SecondFactor) -> Result<()> {
    diesel::insert_into(second_factors::table).values(factor).execute(tx.conn)?;
    Ok(())
}

pub fn insert_recovery(tx: &mut Tx<'_>, user: UserId, hash: &[u8]) -> Result<()> {
    let row = (recovery_codes::code_hash.eq(hash), recovery_codes::user_id.eq(user));
    diesel::insert_into(recovery_codes::table).values(row).execute(tx.conn)?;
    Ok(())
}

pub fn confirm(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::update(second_factors::table.find(user))
        .set(second_factors::confirmed_at.eq(Some(tx.now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Consumes a time step; false if it or a later one was used.
pub fn use_step(tx: &mut Tx<'_>, user: UserId, step: i64) -> Result<bool> {
    let earlier = second_factors::table
        .filter(second_factors::user_id.eq(user))
        .filter(second_factors::last_step.lt(step));
    Ok(diesel::update(earlier).set(second_factors::last_step.eq(step)).execute(tx.conn)? == 1)
}

/// Consumes a recovery code; false if it is not one of the user's, or was used.
pub fn use_recovery(tx: &mut Tx<'_>, user: UserId, hash: &[u8]) -> Result<bool> {
    let unused = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::code_hash.eq(hash));
    Ok(diesel::update(unused.filter(recovery_codes::used_at.is_null()))
        .set(recovery_codes::used_at.eq(Some(tx.now)))
        .execute(tx.conn)?
        == 1)
}

/// Deletes a user's second factor and its recovery codes; false if there is none.
pub fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(tx.conn)?;
    Ok(diesel::delete(second_factors::table.filter(second_factors::user_id.eq(user))).execute(tx.conn)? == 1)
}
