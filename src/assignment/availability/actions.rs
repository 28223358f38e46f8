//! The verbs of availability: look at it, set it.
//! What counts at a moment is in `model.rs`.

use super::model::Availability;
use super::store;
use crate::access::{self, Caller, Role};
use crate::assignment::decision::roster;
use crate::assignment::events::AvailabilityChanged;
use crate::assignment::warnings::{self, Warning};
use crate::kernel::error::{Class, Error, Faults, INVALID, Refusal, Result};
use crate::kernel::id::UserId;
use crate::kernel::precondition::Precondition;
use crate::platform::db::{DbConnection, Tx};
use crate::platform::events::NO_SUBJECT;
use crate::platform::settings::Stored;

static NOT_YOURS_TO_SET: Refusal = Refusal::new(
    Class::Forbidden,
    "forbidden",
    "您只能修改自己的 paused 和 absences，其余由主管设置。",
    "You can change only paused and absences of your own; managers set the rest.",
);

/// The availability of a user within reach.
pub fn read(conn: &mut DbConnection, caller: &Caller, id: UserId) -> Result<Stored<Availability>> {
    let user = access::store::find(conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    store::of_user(conn, id, user.created_at)
}

/// Sets the availability of a user within reach. It counts from the next decision on.
pub fn put(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: UserId,
    wanted: Availability,
    precondition: &Precondition,
) -> Result<(Stored<Availability>, Vec<Warning>)> {
    let before = read(tx.conn, caller, id)?;
    precondition.check(before.version)?;
    let mut faults = Faults::default();
    wanted.check(&mut faults);
    faults.none_or(&INVALID)?;
    let is_agent = caller.role == Role::Agent;
    if is_agent && !differs_in_own_only(&before.value, &wanted) {
        return Err(Error::refuse(&NOT_YOURS_TO_SET));
    }
    if before.value == wanted {
        return Ok((before, Vec::new()));
    }
    let after = store::put(tx, id, &before, wanted)?;
    tx.record(NO_SUBJECT, &AvailabilityChanged { user_id: id })?;
    if is_agent {
        // What the rules make of it is not theirs to know.
        return Ok((after, Vec::new()));
    }
    let roster = roster::current(tx)?;
    let warnings = warnings::of_roster(&roster, tx.now);
    Ok((after, warnings))
}

/// Whether nothing differs but what agents set of themselves.
fn differs_in_own_only(before: &Availability, after: &Availability) -> bool {
    let Availability { paused, absences, .. } = after.clone();
    Availability { paused, absences, ..before.clone() } == *after
}
