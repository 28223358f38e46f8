//! A small desk in memory: what the database would hold of it, and what was announced.
//! How it changes is in `world.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use leaddock::assignment::decision::roster::{Person, Roster, Settings};
use leaddock::assignment::decision::rotation::Rotation;
use leaddock::assignment::rules::Rule;
use leaddock::assignment::terms::model::{Due, Terms};
use leaddock::assignment::terms::{Deadline, EscalationAction, LadderStep};
use leaddock::inquiries::Inquiry;
use leaddock::inquiries::events::Trigger;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::{RuleId, UserId};

use crate::setup::user;

/// By what an inquiry went to the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    Declined,
    Released,
    Recycled,
    Escalated,
}

/// What was announced of an inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// By a rule on this day, a claim on this day, or somebody's own choice.
    Owned {
        owner: usize,
        trigger: Trigger,
        day: i32,
    },
    Left {
        owner: usize,
        by: Departure,
    },
    /// They cool down from now on.
    Lost {
        owner: usize,
    },
    /// As things were after so many changes of the inquiry and of the settings.
    Warned {
        recycle_at: Timestamp,
        as_of: (u32, u32),
    },
    Breached(Deadline),
    Escalated(Deadline, u32, EscalationAction),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub lead: usize,
    /// Which ownership of this inquiry it is about.
    pub ownership: u32,
    pub entry: Entry,
}

impl Entry {
    pub fn of(due: &Due) -> Self {
        match due {
            Due::Breach(deadline) => Self::Breached(*deadline),
            Due::Step(LadderStep { on, minutes, r#do }) => Self::Escalated(*on, *minutes, *r#do),
        }
    }
}

/// An inquiry, and how often it changed hands.
#[derive(Debug, Clone)]
pub struct Lead {
    pub inquiry: Arc<Inquiry>,
    pub ownership: u32,
    /// How many contacts and moves there were.
    pub changes: u32,
}

/// What seldom changes.
#[derive(Clone)]
pub struct Office {
    pub people: Vec<Person>,
    pub rules: Vec<Rule>,
    pub settings: Settings,
    /// How often the settings changed.
    pub changes: u32,
}

/// All that is committed.
#[derive(Clone)]
pub struct World {
    pub office: Arc<Office>,
    pub roster: Arc<Roster>,
    pub leads: Vec<Lead>,
    /// The counters: open inquiries by owner, what rules gave and what was claimed by owner and day.
    pub open: Vec<i64>,
    pub assigned: BTreeMap<(usize, i32), i64>,
    pub claimed: BTreeMap<(usize, i32), i64>,
    pub rotations: BTreeMap<RuleId, Rotation>,
    /// When somebody last lost an inquiry.
    pub former: BTreeMap<(usize, usize), Timestamp>,
    pub log: Vec<Event>,
    /// Settings changed, and the deadlines were not worked out anew yet.
    pub is_stale: bool,
}

pub fn place(user: UserId) -> usize {
    usize::try_from(user.uuid().as_u128()).unwrap() - 1
}

impl World {
    pub fn new(office: Office) -> Self {
        let roster = Roster::of(office.people.clone(), office.rules.clone(), office.settings.clone());
        Self {
            roster: Arc::new(roster.unwrap()),
            open: vec![0; office.people.len()],
            office: Arc::new(office),
            leads: Vec::new(),
            assigned: BTreeMap::new(),
            claimed: BTreeMap::new(),
            rotations: BTreeMap::new(),
            former: BTreeMap::new(),
            log: Vec::new(),
            is_stale: false,
        }
    }

    pub fn holder(&self, lead: usize) -> Option<usize> {
        self.leads[lead].inquiry.holder().map(place)
    }

    /// Open inquiries of somebody, counted anew.
    pub fn held_by(&self, owner: usize) -> i64 {
        let held = (0..self.leads.len()).filter(|lead| self.holder(*lead) == Some(owner));
        i64::try_from(held.count()).unwrap()
    }

    /// What rules gave to somebody on a day, or what they claimed, counted anew.
    pub fn got_on(&self, owner: usize, day: i32, is_claim: bool) -> i64 {
        let is_that = |event: &&Event| match event.entry {
            Entry::Owned { owner: of, trigger, day: on } => {
                let is_kind = if is_claim { trigger == Trigger::Claim } else { is_by_rule(trigger) };
                of == owner && on == day && is_kind
            }
            _ => false,
        };
        i64::try_from(self.log.iter().filter(is_that).count()).unwrap()
    }

    /// Who cannot have an inquiry back yet.
    pub fn cooling(&self, lead: usize, now: Timestamp) -> Vec<UserId> {
        let hours = chrono::Duration::hours(self.roster.pool.cool_down_hours.into());
        let of_lead = self.former.range((lead, 0)..=(lead, usize::MAX));
        of_lead.filter(|(_, lost)| **lost > now.minus(hours)).map(|((_, who), _)| user(*who)).collect()
    }

    pub fn terms(&self) -> Terms<'_> {
        Terms::of(&self.roster)
    }
}

pub fn is_by_rule(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Received | Trigger::Auto | Trigger::Decline | Trigger::Escalation)
}
