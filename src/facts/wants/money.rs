//! What sums of money are: taxes, budgets, investments, what is invoiced and made.
//! Sums themselves are read in `quantity.rs`.

use crate::facts::form::labels::Field;
use crate::facts::measures::currency::Currency;
use crate::facts::measures::per::{self, Per};
use crate::facts::measures::quantity::Quantity;
use crate::facts::measures::units::Unit;
use crate::facts::model::fact::{Money, Number};
use crate::facts::model::findings::Findings;
use crate::facts::model::kinds::{Member, NeedKind};
use crate::facts::reading::Reading;
use crate::facts::text::normal::{Normal, Span};
use crate::facts::wants::model::Need;
use crate::facts::words::lexicon::{Hit, Topic};

/// 万元 in yuan.
const WAN: f64 = 10_000.0;
/// Larger sums are mistakes, in yuan.
const YUAN_MAX: f64 = 1e13;

const ROLES: &[Topic] = &[
    Topic::Tax,
    Topic::MuAverage,
    Topic::Invoiced,
    Topic::Output,
    Topic::FixedAsset,
    Topic::Investment,
    Topic::Capital,
    Topic::Price,
    Topic::OtherMoney,
];

/// A sum and what the words around say of it.
#[derive(Debug, Clone, Copy)]
struct Sum {
    quantity: Quantity,
    role: Option<Topic>,
    /// The word that says so.
    word: Option<Span>,
    per: Option<Per>,
}

