//! The arithmetic of figures: percentiles of the nearest rank, and rounding, halves up.
//! What is reckoned is said in the definitions. All of it is whole numbers until the last step, so that the
//! order in which items are added up changes nothing.

use serde_json::{Number, Value};

use super::definitions::{Scale, seconds};

/// The place of the nearest-rank percentile among so many values in ascending order, the ⌈p·n/100⌉-th; none
/// of none.
pub fn nearest_rank(count: usize, percent: usize) -> Option<usize> {
    let rank = count.saturating_mul(percent).div_ceil(100).max(1).saturating_sub(1);
    (rank < count).then_some(rank)
}

/// A whole number divided by another one, rounded to so many decimals, halves up.
pub fn ratio(part: i128, whole: i128, decimals: u32) -> Option<f64> {
    let unit = 10_i128.checked_pow(decimals)?;
    let twice = whole.checked_mul(2)?;
    let scaled = part.checked_mul(unit)?.checked_mul(2)?.checked_add(whole)?.checked_div_euclid(twice)?;
    decimal(scaled, decimals)
}

/// A whole number of units of 10^-decimals as the number that is written so.
fn decimal(units: i128, decimals: u32) -> Option<f64> {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", units.unsigned_abs(), width = usize::try_from(decimals).ok()? + 1);
    let (whole, fraction) =
        digits.split_at_checked(digits.len().checked_sub(usize::try_from(decimals).ok()?)?)?;
    format!("{sign}{whole}.{fraction}").parse::<f64>().ok().map(|value| value + 0.0)
}

/// A number for an answer: whole ones without a point.
pub fn number(value: Option<f64>) -> Value {
    value.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

impl Scale {
    /// A value of an item as of the moment of the report, in milliseconds since 1970.
    pub fn as_of(self, value: i64, at: i64) -> i64 {
        if self == Self::DaysSince { seconds(value.saturating_neg(), at) } else { value }
    }

    /// The figure that a reckoned number is.
    pub fn figure(self, value: i128) -> Value {
        match self {
            Self::Whole => i64::try_from(value).map_or(Value::Null, Value::from),
            Self::Minutes => number(ratio(value, 60, 1)),
            Self::Days | Self::DaysSince => number(ratio(value, 86_400, 1)),
            Self::Fen => number(ratio(value, 1_000_000, 6)),
            Self::Milli => number(ratio(value, 1_000, 3)),
            Self::Pico => number(ratio(value, 1_000_000_000_000, 4)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        assert_eq!(nearest_rank(0, 50), None);
        assert_eq!(nearest_rank(1, 90), Some(0));
        assert_eq!([50, 90, 100, 1].map(|percent| nearest_rank(10, percent)), [4, 8, 9, 0].map(Some));
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(Scale::Minutes.figure(89), json!(1.5));
        assert_eq!(Scale::Minutes.figure(93), json!(1.6));
        assert_eq!(Scale::Days.figure(129_600), json!(1.5));
        assert_eq!(Scale::Fen.figure(300_000_000), json!(300.0));
        assert_eq!(Scale::Fen.figure(1), json!(0.000001));
        assert_eq!(Scale::Whole.figure(12), json!(12));
        assert_eq!(ratio(1, 3, 4), Some(0.3333));
        assert_eq!(ratio(-1, 8, 2), Some(-0.12));
        assert_eq!(ratio(1, 0, 4), None);
    }
}
