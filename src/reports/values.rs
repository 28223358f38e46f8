//! Values that percentiles are taken of: as they came, and in sorted runs that take few bytes (Elias-Fano).
//! What they are values of is not known here.

use std::ops::Range;
use std::sync::Arc;

use sucds::Serializable;
use sucds::mii_sequences::{EliasFano, EliasFanoBuilder};

use super::numbers::nearest_rank;

/// Values that can be looked at in the time that finding a percentile in one run takes, about.
const RUN_COST: usize = 1_000;

/// Values of which percentiles are taken.
#[derive(Debug, Clone)]
pub struct Values {
    unsorted: Vec<i64>,
    /// Shared with whoever keeps them.
    runs: Vec<Arc<Run>>,
}

impl Values {
    pub const fn none() -> Self {
        Self { unsorted: Vec::new(), runs: Vec::new() }
    }

    pub fn push(&mut self, value: i64) {
        self.unsorted.push(value);
    }

    pub fn add_all(&mut self, other: &Self) {
        self.unsorted.extend_from_slice(&other.unsorted);
        self.runs.extend_from_slice(&other.runs);
    }

    /// Makes them one run, if that is smaller: of some hundred values it is.
    pub fn compress(&mut self) {
        self.decompress();
        self.unsorted.sort_unstable();
        self.unsorted.shrink_to_fit();
        if let Some(run) = Run::of(&self.unsorted).filter(|run| run.memory() < self.memory()) {
            *self = Self { unsorted: Vec::new(), runs: vec![Arc::new(run)] };
        }
    }

    fn decompress(&mut self) {
        for run in std::mem::take(&mut self.runs) {
            self.unsorted.extend(run.values());
        }
    }

    /// The nearest-rank percentile; none of none.
    pub fn percentile(&mut self, percent: usize) -> Option<i64> {
        let in_runs = self.runs.iter().map(|run| run.len()).sum::<usize>();
        let rank = nearest_rank(self.unsorted.len().saturating_add(in_runs), percent)?;
        if self.runs.len().saturating_mul(RUN_COST) > in_runs {
            self.decompress();
        }
        if self.runs.is_empty() {
            return Some(*self.unsorted.select_nth_unstable(rank).1);
        }
        self.unsorted.sort_unstable();
        self.bisect(rank)
    }

    /// The smallest value with more than so many at or below it. Those that are in no run have been sorted.
    fn bisect(&self, rank: usize) -> Option<i64> {
        let firsts = self.runs.iter().map(|run| run.first);
        let mut low = firsts.chain(self.unsorted.first().copied()).min()?;
        let lasts = self.runs.iter().map(|run| run.last);
        let mut high = lasts.chain(self.unsorted.last().copied()).max()?;
        // The part of each run that lies from `low` to `high`.
        let mut parts: Vec<Range<usize>> = self.runs.iter().map(|run| 0..run.len()).collect();
        while low < high {
            // Rounded down, also below 0.
            let middle = low.saturating_add(high.abs_diff(low).div_euclid(2).try_into().unwrap_or(0));
            let counts = self.runs.iter().zip(&parts).map(|(run, part)| run.up_to(middle, part.clone()));
            let counts: Vec<usize> = counts.collect();
            let others = self.unsorted.partition_point(|value| *value <= middle);
            let is_enough = counts.iter().sum::<usize>().saturating_add(others) > rank;
            if is_enough {
                high = middle;
            } else {
                low = middle.saturating_add(1);
            }
            for (part, count) in parts.iter_mut().zip(counts) {
                *part = if is_enough { part.start..count } else { count..part.end };
            }
        }
        Some(low)
    }

    /// Bytes that they take, about.
    pub fn memory(&self) -> usize {
        let unsorted = self.unsorted.capacity().saturating_mul(size_of::<i64>());
        self.runs.iter().map(|run| run.memory()).fold(unsorted, usize::saturating_add)
    }
}

/// Sorted values.
#[derive(Debug)]
struct Run {
    first: i64,
    last: i64,
    /// By how much each is above the first.
    above: EliasFano,
}

impl Run {
    /// None of no values, or of values that are too far apart.
    fn of(sorted: &[i64]) -> Option<Self> {
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let mut builder = EliasFanoBuilder::new(last.abs_diff(first).checked_add(1)?, sorted.len()).ok()?;
        builder.extend(sorted.iter().map(|value| value.abs_diff(first))).ok()?;
        // What was built has room for more; a copy has none.
        Some(Self { first, last, above: builder.build().clone() })
    }

