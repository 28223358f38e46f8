//! What follows from the settings for one ownership: when it ends by itself, when its owner is warned, until
//! when they should do something. Pure; what is done then is in `actions.rs`.

use chrono::Duration;

use super::settings::{Deadline, LadderStep, Recycle, SlaSettings, Unit};
use crate::assignment::decision::roster::Roster;
use crate::calendar::WorkingTime;
use crate::inquiries::Inquiry;
use crate::inquiries::events::{RecycleReason, Trigger};
use crate::inquiries::model::Deadlines;
use crate::kernel::clock::Timestamp;

/// A warning that comes later than this after its time lets the owner have the days of the warning still.
const LATE: Duration = Duration::hours(1);
/// Working days that are reckoned at once; the calendar looks no further than a year ahead.
const DAYS_AT_ONCE: u32 = 100;

/// The state of an ownership, as far as its terms depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    pub assigned_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub last_contacted_at: Option<Timestamp>,
    pub status_changed_at: Option<Timestamp>,
    pub warned_at: Option<Timestamp>,
}

/// When an ownership ends by itself, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recycling {
    pub at: Timestamp,
    pub reason: RecycleReason,
    /// When the owner is to be warned; none: not at all, or they were.
    pub warn_at: Option<Timestamp>,
    /// When they were warned of it.
    pub warned_at: Option<Timestamp>,
}

/// What is due because something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// The deadline itself has passed.
    Breach(Deadline),
    Step(LadderStep),
}

/// What terms are worked out by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub recycle: &'a Recycle,
    pub sla: &'a SlaSettings,
    pub working: &'a WorkingTime,
}

impl Ownership {
    /// The ownership of an inquiry; none if nobody holds it as open work.
    pub fn of(inquiry: &Inquiry) -> Option<Self> {
        inquiry.holder()?;
        Some(Self {
            assigned_at: inquiry.assigned_at?,
            accepted_at: inquiry.accepted_at,
            last_contacted_at: inquiry.last_contacted_at,
            status_changed_at: inquiry.status_changed_at,
            warned_at: inquiry.deadlines.recycle_warned_at,
        })
    }

    /// One that begins now.
    fn new(inquiry: &Inquiry, now: Timestamp, trigger: Trigger) -> Self {
        Self {
            assigned_at: now,
            accepted_at: (trigger == Trigger::Claim).then_some(now),
            last_contacted_at: inquiry.last_contacted_at,
            status_changed_at: inquiry.status_changed_at,
            warned_at: None,
        }
    }

    /// When this owner last reached the person.
    fn contacted_at(&self) -> Option<Timestamp> {
        self.last_contacted_at.filter(|at| *at >= self.assigned_at)
    }

    fn status_changed_at(&self) -> Option<Timestamp> {
        self.status_changed_at.filter(|at| *at >= self.assigned_at)
    }
}

/// The deadlines of somebody who gets an inquiry now.
pub fn of_new_owner(roster: &Roster, inquiry: &Inquiry, now: Timestamp, trigger: Trigger) -> Deadlines {
    let is_open = inquiry.status.category() == crate::inquiries::Category::Open;
    if !is_open {
        return Deadlines::default();
    }
    Terms::of(roster).deadlines(&Ownership::new(inquiry, now, trigger), None)
}

impl<'a> Terms<'a> {
    pub fn of(roster: &'a Roster) -> Self {
        Self { recycle: &roster.pool.recycle, sla: &roster.sla, working: &roster.working }
    }

    /// The deadlines of an inquiry as it is. Whoever was warned stays warned while it is closed.
    pub fn deadlines_of(&self, inquiry: &Inquiry) -> Deadlines {
        let at_rest =
            Deadlines { recycle_warned_at: inquiry.deadlines.recycle_warned_at, ..Deadlines::default() };
        Ownership::of(inquiry).map_or(at_rest, |of| self.deadlines(&of, None))
    }

    /// The deadlines of an ownership. What was due until `done` was done.
    pub fn deadlines(&self, ownership: &Ownership, done: Option<Timestamp>) -> Deadlines {
        let recycling = self.recycling(ownership);
        let due = self.due(ownership).into_iter().map(|(at, _)| at);
        let next_due = due.filter(|at| done.is_none_or(|done| *at > done)).min();
        let next_recycling = recycling.map(|recycling| recycling.warn_at.unwrap_or(recycling.at));
        Deadlines {
            recycle_at: recycling.map(|recycling| recycling.at),
            recycle_warned_at: recycling.and_then(|recycling| recycling.warned_at),
            accept_due_at: self.due_at(ownership, Deadline::Accept),
            first_contact_due_at: self.due_at(ownership, Deadline::FirstContact),
            next_deadline_at: [next_due, next_recycling].into_iter().flatten().min(),
        }
    }

