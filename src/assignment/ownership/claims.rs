//! Claiming: an agent takes an inquiry from the pool. Exactly one of many gets it, and no limit is passed,
//! however many try at once. Other ways to an owner are in `actions.rs`.

use serde::Deserialize;
use serde_json::json;

use super::actions::{ASSIGNEE_UNAVAILABLE, lock_holders, new_owner};
use crate::access::Caller;
use crate::assignment::decision;
use crate::assignment::decision::roster::{Person, Roster};
use crate::inquiries::events::{Assigned, Claimed, Received, Trigger};
use crate::inquiries::store::{self, OPEN};
use crate::inquiries::{Inquiry, actions as inquiries};
use crate::kernel::clock::day_number;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{InquiryId, TeamId, UserId};
use crate::kernel::precondition::Precondition;
use crate::platform::db::counters::{self, Counter};
use crate::platform::db::{Tx, overtaken};
use crate::platform::events::{self, Event, Fact};

/// How many inquiries a user claimed on a date.
pub const CLAIMED: Counter = Counter("claimed");

static ALREADY_TAKEN: Refusal = Refusal::new(
    Class::Conflict,
    "already_taken",
    "这条线索已被领取，见 taken_by。",
    "Somebody else has taken it; see taken_by.",
);
static CLAIMS_PER_DAY: Refusal = Refusal::new(
    Class::Conflict,
    "claims_per_day_reached",
    "今天的领取次数已用完。",
    "You have claimed as many as you may today.",
);
static HOLDING_MAX: Refusal = Refusal::new(
    Class::Conflict,
    "holding_max_reached",
    "您持有的未结线索已达上限。",
    "You hold as many open inquiries as you may.",
);
static COOL_DOWN: Refusal = Refusal::new(
    Class::Conflict,
    "cool_down",
    "您不久前失去了这条线索，在 until 之前不能再领取。",
    "You have lost this inquiry a short time ago, and cannot claim it before until.",
);

/// Takes an inquiry from the pool. One's own already: nothing is written.
pub fn claim(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    precondition: &Precondition,
) -> Result<Inquiry> {
    let roster = lock_holders(tx, [caller.id])?;
    let Some(inquiry) = store::find(tx.conn, &caller.scope, id)? else {
        return Err(too_late(tx, caller, &roster, id)?);
    };
    precondition.check(inquiry.version)?;
    if inquiry.assignee_id == Some(caller.id) {
        return Ok(inquiry);
    }
    tx.not_before(inquiry.updated_at);
    let person = roster.person(caller.id).ok_or_else(Error::not_found)?;
    let day = day_number(tx.now.date(roster.working.zone()));
    check(tx, &roster, person, &inquiry, day)?;
    let owner = new_owner(&roster, &inquiry, person, Trigger::Claim, tx);
    // By compare-and-set: whoever is later runs again, and finds it taken.
    let (inquiry, _) = inquiries::set_owner(tx, &inquiry, owner)?;
    counters::add(tx, CLAIMED, caller.id, Some(day), 1)?;
    Ok(inquiry)
}

/// What is said to somebody who does not find it: that it was taken, if they could have taken it before.
fn too_late(tx: &mut Tx<'_>, caller: &Caller, roster: &Roster, id: InquiryId) -> Result<Error> {
    let Some((owner, _)) = store::owner_of(tx.conn, id)? else { return Ok(Error::not_found()) };
    match owner {
        // Given back in between: perhaps they can have it now.
        None if store::find(tx.conn, &caller.scope, id)?.is_some() => Ok(overtaken()),
        Some(owner) if was_in_their_pool(tx, caller, id, owner)? => {
            let name = roster.person(owner).map(|person| &person.name);
            Ok(Error::refuse(&ALREADY_TAKEN).member("taken_by", json!({"name": name})))
        }
        _ => Ok(Error::not_found()),
    }
}

/// Whether agents reach what lies in a team's pool, or in nobody's.
fn is_in_reach(caller: &Caller, team: Option<TeamId>) -> bool {
    team.is_none() || team == caller.team_id
}

/// Whether the present owner got it from a pool that the caller reaches.
fn was_in_their_pool(tx: &mut Tx<'_>, caller: &Caller, id: InquiryId, owner: UserId) -> Result<bool> {
    let kinds = [Received::KIND, Claimed::KIND, Assigned::KIND];
    let mut given = events::of_kinds(tx.conn, id, &kinds)?;
    // Within one millisecond the events of two nodes are in no order.
    while let Some(event) = given.last()
        && new_owner_of(event)? != Some(owner)
    {
        given.pop();
    }
    let Some(last) = given.pop() else { return Ok(false) };
    let before: Before = match &last.previous {
        Some(previous) => previous.parse()?,
        None => return Ok(false),
    };
    // Whoever entered it may have named its owner: that is of the same moment.
    let is_later = given.first().is_some_and(|received| received.at < last.at);
    let was_given = match last.fact::<Assigned>()? {
        Some(assigned) => is_later && matches!(assigned.trigger, Trigger::Manual | Trigger::Auto),
        None => true,
    };
    Ok(was_given && before.assignee_id.is_none() && is_in_reach(caller, before.team_id))
}

/// Whose it was before.
#[derive(Deserialize)]
struct Before {
    assignee_id: Option<UserId>,
    team_id: Option<TeamId>,
}

fn new_owner_of(event: &Event) -> Result<Option<UserId>> {
    Ok(match event.fact::<Assigned>()? {
        Some(assigned) => Some(assigned.assignee_id),
        None => event.fact::<Claimed>()?.map(|claimed| claimed.assignee_id),
    })
}

/// Refuses a claim that some rule of the pool forbids.
fn check(tx: &mut Tx<'_>, roster: &Roster, person: &Person, inquiry: &Inquiry, day: i32) -> Result<()> {
    let pool = &roster.pool;
    if let Some(reason) = person.away(tx.now) {
        return Err(Error::refuse(&ASSIGNEE_UNAVAILABLE).member("reason", json!(reason)));
    }
    let until = decision::store::cools_until(tx.conn, inquiry.id, person.id, tx.now, pool.cool_down_hours)?;
    if let Some(until) = until {
        return Err(Error::refuse(&COOL_DOWN).member("until", json!(until)));
    }
    let claimed = counters::one(tx.conn, CLAIMED, person.id, Some(day))?;
    if claimed >= i64::from(pool.claims_per_day) {
        return Err(Error::refuse(&CLAIMS_PER_DAY));
    }
    let open = counters::one(tx.conn, OPEN, person.id, None)?;
    let most =
        person.availability.open_max.map_or(pool.holding_max, |open_max| open_max.min(pool.holding_max));
    if open >= i64::from(most) { Err(Error::refuse(&HOLDING_MAX)) } else { Ok(()) }
}
