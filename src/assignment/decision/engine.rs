//! The decision itself: which rule matches, who is eligible, who is chosen. Pure: what it looks at is given,
//! and nothing is stored. Where it is called is in `session.rs`.

use std::collections::HashMap;

use super::model::{Candidate, CandidateReason, Chosen, Decision, EvaluatedRule};
use super::roster::{CompiledRule, Person, Roster};
use super::rotation::Rotation;
use crate::assignment::rules::{Otherwise, Strategy};
use crate::inquiries::conditions::Subject;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{RuleId, UserId};

/// How much somebody has by now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Open inquiries that they own.
    pub open: i64,
    /// How many rules gave to them today.
    pub today: i64,
}

/// What changes with each decision.
#[derive(Debug, Default)]
pub struct State {
    pub loads: HashMap<UserId, Load>,
    pub rotations: HashMap<RuleId, Rotation>,
    /// Limits of people do not count.
    pub is_unlimited: bool,
}

/// Who is out of the question for one inquiry.
#[derive(Debug, Clone, Copy, Default)]
pub struct Excluded<'a> {
    /// Not even looked at: the present owner.
    pub owner: Option<UserId>,
    /// Who has lost it a short time ago.
    pub cooling: &'a [UserId],
}

/// People whom rules passed over that are kept of one decision: it is stored with each inquiry.
const PASSED_OVER_MAX: usize = 200;

/// One decision: at which moment, on which inquiry, without whom.
pub struct Case<'a> {
    pub roster: &'a Roster,
    pub subject: &'a Subject<'a>,
    pub at: Timestamp,
    pub excluded: Excluded<'a>,
}

/// A condition that asks for whoever asks has nobody to mean: rules have none.
fn nobody() -> UserId {
    UserId::floor(Timestamp::from_millis(0))
}

impl Case<'_> {
    /// Decides. The state is changed as if the inquiry was given to whoever is chosen. `rotation` looks up
    /// that of a rule which is not in the state yet.
    pub fn decide(
        &self,
        state: &mut State,
        mut rotation: impl FnMut(RuleId) -> Result<Rotation>,
    ) -> Result<Decision> {
        let mut tried = Vec::new();
        let mut last = None;
        let mut passed_over_left = PASSED_OVER_MAX;
        for rule in &self.roster.rules {
            let failed_on = self.failed_on(rule);
            let matched = failed_on.is_empty();
            let mut evaluated = EvaluatedRule {
                rule_id: rule.id,
                name: rule.name.clone(),
                matched,
                failed_on,
                passed_over: Vec::new(),
            };
            if !matched {
                tried.push(evaluated);
                continue;
            }
            if rule.strategy != Strategy::Pool && !state.rotations.contains_key(&rule.id) {
                state.rotations.insert(rule.id, rotation(rule.id)?);
            }
            let (chosen, candidates) = self.choose(rule, state);
            let is_final =
                chosen.is_some() || rule.strategy == Strategy::Pool || rule.otherwise == Otherwise::Pool;
            if !is_final {
                let each = candidates.iter().map(|candidate| (candidate.user_id, candidate.reason));
                evaluated.passed_over = each.take(passed_over_left).collect();
                passed_over_left = passed_over_left.saturating_sub(evaluated.passed_over.len());
            }
            tried.push(evaluated);
            last = Some((rule, chosen, candidates));
            if is_final {
                break;
            }
        }
        let (rule, chosen, candidates) =
            last.ok_or_else(|| Error::internal("no rule matches: there is no fallback"))?;
        if let Some(chosen) = chosen {
            let load = state.loads.entry(chosen.user).or_default();
            load.open = load.open.saturating_add(1);
            load.today = load.today.saturating_add(1);
        }
        Ok(Decision { rule: rule.id, strategy: rule.strategy, chosen, rules: tried, candidates })
    }

    fn failed_on(&self, rule: &CompiledRule) -> Vec<String> {
        if !rule.is_active {
            return vec!["inactive".to_owned()];
        }
        let failed = rule.conditions.iter().filter(|(_, condition)| !condition.fits(self.subject, nobody()));
        failed.map(|(member, _)| (*member).to_owned()).collect()
    }

    fn choose(&self, rule: &CompiledRule, state: &mut State) -> (Option<Chosen>, Vec<Candidate>) {
        let mut candidates: Vec<(&Person, Candidate)> = Vec::with_capacity(rule.candidates.len());
        for (place, weight) in &rule.candidates {
            let Some(person) = self.roster.people.get(*place) else { continue };
            if Some(person.id) == self.excluded.owner {
                continue;
            }
            let load = state.loads.get(&person.id).copied().unwrap_or_default();
            let reason = self.hindrance(rule, person, load, state.is_unlimited);
            let candidate = Candidate {
                user_id: person.id,
                reason: reason.unwrap_or(CandidateReason::NotNext),
                weight: *weight,
                credit: 0.0,
                open: load.open,
                today: load.today,
            };
            candidates.push((person, candidate));
        }
        let eligible = || {
            let all = candidates.iter().map(|(_, candidate)| candidate);
            all.filter(|candidate| candidate.reason == CandidateReason::NotNext)
        };
        let Some(rotation) = state.rotations.get_mut(&rule.id) else { return (None, Vec::new()) };
        let winner = match rule.strategy {
            Strategy::Pool => None,
            Strategy::User => eligible().next().map(|candidate| candidate.user_id),
            Strategy::RoundRobin => {
                rotation.next(&eligible().map(|one| (one.user_id, one.weight)).collect::<Vec<_>>())
            }
            Strategy::LeastBusy => rotation
                .least_busy(&eligible().map(|one| (one.user_id, one.weight, one.open)).collect::<Vec<_>>()),
        };
        let mut chosen = None;
        for (person, candidate) in &mut candidates {
            candidate.credit = rotation.credit(person.id);
            if Some(person.id) == winner {
                candidate.reason = CandidateReason::Chosen;
                chosen = Some(Chosen { user: person.id, team: person.team });
            }
        }
        (chosen, candidates.into_iter().map(|(_, candidate)| candidate).collect())
    }

    /// Why somebody cannot be given it; none if they can.
    fn hindrance(
        &self,
        rule: &CompiledRule,
        person: &Person,
        load: Load,
        is_unlimited: bool,
    ) -> Option<CandidateReason> {
        let of = &person.availability;
        let is_full = |limit: Option<u32>, has: i64| {
            limit.is_some_and(|limit| has >= i64::from(limit)) && !is_unlimited
        };
        let is_of_team = rule.team.is_none_or(|team| person.team == Some(team));
        if !person.is_active {
            Some(CandidateReason::Inactive)
        } else if !is_of_team {
            Some(CandidateReason::WrongTeam)
        } else if let Some(away) = person.away(self.at) {
            Some(away)
        } else if !of.is_on_duty(self.at, &self.roster.working) {
            Some(CandidateReason::OffShift)
        } else if is_full(of.open_max, load.open) {
            Some(CandidateReason::FullOpen)
        } else if is_full(of.daily_max, load.today) {
            Some(CandidateReason::FullDay)
        } else {
            self.excluded.cooling.contains(&person.id).then_some(CandidateReason::CoolDown)
        }
    }
}
