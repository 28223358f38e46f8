//! A decision of the rules, and how it is kept to be explained later.
//! How one is made is in `engine.rs`.

use serde::{Deserialize, Serialize};

use crate::assignment::rules::Strategy;
use crate::inquiries::events::Trigger;
use crate::kernel::id::{RuleId, TeamId, UserId};
use crate::word_enum;

word_enum! {
    /// Why somebody was chosen or not: the first of these that is so.
    pub enum CandidateReason {
        /// They are inactive, or have no password yet.
        Inactive => "inactive",
        /// They are not of the rule's team.
        WrongTeam => "wrong_team",
        /// They have paused.
        Paused => "paused",
        /// They are away.
        Absent => "absent",
        /// They are not on duty.
        OffShift => "off_shift",
        /// They own as many open inquiries as they may.
        FullOpen => "full_open",
        /// They were given as many today as they may.
        FullDay => "full_day",
        /// They have lost this inquiry a short time ago.
        CoolDown => "cool_down",
        Chosen => "chosen",
        /// It was another one's turn.
        NotNext => "not_next",
    }
}

/// Somebody whom a rule looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub user_id: UserId,
    pub reason: CandidateReason,
    pub weight: u32,
    /// After the decision.
    pub credit: f64,
    /// Open inquiries that they own, before the decision.
    pub open: i64,
    /// How many rules gave to them today, before the decision.
    pub today: i64,
}

/// A rule that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedRule {
    pub rule_id: RuleId,
    pub name: String,
    pub matched: bool,
    /// The members of `when` that did not fit; `inactive` for a rule that is off.
    pub failed_on: Vec<String>,
    /// Whom it could not choose, where it matched and had the next rule decide; of one decision so many at
    /// most as `engine.rs` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<(UserId, CandidateReason)>,
}

/// Who gets an inquiry by the rules, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The rule that decided.
    pub rule: RuleId,
    pub strategy: Strategy,
    /// None: the pool.
    pub chosen: Option<Chosen>,
    /// The tried rules in their order, up to the one that decided.
    pub rules: Vec<EvaluatedRule>,
    pub candidates: Vec<Candidate>,
}

/// Who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    pub user: UserId,
    pub team: Option<TeamId>,
}

impl Decision {
    /// Whether somebody should have got it and nobody could.
    pub fn is_nobody_eligible(&self) -> bool {
        self.chosen.is_none() && self.strategy != Strategy::Pool
    }

    /// What is kept of it.
    pub fn detail(&self) -> Detail {
        Detail {
            rule: self.rule,
            strategy: self.strategy,
            trigger: Trigger::Received,
            previous: None,
            rules: self.rules.clone(),
            candidates: self.candidates.iter().map(CompactCandidate::of).collect(),
        }
    }
}

/// A decision as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    pub rule: RuleId,
    pub strategy: Strategy,
    pub trigger: Trigger,
    /// Who lost it by the event right before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<UserId>,
    pub rules: Vec<EvaluatedRule>,
    pub candidates: Vec<CompactCandidate>,
}

/// A candidate without the names of its members: there are many of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompactCandidate(UserId, CandidateReason, u32, f64, i64, i64);

/// Digits of a credit that are kept: what is beyond them is the error of its arithmetic.
const CREDIT_DIGITS: f64 = 1e6;

impl CompactCandidate {
    fn of(candidate: &Candidate) -> Self {
        let Candidate { user_id, reason, weight, credit, open, today } = *candidate;
        // Nought without a sign.
        let credit = (credit * CREDIT_DIGITS).round() / CREDIT_DIGITS + 0.0;
        Self(user_id, reason, weight, credit, open, today)
    }

    pub fn candidate(&self) -> Candidate {
        let Self(user_id, reason, weight, credit, open, today) = *self;
        Candidate { user_id, reason, weight, credit, open, today }
    }
}
