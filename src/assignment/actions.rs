//! Actions of assignment: round-robin rotation, and assigning an inquiry to somebody.
//! The rotation advances in the transaction that assigns: with any number of servers, and across crashes, the
//! shares differ by one at most.

use super::store;
use crate::access::{self, Caller, Permission, Scope};
use crate::inquiries::events::Trigger;
use crate::inquiries::{Inquiry, Owner, actions as inquiries};
use crate::kernel::error::{Class, Error, Fault, FaultKind, Refusal, Result, UNKNOWN_ID};
use crate::kernel::id::{InquiryId, TeamId, UserId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::{Tx, dialect, lost_race};

static ASSIGNEE_INACTIVE: FaultKind = FaultKind::new(
    "assignee_inactive",
    "该用户已停用或尚未设置密码。",
    "This user is inactive, or has no password yet.",
);
static NOBODY_ELIGIBLE: Refusal = Refusal::new(
    Class::Conflict,
    "nobody_eligible",
    "目前没有可分配的经办人。",
    "There is nobody it could be assigned to at the moment.",
);

/// Advances the rotation: the next active agent, or none if there is none.
pub fn next_by_rotation(tx: &mut Tx<'_>, trigger: Trigger) -> Result<Option<Owner>> {
    let mut last = store::lock_turn(tx)?;
    while let Some((user, team)) = store::next_agent(tx.conn, last)? {
        // Another node may deactivate them concurrently: the lock makes it wait, or lets us see it.
        if dialect::is_single_writer(tx) || access::store::lock_active_user(tx, user)? {
            store::set_last(tx, user)?;
            return Ok(Some(Owner { user, team, trigger }));
        }
        last = Some(user);
    }
    Ok(None)
}

/// Advances the rotation by so many turns at once. Whoever is deactivated meanwhile on another node makes the
/// change run again.
pub fn next_owners(tx: &mut Tx<'_>, count: usize, trigger: Trigger) -> Result<Vec<Option<Owner>>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let last = store::lock_turn(tx)?;
    let agents = store::next_agents(tx.conn, last, count)?;
    let turns: Vec<(UserId, Option<TeamId>)> = agents.iter().copied().cycle().take(count).collect();
    let Some((last, _)) = turns.last() else { return Ok(vec![None; count]) };
    if !dialect::is_single_writer(tx) {
        for (user, _) in agents.iter().take(count) {
            if !access::store::lock_active_user(tx, *user)? {
                return Err(lost_race(diesel::result::Error::NotFound));
            }
        }
    }
    store::advance(tx, *last, count)?;
    Ok(turns.into_iter().map(|(user, team)| Some(Owner { user, team, trigger })).collect())
}

/// The new assignee of an inquiry.
#[derive(Debug, Clone, Copy)]
pub enum Assignee {
    Rotation,
    User(UserId),
}

/// Assigns an inquiry. To its current owner: nothing is written.
pub fn assign(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    to: Assignee,
    precondition: &Precondition,
) -> Result<Inquiry> {
    let inquiry = inquiries::find_for_update(tx, caller, id, precondition)?;
    let owner = match to {
        Assignee::User(user) => chosen(tx, caller, user, "/assignee_id")?,
        Assignee::Rotation => {
            let mut owner = next_by_rotation(tx, Trigger::Auto)?;
            if owner.is_some_and(|owner| Some(owner.user) == inquiry.assignee_id) {
                // The current owner is not a candidate.
                owner = next_by_rotation(tx, Trigger::Auto)?
                    .filter(|owner| Some(owner.user) != inquiry.assignee_id);
            }
            owner.ok_or_else(|| Error::refuse(&NOBODY_ELIGIBLE))?
        }
    };
    inquiries::set_owner(tx, &inquiry, owner)
}

/// Checks a chosen assignee: an active user within the caller's reach.
pub fn chosen(tx: &mut Tx<'_>, caller: &Caller, user: UserId, pointer: &str) -> Result<Owner> {
    let scope = Scope { reach: Permission::AssignInquiry.reach(caller.role), ..caller.scope };
    let found = access::store::find(tx.conn, &scope, user)?;
    let unknown = || Error::invalid(vec![Fault::new(pointer, &UNKNOWN_ID)]);
    let found = found.ok_or_else(unknown)?;
    if found.password_hash.is_none() || !access::store::lock_active_user(tx, user)? {
        return Err(Error::invalid(vec![Fault::new(pointer, &ASSIGNEE_INACTIVE)]));
    }
    Ok(Owner { user, team: found.team_id, trigger: Trigger::Manual })
}
