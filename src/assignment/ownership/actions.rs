//! The verbs of ownership: assign, accept, decline, release. Claiming is in `claims.rs`.
//! Each locks what decides about owners first, then the inquiry: no two transactions wait for each other.

use std::sync::Arc;

use serde_json::json;

use crate::access::{Caller, Permission};
use crate::assignment::decision::roster::{self, Person, Roster};
use crate::assignment::decision::{self, Announced, CandidateReason, DecisionRequest, Decisions};
use crate::assignment::terms;
use crate::inquiries::actions::{self as inquiries, Departure, find_for_update};
use crate::inquiries::events::Trigger;
use crate::inquiries::store::OPEN;
use crate::inquiries::{Inquiry, Owner};
use crate::kernel::error::{Class, Error, Fault, FaultKind, REQUIRED, Refusal, Result, UNKNOWN_ID};
use crate::kernel::id::{InquiryId, UserId};
use crate::kernel::precondition::Precondition;
use crate::kernel::text::some;
use crate::platform::db::{Tx, counters, transactions};

static ASSIGNEE_INACTIVE: FaultKind = FaultKind::new(
    "assignee_inactive",
    "该用户已停用或尚未设置密码。",
    "This user is inactive, or has no password yet.",
);
/// The same where it is the only fault: the code says it.
static INACTIVE: Refusal = Refusal::new(
    Class::Invalid,
    "assignee_inactive",
    "该用户已停用或尚未设置密码。",
    "This user is inactive, or has no password yet.",
);
pub static ASSIGNEE_UNAVAILABLE: Refusal = Refusal::new(
    Class::Conflict,
    "assignee_unavailable",
    "该用户目前不接收线索，原因见 reason。",
    "This user takes no inquiries at the moment; see reason.",
);
static NOBODY_ELIGIBLE: Refusal = Refusal::new(
    Class::Conflict,
    "nobody_eligible",
    "目前没有可分配的经办人。",
    "There is nobody it could be assigned to at the moment.",
);
static NOT_OWNER: Refusal = Refusal::new(
    Class::Forbidden,
    "not_owner",
    "只有当前经办人可以这样做。",
    "Only the owner of the inquiry can do this.",
);
static ALREADY_ACCEPTED: Refusal = Refusal::new(
    Class::Conflict,
    "already_accepted",
    "线索已接单，不能再拒绝；可以退回公海。",
    "It has been accepted: it can be released, but not declined any more.",
);
static NOT_ASSIGNED: Refusal = Refusal::new(
    Class::Conflict,
    "not_assigned",
    "线索没有经办人，已在公海中。",
    "Nobody owns it: it is in the pool.",
);

/// The new assignee of an inquiry.
#[derive(Debug, Clone, Copy)]
pub enum Assignee {
    /// Whom the rules say.
    ByRules,
    User {
        id: UserId,
        even_if_unavailable: bool,
    },
}

/// Assigns an inquiry. To its present owner: nothing is written.
pub fn assign(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    to: Assignee,
    precondition: &Precondition,
) -> Result<Inquiry> {
    match to {
        Assignee::ByRules => by_rules(tx, caller, id, precondition),
        Assignee::User { id: user, even_if_unavailable } => {
            let roster = lock_holders(tx, [user])?;
            let inquiry = find_for_update(tx, caller, id, precondition)?;
            if inquiry.assignee_id == Some(user) {
                return Ok(inquiry);
            }
            let person = within_reach(&roster, caller, user, "/assignee_id")?;
            if !person.is_active {
                let fault = Fault::new("/assignee_id", &ASSIGNEE_INACTIVE);
                return Err(Error::refuse(&INACTIVE).fault(fault));
            }
            if !even_if_unavailable && let Some(reason) = unavailable(tx, person)? {
                return Err(Error::refuse(&ASSIGNEE_UNAVAILABLE).member("reason", json!(reason)));
            }
            terms::record_breaches(tx, &inquiry)?;
            let owner = new_owner(&roster, &inquiry, person, Trigger::Manual, tx);
            Ok(inquiries::set_owner(tx, &inquiry, owner)?.0)
        }
    }
}

fn by_rules(tx: &mut Tx<'_>, caller: &Caller, id: InquiryId, precondition: &Precondition) -> Result<Inquiry> {
    Decisions::of(tx, |tx, decisions| {
        let inquiry = find_for_update(tx, caller, id, precondition)?;
        let wanted =
            DecisionRequest { not: inquiry.assignee_id, ..DecisionRequest::anybody(&inquiry, Trigger::Auto) };
        let decision = decisions.decide(tx, wanted)?;
        if decision.chosen.is_none() {
            return Err(Error::refuse(&NOBODY_ELIGIBLE));
        }
        terms::record_breaches(tx, &inquiry)?;
        decisions.apply(tx, wanted, &decision, Announced::default())
    })
}

/// The roster, with the locks that keep the number of inquiries of these users as it is until the transaction
/// ends: rules decide nothing meanwhile, and others who give to the same users wait.
pub(super) fn lock_holders(tx: &mut Tx<'_>, users: impl IntoIterator<Item = UserId>) -> Result<Arc<Roster>> {
    let roster = roster::share(tx)?;
    transactions::advisory_locks(tx, users.into_iter().map(|user| format!("holder {user}")))?;
    Ok(roster)
}

/// Checks a chosen assignee: an active user within the caller's reach.
pub fn chosen<'r>(roster: &'r Roster, caller: &Caller, user: UserId, pointer: &str) -> Result<&'r Person> {
    let person = within_reach(roster, caller, user, pointer)?;
    if person.is_active {
        Ok(person)
    } else {
        Err(Error::invalid(vec![Fault::new(pointer, &ASSIGNEE_INACTIVE)]))
    }
}

