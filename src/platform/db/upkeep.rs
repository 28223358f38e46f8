//! Which rules the searchable texts were folded by: after an upgrade that folds otherwise, a job indexes
//! older texts again. Which texts there are is known to the room that owns them.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::connection::DbConnection;
use super::tx::Tx;
use crate::kernel::error::Result;
use crate::kernel::id::Id;

/// The present rules of what is found by what. 2: invisible characters do not count, digits of a phone may be
/// of any script. 3: an inquiry is found by each of its numbers.
pub const VERSION: i32 = 3;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    /// One row: the version that all texts are of, and the last id that is of the present one already.
    search_upkeep (id) {
        id -> Integer,
        version -> Integer,
        after -> Nullable<Uid>,
    }
}

/// The version of the rules that all texts were folded by at least.
pub fn version(conn: &mut DbConnection) -> Result<i32> {
    Ok(search_upkeep::table.select(search_upkeep::version).first(conn)?)
}

/// Whether there may be texts that were folded by older rules.
pub fn is_due(conn: &mut DbConnection) -> Result<bool> {
    let version: Option<i32> = search_upkeep::table.select(search_upkeep::version).first(conn).optional()?;
    Ok(version.is_some_and(|version| version < VERSION))
}

/// Claims the next portion until the transaction ends: the id after which it begins, `None` from the first
/// on. Outer `None` if nothing is left to do.
pub fn claim<K: Send + Sync + 'static>(tx: &mut Tx<'_>) -> Result<Option<Option<Id<K>>>> {
    let older = search_upkeep::table.filter(search_upkeep::version.lt(VERSION));
    // The update holds the row, so that of many servers one works.
    if diesel::update(older).set(search_upkeep::version.eq(search_upkeep::version)).execute(tx.conn)? == 0 {
        return Ok(None);
    }
    Ok(Some(search_upkeep::table.select(search_upkeep::after).first(tx.conn)?))
}

/// Notes how far it came; `None` if there is nothing after.
pub fn note<K: Send + Sync + 'static>(tx: &mut Tx<'_>, after: Option<Id<K>>) -> Result<()> {
    match after {
        Some(after) => {
            diesel::update(search_upkeep::table).set(search_upkeep::after.eq(Some(after))).execute(tx.conn)?
        }
        None => {
            diesel::update(search_upkeep::table).set(search_upkeep::version.eq(VERSION)).execute(tx.conn)?
        }
    };
    Ok(())
}
