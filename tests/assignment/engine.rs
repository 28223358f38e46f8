//! Decisions: which rule matches, who is eligible, why the others are not, and what a decision changes.
//! How a rotation chooses among the eligible is in `rotation.rs`.

use std::collections::HashMap;

use leaddock::access::Role;
use leaddock::assignment::decision::engine::{Case, Excluded, Load, State};
use leaddock::assignment::decision::model::{Candidate, CandidateReason, Decision};
use leaddock::assignment::decision::roster::{Person, Roster};
use leaddock::assignment::decision::rotation::Rotation;
use leaddock::assignment::rules::{Rule, Strategy as Choice};
use leaddock::inquiries::conditions::Subject;
use leaddock::kernel::clock::Timestamp;
use leaddock::kernel::id::UserId;
use serde_json::json;

use crate::setup::*;

/// Monday, 11:00 in Shanghai.
pub const MONDAY: &str = "2027-03-01T03:00:00Z";

pub fn case<'a>(roster: &'a Roster, subject: &'a Subject<'a>) -> Case<'a> {
    Case { roster, subject, at: at(MONDAY), excluded: Excluded::default() }
}

fn decided(case: &Case<'_>, state: &mut State) -> Decision {
    case.decide(state, |_| Ok(Rotation::default())).unwrap()
}

/// Decides about an inquiry without facts.
fn decide(roster: &Roster, state: &mut State) -> Decision {
    let inquiry = inquiry(&json!({}));
    decided(&case(roster, &Subject::of(&inquiry)), state)
}

fn turns() -> Rule {
    rule(0, &json!({"strategy": "round_robin"}))
}

fn loads<const N: usize>(of: [(usize, i64, i64); N]) -> State {
    let loads = of.into_iter().map(|(n, open, today)| (user(n), Load { open, today }));
    State { loads: loads.collect(), ..State::default() }
}

pub fn chosen(decision: &Decision) -> Option<UserId> {
    decision.chosen.map(|chosen| chosen.user)
}

fn reasons(decision: &Decision) -> Vec<&'static str> {
    decision.candidates.iter().map(|candidate| candidate.reason.word()).collect()
}

fn rule_places(decision: &Decision) -> Vec<(&str, bool, Vec<&str>)> {
    let tried = decision.rules.iter();
    tried
        .map(|rule| (rule.name.as_str(), rule.matched, rule.failed_on.iter().map(String::as_str).collect()))
        .collect()
}

// ---- why somebody is not chosen

/// Somebody with every hindrance from `first` on: the others come after it.
fn hindered(first: usize) -> Person {
    let mut person = person(0);
    person.is_active = first > 0;
    person.team = (first > 1).then(|| team(0));
    let of = &mut person.availability;
    of.paused = first <= 2;
    if first <= 3 {
        *of = availability_of(&json!({"paused": of.paused, "absences": [{"from": MONDAY}]}));
    }
    of.shifts = (first <= 4).then(Vec::new);
    of.open_max = (first <= 5).then_some(3);
    of.daily_max = (first <= 6).then_some(2);
    person
}

#[test]
fn each_is_given_the_first_reason_that_is_so() {
    let among = json!({"strategy": "round_robin", "user_ids": [user(0), user(1)], "team_id": team(0)});
    let expected = [
        "inactive",
        "wrong_team",
        "paused",
        "absent",
        "off_shift",
        "full_open",
        "full_day",
        "cool_down",
        "chosen",
    ];
    for (first, reason) in expected.into_iter().enumerate() {
        let roster = roster(vec![hindered(first), person(1)], vec![rule(0, &among)]);
        let inquiry = inquiry(&json!({}));
        let subject = Subject::of(&inquiry);
        let cooling = if first <= 7 { vec![user(0)] } else { Vec::new() };
        let excluded = Excluded { owner: None, cooling: &cooling };
        let mut state = loads([(0, 3, 2)]);
        let decision = decided(&Case { excluded, ..case(&roster, &subject) }, &mut state);
        let other = if reason == "chosen" { "not_next" } else { "chosen" };
        assert_eq!(reasons(&decision), [reason, other], "{first}");
    }
    let words: Vec<&str> = CandidateReason::ALL.iter().map(|reason| reason.word()).collect();
    assert_eq!(
        words,
        [&expected[..], &["not_next"]].concat(),
        "they are declared in the order of the checks"
    );
}

