//! The verb of hand-overs: plan where each open inquiry of a user goes, and do it, in one transaction. A dry
//! run is the plan alone.

use std::collections::BTreeMap;

use super::events::HandedOver;
use crate::access::{self, Caller};
use crate::assignment::decision::model::Decision;
use crate::assignment::decision::{Announced, DecisionRequest, Decisions};
use crate::assignment::ownership::actions::{chosen, new_owner};
use crate::assignment::terms::record_breaches;
use crate::follow_ups;
use crate::inquiries::actions::{Departure, set_owner, to_pool};
use crate::inquiries::events::Trigger;
use crate::inquiries::{Inquiry, store as inquiries};
use crate::kernel::error::{Error, Fault, FaultKind, Result};
use crate::kernel::id::{InquiryId, RuleId, UserId};
use crate::platform::db::Tx;
use crate::platform::events::NO_SUBJECT;

static TO_THEMSELVES: FaultKind =
    FaultKind::new("to_themselves", "不能交接给本人。", "Nothing can be handed over to the one who leaves.");

/// Inquiries of one hand-over, so that nobody else waits long for their decisions.
const INQUIRIES_MAX: i64 = 1_000;

/// To whom the work goes.
#[derive(Debug, Clone, Copy)]
pub enum Receiver {
    /// Whom the rules say.
    Auto,
    Pool,
    User(UserId),
}

/// Where one inquiry goes.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    pub inquiry: InquiryId,
    /// None: the pool.
    pub assignee: Option<UserId>,
    pub rule: Option<RuleId>,
}

/// Where all of it goes.
#[derive(Debug)]
pub struct Plan {
    pub items: Vec<Item>,
    /// Planned follow-ups that go along.
    pub follow_ups: i64,
    /// Who gets how many, with their names.
    pub per_user: Vec<(UserId, String, i64)>,
    /// There are open inquiries beyond those, for another hand-over.
    pub has_more: bool,
}

/// Plans where the open work of a user within reach goes, and does it unless it is a dry run.
pub fn hand_over(tx: &mut Tx<'_>, caller: &Caller, user: UserId, to: Receiver, is_dry: bool) -> Result<Plan> {
    let leaver = access::store::find(tx.conn, &caller.scope, user)?.ok_or_else(Error::not_found)?;
    if matches!(to, Receiver::User(receiver) if receiver == leaver.id) {
        return Err(Error::invalid(vec![Fault::new("/to", &TO_THEMSELVES)]));
    }
    let work = |tx: &mut Tx<'_>, decisions: &mut Decisions| -> Result<Plan> {
        let receiver = match to {
            Receiver::User(receiver) => Some(chosen(&decisions.roster, caller, receiver, "/to")?.id),
            Receiver::Auto | Receiver::Pool => None,
        };
        let mut open = inquiries::open_of(tx.conn, user, INQUIRIES_MAX.saturating_add(1))?;
        let most = usize::try_from(INQUIRIES_MAX).unwrap_or(usize::MAX);
        let has_more = open.len() > most;
        open.truncate(most);
        if !is_dry {
            // All of them before the first is changed: a change of another one waits for the end.
            let ids: Vec<InquiryId> = open.iter().map(|inquiry| inquiry.id).collect();
            open = inquiries::lock_all(tx, &ids)?;
            open.retain(|inquiry| inquiry.holder() == Some(user));
        }
        decisions.read_cooling(tx, &open)?;
        let now = tx.now;
        let items = tx.with_write_set(|tx| {
            let each = open.iter().map(|inquiry| {
                // One that was changed later than now moves the clock for itself alone, as in a dry run.
                tx.now = now;
                let wanted = DecisionRequest {
                    not: Some(user),
                    ..DecisionRequest::anybody(inquiry, Trigger::HandOver)
                };
                let decision = match to {
                    Receiver::Auto => Some(decisions.decide(tx, wanted)?),
                    Receiver::Pool | Receiver::User(_) => None,
                };
                let of_rule = decision.as_ref().and_then(|decision| decision.chosen);
                let assignee = of_rule.map(|chosen| chosen.user).or(receiver);
                if !is_dry {
                    record_breaches(tx, inquiry)?;
                    move_on(tx, decisions, wanted, decision.as_ref(), assignee)?;
                }
                Ok(Item { inquiry: inquiry.id, assignee, rule: decision.map(|decision| decision.rule) })
            });
            each.collect::<Result<Vec<Item>>>()
        })?;
        plan(tx, decisions, &open, items, has_more)
    };
    let plan = if is_dry { Decisions::dry_run(tx, work)? } else { Decisions::of(tx, work)? };
    if !is_dry {
        announce(tx, user, &plan)?;
    }
    Ok(plan)
}

fn move_on(
    tx: &mut Tx<'_>,
    decisions: &mut Decisions,
    wanted: DecisionRequest<'_>,
    decision: Option<&Decision>,
    assignee: Option<UserId>,
) -> Result<()> {
    let inquiry = wanted.inquiry;
    let Some(assignee) = assignee else {
        let (nobodys, event) = to_pool(tx, inquiry, &Departure::HandedOver)?;
        let announced = Announced::by_departure(event, inquiry.assignee_id);
        return match decision {
            Some(decision) => decisions.record(tx, nobodys.id, wanted.trigger, announced, decision),
            None => Ok(()),
        };
    };
    match decision {
        Some(decision) => decisions.apply(tx, wanted, decision, Announced::default()).map(drop),
        None => {
            let Some(person) = decisions.roster.person(assignee) else { return Ok(()) };
            let owner = new_owner(&decisions.roster, inquiry, person, wanted.trigger, tx);
            set_owner(tx, inquiry, owner).map(drop)
        }
    }
}

fn plan(
    tx: &mut Tx<'_>,
    decisions: &Decisions,
    open: &[Inquiry],
    items: Vec<Item>,
    has_more: bool,
) -> Result<Plan> {
    let ids: Vec<InquiryId> = open.iter().map(|inquiry| inquiry.id).collect();
    let mut counts: BTreeMap<UserId, i64> = BTreeMap::new();
    for user in items.iter().filter_map(|item| item.assignee) {
        *counts.entry(user).or_default() += 1;
    }
    let named = |(user, count): (UserId, i64)| {
        let name = decisions.roster.person(user).map(|person| person.name.clone());
        (user, name.unwrap_or_default(), count)
    };
    Ok(Plan {
        items,
        follow_ups: follow_ups::store::count_planned(tx.conn, &ids)?,
        per_user: counts.into_iter().map(named).collect(),
        has_more,
    })
}

/// Announces to each receiver what they got, once.
fn announce(tx: &mut Tx<'_>, from_user_id: UserId, plan: &Plan) -> Result<()> {
    for (assignee_id, ..) in &plan.per_user {
        let theirs = plan.items.iter().filter(|item| item.assignee == Some(*assignee_id));
        let inquiry_ids = theirs.map(|item| item.inquiry).collect();
        tx.record(NO_SUBJECT, &HandedOver { from_user_id, assignee_id: *assignee_id, inquiry_ids })?;
    }
    Ok(())
}
