//! What must hold after each step of the simulation, counted anew from what was announced.
//! The steps are in `simulation.rs`.

use leaddock::assignment::terms::Ownership;
use leaddock::inquiries::events::Trigger;
use leaddock::inquiries::model::Deadlines;
use leaddock::kernel::clock::Timestamp;

use crate::desk::{Departure, Entry, Event, is_by_rule};
use crate::setup::user;
use crate::simulation::Simulation;

impl Simulation {
    /// After a look nothing is left that was due.
    pub fn check_due(&self, lead: usize) {
        let Some(ownership) = Ownership::of(&self.world.leads[lead].inquiry) else { return };
        let now = self.clock.now();
        let left = self.open_due(lead, &ownership).into_iter().find(|(at, _)| *at <= now);
        assert_eq!(left, None, "of {lead}, at {now}");
    }

    pub fn check(&mut self) {
        self.check_log();
        let world = &self.world;
        for who in 0..world.office.people.len() {
            assert_eq!(world.open[who], world.held_by(who), "open inquiries of {who}");
        }
        for (is_claim, counters) in [(false, &world.assigned), (true, &world.claimed)] {
            let owned = world.log.iter().filter(|event| match event.entry {
                Entry::Owned { trigger, .. } if is_claim => trigger == Trigger::Claim,
                Entry::Owned { trigger, .. } => is_by_rule(trigger),
                _ => false,
            });
            assert_eq!(counters.values().sum::<i64>(), i64::try_from(owned.count()).unwrap());
            for ((who, day), count) in counters.iter().rev().take(3) {
                assert_eq!(*count, world.got_on(*who, *day, is_claim), "of {who} on {day}");
            }
        }
        for rotation in world.rotations.values() {
            let sum: f64 = rotation.credits.values().map(|credit| credit.0).sum();
            assert!(sum.abs() < 1e-9, "credits are {sum} together");
            let mut turns: Vec<i64> =
                rotation.credits.values().map(|credit| credit.1).filter(|at| *at > 0).collect();
            turns.sort_unstable();
            assert!(turns.windows(2).all(|two| two[0] < two[1]), "each turn is one person's");
            assert!(turns.last().is_none_or(|last| *last <= rotation.turns));
        }
        for lead in 0..world.leads.len() {
            self.check_deadlines(lead);
        }
    }

    /// Deadlines are those that follow from the state.
    fn check_deadlines(&self, lead: usize) {
        let inquiry = &self.world.leads[lead].inquiry;
        let is = inquiry.deadlines;
        let Some(ownership) = Ownership::of(inquiry) else {
            assert_eq!(is, Deadlines::default(), "nobody holds it");
            return;
        };
        if self.world.is_stale {
            return;
        }
        let expected = self.world.terms().deadlines(&ownership, None);
        assert_eq!(
            Deadlines { next_deadline_at: None, ..is },
            Deadlines { next_deadline_at: None, ..expected }
        );
        assert!(is.recycle_at.is_none_or(|at| at > ownership.assigned_at));
        // Nothing that is to come is passed over.
        let recycling = self.world.terms().recycling(&ownership);
        let next = recycling.map(|recycling| recycling.warn_at.unwrap_or(recycling.at));
        assert!(next.is_none_or(|next| is.next_deadline_at.is_some_and(|at| at <= next)));
        for (due_at, due) in self.open_due(lead, &ownership) {
            assert!(is.next_deadline_at.is_some_and(|at| at <= due_at), "{due:?} is passed over");
        }
    }

    /// What is due of an ownership, now or later, and is not recorded.
    fn open_due(&self, lead: usize, ownership: &Ownership) -> Vec<(Timestamp, Entry)> {
        let number = self.world.leads[lead].ownership;
        let of_lead = || self.world.log.iter().filter(|event| event.lead == lead);
        let due = self.world.terms().due(ownership).into_iter().map(|(at, due)| (at, Entry::of(&due)));
        let is_done =
            |entry: &Entry| of_lead().any(|event| event.ownership == number && event.entry == *entry);
        due.filter(|(_, entry)| !is_done(entry)).collect()
    }

    /// What was announced since the last check: owners follow one another, nothing comes twice.
    fn check_log(&mut self) {
        for n in self.checked..self.world.log.len() {
            let event = self.world.log[n];
            let key = (event.lead, event.ownership);
            match event.entry {
                Entry::Owned { .. } | Entry::Left { .. } | Entry::Lost { .. } => {}
                Entry::Warned { as_of, recycle_at } => {
                    let before = self.warned.entry(key).or_default();
                    assert!(!before.contains(&as_of), "{} is warned again without any change", event.lead);
                    assert!(recycle_at > event.at, "the warning comes too late");
                    before.push(as_of);
                    self.seen.note("warned");
                }
                Entry::Breached(_) | Entry::Escalated(..) => {
                    let before = self.done.entry(key).or_default();
                    assert!(!before.contains(&event.entry), "{:?} of {} again", event.entry, event.lead);
                    before.push(event.entry);
                    let is_step = matches!(event.entry, Entry::Escalated(..));
                    self.seen.note(if is_step { "escalated" } else { "breached" });
                }
            }
            self.check_owner(n);
        }
        self.checked = self.world.log.len();
    }

    /// Each ownership begins where the one before it ended, and the last one is what is true.
    fn check_owner(&mut self, n: usize) {
        let event = self.world.log[n];
        let is_change = |entry: &Entry| matches!(entry, Entry::Owned { .. } | Entry::Left { .. });
        let of_lead = |event: &&Event, lead: usize| event.lead == lead && is_change(&event.entry);
        let before = self.world.log[..n].iter().rev().find(|other| of_lead(other, event.lead));
        match (before.map(|before| before.entry), event.entry) {
            (Some(Entry::Owned { owner, .. }), Entry::Owned { owner: next, trigger, .. }) => {
                assert_ne!(owner, next);
                if trigger == Trigger::Escalation {
                    self.seen.note("reassigned");
                }
            }
            (Some(Entry::Owned { owner, .. }), Entry::Left { owner: left, by }) => {
                assert_eq!(owner, left);
                self.seen.note(match by {
                    Departure::Declined => "declined by its owner",
                    Departure::Released => "released by its owner",
                    Departure::Recycled => "recycled",
                    Departure::Escalated => "escalated to the pool",
                });
            }
            (None | Some(Entry::Left { .. }), Entry::Owned { .. }) => {}
            (_, Entry::Left { .. }) => panic!("{} left nobody", event.lead),
            _ => return,
        }
        if self.world.log[n + 1..].iter().any(|later| of_lead(&later, event.lead)) {
            return;
        }
        let expected = match event.entry {
            Entry::Owned { owner, .. } => Some(user(owner)),
            _ => None,
        };
        assert_eq!(self.world.leads[event.lead].inquiry.assignee_id, expected);
    }
}