#[test]
fn limits_are_reached_and_not_passed() {
    for (availability, open, today, expected) in [
        (json!({"open_max": 0}), 0, 0, CandidateReason::FullOpen),
        (json!({"open_max": 1}), 0, 0, CandidateReason::Chosen),
        (json!({"open_max": 1}), 1, 0, CandidateReason::FullOpen),
        (json!({"open_max": 1}), 5, 0, CandidateReason::FullOpen),
        (json!({"daily_max": 0}), 0, 0, CandidateReason::FullDay),
        (json!({"daily_max": 2}), 9, 1, CandidateReason::Chosen),
        (json!({"daily_max": 2}), 9, 2, CandidateReason::FullDay),
        (json!({"open_max": 1, "daily_max": 0}), 1, 0, CandidateReason::FullOpen),
        (json!({"open_max": null, "daily_max": null}), 1_000_000, 1_000_000, CandidateReason::Chosen),
    ] {
        let roster = roster(vec![with(0, &availability)], vec![turns()]);
        let mut state = loads([(0, open, today)]);
        let decision = decide(&roster, &mut state);
        assert_eq!(decision.candidates[0].reason, expected, "{availability} {open} {today}");
        // A trial asks for no limits.
        let mut state = State { is_unlimited: true, ..loads([(0, open, today)]) };
        assert_eq!(chosen(&decide(&roster, &mut state)), Some(user(0)));
    }
}

#[test]
fn decisions_of_one_transaction_count_against_the_limits() {
    let people = vec![with(0, &json!({"open_max": 2})), with(1, &json!({"daily_max": 1})), person(2)];
    let roster = roster(people, vec![turns()]);
    let mut state = loads([(0, 1, 0), (1, 7, 0)]);
    let who: Vec<_> = (0..5).map(|_| chosen(&decide(&roster, &mut state)).unwrap()).collect();
    assert_eq!(who, [0, 1, 2, 2, 2].map(user));
    assert_eq!(state.loads[&user(0)], Load { open: 2, today: 1 });
    assert_eq!(state.loads[&user(1)], Load { open: 8, today: 1 });
}

#[test]
fn the_present_owner_is_not_even_looked_at() {
    let roster = roster((0..3).map(person).collect(), vec![turns()]);
    let inquiry = inquiry(&json!({}));
    let subject = Subject::of(&inquiry);
    let mut state = State::default();
    for _ in 0..6 {
        let excluded = Excluded { owner: Some(user(0)), cooling: &[] };
        let decision = decided(&Case { excluded, ..case(&roster, &subject) }, &mut state);
        assert_ne!(chosen(&decision), Some(user(0)));
        assert!(decision.candidates.iter().all(|candidate| candidate.user_id != user(0)));
    }
    // They missed nothing: no credit was built up.
    assert_eq!(state.rotations[&rule_id(0)].credits.get(&user(0)), None);
}

#[test]
fn who_cools_down_is_named_and_passed_over() {
    let roster = roster((0..3).map(person).collect(), vec![turns()]);
    let inquiry = inquiry(&json!({}));
    let subject = Subject::of(&inquiry);
    let cooling = [user(0), user(2)];
    let excluded = Excluded { owner: None, cooling: &cooling };
    let decision = decided(&Case { excluded, ..case(&roster, &subject) }, &mut State::default());
    assert_eq!(reasons(&decision), ["cool_down", "chosen", "cool_down"]);
}

