//! How fair a rotation is, and that it is the algorithm of the contract to the last decision.
//! Who is eligible is the matter of `engine.rs`.

use std::collections::BTreeMap;

use leaddock::assignment::decision::rotation::{Credit, Rotation};
use leaddock::kernel::id::UserId;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::exact::Exact;
use crate::setup::user;

const DECISIONS: usize = 10_000;
const SEEDS: u64 = 8;
const PEOPLE: [usize; 6] = [2, 3, 4, 6, 8, 12];

/// How people come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Steady,
    /// Each comes or goes once in 50 decisions.
    Shifts,
    /// Each comes or goes once in 5 decisions.
    Restless,
    /// Each is there every other time.
    Random,
}

impl Pattern {
    const ALL: [Self; 4] = [Self::Steady, Self::Shifts, Self::Restless, Self::Random];

    fn changes(self, dice: &mut Dice) -> bool {
        match self {
            Self::Steady => false,
            Self::Shifts => dice.once_in(50),
            Self::Restless => dice.once_in(5),
            Self::Random => dice.once_in(2),
        }
    }
}

/// Who was eligible in each decision, by their places.
struct Course {
    weights: Vec<u32>,
    eligible: Vec<Vec<usize>>,
}

impl Course {
    fn of(seed: u64, people: usize, pattern: Pattern, decisions: usize) -> Self {
        let mut dice = Dice::seeded(seed);
        let weights: Vec<u32> = (0..people).map(|_| dice.between(1, 100)).collect();
        let mut is_there = vec![true; people];
        let mut eligible = Vec::with_capacity(decisions);
        while eligible.len() < decisions {
            for there in &mut is_there {
                *there ^= pattern.changes(&mut dice);
            }
            let those: Vec<usize> = (0..people).filter(|place| is_there[*place]).collect();
            if !those.is_empty() {
                eligible.push(those);
            }
        }
        Self { weights, eligible }
    }

    fn weighted(&self, eligible: &[usize]) -> Vec<(usize, u32)> {
        eligible.iter().map(|place| (*place, self.weights[*place])).collect()
    }
}

fn next(rotation: &mut Rotation, eligible: &[(usize, u32)]) -> Option<usize> {
    let eligible: Vec<(UserId, u32)> =
        eligible.iter().map(|(place, weight)| (user(*place), *weight)).collect();
    let winner = rotation.next(&eligible)?;
    (0..).find(|place| user(*place) == winner)
}

/// How far counts came apart from the ideal: at most, and in the end.
#[derive(Debug, Clone, Copy)]
struct Apart {
    most: f64,
    end: f64,
}

/// Counted apart from the credits: what each got, and what their share of all decisions was.
fn apart(course: &Course) -> Apart {
    let people = course.weights.len();
    let mut rotation = Rotation::default();
    let (mut got, mut ideal) = (vec![0.0_f64; people], vec![0.0_f64; people]);
    let mut most = 0.0_f64;
    let mut end = 0.0_f64;
    for eligible in &course.eligible {
        let weighted = course.weighted(eligible);
        let sum: u32 = weighted.iter().map(|(_, weight)| weight).sum();
        for (place, weight) in &weighted {
            ideal[*place] += f64::from(*weight) / f64::from(sum);
        }
        got[next(&mut rotation, &weighted).unwrap()] += 1.0;
        end = (0..people).map(|place| (ideal[place] - got[place]).abs()).fold(0.0, f64::max);
        most = most.max(end);
    }
    Apart { most, end }
}

/// The algorithm of the contract does not keep everybody within one turn at each moment: where people come
/// and go, none can in every case that does not know the future (it is the carpool problem). Over 2,000
/// seeds of 10,000 decisions each the most was 1.03 turns for those who are always there, 0.96 for 2 and 3
/// people, 1.21 for 4 and 1.45 for more; in the end it was above 1 with one seed in a thousand, and never
/// above 1.11.
#[test]
fn nobody_is_far_from_their_share_and_in_the_end_all_are_within_a_turn() {
    for people in PEOPLE {
        for pattern in Pattern::ALL {
            for seed in 0..SEEDS {
                let apart = apart(&Course::of(seed, people, pattern, DECISIONS));
                let most = match pattern {
                    _ if people <= 3 => 1.0,
                    Pattern::Steady => 1.03,
                    _ => 1.5,
                };
                let case = format!("{people} people, {pattern:?}, seed {seed}: {apart:?}");
                assert!(apart.most <= most, "{case}");
                assert!(apart.end <= 1.0, "{case}");
            }
        }
    }
}

