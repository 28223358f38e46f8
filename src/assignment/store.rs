//! All SQL on the rotation: who was assigned the last inquiry.
//! The next one is chosen in `actions.rs`.

use diesel::{ExpressionMethods, QueryDsl};

use super::schema::assignment_turns;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::platform::db::{Tx, dialect};
use crate::prepared;

/// The rotation over all agents.
const DEFAULT: &str = "default";

/// Locks the rotation until the transaction ends. Returns who was assigned last.
pub fn lock_turn(tx: &mut Tx<'_>) -> Result<Option<UserId>> {
    let turn = assignment_turns::table.find(DEFAULT);
    if dialect::is_single_writer(tx) {
        return Ok(prepared!(tx.conn, get_result, turn.select(assignment_turns::last_user_id))?);
    }
    let held = diesel::update(turn)
        .set(assignment_turns::turns.eq(assignment_turns::turns))
        .returning(assignment_turns::last_user_id);
    Ok(prepared!(tx.conn, get_result, held)?)
}

/// Stores who was assigned last.
pub fn set_last(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let changes = (
        assignment_turns::last_user_id.eq(Some(user)),
        assignment_turns::turns.eq(assignment_turns::turns + 1),
    );
    prepared!(tx.conn, run, diesel::update(assignment_turns::table.find(DEFAULT)).set(changes))?;
    Ok(())
}