fn within_reach<'r>(roster: &'r Roster, caller: &Caller, user: UserId, pointer: &str) -> Result<&'r Person> {
    let reach = Permission::AssignInquiry.reach(caller.role);
    let person = roster.person_within_reach(caller, reach, user);
    person.ok_or_else(|| Error::invalid(vec![Fault::new(pointer, &UNKNOWN_ID)]))
}

/// Why a manager should not give anything to somebody now. Shifts do not matter to them.
fn unavailable(tx: &mut Tx<'_>, person: &Person) -> Result<Option<CandidateReason>> {
    if let Some(away) = person.away(tx.now) {
        return Ok(Some(away));
    }
    let Some(limit) = person.availability.open_max else { return Ok(None) };
    let open = counters::one(tx.conn, OPEN, person.id, None)?;
    Ok((open >= i64::from(limit)).then_some(CandidateReason::FullOpen))
}

/// The owner that somebody becomes.
pub fn new_owner(
    roster: &Roster,
    inquiry: &Inquiry,
    person: &Person,
    trigger: Trigger,
    tx: &Tx<'_>,
) -> Owner {
    let deadlines = terms::of_new_owner(roster, inquiry, tx.now, trigger);
    Owner { user: person.id, team: person.team, trigger, rule: None, deadlines }
}

/// Who owns from the start what a user enters: themselves, or somebody whom they chose.
pub struct FirstOwner {
    roster: Arc<Roster>,
    user: UserId,
    trigger: Trigger,
}

impl FirstOwner {
    /// Checks that a caller may give to a user, and locks how many inquiries they have.
    pub fn of(tx: &mut Tx<'_>, caller: &Caller, user: UserId, pointer: &str) -> Result<Self> {
        let roster = lock_holders(tx, [user])?;
        let trigger = if user == caller.id {
            Trigger::Received
        } else {
            let person = chosen(&roster, caller, user, pointer)?;
            if let Some(reason) = unavailable(tx, person)? {
                return Err(Error::refuse(&ASSIGNEE_UNAVAILABLE).member("reason", json!(reason)));
            }
            Trigger::Manual
        };
        Ok(Self { roster, user, trigger })
    }

    /// The owner of an inquiry that is not stored yet.
    pub fn owner(&self, inquiry: &Inquiry, tx: &Tx<'_>) -> Owner {
        let team = self.roster.person(self.user).and_then(|person| person.team);
        let deadlines = terms::of_new_owner(&self.roster, inquiry, tx.now, self.trigger);
        Owner { user: self.user, team, trigger: self.trigger, rule: None, deadlines }
    }
}

/// An inquiry that the caller owns; another one within reach is refused.
fn own(tx: &mut Tx<'_>, caller: &Caller, id: InquiryId, precondition: &Precondition) -> Result<Inquiry> {
    let inquiry = find_for_update(tx, caller, id, precondition)?;
    if inquiry.assignee_id == Some(caller.id) { Ok(inquiry) } else { Err(Error::refuse(&NOT_OWNER)) }
}

/// The owner takes an inquiry on; once more: nothing is written.
pub fn accept(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    precondition: &Precondition,
) -> Result<Inquiry> {
    let roster = roster::share(tx)?;
    let inquiry = own(tx, caller, id, precondition)?;
    terms::record_breaches(tx, &inquiry)?;
    let accepted = Inquiry { accepted_at: Some(tx.now), ..inquiry.clone() };
    let deadlines = terms::model::Terms::of(&roster).deadlines_of(&accepted);
    inquiries::accept(tx, &inquiry, deadlines)
}

fn given_reason(reason: Option<&str>) -> Result<String> {
    reason.and_then(some).ok_or_else(|| Error::invalid(vec![Fault::new("/reason", &REQUIRED)]))
}

/// The owner will not take an inquiry: the rules give it to somebody else, or it lies in the pool.
pub fn decline(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    reason: Option<&str>,
    precondition: &Precondition,
) -> Result<()> {
    Decisions::of(tx, |tx, decisions| {
        let inquiry = own(tx, caller, id, precondition)?;
        let reason = given_reason(reason)?;
        if inquiry.accepted_at.is_some() {
            return Err(Error::refuse(&ALREADY_ACCEPTED));
        }
        terms::record_breaches(tx, &inquiry)?;
        decision::note_loss(tx, id, caller.id)?;
        if inquiry.holder().is_some() {
            decisions.lost_by(caller.id);
        }
        let (nobodys, declined) = inquiries::to_pool(tx, &inquiry, &Departure::Declined(reason))?;
        let wanted = DecisionRequest {
            cooling: Some(caller.id),
            ..DecisionRequest::anybody(&nobodys, Trigger::Decline)
        };
        let decision = decisions.decide(tx, wanted)?;
        let announced = Announced::by_departure(declined, Some(caller.id));
        decisions.apply(tx, wanted, &decision, announced).map(drop)
    })
}

/// Puts an inquiry back into the pool. The rules do not run.
pub fn release(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: InquiryId,
    reason: Option<&str>,
    precondition: &Precondition,
) -> Result<()> {
    roster::share(tx)?;
    let inquiry = find_for_update(tx, caller, id, precondition)?;
    let reason = given_reason(reason)?;
    let Some(owner) = inquiry.assignee_id else { return Err(Error::refuse(&NOT_ASSIGNED)) };
    terms::record_breaches(tx, &inquiry)?;
    decision::note_loss(tx, id, owner)?;
    inquiries::to_pool(tx, &inquiry, &Departure::Released(reason)).map(drop)
}
