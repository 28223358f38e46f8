//! Decisions of one transaction: what they look at is read once, what they change is written at their end.
//! Who is chosen is decided in `engine.rs`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::engine::{Case, Excluded, Load, State};
use super::model::{Decision, Detail};
use super::roster::{self, Roster};
use super::store::{self, DecisionRow};
use crate::assignment::terms;
use crate::inquiries::conditions::Subject;
use crate::inquiries::events::{PassedOver, Trigger, Unassigned};
use crate::inquiries::store::OPEN;
use crate::inquiries::{Inquiry, NewInquiry, Owner, Submitted, actions as inquiries};
use crate::kernel::clock::day_number;
use crate::kernel::error::Result;
use crate::kernel::id::{EventId, InquiryId, RuleId, UserId};
use crate::platform::db::Tx;
use crate::platform::db::counters::{self, Counter};

/// How many inquiries rules gave to a user on a date.
pub const ASSIGNED: Counter = Counter("assigned_by_rules");

/// The decisions of one transaction. No other transaction decides before it ends.
pub struct Decisions {
    pub roster: Arc<Roster>,
    state: State,
    /// The organisation's date.
    day: i32,
    /// The rules whose rotation has moved.
    moved: BTreeSet<RuleId>,
    /// Who cools down, of inquiries of which that was read before.
    cooling: HashMap<InquiryId, Vec<UserId>>,
}

/// For which inquiry somebody is wanted, and who is not.
#[derive(Debug, Clone, Copy)]
pub struct DecisionRequest<'a> {
    pub inquiry: &'a Inquiry,
    pub trigger: Trigger,
    /// Not even looked at.
    pub not: Option<UserId>,
    /// Cools down whatever the settings say.
    pub cooling: Option<UserId>,
}

/// The event that announces where an inquiry went, if it is not that of its new owner, and the one by which
/// somebody lost it right before, if that is the same step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Announced {
    event: Option<EventId>,
    departure: Option<EventId>,
    previous: Option<UserId>,
}

impl Announced {
    pub fn by(event: EventId) -> Self {
        Self { event: Some(event), ..Self::default() }
    }

    /// By the very event by which its owner lost it.
    pub fn by_departure(event: EventId, previous: Option<UserId>) -> Self {
        Self { event: Some(event), departure: Some(event), previous }
    }

    /// The same, announced by another event, if there is one.
    fn or_by(self, event: Option<EventId>) -> Self {
        Self { event: event.or(self.event), ..self }
    }
}

impl<'a> DecisionRequest<'a> {
    pub fn anybody(inquiry: &'a Inquiry, trigger: Trigger) -> Self {
        Self { inquiry, trigger, not: None, cooling: None }
    }
}

