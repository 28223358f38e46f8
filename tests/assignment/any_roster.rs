//! Decisions over any roster: who is eligible is worked out apart from the crate, and a decision changes only
//! what it should. Single cases are in `engine.rs`.

use std::collections::HashMap;

use leaddock::access::Role;
use leaddock::assignment::decision::engine::{Case, Excluded, Load, State};
use leaddock::assignment::decision::model::{Candidate, CandidateReason, Decision};
use leaddock::assignment::decision::roster::Person;
use leaddock::assignment::decision::rotation::{Credit, Rotation};
use leaddock::assignment::rules::{Rule, Strategy as Choice};
use leaddock::inquiries::conditions::Subject;
use leaddock::kernel::id::UserId;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engine::{MONDAY, case, chosen};
use crate::setup::*;

/// What may keep somebody from it, and how much they have.
#[derive(Debug, Clone)]
struct Somebody {
    is_active: bool,
    is_manager: bool,
    team: Option<usize>,
    paused: bool,
    /// An absence in hours from the moment of the decision.
    absent: Option<(i64, Option<i64>)>,
    /// Hours of a shift on Mondays.
    shift: Option<(u8, u8)>,
    open_max: Option<u32>,
    daily_max: Option<u32>,
    weight: u32,
    load: Load,
    is_cooling: bool,
}

impl Somebody {
    fn person(&self, n: usize) -> Person {
        let hour = |hours: i64| at(MONDAY).plus(chrono::Duration::hours(hours));
        let absences: Vec<Value> = self
            .absent
            .iter()
            .map(|(from, to)| json!({"from": hour(*from), "to": to.map(|to| hour(from + to))}))
            .collect();
        let shifts = self.shift.map(
            |(from, to)| json!([{"days": [1], "from": format!("{from:02}:00"), "to": format!("{to:02}:00")}]),
        );
        let availability = json!({"paused": self.paused, "absences": absences, "shifts": shifts,
            "open_max": self.open_max, "daily_max": self.daily_max, "weight": self.weight});
        Person {
            role: if self.is_manager { Role::Manager } else { Role::Agent },
            team: self.team.map(team),
            is_active: self.is_active,
            ..with(n, &availability)
        }
    }

    /// Whether they can be given it at 11:00 on a Monday, by the words of the trade.
    fn is_eligible(&self, of_team: Option<usize>) -> bool {
        let is_away = self.absent.is_some_and(|(from, to)| from <= 0 && to.is_none_or(|to| from + to > 0));
        // One that runs past midnight was begun today only if it began before.
        let is_on = self.shift.is_none_or(|(from, to)| from <= 11 && (11 < to || to <= from));
        let has_room = self.open_max.is_none_or(|max| self.load.open < i64::from(max))
            && self.daily_max.is_none_or(|max| self.load.today < i64::from(max));
        self.is_active
            && of_team.is_none_or(|of_team| self.team == Some(of_team))
            && !self.paused
            && !is_away
            && is_on
            && has_room
            && !self.is_cooling
    }
}

fn any_somebody() -> impl Strategy<Value = Somebody> {
    let seldom = || prop::bool::weighted(0.1);
    let limit = || prop::option::weighted(0.3, 0_u32..5);
    let who = (prop::bool::weighted(0.9), seldom(), prop::option::weighted(0.9, 0_usize..2), seldom());
    let when = (
        prop::option::weighted(0.3, (-5_i64..5, prop::option::of(1_i64..8))),
        prop::option::weighted(0.3, (0_u8..24, 0_u8..=24)),
    );
    let load = (0_i64..5, 0_i64..5).prop_map(|(open, today)| Load { open, today });
    (who, when, (limit(), limit(), 1_u32..=100), load, seldom()).prop_map(
        |(who, when, limits, load, is_cooling)| {
            let ((is_active, is_manager, team, paused), (absent, shift)) = (who, when);
            let (open_max, daily_max, weight) = limits;
            Somebody {
                is_active,
                is_manager,
                team,
                paused,
                absent,
                shift,
                open_max,
                daily_max,
                weight,
                load,
                is_cooling,
            }
        },
    )
}

/// How a rule chooses, among whom, of which team, and what it does otherwise.
#[derive(Debug, Clone)]
struct AnyRule {
    strategy: &'static str,
    named: Option<Vec<usize>>,
    team: Option<usize>,
    is_next: bool,
    is_active: bool,
    wants_land: bool,
}

impl AnyRule {
    fn rule(&self, n: usize) -> Rule {
        let is_pool = self.strategy == "pool";
        let named = self.named.as_ref().filter(|_| !is_pool);
        let named: Option<Vec<UserId>> = named.map(|named| named.iter().copied().map(user).collect());
        let then = json!({"strategy": self.strategy, "user_ids": named, "team_id": self.team.map(team),
            "otherwise": if self.is_next { "next" } else { "pool" }});
        let when = if self.wants_land { json!({"need_kinds": ["land"]}) } else { json!({}) };
        Rule { active: self.is_active, ..rule_for(n, &when, &then) }
    }

    fn candidates(&self, people: &[Somebody], owner: Option<usize>) -> Vec<usize> {
        let is_among = |n: &usize| match (self.strategy, &self.named, self.team) {
            ("pool", ..) => false,
            (_, Some(named), _) => named.contains(n),
            (_, None, team) => !people[*n].is_manager && (team.is_none() || people[*n].team == team),
        };
        (0..people.len()).filter(is_among).filter(|n| Some(*n) != owner).collect()
    }
}

