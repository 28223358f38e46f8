//! Whom a schedule may be for: its owner, and those whom the owner sees among the users.
//! What they get is computed within their own reach, in `mailing.rs`.

use super::model::SkipReason;
use crate::access::{self, Permission, Reach, User};
use crate::kernel::error::{Fault, Faults, Result, UNKNOWN_ID};
use crate::kernel::id::UserId;
use crate::platform::db::DbConnection;

/// Whether an owner may choose somebody.
fn may_choose(owner: &User, user: &User) -> bool {
    let is_near = owner.id == user.id
        || match Permission::ReadUsers.reach(owner.role) {
            Reach::Everything => true,
            Reach::Team => owner.team_id.is_some() && owner.team_id == user.team_id,
            Reach::Own | Reach::Pool | Reach::OwnAndPool | Reach::Nothing => false,
        };
    owner.active && user.active && is_near
}

/// The receivers that somebody writes, each once; or the faults.
pub fn check(
    conn: &mut DbConnection,
    owner: &User,
    written: &[String],
    faults: &mut Faults,
) -> Result<Vec<UserId>> {
    let mut receivers = Vec::with_capacity(written.len());
    for (n, text) in written.iter().enumerate() {
        let user = match text.parse::<UserId>() {
            Ok(id) => access::store::by_id(conn, id)?,
            Err(_) => None,
        };
        match user.filter(|user| may_choose(owner, user)) {
            None => faults.add(Fault::new(format!("/receivers/{n}"), &UNKNOWN_ID)),
            Some(user) if receivers.contains(&user.id) => {}
            Some(user) => receivers.push(user.id),
        }
    }
    Ok(receivers)
}

/// Why somebody gets no mail, as far as that follows from who they are. Whoever asked for the run themselves
/// need not be one of those whom the owner may choose.
pub fn refusal(owner: Option<&User>, user: &User, asked_by: Option<UserId>) -> Option<SkipReason> {
    if !user.active {
        return Some(SkipReason::Inactive);
    }
    if user.password_hash.is_none() {
        return Some(SkipReason::NoPassword);
    }
    let is_chosen = asked_by == Some(user.id) || owner.is_some_and(|owner| may_choose(owner, user));
    (!is_chosen).then_some(SkipReason::OutOfReach)
}
