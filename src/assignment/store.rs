//! All SQL on the turns.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::db::Tx;

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::*;
    assignment_turns (name) {
        name -> Text,
        last_user_id -> Nullable<Uid>,
        turns -> BigInt,
    }
}

/// The one turn over all agents.
const DEFAULT: &str = "default";

/// Takes the next turn and tells whose the last one was. Nobody else can take one until this transaction ends.
pub fn take(tx: &mut Tx<'_>) -> Result<Option<UserId>> {
    Ok(diesel::update(assignment_turns::table.find(DEFAULT))
        .set(assignment_turns::turns.eq(assignment_turns::turns + 1))
        .returning(assignment_turns::last_user_id)
        .get_result(tx.conn)?)
}

/// Notes whose turn it was.
pub fn set_last(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::update(assignment_turns::table.find(DEFAULT)).set(assignment_turns::last_user_id.eq(Some(user))).execute(tx.conn)?;
    Ok(())
}