impl Decisions {
    /// Runs `decide` with the decisions of this transaction.
    pub fn of<T>(tx: &mut Tx<'_>, decide: impl FnOnce(&mut Tx<'_>, &mut Self) -> Result<T>) -> Result<T> {
        let mut decisions = Self::begin(tx)?;
        let result = decide(tx, &mut decisions)?;
        for rule in decisions.moved {
            if let Some(rotation) = decisions.state.rotations.remove(&rule) {
                store::put_rotation(tx, rule, rotation)?;
            }
        }
        Ok(result)
    }

    /// The same for decisions of which nothing is to be stored.
    pub fn dry_run<T>(
        tx: &mut Tx<'_>,
        decide: impl FnOnce(&mut Tx<'_>, &mut Self) -> Result<T>,
    ) -> Result<T> {
        let mut decisions = Self::begin(tx)?;
        decide(tx, &mut decisions)
    }

    fn begin(tx: &mut Tx<'_>) -> Result<Self> {
        let roster = roster::lock(tx)?;
        let day = day_number(tx.now.date(roster.working.zone()));
        let mut state = State::default();
        for (counter, user, value) in counters::all(tx.conn, [(OPEN, None), (ASSIGNED, Some(day))])? {
            let load: &mut Load = state.loads.entry(user).or_default();
            if counter == OPEN.0 { load.open = value } else { load.today = value }
        }
        Ok(Self { roster, state, day, moved: BTreeSet::new(), cooling: HashMap::new() })
    }

    /// Takes in a new inquiry, and gives it to whom the rules say.
    pub fn receive(
        &mut self,
        tx: &mut Tx<'_>,
        new: &NewInquiry,
        submitted: Option<Submitted>,
    ) -> Result<Inquiry> {
        let draft = inquiries::draft(tx, new, submitted);
        let decision =
            self.decide_at(tx, DecisionRequest::anybody(draft.inquiry(), Trigger::Received), &[])?;
        let owner = self.owner(&decision, draft.inquiry(), Trigger::Received, tx);
        let (inquiry, event) = inquiries::receive_draft(tx, draft, owner)?;
        self.record(tx, inquiry.id, Trigger::Received, Announced::by(event), &decision)?;
        Ok(inquiry)
    }

    /// Somebody has just lost an open inquiry.
    pub fn lost_by(&mut self, user: UserId) {
        let load = self.state.loads.entry(user).or_default();
        load.open = load.open.saturating_sub(1);
    }

    /// Reads who cools down for each of these, for one decision about each.
    pub fn read_cooling(&mut self, tx: &mut Tx<'_>, inquiries: &[Inquiry]) -> Result<()> {
        let ids: Vec<InquiryId> = inquiries.iter().map(|inquiry| inquiry.id).collect();
        let mut cooling = store::cooling_among(tx.conn, &ids, tx.now, self.roster.pool.cool_down_hours)?;
        self.cooling = ids.into_iter().map(|id| (id, cooling.remove(&id).unwrap_or_default())).collect();
        Ok(())
    }

    /// Decides about an inquiry that is there; nothing is stored yet.
    pub fn decide(&mut self, tx: &mut Tx<'_>, wanted: DecisionRequest<'_>) -> Result<Decision> {
        let hours = self.roster.pool.cool_down_hours;
        let mut cooling = match self.cooling.remove(&wanted.inquiry.id) {
            Some(cooling) => cooling,
            None => store::cooling(tx.conn, wanted.inquiry.id, tx.now, hours)?,
        };
        cooling.extend(wanted.cooling);
        self.decide_at(tx, wanted, &cooling)
    }

    fn decide_at(
        &mut self,
        tx: &mut Tx<'_>,
        wanted: DecisionRequest<'_>,
        cooling: &[UserId],
    ) -> Result<Decision> {
        let roster = Arc::clone(&self.roster);
        let case = Case {
            roster: &roster,
            subject: &Subject::of(wanted.inquiry),
            at: tx.now,
            excluded: Excluded { owner: wanted.not, cooling },
        };
        let decision = case.decide(&mut self.state, |rule| store::rotation(tx.conn, rule))?;
        if decision.chosen.is_some() {
            self.moved.insert(decision.rule);
        }
        Ok(decision)
    }

    /// The owner whom a decision makes.
    pub fn owner(
        &self,
        decision: &Decision,
        inquiry: &Inquiry,
        trigger: Trigger,
        tx: &Tx<'_>,
    ) -> Option<Owner> {
        decision.chosen.map(|chosen| Owner {
            user: chosen.user,
            team: chosen.team,
            trigger,
            rule: Some(decision.rule),
            deadlines: terms::of_new_owner(&self.roster, inquiry, tx.now, trigger),
        })
    }

    /// Stores why an inquiry went where it did; nothing if it stayed where it was. That nobody was eligible
    /// is announced here.
    pub fn record(
        &mut self,
        tx: &mut Tx<'_>,
        inquiry: InquiryId,
        trigger: Trigger,
        announced: Announced,
        decision: &Decision,
    ) -> Result<()> {
        let unassigned = if decision.is_nobody_eligible() {
            let passed_over = decision.candidates.iter().map(|candidate| PassedOver {
                user_id: candidate.user_id,
                reason: candidate.reason.word().to_owned(),
            });
            let fact = Unassigned { candidates: passed_over.collect(), trigger };
            Some(tx.record(Some(inquiry), &fact)?)
        } else {
            None
        };
        let Announced { event: Some(event), departure, previous } = announced.or_by(unassigned) else {
            return Ok(());
        };
        // What is explained by its own event needs no other one.
        let departure = departure.filter(|departure| *departure != event);
        let detail = Detail { previous, trigger, ..decision.detail() };
        tx.insert(DecisionRow::new(event, inquiry, departure, &detail)?)?;
        match decision.chosen {
            Some(chosen) => counters::add(tx, ASSIGNED, chosen.user, Some(self.day), 1),
            None => Ok(()),
        }
    }

    /// Gives an inquiry that is there to whom a decision says, or leaves it to nobody.
    pub fn apply(
        &mut self,
        tx: &mut Tx<'_>,
        wanted: DecisionRequest<'_>,
        decision: &Decision,
        announced: Announced,
    ) -> Result<Inquiry> {
        let before = wanted.inquiry;
        let (inquiry, event) = match self.owner(decision, before, wanted.trigger, tx) {
            Some(owner) => inquiries::set_owner(tx, before, owner)?,
            None => (before.clone(), None),
        };
        self.record(tx, inquiry.id, wanted.trigger, announced.or_by(event), decision)?;
        Ok(inquiry)
    }
}
