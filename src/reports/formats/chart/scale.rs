//! The scale of an axis: round ticks, and where a value lies between the ends.
//! Nothing is drawn here.

/// No axis has more ticks than this, nor fewer than three.
const MOST_TICKS: f64 = 5.0;

/// What errors of rounding may add to a quotient.
const SLACK: f64 = 1e-9;

#[derive(Debug, Clone)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
}

impl Scale {
    /// With round ticks in units of `divisor`, and nought among them.
    pub fn new(low: f64, high: f64, divisor: f64, whole: bool) -> Self {
        let (low, high) = (low.min(0.0) / divisor, high.max(0.0) / divisor);
        let step = step(low, high, whole);
        let first = (low / step + SLACK).floor();
        let mut last = (high / step - SLACK).ceil();
        while last - first < 2.0 {
            last += 1.0;
        }
        let mut ticks = Vec::new();
        let mut at = first;
        while at <= last {
            ticks.push(at * step * divisor);
            at += 1.0;
        }
        Self { low: first * step * divisor, high: last * step * divisor, ticks }
    }

    /// 0 at the low end, 1 at the high one.
    pub fn fraction(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// The smallest round step with which the ticks are few enough.
fn step(low: f64, high: f64, whole: bool) -> f64 {
    let span = (high - low).max(1e-6);
    let mut power = 10_f64.powf((span / 10.0).log10().floor());
    loop {
        for factor in [1.0, 2.0, 2.5, 5.0] {
            let step = factor * power;
            let intervals = (high / step - SLACK).ceil() - (low / step + SLACK).floor();
            let fits = !whole || (step > 1.0 - SLACK && (step - step.round()).abs() < SLACK);
            if fits && intervals < MOST_TICKS {
                return step;
            }
        }
        power *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_three_to_five_and_hold_all_values() {
        for whole in [true, false] {
            for low in [0.0, -0.3, -7.0, -1200.0] {
                for high in [0.0, 0.004, 0.6, 1.0, 2.0, 3.0, 5.0, 7.0, 12.0, 99.0, 101.0, 12_345.0, 9e8] {
                    let scale = Scale::new(low, high, 1.0, whole);
                    assert!((3..=5).contains(&scale.ticks.len()), "{low} {high}: {:?}", scale.ticks);
                    let slack = 1e-8 * (scale.high - scale.low);
                    assert!(scale.low <= low + slack && scale.high >= high - slack);
                    assert!(scale.ticks.iter().any(|tick| tick.abs() < 1e-9));
                    assert!(!whole || scale.ticks.iter().all(|tick| (tick - tick.round()).abs() < 1e-6));
                }
            }
        }
    }

    #[test]
    fn a_value_lies_between_the_ends() {
        let scale = Scale::new(-5.0, 10.0, 1.0, true);
        assert!((scale.fraction(scale.low), scale.fraction(scale.high)) == (0.0, 1.0));
    }
}
