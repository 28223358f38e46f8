//! All SQL on the rotation: who was assigned the last inquiry, and who gets the next ones.
//! What they are assigned is the matter of `actions.rs`.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, PgConnection, QueryDsl, RunQueryDsl,
};

use super::schema::assignment_turns;
use crate::access::Role;
use crate::access::schema::users;
use crate::kernel::error::Result;
use crate::kernel::id::{TeamId, UserId};
use crate::platform::db::{DbConnection, Prepared, Tx, With};
use crate::prepared;

/// The rotation over all agents.
const DEFAULT: &str = "default";

/// An agent, and their team.
pub type Agent = (UserId, Option<TeamId>);

/// Locks the rotation, and returns up to so many active agents with a password, each once, in the order of
/// their turns: after the last one in the order of ids, then from the first again. Until the transaction ends
/// nobody else takes a turn, and none of them is deactivated.
pub fn lock_turns(tx: &mut Tx<'_>, count: i64) -> Result<Vec<Agent>> {
    tx.conn.each_or_at_once(
        |conn| {
            let turn = assignment_turns::table.find(DEFAULT);
            let last = prepared!(conn, get_result, turn.select(assignment_turns::last_user_id))?;
            next_agents(conn, last, count)
        },
        |conn| lock_at_once(conn, count),
    )
}

/// Whether a user takes turns: an active agent with a password.
#[diesel::dsl::auto_type(no_type_alias)]
fn takes_turns() -> _ {
    let (role, active): (Role, bool) = (Role::Agent, true);
    users::role.eq(role).and(users::active.eq(active)).and(users::password_hash.is_not_null())
}

/// The active agents with a password in the order of their turns, without a lock.
pub fn next_agents(conn: &mut DbConnection, last: Option<UserId>, count: i64) -> Result<Vec<Agent>> {
    let eligible = |limit: i64| {
        users::table
            .filter(takes_turns())
            .order(users::id.asc())
            .select((users::id, users::team_id))
            .limit(limit)
    };
    let Some(last) = last else { return Ok(prepared!(conn, load, eligible(count))?) };
    let mut agents: Vec<Agent> = prepared!(conn, load, eligible(count).filter(users::id.gt(last)))?;
    let missing = count.saturating_sub(i64::try_from(agents.len()).unwrap_or(count));
    if missing > 0 {
        let first: Vec<Agent> = prepared!(conn, load, eligible(missing).filter(users::id.le(last)))?;
        agents.extend(first);
    }
    Ok(agents)
}

/// In one statement. Whoever waits for the row of the turn goes on from what the one before has written, and
/// agents who were deactivated meanwhile are passed over. They are sorted, for they are few.
fn lock_at_once(conn: &mut PgConnection, count: i64) -> Result<Vec<Agent>> {
    struct Here;
    let turn = assignment_turns::table.find(DEFAULT).select(assignment_turns::last_user_id).for_update();
    // In this query the name of the table means the locked row.
    let last = assignment_turns::table.select(assignment_turns::last_user_id).single_value();
    let agents = users::table
        .filter(takes_turns())
        .order((users::id.nullable().le(last), users::id))
        .limit(count)
        .select((users::id, users::team_id))
        .for_share();
    Ok(Prepared::<_, Here>::new(With::new("assignment_turns", turn, agents)).load(conn)?)
}

/// Stores that so many turns were taken, the last of them by this agent; in a batch at its end.
pub fn advance(tx: &mut Tx<'_>, last: UserId, turns: i64) -> Result<()> {
    struct Here;
    let changes = (
        assignment_turns::last_user_id.eq(Some(last)),
        assignment_turns::turns.eq(assignment_turns::turns + turns),
    );
    tx.defer::<_, Here>(diesel::update(assignment_turns::table.find(DEFAULT)).set(changes))
}
