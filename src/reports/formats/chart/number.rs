//! Numbers as a chart writes them: rounded, with thousands separators and their unit.
//! Which figures are drawn is said in `data.rs`.

use crate::kernel::language::Language;
use crate::reports::definitions::Unit;

/// From this many minutes on they are written as hours.
const HOURS_FROM: f64 = 120.0;

/// An axis of minutes is one of hours if it goes this far.
const HOUR_AXIS_FROM: f64 = 600.0;

/// A count as a coordinate.
pub fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A coordinate or length: at most one decimal.
pub fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// With thousands separators and at most so many decimals.
pub fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        out.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// How the amounts of a figure are written.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    pub unit: Unit,
    pub language: Language,
    /// The axis is one of hours.
    hours: bool,
}

impl Amounts {
    pub fn new(unit: Unit, language: Language) -> Self {
        Self { unit, language, hours: false }
    }

    /// For an axis up to this value.
    pub fn up_to(self, highest: f64) -> Self {
        Self { hours: self.unit == Unit::Minutes && highest >= HOUR_AXIS_FROM, ..self }
    }

    /// What the amounts are divided by on the axis.
    pub fn divisor(self) -> f64 {
        match self.unit {
            Unit::Minutes if self.hours => 60.0,
            Unit::Share => 0.01,
            _ => 1.0,
        }
    }

    /// Whether only whole numbers are on the axis.
    pub fn is_whole(self) -> bool {
        self.unit == Unit::Count
    }

    /// Whether the amounts of two rows may be added up.
    pub fn adds_up(self) -> bool {
        matches!(self.unit, Unit::Count | Unit::Wan | Unit::Sqm | Unit::Mu)
    }

    /// At a place with little room, where the unit is said beside.
    pub fn short(self, value: f64) -> String {
        match self.unit {
            Unit::Share => format!("{}%", fixed(value * 100.0)),
            Unit::Wan | Unit::Sqm | Unit::Mu if value.abs() >= 1000.0 => decimal(value, 0),
            _ => decimal(value / self.divisor(), self.decimals(value)),
        }
    }

    /// At a grid line.
    pub fn tick(self, value: f64) -> String {
        let amount = decimal(value / self.divisor(), 4);
        if self.unit == Unit::Share { format!("{amount}%") } else { amount }
    }

    /// With its unit.
    pub fn full(self, value: f64) -> String {
        let hours = self.unit == Unit::Minutes && value.abs() >= HOURS_FROM;
        let Some(unit) = self.word() else { return self.short(value) };
        match (self.unit, self.language) {
            // English has no word for 10,000.
            (Unit::Wan, Language::En) => format!("{} {unit}", decimal(value * 10_000.0, 0)),
            (Unit::Minutes, language) if hours => {
                let value = value / 60.0;
                format!("{} {}", decimal(value, self.decimals(value)), language.pick("小时", "h"))
            }
            _ => format!("{} {unit}", decimal(value, self.decimals(value))),
        }
    }

    /// The word behind an amount; of money in English that of one yuan.
    pub fn word(self) -> Option<&'static str> {
        let (zh, en) = match self.unit {
            Unit::Minutes => ("分钟", "min"),
            Unit::Days => ("天", "d"),
            Unit::Wan => ("万元", "CNY"),
            Unit::Sqm => ("㎡", "m²"),
            Unit::Mu => ("亩", "mu"),
            _ => return None,
        };
        Some(self.language.pick(zh, en))
    }

    /// The unit, for the line under the title.
    pub fn unit_phrase(self) -> &'static str {
        let (zh, en) = match self.unit {
            Unit::Minutes if self.hours => ("单位：小时", "in hours"),
            Unit::Minutes => ("单位：分钟", "in minutes"),
            Unit::Days => ("单位：天", "in days"),
            Unit::Wan => ("单位：万元", "in 10k CNY"),
            Unit::Sqm => ("单位：㎡", "in m²"),
            Unit::Mu => ("单位：亩", "in mu"),
            Unit::Share => ("单位：%", "in percent"),
            Unit::Count => ("单位：个", "count"),
            _ => ("", ""),
        };
        self.language.pick(zh, en)
    }

    fn decimals(self, value: f64) -> usize {
        match self.unit {
            Unit::Number if value.abs() < 0.1 => 4,
            Unit::Number => 2,
            Unit::Wan | Unit::Sqm | Unit::Mu if value.abs() < 100.0 => 2,
            _ => 1,
        }
    }
}

/// With exactly one decimal.
fn fixed(value: f64) -> String {
    let text = decimal(value, 1);
    if text.contains('.') { text } else { format!("{text}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_separators_and_units() {
        let zh = |unit, value| Amounts::new(unit, Language::Zh).full(value);
        let en = |unit, value| Amounts::new(unit, Language::En).full(value);
        assert_eq!(zh(Unit::Count, 1_234_567.0), "1,234,567");
        assert_eq!(zh(Unit::Minutes, 34.5), "34.5 分钟");
        assert_eq!(zh(Unit::Minutes, 210.0), "3.5 小时");
        assert_eq!(en(Unit::Minutes, 210.0), "3.5 h");
        assert_eq!(en(Unit::Share, 0.1234), "12.3%");
        assert_eq!(zh(Unit::Share, 1.0), "100.0%");
        assert_eq!(zh(Unit::Wan, 12_345.67), "12,345.7 万元");
        assert_eq!(en(Unit::Wan, 800.5), "8,005,000 CNY");
        assert_eq!(en(Unit::Sqm, 2000.0), "2,000 m²");
        assert_eq!(zh(Unit::Mu, 30.5), "30.5 亩");
        assert_eq!(zh(Unit::Number, -1.25), "−1.25");
        assert_eq!(zh(Unit::Number, -0.000_01), "0");
        assert_eq!(zh(Unit::Days, 999.96), "1,000 天");
    }

    #[test]
    fn a_long_axis_of_minutes_is_one_of_hours() {
        let axis = Amounts::new(Unit::Minutes, Language::En).up_to(1200.0);
        assert_eq!((axis.short(90.0).as_str(), axis.tick(600.0).as_str()), ("1.5", "10"));
        assert_eq!(axis.unit_phrase(), "in hours");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!([coordinate(1.0), coordinate(-0.04), coordinate(2.26)], ["1", "0", "2.3"]);
    }
}
