//! The transactions of assignment on a desk in memory, each of which may crash at any of its writes. Who is
//! chosen and when something is due is asked of the crate itself. What the desk holds is in `desk.rs`.
//! What is done in which order, and what must hold then, is in `simulation.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use leaddock::assignment::decision::engine::{Case, Excluded, Load, State};
use leaddock::assignment::decision::model::Decision;
use leaddock::assignment::terms::model::{Due, Terms};
use leaddock::assignment::terms::{EscalationAction, LadderStep, Ownership, of_new_owner};
use leaddock::inquiries::conditions::Subject;
use leaddock::inquiries::events::{RecycleReason, Trigger};
use leaddock::inquiries::model::Deadlines;
use leaddock::inquiries::{Inquiry, Status};
use leaddock::kernel::clock::{Timestamp, day_number};
use leaddock::kernel::id::RuleId;

use crate::desk::{Departure, Entry, Event, Lead, World, is_by_rule, place};
use crate::setup::user;

/// Why a transaction came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Crashed,
    Refused,
}

pub type Done<T = ()> = Result<T, Stop>;

/// A transaction: what it has written by now, and after how many writes it crashes.
pub struct Tx {
    pub world: World,
    pub now: Timestamp,
    fuse: Option<u32>,
}

/// The decisions of a transaction, as in `decision/session.rs`.
pub struct Decisions {
    state: State,
    day: i32,
    moved: BTreeSet<RuleId>,
}

/// For which inquiry somebody is wanted, and who is not.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub lead: usize,
    pub trigger: Trigger,
    pub not: Option<usize>,
    pub declined_by: Option<usize>,
}

impl Tx {
    pub fn begin(world: &World, now: Timestamp, fuse: Option<u32>) -> Self {
        Self { world: world.clone(), now, fuse }
    }

