//! When the open plans of a segment's inquiries are due, in few bytes.
//! What else is known of an inquiry is in `row.rs` and `segment.rs`.

use std::ops::Range;

/// Moments, in the order of the places of their inquiries.
#[derive(Debug, Default)]
pub struct DuePlans {
    places: Vec<u16>,
    at: Vec<i64>,
}

impl DuePlans {
    /// Those of an inquiry.
    pub fn of(&self, place: usize) -> &[i64] {
        self.at.get(self.range(place)).unwrap_or_default()
    }

    /// Replaces those of an inquiry.
    pub fn put(&mut self, place: usize, due: &[i64]) {
        let Ok(number) = u16::try_from(place) else { return };
        let range = self.range(place);
        self.places.splice(range.clone(), due.iter().map(|_| number));
        self.at.splice(range, due.iter().copied());
    }

    /// The first that comes after a moment.
    pub fn next(&self, after: i64) -> Option<i64> {
        self.at.iter().copied().filter(|due| *due > after).min()
    }

    pub fn shrink(&mut self) {
        self.places.shrink_to_fit();
        self.at.shrink_to_fit();
    }

    /// Bytes that it takes, about.
    pub fn memory(&self) -> usize {
        let places = self.places.capacity().saturating_mul(size_of::<u16>());
        places.saturating_add(self.at.capacity().saturating_mul(size_of::<i64>()))
    }

    fn range(&self, place: usize) -> Range<usize> {
        let begin = self.places.partition_point(|known| usize::from(*known) < place);
        let length = self.places.iter().skip(begin).take_while(|known| usize::from(**known) == place).count();
        begin..begin.saturating_add(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_inquiry_has_its_own() {
        let mut plans = DuePlans::default();
        for (place, due) in [(4, &[40, 41][..]), (0, &[7]), (9, &[90]), (4, &[42]), (0, &[])] {
            plans.put(place, due);
        }
        assert_eq!([0, 4, 5, 9].map(|place| plans.of(place).to_vec()), [vec![], vec![42], vec![], vec![90]]);
        assert_eq!([plans.next(41), plans.next(42), plans.next(90)], [Some(42), Some(90), None]);
    }
}
