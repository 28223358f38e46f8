//! Rotation: weighted deficit round-robin with stored credit. Each decision shares one turn among those who
//! are eligible, by weight; who has most of it coming gets the inquiry. Pure; what is eligible is decided in
//! `engine.rs`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kernel::id::UserId;

/// Credits that differ by less are equal: it is the error of their arithmetic.
const EQUAL: f64 = 1e-9;

/// Whose turn it is by one rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rotation {
    /// How many turns there were.
    pub turns: i64,
    /// By user: what they have coming, and the number of their last turn.
    pub credits: BTreeMap<UserId, Credit>,
}

/// What somebody has coming, and when they had their last turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Credit(pub f64, pub i64);

impl Rotation {
    /// What somebody has coming.
    pub fn credit(&self, user: UserId) -> f64 {
        self.credits.get(&user).map_or(0.0, |credit| credit.0)
    }

    fn last_turn(&self, user: UserId) -> i64 {
        self.credits.get(&user).map_or(0, |credit| credit.1)
    }

    /// Who comes first where all else is equal: whose last turn is the longest ago, then the smaller id.
    fn by_last_turn(&self, a: UserId, b: UserId) -> Ordering {
        self.last_turn(a).cmp(&self.last_turn(b)).then(a.cmp(&b))
    }

    /// Takes a turn among the eligible, each with their weight: who gets it.
    pub fn next(&mut self, eligible: &[(UserId, u32)]) -> Option<UserId> {
        let sum: f64 = eligible.iter().map(|(_, weight)| f64::from(*weight)).sum();
        if sum <= 0.0 {
            return None;
        }
        for (user, weight) in eligible {
            self.credits.entry(*user).or_default().0 += f64::from(*weight) / sum;
        }
        let order = |a: UserId, b: UserId| {
            let (a_has, b_has) = (self.credit(a), self.credit(b));
            if (a_has - b_has).abs() < EQUAL { self.by_last_turn(a, b) } else { b_has.total_cmp(&a_has) }
        };
        let winner = eligible.iter().map(|(user, _)| *user).min_by(|a, b| order(*a, *b))?;
        self.credits.entry(winner).or_default().0 -= 1.0;
        self.had_turn(winner);
        Some(winner)
    }

    /// Who has the fewest open inquiries by weight, each with their weight and their open inquiries.
    pub fn least_busy(&mut self, eligible: &[(UserId, u32, i64)]) -> Option<UserId> {
        let order = |a: &(UserId, u32, i64), b: &(UserId, u32, i64)| {
            // open / weight, without division.
            let (a_busy, b_busy) = (a.2 * i64::from(b.1), b.2 * i64::from(a.1));
            a_busy.cmp(&b_busy).then_with(|| self.by_last_turn(a.0, b.0))
        };
        let winner = eligible.iter().min_by(|a, b| order(a, b))?.0;
        self.had_turn(winner);
        Some(winner)
    }

    fn had_turn(&mut self, user: UserId) {
        self.turns = self.turns.saturating_add(1);
        self.credits.entry(user).or_default().1 = self.turns;
    }
}