#[test]
fn shifts_and_absences_are_those_of_the_moment() {
    let people = vec![
        with(0, &json!({"shifts": [{"days": [1], "from": "09:00", "to": "11:00"}]})),
        with(1, &json!({"shifts": [{"days": [7], "from": "22:00", "to": "11:01"}]})),
        with(2, &json!({"absences": [{"from": "2027-02-01T00:00:00Z", "to": MONDAY}], "weight": 100})),
        with(3, &json!({"absences": [{"from": MONDAY, "to": "2027-03-02T00:00:00Z"}]})),
    ];
    let decision = decide(&roster(people, vec![turns()]), &mut State::default());
    assert_eq!(reasons(&decision), ["off_shift", "not_next", "chosen", "absent"]);
}

// ---- among whom

#[test]
fn candidates_are_all_agents_those_of_a_team_or_those_who_are_named() {
    let mut people: Vec<Person> = (0..5).map(person).collect();
    people[1].team = Some(team(1));
    people[2].team = None;
    people[3].role = Role::Manager;
    people[4].is_active = false;
    let named = json!([user(3), user(1), user(9), user(1)]);
    for (then, expected) in [
        (json!({"strategy": "round_robin"}), vec![0, 1, 2, 4]),
        (json!({"strategy": "least_busy", "team_id": team(0)}), vec![0, 4]),
        (json!({"strategy": "round_robin", "team_id": team(1)}), vec![1]),
        (json!({"strategy": "round_robin", "team_id": team(7)}), vec![]),
        // In the order of their ids, each once; of whom there is nobody, nothing is said.
        (json!({"strategy": "round_robin", "user_ids": named}), vec![1, 3]),
        (json!({"strategy": "user", "user_ids": [user(4)]}), vec![4]),
        (json!({"strategy": "pool"}), vec![]),
    ] {
        let decision = decide(&roster(people.clone(), vec![rule(0, &then)]), &mut State::default());
        let those: Vec<UserId> = decision.candidates.iter().map(|candidate| candidate.user_id).collect();
        assert_eq!(those, expected.into_iter().map(user).collect::<Vec<_>>(), "{then}");
    }
}

#[test]
fn named_people_of_another_team_are_of_the_wrong_one() {
    let mut people: Vec<Person> = (0..3).map(person).collect();
    people[0].team = Some(team(1));
    people[2].team = None;
    let then =
        json!({"strategy": "round_robin", "team_id": team(0), "user_ids": [user(0), user(1), user(2)]});
    let decision = decide(&roster(people, vec![rule(0, &then)]), &mut State::default());
    assert_eq!(reasons(&decision), ["wrong_team", "chosen", "wrong_team"]);
    assert_eq!(decision.chosen.unwrap().team, Some(team(0)));
}

#[test]
fn a_rule_may_give_its_own_weights() {
    let people = vec![with(0, &json!({"weight": 7})), with(1, &json!({"weight": 3})), person(2)];
    let then = json!({"strategy": "round_robin", "weights": {user(1).to_string(): 40}});
    let roster = roster(people, vec![rule(0, &then)]);
    let mut state = State::default();
    let decision = decide(&roster, &mut state);
    let weights: Vec<u32> = decision.candidates.iter().map(|candidate| candidate.weight).collect();
    assert_eq!(weights, [7, 40, 1]);
    let mut got = HashMap::from([(chosen(&decision).unwrap(), 1)]);
    for _ in 1..480 {
        *got.entry(chosen(&decide(&roster, &mut state)).unwrap()).or_insert(0) += 1;
    }
    assert_eq!(got, HashMap::from([(user(0), 70), (user(1), 400), (user(2), 10)]));
}

#[test]
fn the_least_busy_is_chosen_by_weight() {
    let people = vec![person(0), with(1, &json!({"weight": 3})), person(2)];
    let roster = roster(people, vec![rule(0, &json!({"strategy": "least_busy"}))]);
    let mut state = loads([(0, 2, 0), (1, 5, 0), (2, 2, 0)]);
    // 5/3, then 2 against 2 and 6/3, then by their last turns.
    let who: Vec<_> = (0..4).map(|_| chosen(&decide(&roster, &mut state)).unwrap()).collect();
    assert_eq!(who, [1, 0, 2, 1].map(user));
}

