//! What the items of one key add up to: counts, sums, and the values that percentiles are taken of.
//! Which keys there are is in `tally.rs`.

use std::sync::Arc;

use serde_json::Value;

use super::definitions::{Item, LISTS, Mark, NO_VALUE, SUMS, Slot};
use super::numbers::{nearest_rank, number, ratio};

/// Marks that an item may have.
const MARKS: usize = 40;
/// Steps that finding a percentile in one sorted run takes, about.
const STEPS: usize = 300;

/// What the items of one key add up to.
#[derive(Debug, Clone)]
pub struct Sums {
    counts: [i64; MARKS],
    lists: [Values; LISTS],
    sums: [i128; SUMS],
}

impl Default for Sums {
    fn default() -> Self {
        Self { counts: [0; MARKS], lists: [const { Values::none() }; LISTS], sums: [0; SUMS] }
    }
}

impl Sums {
    pub fn add(&mut self, item: &Item) {
        let mut marks = item.marks;
        while marks != 0 {
            let mark = usize::try_from(marks.trailing_zeros()).unwrap_or(MARKS);
            if let Some(count) = self.counts.get_mut(mark) {
                *count += 1;
            }
            marks &= marks - 1;
        }
        for (list, value) in self.lists.iter_mut().zip(item.lists) {
            if value != NO_VALUE {
                list.loose.push(value);
            }
        }
        for (sum, value) in self.sums.iter_mut().zip(item.sums) {
            *sum += i128::from(value);
        }
    }

    pub fn add_all(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        for (list, more) in self.lists.iter_mut().zip(&other.lists) {
            list.add_all(more);
        }
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum += more;
        }
    }

    pub fn count(&self, mark: Mark) -> i64 {
        self.counts.get(usize::from(mark)).copied().unwrap_or_default()
    }

    pub fn sum(&self, slot: Slot) -> i128 {
        self.sums.get(slot).copied().unwrap_or_default()
    }

    pub fn share(&self, part: Mark, whole: i64) -> Value {
        number(ratio(self.count(part).into(), whole.into(), 4))
    }

    pub fn percentile(&mut self, slot: Slot, percent: usize) -> Option<i64> {
        self.lists.get_mut(slot).and_then(|values| values.percentile(percent))
    }

    /// Makes it as small as it gets, to be kept and added to others.
    pub fn settle(&mut self) {
        self.lists.iter_mut().for_each(Values::settle);
    }

    /// Bytes that it takes, about.
    pub fn memory(&self) -> usize {
        let lists = self.lists.iter().map(Values::memory).sum::<usize>();
        size_of::<Self>().saturating_add(lists)
    }
}

/// Values of which percentiles are taken.
#[derive(Debug, Clone)]
struct Values {
    /// As they came.
    loose: Vec<i64>,
    /// Sorted ones, shared with whoever keeps them.
    runs: Vec<Run>,
}

/// Sorted values, in as few bytes as they fit into.
#[derive(Debug, Clone)]
enum Run {
    Small(Arc<[u32]>),
    Large(Arc<[i64]>),
}

impl Run {
    fn of(sorted: &[i64]) -> Self {
        let small: Option<Vec<u32>> = sorted.iter().map(|value| u32::try_from(*value).ok()).collect();
        small.map_or_else(|| Self::Large(sorted.into()), |small| Self::Small(small.into()))
    }

    fn len(&self) -> usize {
        match self {
            Self::Small(values) => values.len(),
            Self::Large(values) => values.len(),
        }
    }

    /// How many values are at most this one.
    fn up_to(&self, bound: i64) -> usize {
        match self {
            Self::Small(values) => values.partition_point(|value| i64::from(*value) <= bound),
            Self::Large(values) => values.partition_point(|value| *value <= bound),
        }
    }

    fn ends(&self) -> Option<(i64, i64)> {
        match self {
            Self::Small(values) => Some((i64::from(*values.first()?), i64::from(*values.last()?))),
            Self::Large(values) => Some((*values.first()?, *values.last()?)),
        }
    }

