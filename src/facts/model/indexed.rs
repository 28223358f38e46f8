//! The facts that lists filter and sort by, as the database indexes them.
//! The conditions themselves are the matter of the room that lists.

use crate::facts::model::document::Facts;
use crate::facts::model::kinds::{Member, NeedKind};

/// The facts that lists filter and sort by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indexed {
    pub need_kind: Option<NeedKind>,
    pub region_code: Option<String>,
    pub industry_code: Option<String>,
    /// Whole fen (0.01 yuan) a year.
    pub tax_fen_per_year: Option<i64>,
    /// Both are set if one is known.
    pub area_min_sqm: Option<f64>,
    pub area_max_sqm: Option<f64>,
}

/// 万元 in whole fen.
pub fn fen_of_wan(wan: f64) -> Option<i64> {
    let fen = (wan * 1_000_000.0).round();
    // Beyond this a double does not hold every whole number.
    if !fen.is_finite() || fen.abs() > 9.0e15 {
        return None;
    }
    format!("{fen:.0}").parse().ok()
}

impl Indexed {
    pub fn of(facts: &Facts) -> Self {
        let (min, max) = (facts.number(Member::AreaMinSqm), facts.number(Member::AreaMaxSqm));
        Self {
            need_kind: facts.need_kind(),
            region_code: facts.words(Member::RegionCode).map(str::to_owned),
            industry_code: facts.words(Member::IndustryCode).map(str::to_owned),
            tax_fen_per_year: facts.number(Member::TaxWanPerYear).and_then(fen_of_wan),
            area_min_sqm: min.or(max),
            area_max_sqm: max.or(min),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn money_is_whole_fen() {
        assert_eq!(fen_of_wan(300.0), Some(300_000_000));
        assert_eq!(fen_of_wan(0.1 + 0.2), Some(300_000));
        assert_eq!(fen_of_wan(f64::MAX), None);
    }

    #[test]
    fn one_area_is_both_ends() {
        let Value::Object(facts) =
            json!({"area_min_sqm": 3000, "tax_wan_per_year": 12.5, "need_kind": "land"})
        else {
            unreachable!()
        };
        let indexed = Indexed::of(&facts.into());
        assert_eq!((indexed.area_min_sqm, indexed.area_max_sqm), (Some(3000.0), Some(3000.0)));
        assert_eq!(indexed.tax_fen_per_year, Some(12_500_000));
        assert_eq!(indexed.need_kind, Some(NeedKind::Land));
        assert!(Indexed::of(&Facts::default()).is_empty());
    }
}
