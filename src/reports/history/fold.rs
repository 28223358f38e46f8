//! Folding: what the changes up to a moment make of an inquiry.
//! The changes come from the log (`read.rs`) or from the image of it.

use super::case::{
    Case, Deed, DeedKind, Done, Ownership, Plan, PoolEnd, PoolStart, PoolStay, Repeat, STAGES, StatusStay,
    StayEnd, stage,
};
use super::change::{Change, Gain, Loss, Start, Step};
use super::symbols::Symbol;
use crate::follow_ups::model::Kind;
use crate::inquiries::{Category, Status};
use crate::kernel::id::InquiryId;

/// Folds the changes whose moment is not after `as_of` (milliseconds since 1970). Returns whether the inquiry
/// exists then: it had come in, and was not in the bin.
pub fn fold(
    case: &mut Case,
    inquiry: InquiryId,
    start: Start,
    steps: impl IntoIterator<Item = Step>,
    as_of: i64,
) -> bool {
    case.begin(inquiry, start);
    let mut fold = Fold { case, step: 0, at: 0, is_received: false };
    for (number, step) in steps.into_iter().enumerate() {
        if step.at <= as_of {
            (fold.step, fold.at) = (number, step.at);
            fold.apply(step.change);
        }
    }
    fold.is_received && !case.is_binned
}

struct Fold<'a> {
    case: &'a mut Case,
    /// The change at hand, and its moment.
    step: usize,
    at: i64,
    is_received: bool,
}

