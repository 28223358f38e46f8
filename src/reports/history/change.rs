//! What happens to an inquiry, as far as a report counts it, with ids and words as numbers.
//! How it is read from the log is in `decode.rs`, what it makes of an inquiry in `fold.rs`.

use super::symbols::Symbol;
use crate::assignment::decision::CandidateReason;
use crate::facts::NeedKind;
use crate::follow_ups::model::{Kind, Outcome};
use crate::inquiries::Status;
use crate::kernel::id::{EventId, FollowUpId, InquiryId};

/// Where an inquiry came from; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin {
    pub form: Option<Symbol>,
    pub channel: Symbol,
    /// The first there is of: the campaign's source, the host of the referrer, the channel.
    pub source: Symbol,
    pub utm_source: Option<Symbol>,
    pub utm_medium: Option<Symbol>,
    pub utm_campaign: Option<Symbol>,
}

/// What is wanted, as far as it was understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub need_kind: Option<NeedKind>,
    /// Six digits of GB/T 2260.
    pub region: Option<u32>,
    /// A division of GB/T 4754.
    pub industry: Option<Symbol>,
    /// Fen (0.01 yuan) a year.
    pub tax_fen: Option<i64>,
    /// Thousandths of a square metre: the upper end, else the lower one.
    pub area_milli: Option<i64>,
    /// Thousandths of a mu.
    pub land_milli: Option<i64>,
}

/// How an inquiry begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Start {
    pub origin: Origin,
    pub wanted: Wanted,
    /// There is no way to reach the person.
    pub unreachable: bool,
}

/// How somebody became an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    Assigned,
    /// By a person, not by a rule.
    AssignedByHand,
    Claimed,
}

/// How an owner lost an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Declined,
    Released,
    Recycled,
}

/// Something that happened to an inquiry. A plan is named by its number among the follow-ups of its inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Received {
        status: Status,
    },
    Gained {
        owner: Symbol,
        team: Option<Symbol>,
        how: Gain,
    },
    Lost(Loss),
    Accepted,
    Breached,
    /// The reason by its place among those of the status.
    Moved {
        status: Status,
        reason: Option<u8>,
    },
    Repeated,
    Binned,
    Restored,
    Planned {
        follow_up: u32,
        kind: Kind,
        due_at: i64,
    },
    PlanChanged {
        follow_up: u32,
        kind: Option<Kind>,
        due_at: Option<i64>,
    },
    FollowUpDeleted {
        follow_up: u32,
    },
    Done {
        follow_up: u32,
        kind: Kind,
        outcome: Option<Outcome>,
        done_at: i64,
        is_real: bool,
    },
    Understood(Wanted),
    Reachable(bool),
    Decided(Decision),
}

/// A decision of a rule, as far as fairness counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Turns were counted.
    pub by_turns: bool,
    pub candidates: Vec<Candidate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub user: Symbol,
    pub reason: CandidateReason,
    pub weight: u32,
}

/// A change with its moment, in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub at: i64,
    pub change: Change,
}

/// All that happened to an inquiry, in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    pub inquiry: InquiryId,
    pub start: Start,
    pub steps: Vec<Step>,
    /// The event of each step.
    pub events: Vec<EventId>,
    /// The follow-ups by their numbers.
    pub follow_ups: Vec<FollowUpId>,
}