#[test]
fn one_named_user_gets_all_that_they_can_take() {
    let then = json!({"strategy": "user", "user_ids": [user(1)], "otherwise": "next"});
    let people = vec![person(0), with(1, &json!({"open_max": 2}))];
    let roster = roster(people, vec![rule(0, &then), rule(1, &json!({"strategy": "round_robin"}))]);
    let mut state = State::default();
    let who: Vec<_> = (0..4).map(|_| chosen(&decide(&roster, &mut state)).unwrap()).collect();
    assert_eq!(who, [1, 1, 0, 0].map(user));
}

// ---- which rule

#[test]
fn the_first_rule_that_matches_decides() {
    let facts = json!({"need_kind": "factory_rent", "region_code": "320506", "industry_code": "C38",
        "tax_wan_per_year": 300, "area_min_sqm": 1000, "area_max_sqm": 2000});
    for (when, failed_on) in [
        (json!({}), vec![]),
        (json!({"form_ids": [form(3), form(0)]}), vec![]),
        (json!({"form_ids": [form(3)]}), vec!["form_ids"]),
        (json!({"need_kinds": ["land", "factory_rent"]}), vec![]),
        (json!({"need_kinds": ["land"], "regions": ["3205"]}), vec!["need_kinds"]),
        (json!({"regions": ["3201", "32"]}), vec![]),
        (json!({"regions": ["3201"], "industries": ["C39"]}), vec!["regions", "industries"]),
        (json!({"industries": ["C38"]}), vec![]),
        (json!({"tax_wan_min": 300.0}), vec![]),
        (json!({"tax_wan_min": 300.000001}), vec!["tax_wan_min"]),
        (json!({"area_sqm_min": 2000.0, "area_sqm_max": 3000.0}), vec![]),
        (json!({"area_sqm_min": 2000.5}), vec!["area_sqm_min"]),
        (json!({"area_sqm_max": 999.0, "tax_wan_min": 301.0}), vec!["tax_wan_min", "area_sqm_max"]),
        (json!({"keywords": ["土地", "厂房"]}), vec![]),
        (json!({"keywords": ["土地"]}), vec!["keywords"]),
    ] {
        let rules = vec![
            rule_for(0, &when, &json!({"strategy": "pool"})),
            rule(1, &json!({"strategy": "round_robin"})),
        ];
        let roster = roster(vec![person(0)], rules);
        let inquiry = inquiry(&facts);
        let decision = decided(&case(&roster, &Subject::of(&inquiry)), &mut State::default());
        assert_eq!(rule_places(&decision)[0], ("r0", failed_on.is_empty(), failed_on.clone()), "{when}");
        assert_eq!(decision.rules.len(), if failed_on.is_empty() { 1 } else { 2 }, "{when}");
        assert_eq!(decision.rule, rule_id(usize::from(!failed_on.is_empty())), "{when}");
    }
    // What is not known does not match.
    let unknown = json!({"need_kinds": ["land"], "regions": ["32"], "industries": ["C"], "tax_wan_min": 0.0,
        "area_sqm_min": 0.0, "area_sqm_max": 1000000.0});
    let rules = vec![rule_for(0, &unknown, &json!({"strategy": "pool"})), turns()];
    let decision = decide(&roster(vec![person(0)], rules), &mut State::default());
    assert_eq!(decision.rules[0].failed_on, unknown.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
}

#[test]
fn a_rule_that_is_off_fails_on_that_alone() {
    let mut off = rule_for(0, &json!({"regions": ["32"]}), &json!({"strategy": "pool"}));
    off.active = false;
    let roster = roster(vec![person(0)], vec![off, rule(1, &json!({"strategy": "round_robin"}))]);
    let decision = decide(&roster, &mut State::default());
    assert_eq!(rule_places(&decision), [("r0", false, vec!["inactive"]), ("r1", true, vec![])]);
    assert_eq!((decision.rule, chosen(&decision)), (rule_id(1), Some(user(0))));
}

#[test]
fn where_nobody_is_eligible_the_next_rule_goes_on_or_the_pool_has_it() {
    let nobody = |n, otherwise: &str| {
        rule(n, &json!({"strategy": "round_robin", "user_ids": [user(0)], "otherwise": otherwise}))
    };
    let last = |n| rule(n, &json!({"strategy": "least_busy", "user_ids": [user(1)]}));
    let lands = rule_for(1, &json!({"need_kinds": ["land"]}), &json!({"strategy": "pool"}));
    let people = vec![with(0, &json!({"paused": true})), person(1)];
    for (rules, decides, expected) in [
        (vec![nobody(0, "pool"), last(1)], 0, None),
        (vec![nobody(0, "next"), last(1)], 1, Some(1)),
        (vec![nobody(0, "next"), lands, last(2)], 2, Some(1)),
        (vec![nobody(0, "next"), nobody(1, "pool"), last(2)], 1, None),
        (vec![nobody(0, "next"), rule(1, &json!({"strategy": "pool"})), last(2)], 1, None),
        (vec![nobody(0, "next"), nobody(1, "next")], 1, None),
        (vec![rule(0, &json!({"strategy": "pool", "otherwise": "next"})), last(1)], 0, None),
    ] {
        let count = rules.len();
        let roster = roster(people.clone(), rules);
        let decision = decide(&roster, &mut State::default());
        assert_eq!(decision.rule, rule_id(decides));
        assert_eq!(chosen(&decision), expected.map(user));
        assert_eq!(decision.rules.len(), decides + 1, "of {count}");
        let is_pool = decision.strategy == Choice::Pool;
        assert_eq!(decision.is_nobody_eligible(), expected.is_none() && !is_pool);
        assert_eq!(decision.candidates.is_empty(), is_pool);
        if expected.is_none() && !is_pool {
            assert_eq!(reasons(&decision), ["paused"]);
        }
    }
}

#[test]
fn without_any_rule_that_matches_there_is_an_error() {
    let lands = rule_for(0, &json!({"need_kinds": ["land"]}), &json!({"strategy": "round_robin"}));
    let roster = roster(vec![person(0)], vec![lands]);
    let inquiry = inquiry(&json!({}));
    let subject = Subject::of(&inquiry);
    let mut state = State::default();
    let case = case(&roster, &subject);
    assert!(case.decide(&mut state, |_| panic!("no rotation is read")).is_err());
    assert!(state.loads.is_empty() && state.rotations.is_empty());
}

#[test]
fn each_rule_has_a_rotation_of_its_own() {
    let of = |n, kind: &str| rule_for(n, &json!({"need_kinds": [kind]}), &json!({"strategy": "round_robin"}));
    let roster = roster((0..3).map(person).collect(), vec![of(0, "land"), of(1, "office_rent")]);
    let (land, office) =
        (inquiry(&json!({"need_kind": "land"})), inquiry(&json!({"need_kind": "office_rent"})));
    let mut state = State::default();
    let mut next = |inquiry| chosen(&decided(&case(&roster, &Subject::of(inquiry)), &mut state)).unwrap();
    let who = [next(&land), next(&land), next(&office), next(&land), next(&office), next(&land)];
    assert_eq!(who, [0, 1, 0, 2, 1, 0].map(user));
}

#[test]
fn of_those_whom_rules_passed_over_two_hundred_are_kept() {
    let next = |n| rule(n, &json!({"strategy": "round_robin", "otherwise": "next"}));
    let people = (0..150).map(|n| with(n, &json!({"paused": true}))).collect();
    let roster = roster(people, vec![next(0), next(1), next(2), rule(3, &json!({"strategy": "pool"}))]);
    let decision = decide(&roster, &mut State::default());
    let kept: Vec<usize> = decision.rules.iter().map(|rule| rule.passed_over.len()).collect();
    assert_eq!(kept, [150, 50, 0, 0]);
    assert_eq!(decision.rules[1].passed_over[49], (user(49), CandidateReason::Paused));
}

#[test]
fn a_rotation_is_asked_for_once_and_only_where_it_is_needed() {
    let next = |n| rule(n, &json!({"strategy": "round_robin", "user_ids": [user(0)], "otherwise": "next"}));
    let lands = rule_for(1, &json!({"need_kinds": ["land"]}), &json!({"strategy": "round_robin"}));
    let rules = vec![next(0), lands, rule(2, &json!({"strategy": "pool"}))];
    let roster = roster(vec![with(0, &json!({"paused": true}))], rules);
    let inquiry = inquiry(&json!({}));
    let subject = Subject::of(&inquiry);
    let (mut state, mut asked) = (State::default(), Vec::new());
    for _ in 0..3 {
        let decision = case(&roster, &subject).decide(&mut state, |rule| {
            asked.push(rule);
            Ok(Rotation { turns: 41, ..Rotation::default() })
        });
        assert_eq!(decision.unwrap().rule, rule_id(2));
    }
    assert_eq!(asked, [rule_id(0)]);
    assert_eq!(state.rotations[&rule_id(0)], Rotation { turns: 41, ..Rotation::default() });
}

#[test]
fn a_decision_is_kept_as_it_was() {
    let roster = roster((0..3).map(person).collect(), vec![turns()]);
    let mut state = loads([(1, 4, 2)]);
    let decision = decide(&roster, &mut state);
    let text = serde_json::to_string(&decision.detail()).unwrap();
    let detail: leaddock::assignment::decision::model::Detail = serde_json::from_str(&text).unwrap();
    let kept: Vec<Candidate> = detail.candidates.iter().map(|compact| compact.candidate()).collect();
    for (kept, was) in kept.iter().zip(&decision.candidates) {
        assert!((kept.credit - was.credit).abs() < 1e-6);
        assert_eq!(Candidate { credit: was.credit, ..kept.clone() }, *was);
    }
    assert_eq!(
        (detail.rule, detail.strategy, detail.rules),
        (decision.rule, decision.strategy, decision.rules)
    );
    let sum: f64 = decision.candidates.iter().map(|candidate| candidate.credit).sum();
    assert!(sum.abs() < 1e-9, "after the decision nobody has anything coming together");
}

#[test]
fn the_same_is_decided_the_same_again() {
    let people: Vec<Person> = (0..9).map(|n| with(n, &json!({"weight": n % 4 + 1}))).collect();
    let roster = roster(people, vec![turns()]);
    let run = || {
        let mut state = State::default();
        (0..200).map(|_| chosen(&decide(&roster, &mut state))).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

/// A moment's date counts in the organisation's zone.
#[test]
fn the_zone_of_the_calendar_counts_for_shifts() {
    let person = with(0, &json!({"shifts": [{"days": [7], "from": "20:00", "to": "24:00"}]}));
    for (zone, expected) in
        [("America/New_York", CandidateReason::Chosen), ("Asia/Shanghai", CandidateReason::OffShift)]
    {
        let settings = settings(&json!({ "timezone": zone }));
        let roster = Roster::of(vec![person.clone()], vec![turns()], settings).unwrap();
        assert_eq!(decide_at(&roster, "2027-03-01T03:00:00Z"), expected, "{zone}");
    }
}

fn decide_at(roster: &Roster, moment: &str) -> CandidateReason {
    let inquiry = inquiry(&json!({}));
    let subject = Subject::of(&inquiry);
    let at: Timestamp = at(moment);
    decided(&Case { at, ..case(roster, &subject) }, &mut State::default()).candidates[0].reason
}