impl Fold<'_> {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Received { status } => self.received(status),
            Change::Gained { owner, team, how } => self.gained(owner, team, how),
            Change::Lost(loss) => self.lost(loss),
            Change::Accepted => {
                if let Some(ownership) = self.case.ownerships.last_mut() {
                    ownership.accepted_at = ownership.accepted_at.or(Some(self.at));
                }
            }
            Change::Breached => self.deed(DeedKind::Breached),
            Change::Moved { status, reason } => self.moved(status, reason),
            Change::Repeated => self.case.repeats.push(Repeat { step: self.step, at: self.at }),
            Change::Binned => self.case.is_binned = true,
            Change::Restored => self.case.is_binned = false,
            Change::Planned { follow_up, kind, due_at } => self.planned(follow_up, kind, due_at),
            Change::PlanChanged { follow_up, kind, due_at } => {
                if let Some(plan) = self.case.plans.iter_mut().find(|plan| plan.follow_up == follow_up) {
                    plan.kind = kind.unwrap_or(plan.kind);
                    plan.due_at = due_at.unwrap_or(plan.due_at);
                }
            }
            Change::FollowUpDeleted { follow_up } => {
                self.case.plans.retain(|plan| plan.follow_up != follow_up);
                self.case.done.retain(|done| done.follow_up != follow_up);
            }
            Change::Done { follow_up, kind, outcome, done_at, is_real } => {
                let Case { owner, team, .. } = *self.case;
                let noted_at = self.at;
                self.done(Done { follow_up, noted_at, kind, outcome, done_at, is_real, owner, team });
            }
            Change::Understood(wanted) => self.case.start.wanted = wanted,
            Change::Reachable(is_reachable) => self.case.start.unreachable = !is_reachable,
            Change::Decided(decision) => self.case.decisions.push((self.step, self.at, decision)),
        }
    }

    fn received(&mut self, status: Status) {
        let (case, at) = (&mut *self.case, self.at);
        self.is_received = true;
        case.received_at = at;
        case.status = status;
        case.stays.push(StatusStay { status, begin: at, end: None });
        self.reached();
        self.enter_pool(PoolStart::Received);
    }

    /// Notes the stage that it has now, if none as far was noted.
    fn reached(&mut self) {
        let Some(rank) = stage(self.case.status) else { return };
        for reached in self.case.rank_at.iter_mut().take(rank.saturating_add(1)) {
            *reached = reached.or(Some(self.at));
        }
        self.case.rank = self.case.rank.max(rank.min(STAGES.len()));
    }

    fn deed(&mut self, what: DeedKind) {
        let (step, at) = (self.step, self.at);
        let Case { owner, team, .. } = *self.case;
        self.case.deeds.push(Deed { step, at, owner, team, what });
    }

    fn gained(&mut self, owner: Symbol, team: Option<Symbol>, gain: Gain) {
        let at = self.at;
        self.case.team = team;
        let last = self.case.ownerships.last();
        if self.case.owner != Some(owner) || last.is_none_or(|last| last.has_ended) {
            self.end_ownership();
            let end = if gain == Gain::Claimed { PoolEnd::Claimed } else { PoolEnd::Assigned };
            self.leave_pool(end);
            self.case.owner = Some(owner);
            let accepted_at = (gain == Gain::Claimed).then_some(at);
            self.case.ownerships.push(Ownership {
                step: self.step,
                begin: at,
                owner,
                team,
                gain,
                has_ended: false,
                accepted_at,
                contact: None,
            });
        }
        let place = self.case.ownerships.len().saturating_sub(1);
        self.deed(DeedKind::Gained(gain, place));
    }

    fn lost(&mut self, loss: Loss) {
        self.deed(DeedKind::Lost(loss));
        self.end_ownership();
        self.case.owner = None;
        self.enter_pool(PoolStart::Lost(loss));
    }

    fn end_ownership(&mut self) {
        if self.case.owner.is_some()
            && let Some(ownership) = self.case.ownerships.last_mut()
        {
            ownership.has_ended = true;
        }
    }

    fn enter_pool(&mut self, start: PoolStart) {
        let is_there = self.case.pool.last().is_some_and(|stay| stay.end.is_none());
        if self.case.is_open() && !is_there {
            let stay = PoolStay { step: self.step, begin: self.at, start, team: self.case.team, end: None };
            self.case.pool.push(stay);
        }
    }

    fn leave_pool(&mut self, end: PoolEnd) {
        if let Some(stay) = self.case.pool.last_mut().filter(|stay| stay.end.is_none()) {
            stay.end = Some((self.at, end));
            // What ends at the very instant at which it began is none.
            if stay.begin == self.at {
                self.case.pool.pop();
            }
        }
    }

    fn moved(&mut self, status: Status, reason: Option<u8>) {
        let was_open = self.case.is_open();
        self.case.status = status;
        self.case.reason = reason;
        self.reached();
        self.deed(DeedKind::Moved(status));
        let Case { owner, team, .. } = *self.case;
        if let Some(stay) = self.case.stays.last_mut() {
            stay.end = Some(StayEnd { step: self.step, at: self.at, owner, team });
        }
        self.case.stays.push(StatusStay { status, begin: self.at, end: None });
        let is_open = status.category() == Category::Open;
        self.case.closed_at = (!is_open).then_some(self.at);
        if owner.is_none() {
            match (was_open, is_open) {
                (true, false) => self.leave_pool(PoolEnd::Closed),
                (false, true) => self.enter_pool(PoolStart::Reopened),
                _ => {}
            }
        }
    }

    fn planned(&mut self, follow_up: u32, kind: Kind, due_at: i64) {
        let (planned_at, done_at, owner, team) = (self.at, None, None, None);
        self.case.plans.push(Plan { follow_up, planned_at, kind, due_at, done_at, owner, team });
    }

    fn done(&mut self, done: Done) {
        let Done { follow_up, done_at, owner, team, .. } = done;
        self.case.done.push(done);
        if let Some(plan) = self.case.plans.iter_mut().find(|plan| plan.follow_up == follow_up) {
            (plan.done_at, plan.owner, plan.team) = (Some(done_at), owner, team);
        }
        if !done.is_real {
            return;
        }
        self.case.first_contact = self.case.first_contact.or(Some(done_at));
        self.case.last_contact = self.case.last_contact.max(Some(done_at));
        if let Some(ownership) = self.case.ownerships.last_mut().filter(|ownership| !ownership.has_ended) {
            ownership.contact = ownership.contact.or(Some(done_at));
            ownership.accepted_at = ownership.accepted_at.or(Some(self.at));
        }
    }
}