/// Writes tax, budget, investment and the side facts of money.
pub fn put(reading: &Reading<'_>, need: Option<&Need>, found: &mut Findings) {
    let sums: Vec<Sum> = sums(reading);
    tax(reading, &sums, found);
    labelled_tax(reading, found);
    investment(reading, need, &sums, found);
    budget(reading, need, &sums, found);
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

/// An amount of money for certain: with a currency, or with 万 and no other unit.
fn is_sum(quantity: &Quantity) -> bool {
    (quantity.is_money() || quantity.unit == Unit::Bare && quantity.scaled) && quantity.high <= YUAN_MAX
}

fn sums(reading: &Reading<'_>) -> Vec<Sum> {
    let money = reading
        .quantities
        .iter()
        .filter(|quantity| quantity.is_money() || quantity.unit == Unit::Bare)
        .take(80);
    money
        .map(|quantity| {
            let hit = role(reading, quantity);
            let role = hit.and_then(|hit| ROLES.iter().copied().find(|topic| hit.topics.has(*topic)));
            let per = quantity.per.or_else(|| per_before(reading, quantity));
            Sum { quantity: *quantity, role, word: hit.map(|hit| hit.span), per }
        })
        .collect()
}

fn is_role(hit: &Hit) -> bool {
    ROLES.iter().any(|topic| hit.topics.has(*topic))
}

/// The nearest word before the sum in its part, else the first right behind it, else the last of the part
/// before.
fn role<'r>(reading: &'r Reading<'_>, quantity: &Quantity) -> Option<&'r Hit> {
    let page = &reading.page;
    let part = reading.part(quantity.span);
    let before = reading
        .words
        .within(Span::new(part.start, quantity.span.start))
        .iter()
        .rev()
        .find(|hit| is_role(hit));
    let earlier = previous_sum_end(reading, quantity, part.start);
    if let Some(hit) = before {
        // 投资3亿 500万税收: the word belongs to the sum before if one is between.
        let taken = earlier.is_some_and(|end| hit.span.end <= end);
        let behind = right_behind(reading, quantity, part);
        if !taken || behind.is_none() {
            return Some(hit);
        }
        return behind;
    }
    if let Some(hit) = right_behind(reading, quantity, part) {
        return Some(hit);
    }
    // 预算，800万以内
    let light =
        page.text().get(part.start..quantity.span.start).is_some_and(|words| words.chars().count() <= 8);
    if let Some(hit) = bare_field(reading, part).filter(|_| light) {
        return Some(hit);
    }
    let previous = reading.clauses.part_before(part)?;
    let hit = reading.words.within(previous).iter().rev().find(|hit| is_role(hit))?;
    let close = page
        .text()
        .get(hit.span.end..previous.end)
        .is_some_and(|rest| rest.chars().count() <= 6 && !rest.contains(|c: char| c.is_ascii_digit()));
    (light && close).then_some(hit)
}

/// ★税★ 每年120万: a field of a form between signs, without a colon.
fn bare_field<'r>(reading: &'r Reading<'_>, part: Span) -> Option<&'r Hit> {
    let before = reading.page.before(part.start, 10);
    let field = before.trim_end_matches(['|', ' ']);
    let border = before.get(field.len()..).is_some_and(|signs| signs.contains('|'));
    let name = field.rsplit(['|', '\n', ' ', ':']).next()?;
    let end = part.start - (before.len() - field.len());
    let hits = reading.words.within(Span::new(end - name.len(), end));
    hits.iter().find(|hit| border && is_role(hit) && hit.span.end == end)
}

/// The end of another sum between the beginning of the part and this one.
fn previous_sum_end(reading: &Reading<'_>, quantity: &Quantity, start: usize) -> Option<usize> {
    let next = reading.quantities.partition_point(|other| other.span.start < quantity.span.start);
    let previous = next.checked_sub(1).and_then(|last| reading.quantities.get(last))?;
    (previous.span.start >= start && is_sum(previous)).then_some(previous.span.end)
}

/// 1200万税收, 5 million in annual tax.
fn right_behind<'r>(reading: &'r Reading<'_>, quantity: &Quantity, part: Span) -> Option<&'r Hit> {
    let hit =
        reading.words.within(Span::new(quantity.whole.end, part.end)).iter().find(|hit| is_role(hit))?;
    let gap = reading.page.text().get(quantity.whole.end..hit.span.start)?;
    let latin = reading.page.cut(hit.span).is_ascii();
    (gap.chars().count() <= if latin { 20 } else { 6 } && !gap.contains(|c: char| c.is_ascii_digit()))
        .then_some(hit)
}

/// What the words before say the sum is per, up to the sum before.
fn per_before(reading: &Reading<'_>, quantity: &Quantity) -> Option<Per> {
    let part = reading.part(quantity.span);
    let start = previous_sum_end(reading, quantity, part.start).unwrap_or(part.start);
    per::before(
        &reading.page,
        crate::facts::text::normal::tail(reading.page.lower_cut(Span::new(start, quantity.span.start)), 24),
    )
}

/// 累计, 每月, 每千平米: what is said before a sum that is no tax of a year.
fn is_no_yearly_tax(page: &Normal<'_>, before: Span, quantity: &Quantity) -> bool {
    const OTHER: [&str; 13] = [
        "累计",
        "合计",
        "总计",
        "返",
        "每月",
        "月均",
        "补贴",
        "奖励",
        "每千平",
        "每百平",
        "每平",
        "每一千平",
        "每方",
    ];
    let words = page.cut(before);
    OTHER.iter().any(|word| words.contains(word)) || page.after(quantity.whole.end, 4).contains('返')
}

fn tax(reading: &Reading<'_>, sums: &[Sum], found: &mut Findings) {
    let page = &reading.page;
    for sum in sums {
        let quantity = &sum.quantity;
        let part = reading.part(quantity.span);
        let before = Span::new(part.start, quantity.span.start);
        let average = reading.words.any(before, Topic::MuAverage);
        let is_tax = match sum.role {
            Some(Topic::Tax) => true,
            // 亩均30万税收
            Some(Topic::MuAverage) => {
                sum.word
                    .is_some_and(|word| page.cut(word).contains('税') || page.lower_cut(word).contains("tax"))
                    || reading.words.any(part, Topic::Tax)
            }
            _ => false,
        };
        if !is_tax
            || !is_sum(quantity)
            || quantity.currency() != Currency::Cny
            || !matches!(sum.per, None | Some(Per::Year | Per::Mu | Per::Total))
        {
            continue;
        }
        if is_no_yearly_tax(page, before, quantity) {
            continue;
        }
        let (low, high) = quantity.ends();
        let wan =
            |value: f64| (value >= 1000.0 && value / WAN <= 1e9).then(|| Number::of(value / WAN)).flatten();
        if average || sum.per == Some(Per::Mu) {
            if let Some(value) = low.or(high).and_then(wan) {
                found.put(page, Member::TaxWanPerMu, value, quantity.span, 0.9);
            }
            continue;
        }
        let span =
            sum.word.filter(|word| part.holds(*word)).map_or(quantity.span, |word| word.to(quantity.span));
        if found.has(Member::TaxWanPerYear) {
            continue;
        }
        match (low.and_then(wan), high.and_then(wan)) {
            (Some(low), high) => {
                found.put(page, Member::TaxWanPerYear, low.clone(), span, 0.92);
                if let Some(high) = high.filter(|high| *high != low) {
                    found.put(page, Member::TaxWanPerYearMax, high, span, 0.92);
                }
            }
            (None, Some(high)) => found.put(page, Member::TaxWanPerYearMax, high, span, 0.8),
            _ => {}
        }
    }
}

/// `税收(万元)：300`: the label names the unit.
fn labelled_tax(reading: &Reading<'_>, found: &mut Findings) {
    let page = &reading.page;
    let label =
        reading.labels.iter().find(|label| label.field == Field::Tax && page.cut(label.name).contains("万"));
    let Some(label) = label else { return };
    let quantity = reading
        .quantities
        .iter()
        .find(|quantity| label.value.holds(quantity.span) && quantity.unit == Unit::Bare && !quantity.scaled);
    if let Some(quantity) = quantity.filter(|quantity| quantity.high <= 1e7) {
        let (low, high) = quantity.ends();
        if let Some(low) = low.and_then(Number::of) {
            found.put(page, Member::TaxWanPerYear, low.clone(), quantity.span, 0.9);
            if let Some(high) = high.and_then(Number::of).filter(|high| *high != low) {
                found.put(page, Member::TaxWanPerYearMax, high, quantity.span, 0.9);
            }
        }
    }
}

/// `None` if an end is no number.
fn money(currency: Currency, low: Option<f64>, high: Option<f64>, per: Option<Per>) -> Option<Money> {
    let end = |value: Option<f64>| value.map_or(Some(None), |value| Number::of(value).map(Some));
    Some(Money::new(currency.code(), end(low)?, end(high)?, per.map(Per::word)))
}

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
    if let Some(value) = money(sum.quantity.currency(), low, high, None) {
        found.put(&reading.page, Member::Investment, value, sum.quantity.span, 0.9);
    }
}