    /// When it goes back to the pool: the one place that works this out.
    pub fn recycling(&self, ownership: &Ownership) -> Option<Recycling> {
        let Recycle { no_contact_days, no_status_change_days, hard_days, warn_days, .. } = *self.recycle;
        let assigned_at = ownership.assigned_at;
        let rules = [
            (RecycleReason::NoContact, no_contact_days, ownership.contacted_at()),
            (RecycleReason::NoStatusChange, no_status_change_days, ownership.status_changed_at()),
            (RecycleReason::Hard, hard_days, None),
        ];
        let ends = rules.into_iter().filter_map(|(reason, days, since)| {
            let (days, start) = (days?, since.unwrap_or(assigned_at));
            let warn_at = match days.checked_sub(warn_days) {
                Some(before) if before > 0 && warn_days > 0 => self.days(start, before),
                _ => None,
            };
            Some((self.days(start, days)?, reason, warn_at))
        });
        let (at, reason, warn_at) = ends.min_by_key(|(at, ..)| *at)?;
        // A warning counts for the end that it came before.
        let warned_at =
            ownership.warned_at.filter(|warned| warn_at.is_some_and(|warn_at| *warned >= warn_at));
        let at = match (warned_at, warn_at) {
            (Some(warned), Some(warn_at)) if warned > warn_at.plus(LATE) => {
                self.days(warned, warn_days).map_or(at, |later| at.max(later))
            }
            _ => at,
        };
        Some(Recycling { at, reason, warn_at: warn_at.filter(|_| warned_at.is_none()), warned_at })
    }

    fn days(&self, from: Timestamp, days: u32) -> Option<Timestamp> {
        match self.recycle.unit {
            Unit::WorkingDay => self.working_days(from, days),
            // All that a term may have is within the calendar's horizon.
            Unit::Day => self.working.days(from, days),
        }
    }

    fn working_days(&self, from: Timestamp, days: u32) -> Option<Timestamp> {
        let (mut at, mut left) = (from, days);
        while left > 0 {
            let some = left.min(DAYS_AT_ONCE);
            at = self.working.working_days(at, some)?;
            left -= some;
        }
        Some(at)
    }

    fn minutes(&self, from: Timestamp, minutes: u32) -> Option<Timestamp> {
        if self.sla.working_time {
            self.working.minutes(from, minutes)
        } else {
            Some(from.plus(Duration::minutes(i64::from(minutes))))
        }
    }

    /// Whether a deadline's clock runs.
    fn runs(&self, ownership: &Ownership, deadline: Deadline) -> bool {
        let is_done = match deadline {
            Deadline::Accept => ownership.accepted_at.is_some() || ownership.contacted_at().is_some(),
            Deadline::FirstContact => ownership.contacted_at().is_some(),
        };
        !is_done && self.sla.minutes(deadline).is_some()
    }

    /// Until when the owner should have done something; none if that clock does not run.
    pub fn due_at(&self, ownership: &Ownership, deadline: Deadline) -> Option<Timestamp> {
        let minutes = self.sla.minutes(deadline).filter(|_| self.runs(ownership, deadline))?;
        self.minutes(ownership.assigned_at, minutes)
    }

    /// What is due when, in the order of time; what comes at one moment, in the order of the ladder.
    pub fn due(&self, ownership: &Ownership) -> Vec<(Timestamp, Due)> {
        let breaches = Deadline::ALL
            .iter()
            .filter_map(|deadline| Some((self.due_at(ownership, *deadline)?, Due::Breach(*deadline))));
        let steps = self.sla.ladder.iter().filter(|step| self.runs(ownership, step.on));
        let steps = steps.filter_map(|step| {
            Some((self.minutes(ownership.assigned_at, step.minutes)?, Due::Step(step.clone())))
        });
        let mut due: Vec<(Timestamp, Due)> = breaches.chain(steps).collect();
        // A breach comes before the step of the same moment.
        due.sort_by_key(|(at, _)| *at);
        due
    }
}