    fn write(&self, values: &mut Vec<i64>) {
        match self {
            Self::Small(small) => values.extend(small.iter().map(|value| i64::from(*value))),
            Self::Large(large) => values.extend_from_slice(large),
        }
    }
}

impl Values {
    const fn none() -> Self {
        Self { loose: Vec::new(), runs: Vec::new() }
    }

    fn add_all(&mut self, other: &Self) {
        self.loose.extend_from_slice(&other.loose);
        self.runs.extend_from_slice(&other.runs);
    }

    fn settle(&mut self) {
        self.loosen();
        self.loose.sort_unstable();
        if !self.loose.is_empty() {
            self.runs = vec![Run::of(&self.loose)];
        }
        self.loose = Vec::new();
    }

    fn loosen(&mut self) {
        for run in std::mem::take(&mut self.runs) {
            run.write(&mut self.loose);
        }
    }

    /// The nearest-rank percentile; none of none.
    fn percentile(&mut self, percent: usize) -> Option<i64> {
        let sorted = self.runs.iter().map(Run::len).sum::<usize>();
        let rank = nearest_rank(self.loose.len().saturating_add(sorted), percent)?;
        if self.runs.len().saturating_mul(STEPS) > sorted {
            self.loosen();
        }
        if self.runs.is_empty() {
            return Some(*self.loose.select_nth_unstable(rank).1);
        }
        if !self.loose.is_empty() {
            self.loose.sort_unstable();
            self.runs.push(Run::of(&std::mem::take(&mut self.loose)));
        }
        self.bisect(rank)
    }

    /// The smallest value that more than so many others are not above.
    fn bisect(&self, rank: usize) -> Option<i64> {
        let mut low = self.runs.iter().filter_map(Run::ends).map(|(first, _)| first).min()?;
        let mut high = self.runs.iter().filter_map(Run::ends).map(|(_, last)| last).max()?;
        while low < high {
            // Rounded down, also below 0.
            let middle = low.saturating_add(high.abs_diff(low).div_euclid(2).try_into().unwrap_or(0));
            if self.runs.iter().map(|run| run.up_to(middle)).sum::<usize>() > rank {
                high = middle;
            } else {
                low = middle.saturating_add(1);
            }
        }
        Some(low)
    }

    fn memory(&self) -> usize {
        let bytes = |run: &Run| match run {
            Run::Small(values) => values.len().saturating_mul(4),
            Run::Large(values) => values.len().saturating_mul(8),
        };
        self.loose.len().saturating_mul(8).saturating_add(self.runs.iter().map(bytes).sum())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percentile(all: &mut [i64], percent: usize) -> Option<i64> {
        all.sort_unstable();
        nearest_rank(all.len(), percent).map(|rank| all[rank])
    }

    fn runs() -> impl Strategy<Value = Vec<Vec<i64>>> {
        prop::collection::vec(prop::collection::vec(-3_000_000_000_i64..3_000_000_000, 0..700), 0..5)
    }

    proptest! {
        #[test]
        fn percentiles_of_sorted_runs_are_those_of_all_values(
            runs in runs(),
            loose in prop::collection::vec(-300_i64..300, 0..50),
            shift in prop::sample::select(vec![-3_000_000_000_i64, 0, 3_000_000_000]),
            percent in 1_usize..=100,
        ) {
            let shifted =
                |values: Vec<i64>| values.into_iter().map(|value| value + shift).collect::<Vec<_>>();
            let (runs, loose) = (runs.into_iter().map(shifted).collect::<Vec<_>>(), shifted(loose));
            let mut all: Vec<i64> = runs.iter().flatten().chain(&loose).copied().collect();
            let mut values = Values { loose, runs: Vec::new() };
            for mut run in runs {
                run.sort_unstable();
                values.runs.push(Run::of(&run));
            }
            prop_assert_eq!(values.percentile(percent), percentile(&mut all, percent));
            values.settle();
            prop_assert_eq!(values.percentile(percent), percentile(&mut all, percent));
        }
    }
}
