//! What a report counts: an item, which is an inquiry, a follow-up or an event, with its marks and values.
//! Which items there are is in the definitions.

use super::figure::{Mark, Slot};
use crate::calendar::ElapsedWork;
use crate::inquiries::Status;
use crate::reports::dates::{Dates, Day};
use crate::reports::history::{Case, Symbol};

/// Values of an item of which percentiles are taken, and those that are added up.
pub const LISTS: usize = 8;
pub const SUMS: usize = 7;

/// No value.
pub const NO_VALUE: i64 = i64::MIN;

/// Something that is counted, with the keys that it is grouped by.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    pub thing: Thing,
    /// Its own time, in milliseconds since 1970.
    pub at: i64,
    pub owner: Option<Symbol>,
    pub team: Option<Symbol>,
    /// The status that it is about, if that is not the inquiry's.
    pub status: Option<Status>,
    /// Its key under a grouping that only some reports have: a band, a kind, a reason.
    pub own: Option<i64>,
    /// A bit for each property that figures count.
    pub marks: u64,
    pub lists: [i64; LISTS],
    pub sums: [i64; SUMS],
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Inquiry,
    /// By its number among those of the inquiry; `since` is when it was recorded.
    FollowUp {
        number: u32,
        since: i64,
    },
    /// By its number among the steps of the inquiry.
    Event {
        step: usize,
        at: i64,
    },
}

impl Item {
    /// An item that belongs to whoever owns the inquiry at the moment of the report.
    pub fn of(case: &Case, thing: Thing, at: i64) -> Self {
        Self {
            thing,
            at,
            owner: case.owner,
            team: case.team,
            status: None,
            own: None,
            marks: 0,
            lists: [NO_VALUE; LISTS],
            sums: [0; SUMS],
        }
    }

    /// The inquiry itself, at its receipt.
    pub fn inquiry(case: &Case) -> Self {
        Self::of(case, Thing::Inquiry, case.received_at)
    }

    /// An item of somebody else.
    pub fn owned_by(self, owner: Option<Symbol>, team: Option<Symbol>) -> Self {
        Self { owner, team, ..self }
    }

    #[must_use]
    pub fn mark(mut self, mark: Mark) -> Self {
        self.marks |= bit(mark);
        self
    }

    #[must_use]
    pub fn mark_if(self, holds: bool, mark: Mark) -> Self {
        if holds { self.mark(mark) } else { self }
    }

    pub fn has(&self, mark: Mark) -> bool {
        self.marks & bit(mark) != 0
    }

    #[must_use]
    pub fn in_status(self, status: Status) -> Self {
        Self { status: Some(status), ..self }
    }

    #[must_use]
    pub fn own(self, key: Option<i64>) -> Self {
        Self { own: key, ..self }
    }

    #[must_use]
    pub fn list(mut self, slot: Slot, value: i64) -> Self {
        if let Some(place) = self.lists.get_mut(slot) {
            *place = value;
        }
        self
    }

    #[must_use]
    pub fn sum(mut self, slot: Slot, value: Option<i64>) -> Self {
        if let Some(place) = self.sums.get_mut(slot) {
            *place = value.unwrap_or(0);
        }
        self
    }
}

pub fn bit(mark: Mark) -> u64 {
    1_u64.wrapping_shl(u32::from(mark))
}

/// What is asked: the moment of the report and its period, with what dates and working time are.
pub struct Ask<'a> {
    pub as_of: i64,
    /// The first and the last date of the period, both inside, and the moments at which it begins and ends.
    pub period: Option<Period>,
    pub dates: &'a Dates,
    pub work: &'a ElapsedWork,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub first: Day,
    pub last: Day,
    pub begin: i64,
    /// Not inside any more.
    pub end: i64,
}

impl Period {
    pub fn has(&self, at: i64) -> bool {
        self.begin <= at && at < self.end
    }
}

impl Ask<'_> {
    /// Whether a moment lies in the period.
    pub fn is_inside(&self, at: i64) -> bool {
        self.period.is_none_or(|period| period.has(at))
    }

    /// Whole seconds of working time between two moments.
    pub fn work_seconds(&self, from: i64, to: i64) -> i64 {
        self.work.between(from, to).div_euclid(1_000)
    }

    /// Days from the date of a moment to the date of the report.
    pub fn days_since(&self, at: i64) -> i64 {
        i64::from(self.dates.day(self.as_of)).saturating_sub(i64::from(self.dates.day(at)))
    }
}

/// Whole seconds between two moments, cut, never below 0.
pub fn seconds(from: i64, to: i64) -> i64 {
    to.saturating_sub(from).max(0).div_euclid(1_000)
}
