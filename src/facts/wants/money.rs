//! What sums of money are: investments, and the side facts of money. Taxes and budgets have files of their
//! own; what a sum is by the words around it is found in `sums.rs`.

use crate::facts::measures::currency::Currency;
use crate::facts::measures::per::Per;
use crate::facts::model::fact::Number;
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::wants::model::Need;
use crate::facts::wants::sums::{self, Sum, WAN, is_sum};
use crate::facts::wants::{budgets, taxes};
use crate::facts::words::lexicon::Topic;

/// Writes tax, budget, investment and the side facts of money.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    let sums = sums::find(reading);
    taxes::put(reading, &sums, found);
    investment(reading, need, &sums, found);
    budgets::put(reading, need, &sums, found);
    for (topic, name) in [
        (Topic::Invoiced, "invoiced_wan_per_year"),
        (Topic::Output, "output_wan_per_year"),
        (Topic::Capital, "registered_capital_wan"),
    ] {
        let sum = sums.iter().find(|sum| {
            sum.role == Some(topic)
                && is_sum(&sum.quantity)
                && sum.quantity.currency() == Currency::Cny
                && sum.per != Some(Per::Mu)
        });
        if let Some(value) = sum.and_then(|sum| Number::of(sum.quantity.low / WAN)) {
            found.extra(name, value);
        }
    }
    if let Some(value) = sums
        .iter()
        .find(|sum| sum.role == Some(Topic::FixedAsset) && is_sum(&sum.quantity))
        .and_then(|sum| Number::of(sum.quantity.low))
    {
        found.extra("fixed_asset_investment", value);
    }
}

/// The total that is invested, else the first sum that is called so.
fn investment(reading: &Reading<'_>, need: Option<&Need>, sums: &[Sum], found: &mut Findings) {
    if need.is_some_and(|need| matches!(need.kind, NeedKind::AssetInvestment | NeedKind::Spam)) {
        return;
    }
    let fits = |sum: &&Sum| {
        sum.role == Some(Topic::Investment)
            && is_sum(&sum.quantity)
            && sum.per != Some(Per::Mu)
            && sum.quantity.high >= 10_000.0
    };
    let total = |sum: &&Sum| {
        sum.word.is_some_and(|word| {
            reading.page.cut(word).contains('总')
                || reading.page.lower_before(word.start, 6).contains("total")
                || reading.page.cut(word).starts_with("total")
        })
    };
    let sum = sums.iter().filter(fits).find(total).or_else(|| sums.iter().find(fits));
    let Some(sum) = sum else { return };
    let (low, high) = sum.quantity.ends();
    if let Some(value) = sums::money(sum.quantity.currency(), low, high, None) {
        found.put(&reading.page, Member::Investment, value, sum.quantity.span, 0.9);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::wants::need;
    use serde_json::{Map, Value, json};

    fn of(text: &str, fields: &[&str]) -> Value {
        let reading = Reading::of(text);
        let need = need::find(&reading, &[]);
        let mut found = Findings::default();
        put(&reading, need.as_ref(), &mut found);
        let facts: Map<String, Value> = found.into_facts(text, "1").into();
        Value::Object(facts.into_iter().filter(|(name, _)| fields.contains(&name.as_str())).collect())
    }

    #[test]
    fn taxes() {
        for (text, expected) in [
            ("年税收约300万元", json!({"tax_wan_per_year": 300})),
            (
                "产值5亿元、年税收2500万元，亩均税收50万元",
                json!({"tax_wan_per_year": 2500, "tax_wan_per_mu": 50}),
            ),
            ("年纳税额约600-800万", json!({"tax_wan_per_year": 600, "tax_wan_per_year_max": 800})),
            ("年开票额大概2个亿，年纳税600多万", json!({"tax_wan_per_year": 600})),
            ("增值税+所得税大约180万", json!({"tax_wan_per_year": 180})),
            ("税收贡献 1200 万/年", json!({"tax_wan_per_year": 1200})),
            ("纳税过千万", json!({"tax_wan_per_year": 1000})),
            ("亩均税收能到30万", json!({"tax_wan_per_mu": 30})),
            ("expected annual tax RMB 18 million", json!({"tax_wan_per_year": 1800})),
            ("税收(万元)：300", json!({"tax_wan_per_year": 300})),
            ("税收：300", json!({})),
            ("含税单价28元，税收返还70%", json!({})),
            ("保税仓库3000平", json!({})),
        ] {
            assert_eq!(
                of(text, &["tax_wan_per_year", "tax_wan_per_year_max", "tax_wan_per_mu"]),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn budgets_and_investments() {
        for (text, expected) in [
            (
                "租厂房，预算0.9元/平/天以内",
                json!({"budget": {"currency": "CNY", "max": 0.9, "per": "sqm_day"}}),
            ),
            ("租厂房，租金28以内", json!({"budget": {"currency": "CNY", "max": 28}})),
            (
                "买厂房，总价800万以内",
                json!({"budget": {"currency": "CNY", "max": 8_000_000, "per": "total"}}),
            ),
            ("租冷库，月租预算8万内", json!({"budget": {"currency": "CNY", "max": 80000, "per": "month"}})),
            (
                "租仓库，每平每月25",
                json!({"budget": {"currency": "CNY", "min": 25, "max": 25, "per": "sqm_month"}}),
            ),
            (
                "工业用地40亩，出价不超过45万/亩",
                json!({"budget": {"currency": "CNY", "max": 450_000, "per": "mu"}}),
            ),
            (
                "拟投资1.2亿美元建厂",
                json!({"investment": {"currency": "USD", "min": 120_000_000, "max": 120_000_000}}),
            ),
            (
                "项目总投资3亿元，固定资产投资2.2亿",
                json!({"investment": {"currency": "CNY", "min": 300_000_000, "max": 300_000_000}}),
            ),
        ] {
            assert_eq!(of(text, &["budget", "investment"]), expected, "{text}");
        }
    }
}