fn any_rule() -> impl Strategy<Value = AnyRule> {
    let strategy = prop::sample::select(&["round_robin", "least_busy", "user", "pool"][..]);
    let named = prop::option::of(prop::collection::vec(0_usize..10, 1..6));
    let team = prop::option::weighted(0.3, 0_usize..2);
    (strategy, named, team, any::<bool>(), prop::bool::weighted(0.9), prop::bool::weighted(0.2)).prop_map(
        |(strategy, named, team, is_next, is_active, wants_land)| {
            let named =
                if strategy == "user" { named.or(Some(vec![0])).map(|all| all[..1].to_vec()) } else { named };
            AnyRule { strategy, named, team, is_next, is_active, wants_land }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_eligible_are_those_who_are_chosen_or_not_next(
        people in prop::collection::vec(any_somebody(), 1..10),
        rules in prop::collection::vec(any_rule(), 0..4),
        is_land in any::<bool>(),
        owner in prop::option::weighted(0.3, 0_usize..10),
        had in prop::collection::vec((0_usize..10, 1_u32..10), 0..12),
    ) {
        let fallback = AnyRule { strategy: "round_robin", named: None, team: None, is_next: false,
            is_active: true, wants_land: false };
        let rules: Vec<AnyRule> = rules.into_iter().chain([fallback]).collect();
        let roster = roster(
            people.iter().enumerate().map(|(n, somebody)| somebody.person(n)).collect(),
            rules.iter().enumerate().map(|(n, rule)| rule.rule(n)).collect(),
        );
        let inquiry = inquiry(&if is_land { json!({"need_kind": "land"}) } else { json!({}) });
        let cooling: Vec<UserId> = (0..people.len()).filter(|n| people[*n].is_cooling).map(user).collect();
        let excluded = Excluded { owner: owner.map(user), cooling: &cooling };
        let mut rotation = Rotation::default();
        for (n, weight) in had {
            rotation.next(&[(user(n), weight), (user(n + 1), 3)]);
        }
        let mut state = State {
            loads: people.iter().enumerate().map(|(n, somebody)| (user(n), somebody.load)).collect(),
            ..State::default()
        };
        let before = state.loads.clone();
        let subject = Subject::of(&inquiry);
        let decision = Case { excluded, ..case(&roster, &subject) }
            .decide(&mut state, |_| Ok(rotation.clone()))
            .unwrap();

        // The rule that decides.
        let matches = |rule: &&AnyRule| rule.is_active && (!rule.wants_land || is_land);
        let able = |rule: &AnyRule| {
            let candidates = rule.candidates(&people, owner).into_iter();
            candidates.filter(|n| people[*n].is_eligible(rule.team)).collect::<Vec<_>>()
        };
        let is_final = |rule: &&AnyRule| rule.strategy == "pool" || !rule.is_next || !able(rule).is_empty();
        let place = rules.iter().position(|rule| matches(&rule) && is_final(&rule)).unwrap();
        let rule = &rules[place];
        prop_assert_eq!(decision.rule, rule_id(place));
        prop_assert_eq!(decision.rules.len(), place + 1);
        for (tried, rule) in decision.rules.iter().zip(&rules) {
            prop_assert_eq!(tried.matched, matches(&rule));
        }

        // Its candidates, and who of them is eligible.
        let all: Vec<UserId> = decision.candidates.iter().map(|candidate| candidate.user_id).collect();
        prop_assert_eq!(all, rule.candidates(&people, owner).into_iter().map(user).collect::<Vec<_>>());
        let expected: Vec<UserId> = able(rule).into_iter().map(user).collect();
        let is_eligible =
            |candidate: &&Candidate| matches!(candidate.reason, CandidateReason::Chosen | CandidateReason::NotNext);
        let eligible: Vec<UserId> =
            decision.candidates.iter().filter(is_eligible).map(|candidate| candidate.user_id).collect();
        prop_assert_eq!(&eligible, &expected);
        let winners = decision.candidates.iter().filter(|candidate| candidate.reason == CandidateReason::Chosen);
        let winners: Vec<UserId> = winners.map(|candidate| candidate.user_id).collect();
        prop_assert_eq!(winners, chosen(&decision).into_iter().collect::<Vec<_>>());
        prop_assert_eq!(chosen(&decision).is_some(), !expected.is_empty());

        is_changed_only_as_decided(&decision, &before, &rotation, &state, &expected)?;
    }
}

/// A decision changes what the chosen one has and, by its strategy, the rotation of its rule. Nothing else.
fn is_changed_only_as_decided(
    decision: &Decision,
    loads: &HashMap<UserId, Load>,
    rotation: &Rotation,
    state: &State,
    eligible: &[UserId],
) -> Result<(), TestCaseError> {
    let mut expected = loads.clone();
    if let Some(winner) = chosen(decision) {
        let load = expected.get_mut(&winner).unwrap();
        *load = Load { open: load.open + 1, today: load.today + 1 };
    }
    prop_assert_eq!(&state.loads, &expected);
    for (rule, after) in &state.rotations {
        let is_moved = *rule == decision.rule
            && decision.chosen.is_some()
            && matches!(decision.strategy, Choice::RoundRobin | Choice::LeastBusy);
        if !is_moved {
            prop_assert_eq!(after, rotation);
            continue;
        }
        prop_assert_eq!(after.turns, rotation.turns + 1);
        for (user, Credit(credit, last)) in &after.credits {
            let is_winner = Some(*user) == chosen(decision);
            prop_assert_eq!(*last == after.turns, is_winner);
            let is_same = credit.to_bits() == rotation.credit(*user).to_bits();
            let may_move = decision.strategy == Choice::RoundRobin && eligible.contains(user);
            prop_assert!(is_same || may_move, "{} moved", user);
        }
    }
    Ok(())
}