fn budget(reading: &Reading<'_>, need: Option<&Need>, sums: &[Sum], found: &mut Findings) {
    let kind = need.map(|need| need.kind);
    if matches!(kind, Some(NeedKind::Spam | NeedKind::Other | NeedKind::RegistrationPolicy)) {
        return;
    }
    let asset = kind == Some(NeedKind::AssetInvestment);
    let purchase = need.is_some_and(Need::is_purchase);
    let land = kind == Some(NeedKind::Land);
    let priced =
        |sum: &&Sum| sum.role == Some(Topic::Price) && (is_sum(&sum.quantity) || is_bare_price(reading, sum));
    // 每平每月25: what it is per says that it is money.
    let bare_max = if purchase { 100_000.0 } else { 1000.0 };
    let per_area = |sum: &&Sum| {
        let sum_or_bare = is_sum(&sum.quantity)
            || sum.quantity.unit == Unit::Bare && !sum.quantity.scaled && sum.quantity.high <= bare_max;
        sum.role.is_none_or(|role| role == Topic::Price)
            && sum_or_bare
            && sum.per.is_some_and(Per::is_of_area)
    };
    let unnamed = |sum: &&Sum| {
        sum.role.is_none()
            && is_sum(&sum.quantity)
            && (matches!(sum.per, Some(Per::Month | Per::Year | Per::Sqm))
                || sum.per == Some(Per::Mu) && land
                || (purchase || asset) && sum.quantity.low >= 50_000.0)
    };
    let invested = |sum: &&Sum| asset && matches!(sum.role, Some(Topic::Investment)) && is_sum(&sum.quantity);
    let sum = sums
        .iter()
        .find(priced)
        .or_else(|| sums.iter().find(per_area))
        .or_else(|| sums.iter().find(unnamed))
        .or_else(|| sums.iter().find(invested));
    let Some(sum) = sum else { return };
    let quantity = &sum.quantity;
    let worded = sum.word.and_then(|word| per::before(&reading.page, reading.page.lower_cut(word)));
    let mut per = sum.per.or(worded);
    let all_in = reading.page.lower_after(quantity.whole.end, 14);
    if per.is_none() && (all_in.contains("all-in") || all_in.contains("in total") || all_in.contains("总价"))
    {
        per = Some(Per::Total);
    }
    per = said_beside(reading, sum, per, purchase || asset);
    let whole = quantity.scaled || quantity.low >= 100_000.0;
    if per.is_none() && (purchase || asset) && whole && quantity.high >= 50_000.0 {
        per = Some(Per::Total);
    }
    if per.is_none() && land && whole && quantity.high >= 1_000_000.0 {
        per = Some(Per::Total);
    }
    let (low, high) = quantity.ends();
    let Some(value) = money(quantity.currency(), low, high, per) else { return };
    if kind == Some(NeedKind::Supply) {
        found.extra("asking_price", value);
    } else {
        let confidence = if sum.role.is_some() { 0.92 } else { 0.8 };
        found.put(&reading.page, Member::Budget, value, quantity.whole, confidence);
    }
}

