//! An inquiry as of a moment, with the facts of its past that reports count.
//! How it comes to be is in `fold.rs`. All moments are milliseconds since 1970.

use super::change::{Decision, Gain, Start};
use super::symbols::Symbol;
use crate::follow_ups::model::{Kind, Outcome};
use crate::inquiries::{Category, Status};
use crate::kernel::id::InquiryId;

pub use super::change::Loss;

/// The statuses on the way to a won inquiry, in their order: the stages of the funnel.
pub const STAGES: [Status; 7] = [
    Status::New,
    Status::Contacted,
    Status::Qualified,
    Status::Viewing,
    Status::Negotiating,
    Status::Signed,
    Status::Landed,
];

/// A status's place among the stages; none for one that is lost or invalid.
pub const fn stage(status: Status) -> Option<usize> {
    match status {
        Status::New => Some(0),
        Status::Contacted => Some(1),
        Status::Qualified => Some(2),
        Status::Viewing => Some(3),
        Status::Negotiating => Some(4),
        Status::Signed => Some(5),
        Status::Landed => Some(6),
        Status::Lost | Status::Invalid => None,
    }
}

/// An inquiry as of a moment. It is reused for the next one: see [`Case::begin`].
#[derive(Debug, Clone)]
pub struct Case {
    pub inquiry: InquiryId,
    pub start: Start,
    pub received_at: i64,
    pub status: Status,
    /// Its place among those of the status.
    pub reason: Option<u8>,
    pub owner: Option<Symbol>,
    pub team: Option<Symbol>,
    pub is_binned: bool,
    pub closed_at: Option<i64>,
    /// The furthest stage that it ever had.
    pub rank: usize,
    /// When it first had this stage or a further one.
    pub rank_at: [Option<i64>; STAGES.len()],
    /// The real contact that was recorded first.
    pub first_contact: Option<i64>,
    /// The latest real contact.
    pub last_contact: Option<i64>,
    pub repeats: Vec<Repeat>,
    pub plans: Vec<Plan>,
    pub done: Vec<Done>,
    pub ownerships: Vec<Ownership>,
    pub deeds: Vec<Deed>,
    pub stays: Vec<StatusStay>,
    pub pool: Vec<PoolStay>,
    pub decisions: Vec<(usize, i64, Decision)>,
}

/// The same person asked again.
#[derive(Debug, Clone, Copy)]
pub struct Repeat {
    pub step: usize,
    pub at: i64,
}

/// A follow-up that was planned.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub follow_up: u32,
    pub planned_at: i64,
    pub kind: Kind,
    pub due_at: i64,
    pub done_at: Option<i64>,
    /// Whose the inquiry was when it was done.
    pub owner: Option<Symbol>,
    pub team: Option<Symbol>,
}

/// A follow-up that was done.
#[derive(Debug, Clone, Copy)]
pub struct Done {
    pub follow_up: u32,
    pub noted_at: i64,
    pub kind: Kind,
    pub outcome: Option<Outcome>,
    pub done_at: i64,
    pub is_real: bool,
    /// Whose the inquiry was when it was recorded.
    pub owner: Option<Symbol>,
    pub team: Option<Symbol>,
}

/// A time during which somebody owned it.
#[derive(Debug, Clone, Copy)]
pub struct Ownership {
    /// The step that began it.
    pub step: usize,
    pub begin: i64,
    pub owner: Symbol,
    pub team: Option<Symbol>,
    pub gain: Gain,
    pub has_ended: bool,
    pub accepted_at: Option<i64>,
    /// The first real contact that was recorded meanwhile.
    pub contact: Option<i64>,
}

/// Something that happened while somebody owned it.
#[derive(Debug, Clone, Copy)]
pub struct Deed {
    pub step: usize,
    pub at: i64,
    pub owner: Option<Symbol>,
    pub team: Option<Symbol>,
    pub what: DeedKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeedKind {
    /// An owner was named; the place of the ownership.
    Gained(Gain, usize),
    Lost(Loss),
    Breached,
    Moved(Status),
}

/// A time in one status.
#[derive(Debug, Clone, Copy)]
pub struct StatusStay {
    pub status: Status,
    pub begin: i64,
    pub end: Option<StayEnd>,
}

#[derive(Debug, Clone, Copy)]
pub struct StayEnd {
    pub step: usize,
    pub at: i64,
    pub owner: Option<Symbol>,
    pub team: Option<Symbol>,
}

/// How it came into the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolStart {
    Received,
    Lost(Loss),
    Reopened,
}

/// How it left the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolEnd {
    Claimed,
    Assigned,
    Closed,
}

/// A time without an owner while it was open.
#[derive(Debug, Clone, Copy)]
pub struct PoolStay {
    pub step: usize,
    pub begin: i64,
    pub start: PoolStart,
    pub team: Option<Symbol>,
    pub end: Option<(i64, PoolEnd)>,
}

impl Case {
    /// One that is nothing yet, to be begun.
    pub fn empty(inquiry: InquiryId, start: Start) -> Self {
        Self {
            inquiry,
            start,
            received_at: 0,
            status: Status::New,
            reason: None,
            owner: None,
            team: None,
            is_binned: false,
            closed_at: None,
            rank: 0,
            rank_at: [None; STAGES.len()],
            first_contact: None,
            last_contact: None,
            repeats: Vec::new(),
            plans: Vec::new(),
            done: Vec::new(),
            ownerships: Vec::new(),
            deeds: Vec::new(),
            stays: Vec::new(),
            pool: Vec::new(),
            decisions: Vec::new(),
        }
    }

    /// Makes it another inquiry, before anything has happened to it.
    pub fn begin(&mut self, inquiry: InquiryId, start: Start) {
        let mut next = Self::empty(inquiry, start);
        // The lists keep their memory.
        macro_rules! keep {
            ($($list:ident),+) => { $(
                self.$list.clear();
                std::mem::swap(&mut next.$list, &mut self.$list);
            )+ };
        }
        keep!(repeats, plans, done, ownerships, deeds, stays, pool, decisions);
        *self = next;
    }

    pub fn category(&self) -> Category {
        self.status.category()
    }

    pub fn is_open(&self) -> bool {
        self.category() == Category::Open
    }

    /// The key of the reason for which it was closed.
    pub fn reason_key(&self) -> Option<&'static str> {
        let place = usize::from(self.reason?);
        self.status.reasons().get(place).map(|reason| reason.key)
    }

    /// The plans that are due at a moment and not done.
    pub fn overdue(&self, at: i64) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(move |plan| plan.done_at.is_none() && plan.due_at <= at)
    }

    /// When a follow-up that was done was first recorded: as a plan, or as done.
    pub fn recorded_at(&self, follow_up: u32) -> i64 {
        let planned = self.plans.iter().find(|plan| plan.follow_up == follow_up).map(|plan| plan.planned_at);
        let noted = || self.done.iter().find(|done| done.follow_up == follow_up).map(|done| done.noted_at);
        planned.or_else(noted).unwrap_or(self.received_at)
    }

    pub fn is_valid(&self) -> bool {
        self.status != Status::Invalid
    }
}
