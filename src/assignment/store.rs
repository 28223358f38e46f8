//! All SQL on the rotation: who was assigned the last inquiry.
//! The next one is chosen in `actions.rs`.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::schema::assignment_turns;
use crate::access::Role;
use crate::access::schema::users;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{TeamId, UserId};
use crate::platform::db::{DbConnection, MultiBackend, Tx, dialect};
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
    advance(tx, user, 1)
}

/// Stores who was assigned last, after so many turns.
pub fn advance(tx: &mut Tx<'_>, user: UserId, turns: usize) -> Result<()> {
    let turns = i64::try_from(turns).map_err(Error::internal)?;
    let changes = (
        assignment_turns::last_user_id.eq(Some(user)),
        assignment_turns::turns.eq(assignment_turns::turns + turns),
    );
    prepared!(tx.conn, run, diesel::update(assignment_turns::table.find(DEFAULT)).set(changes))?;
    Ok(())
}

/// The next active agent with a password after `last` in the order of ids, from the first again after the
/// last.
pub fn next_agent(conn: &mut DbConnection, last: Option<UserId>) -> Result<Option<(UserId, Option<TeamId>)>> {
    let eligible = || {
        users::table
            .filter(users::role.eq(Role::Agent))
            .filter(users::active.eq(true))
            .filter(users::password_hash.is_not_null())
            .order(users::id.asc())
            .select((users::id, users::team_id))
            .limit(1)
    };
    if let Some(last) = last {
        let next = prepared!(conn, get_result, eligible().filter(users::id.gt(last))).optional()?;
        if next.is_some() {
            return Ok(next);
        }
    }
    Ok(prepared!(conn, get_result, eligible()).optional()?)
}

/// The same for up to `count` agents, each once, in the order of their turns.
pub fn next_agents(
    conn: &mut DbConnection,
    last: Option<UserId>,
    count: usize,
) -> Result<Vec<(UserId, Option<TeamId>)>> {
    let count = i64::try_from(count).map_err(Error::internal)?;
    let eligible = |from: Option<UserId>, to: Option<UserId>, limit: i64| {
        let mut agents = users::table
            .filter(users::role.eq(Role::Agent))
            .filter(users::active.eq(true))
            .filter(users::password_hash.is_not_null())
            .into_boxed::<MultiBackend>();
        if let Some(from) = from {
            agents = agents.filter(users::id.gt(from));
        }
        if let Some(to) = to {
            agents = agents.filter(users::id.le(to));
        }
        agents.order(users::id.asc()).limit(limit).select((users::id, users::team_id))
    };
    let mut agents: Vec<(UserId, Option<TeamId>)> = eligible(last, None, count).load(conn)?;
    let missing = count.saturating_sub(i64::try_from(agents.len()).unwrap_or(count));
    if last.is_some() && missing > 0 {
        let first: Vec<(UserId, Option<TeamId>)> = eligible(None, last, missing).load(conn)?;
        agents.extend(first);
    }
    Ok(agents)
}