#[test]
fn people_of_one_weight_who_are_always_there_are_never_a_whole_turn_apart() {
    for people in 1..=12 {
        let mut rotation = Rotation::default();
        let eligible: Vec<(usize, u32)> = (0..people).map(|place| (place, 1)).collect();
        for turn in 0..300 {
            assert_eq!(next(&mut rotation, &eligible), Some(turn % people), "in the order of their ids");
        }
    }
}

#[test]
fn each_decision_is_that_of_exact_fractions() {
    for people in PEOPLE {
        for (pattern, seed) in Pattern::ALL.into_iter().zip(100..) {
            let course = Course::of(seed, people, pattern, DECISIONS / 2);
            let mut rotation = Rotation::default();
            let mut exact = Exact::new(people, course.weights.iter().sum());
            for (n, eligible) in course.eligible.iter().enumerate() {
                let weighted = course.weighted(eligible);
                let (is, expected) = (next(&mut rotation, &weighted), exact.next(&weighted));
                assert_eq!(is, expected, "{people} people, {pattern:?}, seed {seed}, decision {n}");
            }
            assert!(exact.is_balanced());
            let sum: f64 = rotation.credits.values().map(|credit| credit.0).sum();
            assert!(sum.abs() < 1e-9, "{sum}");
        }
    }
}

#[test]
fn after_a_whole_round_nobody_has_anything_coming() {
    for seed in 0..50 {
        let mut dice = Dice::seeded(seed);
        let weighted: Vec<(usize, u32)> =
            (0..dice.place(8) + 1).map(|place| (place, dice.between(1, 100))).collect();
        let round: u32 = weighted.iter().map(|(_, weight)| *weight).sum();
        let (mut rotation, mut exact) = (Rotation::default(), Exact::new(weighted.len(), round));
        let mut got = BTreeMap::new();
        for _ in 0..round {
            let winner = next(&mut rotation, &weighted).unwrap();
            assert_eq!(Some(winner), exact.next(&weighted), "seed {seed}");
            *got.entry(winner).or_insert(0) += 1;
        }
        assert_eq!(got.into_iter().collect::<Vec<_>>(), weighted, "each has their weight in turns");
        assert!(exact.is_even() && rotation.credits.values().all(|credit| credit.0.abs() < 1e-9));
    }
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for pattern in Pattern::ALL {
        let history = |seed| {
            let course = Course::of(seed, 7, pattern, 500);
            let mut rotation = Rotation::default();
            let won: Vec<_> =
                course.eligible.iter().map(|those| next(&mut rotation, &course.weighted(those))).collect();
            (won, rotation)
        };
        assert_eq!(history(7), history(7));
        assert_ne!(history(7), history(8));
    }
}

#[test]
fn a_rotation_goes_on_after_it_was_stored_and_read() {
    let course = Course::of(3, 9, Pattern::Restless, 2_000);
    let (mut kept, mut stored) = (Rotation::default(), Rotation::default());
    for eligible in &course.eligible {
        let weighted = course.weighted(eligible);
        assert_eq!(next(&mut kept, &weighted), next(&mut stored, &weighted));
        let text = serde_json::to_string(&stored.credits).unwrap();
        let credits: BTreeMap<UserId, Credit> = serde_json::from_str(&text).unwrap();
        stored = Rotation { turns: stored.turns, credits };
    }
}

#[test]
fn the_order_of_the_eligible_does_not_matter() {
    let course = Course::of(5, 8, Pattern::Random, 1_000);
    let (mut rotation, mut backwards) = (Rotation::default(), Rotation::default());
    for eligible in &course.eligible {
        let mut weighted = course.weighted(eligible);
        let winner = next(&mut rotation, &weighted);
        weighted.reverse();
        assert_eq!(next(&mut backwards, &weighted), winner);
    }
    assert_eq!(rotation, backwards);
}

