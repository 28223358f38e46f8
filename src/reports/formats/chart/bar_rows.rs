//! The bars of a chart in their order, as many as are wanted, and the sum of the others.
//! How they are drawn is in `bars.rs`.

use std::cmp::Ordering;

use super::data::Point;

#[derive(Debug, Clone)]
pub struct BarRows {
    pub bars: Vec<Point>,
    /// The sum of those that have no bar of their own, if they can be added up.
    pub others: Option<Point>,
    /// How many those are.
    pub left_out: usize,
}

/// Greatest first, those without a value last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn sum(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// The longest bars, so many at most, then sorted from the greatest value to the least; in the order given if
/// it is natural. What is beyond is put together.
pub fn arrange(mut points: Vec<Point>, natural: bool, adds_up: bool, other: &str, most: usize) -> BarRows {
    if !natural {
        points.sort_by(|a, b| descending(a.value.map(f64::abs), b.value.map(f64::abs)));
    }
    let rest = points.split_off(points.len().min(most));
    if !natural {
        points.sort_by(|a, b| descending(a.value, b.value));
    }
    let others = (adds_up && !rest.is_empty()).then(|| Point {
        label: other.to_owned(),
        value: sum(rest.iter().map(|point| point.value)),
        second: sum(rest.iter().map(|point| point.second)),
    });
    BarRows { bars: points, others, left_out: rest.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[Option<f64>]) -> Vec<Point> {
        let point = |(index, value): (usize, &Option<f64>)| Point {
            label: index.to_string(),
            value: *value,
            second: value.map(|value| value / 2.0),
        };
        values.iter().enumerate().map(point).collect()
    }

    #[test]
    fn the_bars_and_the_others_hold_the_whole_sum() {
        let values: Vec<Option<f64>> = (1..=57_u32).map(|n| (n % 9 != 0).then(|| f64::from(n))).collect();
        let whole: f64 = values.iter().flatten().sum();
        let rows = arrange(points(&values), false, true, "Other", 20);
        let drawn: f64 = rows.bars.iter().filter_map(|bar| bar.value).sum();
        let others = rows.others.unwrap();
        assert_eq!((rows.bars.len(), rows.left_out), (20, 37));
        assert!((drawn + others.value.unwrap() - whole).abs() < 1e-9);
        assert!((others.second.unwrap() - others.value.unwrap() / 2.0).abs() < 1e-9);
        assert!(rows.bars.windows(2).all(|two| two[0].value >= two[1].value));
        assert!(rows.bars.iter().all(|bar| bar.value >= Some(30.0)));
    }

    #[test]
    fn what_cannot_be_added_up_is_left_out() {
        let rows = arrange(points(&[Some(1.0); 25]), false, false, "Other", 20);
        assert!(rows.others.is_none() && rows.left_out == 5);
        let rows = arrange(points(&[Some(1.0); 20]), false, true, "Other", 20);
        assert!(rows.others.is_none() && rows.left_out == 0);
    }

    #[test]
    fn long_negative_bars_are_kept_and_come_after_the_positive_ones() {
        let mut values = vec![Some(1.0); 22];
        values.extend([Some(-9.0), None, Some(5.0)]);
        let rows = arrange(points(&values), false, false, "Other", 20);
        assert_eq!(rows.bars.first().unwrap().value, Some(5.0));
        assert_eq!(rows.bars.last().unwrap().value, Some(-9.0));
    }

    #[test]
    fn a_natural_order_is_kept() {
        let rows = arrange(points(&[Some(1.0), None, Some(3.0)]), true, true, "Other", 20);
        let order: Vec<&str> = rows.bars.iter().map(|bar| bar.label.as_str()).collect();
        assert_eq!(order, ["0", "1", "2"]);
    }
}
