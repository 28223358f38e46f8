//! All SQL on signing_secret: one row.
//! The comparison is in `actions.rs`.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::schema::signing_secret;
use crate::kernel::error::Result;
use crate::platform::db::Tx;

/// Stores the fingerprint and returns the previous one.
pub fn replace(tx: &mut Tx<'_>, fingerprint: &[u8]) -> Result<Option<Vec<u8>>> {
    let last: Option<Vec<u8>> = signing_secret::table.select(signing_secret::fingerprint).first(tx.conn)?;
    if last.as_deref() != Some(fingerprint) {
        diesel::update(signing_secret::table)
            .set(signing_secret::fingerprint.eq(Some(fingerprint)))
            .execute(tx.conn)?;
    }
    Ok(last)
}
