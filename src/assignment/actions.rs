//! Actions of assignment: round-robin rotation, and assigning an inquiry to somebody.
//! The rotation advances in the transaction that assigns: with any number of servers, and across crashes, the
//! shares differ by one at most.

use super::store;
use crate::access::{self, Caller, Permission, Scope};
use crate::inquiries::events::Trigger;
use crate::inquiries::{Inquiry, Owner, actions as inquiries};
use crate::kernel::error::{Class, Error, Fault, FaultKind, Refusal, Result, UNKNOWN_ID};
use crate::kernel::id::{InquiryId, UserId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::Tx;

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

/// Advances the rotation by so many turns: the owners in their order, or none if there is no active agent.
pub fn next_owners(tx: &mut Tx<'_>, count: usize, trigger: Trigger) -> Result<Vec<Option<Owner>>> {
    let turns = i64::try_from(count).map_err(Error::internal)?;
    let agents = if count == 0 { Vec::new() } else { store::lock_turns(tx, turns)? };
    let owners = agents.into_iter().map(|(user, team)| Owner { user, team, trigger });
    let owners: Vec<Option<Owner>> = owners.map(Some).cycle().take(count).collect();
    let Some(Some(last)) = owners.last() else { return Ok(vec![None; count]) };
    store::advance(tx, last.user, turns)?;
    Ok(owners)
}

/// The same for one turn.
pub fn next_owner(tx: &mut Tx<'_>, trigger: Trigger) -> Result<Option<Owner>> {
    Ok(next_owners(tx, 1, trigger)?.into_iter().next().flatten())
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
            let mut owner = next_owner(tx, Trigger::Auto)?;
            if owner.is_some_and(|owner| Some(owner.user) == inquiry.assignee_id) {
                // The current owner is not a candidate.
                owner =
                    next_owner(tx, Trigger::Auto)?.filter(|owner| Some(owner.user) != inquiry.assignee_id);
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
