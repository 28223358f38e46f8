//! A deterministic random number generator, and choices from tables by it.
//! What is chosen is said in `inquirer.rs`, `times.rs` and `story.rs`.

use crate::kernel::error::{Error, Result};

/// A deterministic random number generator: SplitMix64.
pub struct Chance(u64);

impl Chance {
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.next() % span).unwrap_or(0))
    }

    pub fn percent(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// An index below `count`.
    pub fn place(&mut self, count: usize) -> usize {
        let last = i64::try_from(count).unwrap_or(0).saturating_sub(1);
        usize::try_from(self.between(0, last)).unwrap_or(0)
    }

    /// A row of a table.
    pub fn pick<'a, T>(&mut self, table: &'a [T]) -> Result<&'a T> {
        let place = self.place(table.len());
        table.get(place).ok_or_else(without_rows)
    }

    /// The first, or one of the others.
    pub fn either<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let place = self.place(others.len() + 1);
        others.get(place).copied().unwrap_or(first)
    }

    /// A row of a table, with a bias to the first ones.
    pub fn early<'a, T>(&mut self, table: &'a [T]) -> Result<&'a T> {
        let place = self.place(table.len()).min(self.place(table.len()));
        table.get(place).ok_or_else(without_rows)
    }

    /// A row of a table, weighted by the number before it.
    pub fn weighted<'a, T>(&mut self, table: &'a [(i64, T)]) -> Result<&'a T> {
        let mut lot = self.between(1, table.iter().map(|(weight, _)| weight).sum());
        let found = table.iter().find(|(weight, _)| {
            lot -= weight;
            lot <= 0
        });
        found.map(|(_, row)| row).ok_or_else(without_rows)
    }
}

fn without_rows() -> Error {
    Error::internal("a table of the demo has no rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_falls_the_same_way() {
        // The first number of SplitMix64 from 1234567, as published with it.
        assert_eq!(Chance::seeded(1_234_567).next(), 6_457_827_717_110_365_317);
        let mut chance = Chance::seeded(9);
        let drawn: Vec<i64> = (0..1_000).map(|_| chance.between(-2, 2)).collect();
        assert!((-2..=2).all(|number| drawn.contains(&number)));
    }
}
