//! What the items of one key add up to: counts, sums, and the values that percentiles are taken of.
//! Which keys there are is in `tally.rs`, how values are kept in `values.rs`.

use serde_json::Value;

use super::definitions::{Item, LISTS, Mark, NO_VALUE, SUMS, Slot};
use super::numbers::{number, ratio};
use super::values::Values;

/// Marks that an item may have.
const MARKS: usize = 40;

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
                list.push(value);
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
    pub fn compress(&mut self) {
        self.lists.iter_mut().for_each(Values::compress);
    }

    /// Bytes that it takes, about.
    pub fn memory(&self) -> usize {
        let lists = self.lists.iter().map(Values::memory).sum::<usize>();
        size_of::<Self>().saturating_add(lists)
    }
}
