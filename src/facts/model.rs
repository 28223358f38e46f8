//! The shape of facts. Areas in square metres, land in mu (亩), money in 万元 (10,000 yuan) unless a currency is
//! named. Absent means that nothing is known.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::text_enum;

text_enum! {
    /// What is wanted.
    pub enum NeedKind {
        FactoryRent => "factory_rent",
        FactoryBuy => "factory_buy",
        Land => "land",
        OfficeRent => "office_rent",
        OfficeBuy => "office_buy",
        WarehouseRent => "warehouse_rent",
        WarehouseBuy => "warehouse_buy",
        CustomBuild => "custom_build",
        RegistrationPolicy => "registration_policy",
        AssetInvestment => "asset_investment",
        Supply => "supply",
        Spam => "spam",
        Other => "other",
    }
}

/// An amount of money or a range.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"currency": "CNY", "min": 25, "max": 30, "per": "sqm_month"}))]
pub struct Money {
    /// ISO 4217, such as `CNY`.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    /// What the amount is for, such as `sqm_month`; absent for the whole.
    #[schema(max_length = 50)]
    per: Option<String>,
}

/// The facts of an inquiry. In a PATCH null takes one away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
    example = json!({"need_kind": "factory_rent", "area_min_sqm": 3000, "area_max_sqm": 5000,
        "region": "江苏省/苏州市/吴中区", "region_code": "320506",
        "tax_wan_per_year": 300})
)]
pub struct Facts {
    need_kind: Option<NeedKind>,
    #[schema(max_items = 13)]
    need_kind_also: Option<Vec<NeedKind>>,
    #[schema(minimum = 0)]
    area_min_sqm: Option<f64>,
    #[schema(minimum = 0)]
    area_max_sqm: Option<f64>,
    #[schema(minimum = 0)]
    land_mu: Option<f64>,
    #[schema(minimum = 0)]
    land_mu_min: Option<f64>,
    #[schema(minimum = 0)]
    land_mu_max: Option<f64>,
    /// 省/市/区
    #[schema(max_length = 100)]
    region: Option<String>,
    /// Six digits (GB/T 2260)
    #[schema(pattern = "^[0-9]{6}$")]
    region_code: Option<String>,
    #[schema(max_items = 50)]
    region_codes: Option<Vec<String>>,
    #[schema(max_length = 100)]
    industry: Option<String>,
    #[schema(max_length = 10)]
    industry_code: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    tax_wan_per_year: Option<f64>,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    tax_wan_per_year_max: Option<f64>,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    tax_wan_per_mu: Option<f64>,
    budget: Option<Money>,
    investment: Option<Money>,
    #[schema(max_length = 200)]
    company: Option<String>,
    #[schema(max_length = 200)]
    contact: Option<String>,
    /// E.164
    #[schema(pattern = "^\\+[0-9]{5,15}$")]
    phone: Option<String>,
    #[schema(max_items = 20)]
    phones: Option<Vec<String>>,
    #[schema(max_length = 100)]
    wechat: Option<String>,
    #[schema(max_length = 254)]
    email: Option<String>,
    /// 统一社会信用代码
    #[schema(max_length = 18)]
    uscc: Option<String>,
    #[schema(value_type = Option<Object>)]
    extra: Option<Map<String, Value>>,
    /// What was parsed.
    #[schema(read_only)]
    text: Option<String>,
    /// Where each fact stands in `text`, in code points.
    #[schema(read_only, value_type = Option<Object>)]
    spans: Option<Map<String, Value>>,
    #[schema(read_only, value_type = Option<Object>)]
    confidence: Option<Map<String, Value>>,
    #[schema(read_only)]
    parser_version: Option<String>,
}

/// The facts that lists filter and sort by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indexed {
    pub need_kind: Option<NeedKind>,
    pub region_code: Option<String>,
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
    pub fn of(facts: &Map<String, Value>) -> Self {
        let number = |name: &str| facts.get(name).and_then(Value::as_f64);
        let text = |name: &str| facts.get(name).and_then(Value::as_str);
        let (min, max) = (number("area_min_sqm"), number("area_max_sqm"));
        Self {
            need_kind: text("need_kind").and_then(NeedKind::from_word),
            region_code: text("region_code").map(str::to_owned),
            tax_fen_per_year: number("tax_wan_per_year").and_then(fen_of_wan),
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
    use serde_json::json;

    #[test]
    fn money_is_whole_fen() {
        assert_eq!(fen_of_wan(300.0), Some(300_000_000));
        assert_eq!(fen_of_wan(0.1 + 0.2), Some(300_000));
        assert_eq!(fen_of_wan(f64::MAX), None);
    }

    #[test]
    fn one_area_stands_for_both_ends() {
        let Value::Object(facts) =
            json!({"area_min_sqm": 3000, "tax_wan_per_year": 12.5, "need_kind": "land"})
        else {
            unreachable!()
        };
        let indexed = Indexed::of(&facts);
        assert_eq!((indexed.area_min_sqm, indexed.area_max_sqm), (Some(3000.0), Some(3000.0)));
        assert_eq!(indexed.tax_fen_per_year, Some(12_500_000));
        assert_eq!(indexed.need_kind, Some(NeedKind::Land));
        assert!(Indexed::of(&Map::new()).is_empty());
    }
}