/// What a price is per by the words beside it: 均价4200元 (a square metre, for sale), 一年360元/平.
fn said_beside(reading: &Reading<'_>, sum: &Sum, per: Option<Per>, is_for_good: bool) -> Option<Per> {
    let quantity = &sum.quantity;
    let is_average = sum.word.is_some_and(|word| reading.page.cut(word) == "均价");
    if per.is_none() && is_average && (1_000.0..200_000.0).contains(&quantity.high) {
        return Some(Per::Sqm);
    }
    if per != Some(Per::Sqm) || is_for_good {
        return per;
    }
    let before = reading.page.before(quantity.span.start, 6);
    let times = [
        (["一年", "每年", "年租金"], Per::SqmYear),
        (["一个月", "每月", "月租金"], Per::SqmMonth),
        (["一天", "每天", "日租金"], Per::SqmDay),
    ];
    let said = times.into_iter().find(|(words, _)| words.iter().any(|word| before.contains(word)));
    said.map(|(_, time)| time).or(per)
}

/// 租金28以内: a small number right behind the word, without any unit.
fn is_bare_price(reading: &Reading<'_>, sum: &Sum) -> bool {
    let quantity = &sum.quantity;
    let Some(word) = sum.word else { return false };
    let gap = reading.page.text().get(word.end..quantity.span.start).unwrap_or("x");
    let next = reading.page.char_at(quantity.span.end);
    quantity.unit == Unit::Bare
        && quantity.low >= 0.2
        && quantity.high
            <= if quantity.per.is_some() || gap.trim().chars().count() <= 3 { 1e9 } else { 10_000.0 }
        && word.end <= quantity.span.start
        && gap.chars().count() <= 8
        && !next.is_some_and(|c| matches!(c, '年' | '月' | '天' | '人' | '%' | '个' | '期' | '号' | '楼'))
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