    fn write(&mut self) -> Done {
        match &mut self.fuse {
            Some(0) => Err(Stop::Crashed),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The same as `platform::db::Tx::not_before`.
    fn not_before(&mut self, at: Timestamp) {
        if self.now < at {
            self.now = at.plus(chrono::Duration::milliseconds(1));
        }
    }

    pub fn today(&self) -> i32 {
        day_number(self.now.date(self.world.roster.working.zone()))
    }

    fn record(&mut self, lead: usize, entry: Entry) -> Done {
        self.write()?;
        let ownership = self.world.leads[lead].ownership;
        self.world.log.push(Event { at: self.now, lead, ownership, entry });
        Ok(())
    }

    /// An inquiry for a change, which is never before its last one.
    pub fn lead(&mut self, lead: usize) -> Arc<Inquiry> {
        let inquiry = Arc::clone(&self.world.leads[lead].inquiry);
        self.not_before(inquiry.updated_at);
        inquiry
    }

    /// Stores a change; the counter of open inquiries follows.
    pub fn update(&mut self, lead: usize, change: impl FnOnce(&mut Inquiry)) -> Done {
        let now = self.now;
        self.write()?;
        let before = self.world.holder(lead);
        let inquiry = Arc::make_mut(&mut self.world.leads[lead].inquiry);
        change(inquiry);
        inquiry.updated_at = now;
        let after = self.world.holder(lead);
        if before != after {
            self.write()?;
            before.into_iter().for_each(|who| self.world.open[who] -= 1);
            after.into_iter().for_each(|who| self.world.open[who] += 1);
        }
        Ok(())
    }

    fn set_deadlines(&mut self, lead: usize, deadlines: Deadlines) -> Done {
        self.write()?;
        Arc::make_mut(&mut self.world.leads[lead].inquiry).deadlines = deadlines;
        Ok(())
    }

    /// As `terms/recompute.rs` does after a contact, a move, and for each inquiry after a change of settings.
    pub fn recompute(&mut self, lead: usize) -> Done {
        let ownership = Ownership::of(&self.world.leads[lead].inquiry);
        let after = ownership.map_or_else(Deadlines::default, |of| self.world.terms().deadlines(&of, None));
        let is_same = self.world.leads[lead].inquiry.deadlines == after;
        if is_same { Ok(()) } else { self.set_deadlines(lead, after) }
    }

    pub fn set_owner(&mut self, lead: usize, owner: usize, trigger: Trigger, day: i32) -> Done {
        let inquiry = self.lead(lead);
        let (roster, now) = (Arc::clone(&self.world.roster), self.now);
        let deadlines = of_new_owner(&roster, &inquiry, now, trigger);
        let team = roster.person(user(owner)).unwrap().team;
        self.update(lead, |inquiry| {
            (inquiry.assignee_id, inquiry.team_id) = (Some(user(owner)), team);
            inquiry.assigned_at = Some(now);
            inquiry.accepted_at = (trigger == Trigger::Claim).then_some(now);
            inquiry.deadlines = deadlines;
        })?;
        self.world.leads[lead].ownership += 1;
        self.record(lead, Entry::Owned { owner, trigger, day })?;
        let counters = match trigger {
            Trigger::Claim => &mut self.world.claimed,
            _ if is_by_rule(trigger) => &mut self.world.assigned,
            _ => return Ok(()),
        };
        *counters.entry((owner, day)).or_default() += 1;
        self.write()
    }

    pub fn put_back(&mut self, lead: usize, by: Departure) -> Done {
        let owner = place(self.lead(lead).assignee_id.unwrap());
        self.update(lead, |inquiry| {
            (inquiry.assignee_id, inquiry.assigned_at, inquiry.accepted_at) = (None, None, None);
            inquiry.deadlines = Deadlines::default();
        })?;
        self.record(lead, Entry::Left { owner, by })
    }

    pub fn lost(&mut self, lead: usize, owner: usize) -> Done {
        self.write()?;
        self.world.former.insert((lead, owner), self.now);
        self.record(lead, Entry::Lost { owner })
    }

    // ---- decisions

    /// Runs `decide` with the decisions of this transaction; rotations that moved are stored at its end.
    pub fn deciding<T>(&mut self, decide: impl FnOnce(&mut Self, &mut Decisions) -> Done<T>) -> Done<T> {
        let day = self.today();
        let loads = self.world.open.iter().enumerate().map(|(who, open)| {
            let today = self.world.assigned.get(&(who, day)).copied().unwrap_or(0);
            (user(who), Load { open: *open, today })
        });
        let state = State { loads: loads.collect(), ..State::default() };
        let mut decisions = Decisions { state, day, moved: BTreeSet::new() };
        let result = decide(self, &mut decisions)?;
        for rule in decisions.moved {
            self.write()?;
            self.world.rotations.insert(rule, decisions.state.rotations.remove(&rule).unwrap());
        }
        Ok(result)
    }

    /// Gives an inquiry to whom the rules say, if to anybody.
    pub fn give(&mut self, decisions: &mut Decisions, wanted: Wanted) -> Done<Option<usize>> {
        let Wanted { lead, trigger, not, declined_by } = wanted;
        let inquiry = self.lead(lead);
        let is_new = trigger == Trigger::Received;
        let mut cooling = if is_new { Vec::new() } else { self.world.cooling(lead, self.now) };
        cooling.extend(declined_by.map(user));
        let excluded = Excluded { owner: not.map(user), cooling: &cooling };
        let roster = Arc::clone(&self.world.roster);
        let case = Case { roster: &roster, subject: &Subject::of(&inquiry), at: self.now, excluded };
        let rotations = &self.world.rotations;
        let decision = case
            .decide(&mut decisions.state, |rule| Ok(rotations.get(&rule).cloned().unwrap_or_default()))
            .unwrap();
        let Some(chosen) = decision.chosen else { return Ok(None) };
        decisions.moved.insert(decision.rule);
        self.check_choice(&decision, wanted, decisions.day);
        let owner = place(chosen.user);
        self.set_owner(lead, owner, trigger, decisions.day)?;
        Ok(Some(owner))
    }

    /// Whoever is chosen could be: held against the people and the log, not against counters.
    fn check_choice(&self, decision: &Decision, wanted: Wanted, day: i32) {
        let owner = place(decision.chosen.unwrap().user);
        let person = &self.world.office.people[owner];
        let rule = self.world.office.rules.iter().find(|rule| rule.id == decision.rule).unwrap();
        let of = &person.availability;
        assert!(person.is_active && !of.paused, "{owner} is out");
        assert!(rule.active && rule.action.0.among().team.is_none_or(|team| person.team == Some(team)));
        let is_away =
            |from: Timestamp, to: Option<Timestamp>| from <= self.now && to.is_none_or(|to| self.now < to);
        assert!(!of.absences.iter().any(|absence| is_away(absence.from, absence.to)), "{owner} is away");
        assert!(of.is_on_duty(self.now, &self.world.roster.working), "{owner} is off duty");
        let has_room = |max: Option<u32>, has: i64| max.is_none_or(|max| has < i64::from(max));
        assert!(has_room(of.open_max, self.world.held_by(owner)), "{owner} has enough");
        assert!(has_room(of.daily_max, self.world.got_on(owner, day, false)), "{owner} got enough today");
        self.check_cooled(wanted.lead, owner);
        assert!(Some(owner) != wanted.not && Some(owner) != wanted.declined_by);
    }

    /// Nobody gets an inquiry back before they have cooled down.
    fn check_cooled(&self, lead: usize, owner: usize) {
        let hours = chrono::Duration::hours(self.world.roster.pool.cool_down_hours.into());
        let lost = self
            .world
            .log
            .iter()
            .rev()
            .find(|event| event.lead == lead && event.entry == Entry::Lost { owner });
        assert!(lost.is_none_or(|lost| lost.at.plus(hours) <= self.now), "{owner} has not cooled down");
    }

    // ---- what people do

    pub fn decline(&mut self, lead: usize) -> Done {
        self.deciding(|tx, decisions| {
            let inquiry = tx.lead(lead);
            let owner = inquiry.holder().map(place).ok_or(Stop::Refused)?;
            if inquiry.accepted_at.is_some() {
                return Err(Stop::Refused);
            }
            tx.lost(lead, owner)?;
            tx.put_back(lead, Departure::Declined)?;
            let wanted = Wanted { lead, trigger: Trigger::Decline, not: None, declined_by: Some(owner) };
            tx.give(decisions, wanted).map(drop)
        })
    }

    pub fn claim(&mut self, lead: usize, who: usize) -> Done {
        let inquiry = self.lead(lead);
        let day = self.today();
        let roster = Arc::clone(&self.world.roster);
        let (of, pool) = (&roster.person(user(who)).unwrap().availability, &roster.pool);
        let is_free = inquiry.assignee_id.is_none() && !of.paused && !of.is_absent(self.now);
        let is_cooling = self.world.cooling(lead, self.now).contains(&user(who));
        let claimed = self.world.claimed.get(&(who, day)).copied().unwrap_or(0);
        let most = of.open_max.map_or(pool.holding_max, |max| max.min(pool.holding_max));
        let has_room = claimed < i64::from(pool.claims_per_day) && self.world.open[who] < i64::from(most);
        if !is_free || is_cooling || !has_room {
            return Err(Stop::Refused);
        }
        self.check_cooled(lead, who);
        self.set_owner(lead, who, Trigger::Claim, day)?;
        assert!(self.world.got_on(who, day, true) <= i64::from(pool.claims_per_day));
        assert!(self.world.held_by(who) <= i64::from(most));
        Ok(())
    }

    pub fn move_to(&mut self, lead: usize, status: Status) -> Done {
        if !self.lead(lead).status.may_become(status) {
            return Err(Stop::Refused);
        }
        let now = self.now;
        self.update(lead, |inquiry| {
            (inquiry.status, inquiry.status_changed_at) = (status, Some(now));
        })?;
        self.world.leads[lead].changes += 1;
        self.recompute(lead)
    }

    pub fn contact(&mut self, lead: usize) -> Done {
        if self.lead(lead).holder().is_none() {
            return Err(Stop::Refused);
        }
        let now = self.now;
        self.update(lead, |inquiry| {
            inquiry.last_contacted_at = inquiry.last_contacted_at.max(Some(now));
            inquiry.accepted_at = inquiry.accepted_at.or(Some(now));
        })?;
        self.world.leads[lead].changes += 1;
        self.recompute(lead)
    }

    // ---- what time does, as in `terms/actions.rs`

    pub fn look_at(&mut self, lead: usize) -> Done {
        let inquiry = self.lead(lead);
        let Some(mut ownership) = Ownership::of(&inquiry) else {
            return self.set_deadlines(lead, Deadlines::default());
        };
        if self.escalate(lead, &ownership)? {
            return Ok(());
        }
        let roster = Arc::clone(&self.world.roster);
        let terms = Terms::of(&roster);
        if let Some(recycling) = terms.recycling(&ownership) {
            if recycling.warn_at.is_some_and(|at| at <= self.now) {
                ownership.warned_at = Some(self.now);
                let recycle_at = terms.recycling(&ownership).map_or(recycling.at, |after| after.at);
                let as_of = (self.world.leads[lead].changes, self.world.office.changes);
                self.record(lead, Entry::Warned { recycle_at, as_of })?;
            } else if recycling.warn_at.is_none() && recycling.at <= self.now {
                self.check_warned(lead, recycling.reason);
                self.lost(lead, place(inquiry.assignee_id.unwrap()))?;
                return self.put_back(lead, Departure::Recycled);
            }
        }
        self.set_deadlines(lead, terms.deadlines(&ownership, Some(self.now)))
    }

    /// Nobody loses an inquiry by time who was not warned of it, nor before the time that the warning named.
    fn check_warned(&self, lead: usize, reason: RecycleReason) {
        let recycle = &self.world.roster.pool.recycle;
        let days = match reason {
            RecycleReason::NoContact => recycle.no_contact_days,
            RecycleReason::NoStatusChange => recycle.no_status_change_days,
            RecycleReason::Hard | RecycleReason::Escalated => recycle.hard_days,
        };
        if recycle.warn_days == 0 || days.is_some_and(|days| days <= recycle.warn_days) {
            return;
        }
        let Lead { ownership, changes, .. } = self.world.leads[lead];
        let warned = self.world.log.iter().rev().find_map(|event| match event.entry {
            Entry::Warned { recycle_at, as_of } if event.lead == lead && event.ownership == ownership => {
                Some((recycle_at, as_of))
            }
            _ => None,
        });
        let (recycle_at, as_of) = warned.expect("they were warned");
        if as_of == (changes, self.world.office.changes) {
            assert!(recycle_at <= self.now, "it was promised until {recycle_at}");
        }
    }

    /// What was recorded of its present owner.
    fn done(&self, lead: usize) -> Vec<Entry> {
        let number = self.world.leads[lead].ownership;
        let of_owner = |event: &&Event| event.lead == lead && event.ownership == number;
        self.world.log.iter().filter(of_owner).map(|event| event.entry).collect()
    }

    fn escalate(&mut self, lead: usize, ownership: &Ownership) -> Done<bool> {
        let due = self.world.terms().due(ownership);
        let done = self.done(lead);
        for (at, due) in due {
            let entry = Entry::of(&due);
            if at > self.now || done.contains(&entry) {
                continue;
            }
            self.record(lead, entry)?;
            match due {
                Due::Step(LadderStep { r#do: EscalationAction::Reassign, .. }) => {
                    self.reassign(lead)?;
                    return Ok(true);
                }
                Due::Step(LadderStep { r#do: EscalationAction::Pool, .. }) => {
                    let owner = self.world.holder(lead).unwrap();
                    self.lost(lead, owner)?;
                    self.put_back(lead, Departure::Escalated)?;
                    return Ok(true);
                }
                _ => {}
            }
        }
        Ok(false)
    }

    fn reassign(&mut self, lead: usize) -> Done {
        let owner = self.world.holder(lead).unwrap();
        self.lost(lead, owner)?;
        self.deciding(|tx, decisions| {
            let wanted = Wanted { lead, trigger: Trigger::Escalation, not: None, declined_by: Some(owner) };
            if tx.give(decisions, wanted)?.is_none() {
                tx.put_back(lead, Departure::Escalated)?;
            }
            Ok(())
        })
    }
}