#[test]
fn absence_builds_up_neither_debt_nor_claim() {
    let all = [(0, 1), (1, 2), (2, 3)];
    let mut rotation = Rotation::default();
    for _ in 0..7 {
        next(&mut rotation, &all);
    }
    let before = rotation.credit(user(2));
    for _ in 0..1_000 {
        assert_ne!(next(&mut rotation, &all[..2]), Some(2));
    }
    assert!((rotation.credit(user(2)) - before).abs() < f64::EPSILON);
    // Back again, they get half of what comes, and not what they have missed.
    let got = (0..60).filter(|_| next(&mut rotation, &all) == Some(2)).count();
    assert!((29..=31).contains(&got), "{got}");
}

#[test]
fn somebody_new_gets_no_streak() {
    for people in 1..=11 {
        let mut rotation = Rotation::default();
        let old: Vec<(usize, u32)> = (0..people).map(|place| (place, 1)).collect();
        for _ in 0..1_000 + people / 2 {
            next(&mut rotation, &old);
        }
        let all: Vec<(usize, u32)> = (0..=people).map(|place| (place, 1)).collect();
        let won: Vec<_> = (0..200).map(|_| next(&mut rotation, &all).unwrap()).collect();
        let twice = won.windows(2).filter(|two| two[0] == people && two[1] == people).count();
        assert_eq!(twice, 0, "{people}");
        for round in won.chunks_exact(people + 1) {
            assert!(round.iter().filter(|winner| **winner == people).count() <= 2, "{people}");
        }
        let got = won.iter().filter(|winner| **winner == people).count();
        assert!(got.abs_diff(200 / (people + 1)) <= 2, "{people}: {got}");
    }
}

#[test]
fn a_tie_goes_to_whose_turn_is_longest_ago_then_to_the_smaller_id() {
    let mut rotation = Rotation::default();
    // Never counts as longest ago.
    assert_eq!(next(&mut rotation, &[(1, 1), (2, 1)]), Some(1));
    assert_eq!(next(&mut rotation, &[(1, 1), (2, 1)]), Some(2));
    assert_eq!(next(&mut rotation, &[(1, 1), (2, 1), (3, 1)]), Some(3));
    // Of one and two, who have the same, one was earlier.
    assert_eq!(next(&mut rotation, &[(1, 1), (2, 1), (3, 1)]), Some(1));
    assert_eq!(rotation.turns, 4);
    assert_eq!(next(&mut rotation, &[]), None);
    assert_eq!(rotation.turns, 4);
}

#[test]
fn who_is_alone_gets_it_and_keeps_their_credit() {
    let mut rotation = Rotation::default();
    for _ in 0..100 {
        assert_eq!(next(&mut rotation, &[(4, 37)]), Some(4));
    }
    assert!(rotation.credit(user(4)).abs() < 1e-12);
}

proptest! {
    /// By division in fractions that cannot be rounded: open of the one times weight of the other.
    #[test]
    fn the_least_busy_has_the_fewest_by_weight(
        those in prop::collection::vec((1_u32..=100, 0_i64..1_000_000), 1..12),
        had in prop::collection::vec(0_usize..12, 0..20),
    ) {
        let mut rotation = Rotation::default();
        for place in had {
            rotation.least_busy(&[(user(place), 1, 0)]);
        }
        let before = rotation.clone();
        let eligible: Vec<(UserId, u32, i64)> =
            those.iter().enumerate().map(|(place, (weight, open))| (user(place), *weight, *open)).collect();
        let winner = rotation.least_busy(&eligible).unwrap();
        let last = |user: UserId| before.credits.get(&user).map_or(0, |credit| credit.1);
        let best = eligible.iter().find(|(user, ..)| *user == winner).unwrap();
        for other in &eligible {
            let (is, others) = (best.2 * i64::from(other.1), other.2 * i64::from(best.1));
            prop_assert!((is, last(best.0), best.0) <= (others, last(other.0), other.0));
        }
        prop_assert_eq!(rotation.turns, before.turns + 1);
        prop_assert_eq!(rotation.credits[&winner].1, rotation.turns);
        prop_assert!(rotation.credits.values().all(|credit| credit.0.to_bits() == 0));
    }
}

#[test]
fn nobody_is_least_busy_among_none() {
    assert_eq!(Rotation::default().least_busy(&[]), None);
}