    fn len(&self) -> usize {
        self.above.len()
    }

    /// How many are at most this one, which is known to be within a range. They are looked at one by one: a
    /// search of the encoding itself walks along all that lie close together.
    fn up_to(&self, bound: i64, Range { mut start, mut end }: Range<usize>) -> usize {
        while start < end {
            let middle = start.midpoint(end);
            let above = self.above.select(middle).unwrap_or(u64::MAX);
            if self.first.saturating_add_unsigned(above) <= bound {
                start = middle.saturating_add(1);
            } else {
                end = middle;
            }
        }
        start
    }

    fn values(&self) -> impl Iterator<Item = i64> {
        self.above.iter(0).map(|above| self.first.saturating_add_unsigned(above))
    }

    fn memory(&self) -> usize {
        self.above.size_in_bytes().saturating_add(size_of::<Self>())
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

    fn compressed(unsorted: Vec<i64>) -> Values {
        let mut values = Values { unsorted, runs: Vec::new() };
        values.compress();
        values
    }

    /// Of few values and of many, close together and far apart.
    fn lists() -> impl Strategy<Value = Vec<Vec<i64>>> {
        let list = |span: i64, most: usize| prop::collection::vec(-span..span, 0..most);
        let any = prop_oneof![list(3_000_000_000, 100), list(40, 4_000), list(3_000_000_000, 4_000)];
        prop::collection::vec(any, 0..5)
    }

    proptest! {
        #[test]
        fn percentiles_of_what_was_compressed_are_those_of_all_values(
            lists in lists(),
            unsorted in prop::collection::vec(-300_i64..300, 0..50),
            shift in prop::sample::select(vec![-3_000_000_000_i64, 0, 3_000_000_000]),
            percent in 1_usize..=100,
        ) {
            let shifted =
                |values: &Vec<i64>| values.iter().map(|value| value + shift).collect::<Vec<_>>();
            let mut all: Vec<i64> = lists.iter().chain([&unsorted]).flat_map(shifted).collect();
            let mut values = Values { unsorted: shifted(&unsorted), runs: Vec::new() };
            lists.iter().for_each(|list| values.add_all(&compressed(shifted(list))));
            let expected = percentile(&mut all, percent);
            prop_assert_eq!(values.clone().percentile(percent), expected);
            values.compress();
            prop_assert_eq!(values.percentile(percent), expected);
        }
    }

    #[test]
    fn a_run_knows_how_many_are_at_most_a_value() {
        let sorted: Vec<i64> = (0..500).flat_map(|number| [number * number - 7; 2]).collect();
        let run = Run::of(&sorted).unwrap();
        for bound in (-10..250_100).step_by(7) {
            assert_eq!(
                run.up_to(bound, 0..run.len()),
                sorted.partition_point(|value| *value <= bound),
                "{bound}"
            );
        }
        assert!(run.values().eq(sorted));
    }

    #[test]
    fn a_value_takes_two_bytes() {
        // Seconds, up to half a year.
        let mut chance = 1_u64;
        let mut sorted: Vec<i64> = std::iter::repeat_with(|| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((chance >> 33) % 15_552_000).unwrap()
        })
        .take(10_000)
        .collect();
        sorted.sort_unstable();
        assert!(compressed(sorted).memory() <= 20_000);
    }

    #[test]
    fn values_never_take_more_bytes_for_being_compressed() {
        for count in [0, 1, 40, 64, 100, 150, 200, 1_000] {
            let values = compressed((0..count).map(|number| number * number * 60).collect());
            assert!(values.memory() <= usize::try_from(count).unwrap() * 8, "{count}");
            assert!(count < 200 || !values.runs.is_empty(), "{count}");
        }
    }

    #[test]
    fn values_from_end_to_end_of_their_type_stay_as_they_are() {
        let all: Vec<i64> =
            (0..100).map(|number| if number % 2 == 0 { i64::MIN } else { i64::MAX }).collect();
        let mut values = compressed(all);
        assert_eq!([50, 51].map(|percent| values.percentile(percent)), [Some(i64::MIN), Some(i64::MAX)]);
    }
}
