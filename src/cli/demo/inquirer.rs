//! Generates the profile of one inquirer from the texts in `data.rs`: items, facts, tags and source.
//! The later life of the inquiry is generated in `story.rs`.

use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::data::{self, Industry, Need, Region, Space};
use crate::facts::NeedKind;
use crate::inquiries::items::Item;
use crate::inquiries::model::Items;
use crate::kernel::error::Result;

/// What an inquirer submits, and the facts that an agent will enter about it.
#[derive(Debug, Clone)]
pub struct InquirerProfile {
    pub kind: NeedKind,
    pub items: Items,
    pub page_url: Option<String>,
    pub referrer: Option<String>,
    pub utm: Map<String, Value>,
    /// Values of custom form fields.
    pub custom: Map<String, Value>,
    pub facts: Map<String, Value>,
    pub tags: Vec<String>,
}

/// The wanted space, as numbers and as text.
struct Wanted {
    least: i64,
    most: i64,
    words: String,
}

/// The inquirer of this number.
pub fn inquirer(chance: &mut Chance, number: usize) -> Result<InquirerProfile> {
    let need = chance.weighted(data::NEEDS)?;
    let industry = chance.pick(need.industries)?;
    let region = chance.early(data::REGIONS)?;
    let wanted = space(chance, need.space);
    let text = chance.pick(need.texts)?.replace("{area}", &wanted.words).replace("{region}", place(region));
    let tax = tax(chance, need, &wanted);
    let mut items = Items {
        need: Some(text),
        usage: chance.percent(84).then_some(*chance.pick(industry.usages)?).map(str::to_owned),
        tax: (need.tax.1 > 0 && chance.percent(72)).then_some(tax_words(chance, tax)?),
        company: chance.percent(86).then_some(company(chance, industry, region)?),
        contact: chance.percent(93).then_some(contact(chance)?),
        ..Items::default()
    };
    reach(chance, number, &mut items);
    if chance.percent(35) {
        items.message = Some((*chance.pick(data::MESSAGES)?).to_owned());
    }
    let tags = tags(chance, tax)?;
    let mut profile = InquirerProfile {
        kind: need.kind,
        facts: facts(need, industry, region, &wanted, tax),
        items,
        page_url: Some(format!("{}{}", data::SITE, if chance.percent(75) { need.page } else { "" })),
        referrer: None,
        utm: Map::new(),
        custom: Map::new(),
        tags,
    };
    add_source(chance, &mut profile)?;
    Ok(profile)
}

/// A test submission.
pub fn trial() -> InquirerProfile {
    let items = Items {
        need: Some("测试".to_owned()),
        contact: Some("测试".to_owned()),
        message: Some("测试提交，请忽略".to_owned()),
        ..Items::default()
    };
    InquirerProfile {
        kind: NeedKind::Other,
        items,
        page_url: Some(data::SITE.to_owned()),
        referrer: None,
        utm: Map::new(),
        custom: Map::new(),
        facts: Map::new(),
        tags: Vec::new(),
    }
}

fn space(chance: &mut Chance, space: Space) -> Wanted {
    let (least, step, unit) = match space {
        // Small ones are asked for more often.
        Space::SquareMetres(from, to, step) => (
            chance.between(from, to).min(chance.between(from, to)) / step * step,
            step,
            chance.either("平方米", &["平", "㎡"]),
        ),
        Space::Mu(from, to) => (chance.between(from, to).min(chance.between(from, to)), 5, "亩"),
        Space::Untold => return Wanted { least: 0, most: 0, words: String::new() },
    };
    if chance.percent(38) {
        let most = (least + least * chance.between(2, 8) / 10) / step * step;
        if most > least {
            return Wanted { least, most, words: format!("{least}-{most}{unit}") };
        }
    }
    let about = chance.either("", &["左右", "以上"]);
    Wanted { least, most: least, words: format!("{least}{unit}{about}") }
}

/// Tax in 万元 a year, if known.
fn tax(chance: &mut Chance, need: &Need, wanted: &Wanted) -> Option<i64> {
    let (low, high) = need.tax;
    let space = if matches!(need.space, Space::Untold) { 1_000 } else { wanted.most };
    let exact = space * chance.between(low, high) / 1_000;
    let round = if exact >= 200 { exact / 50 * 50 } else { exact / 5 * 5 };
    (round > 0 && chance.percent(70)).then_some(round)
}

fn tax_words(chance: &mut Chance, tax: Option<i64>) -> Result<String> {
    Ok(match tax {
        Some(tax) => chance.pick(data::TAXES)?.replace("{tax}", &tax.to_string()),
        None => (*chance.pick(data::NO_TAXES)?).to_owned(),
    })
}

fn place(region: &Region) -> &'static str {
    region.path.rsplit('/').next().unwrap_or_default()
}

/// 上海, 启东: how a company is called by its place.
fn short_place(region: &Region) -> &'static str {
    let mut parts = region.path.split('/').rev();
    let (district, city) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let named = if district.ends_with('市') || city.is_empty() { district } else { city };
    named.trim_end_matches('市')
}

fn company(chance: &mut Chance, industry: &Industry, region: &Region) -> Result<String> {
    let (first, second) = data::BRANDS;
    let brand = format!("{}{}", chance.pick(first)?, chance.pick(second)?);
    let legal = if chance.percent(8) { "股份有限公司" } else { "有限公司" };
    Ok(format!("{}{brand}{}{legal}", short_place(region), chance.pick(industry.names)?))
}

fn contact(chance: &mut Chance) -> Result<String> {
    let surname = chance.pick(data::SURNAMES)?;
    let rest =
        if chance.percent(58) { chance.pick(data::GIVEN_NAMES)? } else { chance.pick(data::TITLES)? };
    Ok(format!("{surname}{rest}"))
}

/// How the inquirer can be reached. No operator has numbers that begin with 169: nobody's telephone rings.
fn reach(chance: &mut Chance, number: usize, items: &mut Items) {
    let phoned = chance.percent(94);
    if phoned {
        let serial = format!("{number:08}");
        let (middle, end) = serial.split_at_checked(4).unwrap_or((&serial, ""));
        items.phone = Some(match chance.between(1, 10) {
            1 => format!("169 {middle} {end}"),
            2 => format!("169-{middle}-{end}"),
            3 => format!("+86 169{middle}{end}"),
            _ => format!("169{middle}{end}"),
        });
    }
    if !phoned || chance.percent(18) {
        *items.get_mut(Item::Wechat) = Some(format!("demo_wx_{number:05}"));
    }
    if chance.percent(12) {
        items.email = Some(format!("inquirer{number}@example.com"));
    }
}

fn facts(
    need: &Need,
    industry: &Industry,
    region: &Region,
    wanted: &Wanted,
    tax: Option<i64>,
) -> Map<String, Value> {
    let mut facts = Map::new();
    let mut fact = |name: &str, value: Value| facts.insert(name.to_owned(), value);
    fact("need_kind", json!(need.kind));
    if matches!(need.kind, NeedKind::Spam | NeedKind::Supply) {
        return facts;
    }
    fact("region", json!(region.path));
    fact("region_code", json!(region.code));
    fact("industry", json!(industry.name));
    fact("industry_code", json!(industry.code));
    match need.space {
        Space::SquareMetres(..) => {
            fact("area_min_sqm", json!(wanted.least));
            fact("area_max_sqm", json!(wanted.most));
        }
        Space::Mu(..) if wanted.least < wanted.most => {
            fact("land_mu_min", json!(wanted.least));
            fact("land_mu_max", json!(wanted.most));
        }
        Space::Mu(..) => {
            fact("land_mu", json!(wanted.least));
        }
        Space::Untold => {}
    }
    if let Some(tax) = tax {
        fact("tax_wan_per_year", json!(tax));
    }
    facts
}

/// The tags that an agent sets; always on large ones.
fn tags(chance: &mut Chance, tax: Option<i64>) -> Result<Vec<String>> {
    let mut tags = Vec::new();
    if tax.is_some_and(|tax| tax >= 500) {
        tags.push("重点".to_owned());
    }
    for percent in [38, 10] {
        if chance.percent(percent) {
            tags.push((*chance.pick(data::TAGS)?).to_owned());
        }
    }
    Ok(tags)
}

fn add_source(chance: &mut Chance, profile: &mut InquirerProfile) -> Result<()> {
    if chance.percent(62) {
        let campaign = chance.weighted(data::CAMPAIGNS)?;
        for (name, word) in ["source", "medium", "campaign"].into_iter().zip(campaign) {
            profile.utm.insert(name.to_owned(), json!(word));
        }
    } else if chance.percent(40) {
        profile.referrer = Some("https://search.example.com/".to_owned());
    }
    if chance.percent(15) {
        profile.custom.insert("预计入驻时间".to_owned(), json!(chance.pick(data::MOVE_IN)?));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::inquiries::model::Channel;
    use crate::inquiries::{NewInquiry, Source};
    use crate::kernel::error::Faults;
    use crate::kernel::{error, phone};

    #[test]
    fn profiles_are_well_formed() {
        let mut chance = Chance::seeded(3);
        for number in 0..500 {
            let profile = inquirer(&mut chance, number).unwrap();
            let (items, facts) = (&profile.items, &profile.facts);
            assert!(items.phone.is_some() || items.get(Item::Wechat).is_some(), "somebody can be reached");
            assert!(items.phone.as_deref().is_none_or(|written| {
                phone::to_e164(written).is_some_and(|full| full.starts_with("+861690"))
            }));
            assert!(items.need.as_deref().is_some_and(|need| !need.contains('{')), "{:?}", items.need);
            let code = facts.get("region_code").and_then(Value::as_str);
            assert!(
                code.is_none_or(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()))
            );
            let mut faults = Faults::default();
            let mut new = NewInquiry::new(items.clone(), Source::of(Channel::Api));
            new.facts = Arc::new(facts.clone().into());
            new.custom.clone_from(&profile.custom);
            new.check(&mut faults);
            faults.none_or(&error::INVALID).unwrap();
        }
    }

    #[test]
    fn a_company_is_called_by_its_town_or_city() {
        for (path, name) in [
            ("江苏省/南通市/启东市", "启东"),
            ("江苏省/苏州市/吴江区", "苏州"),
            ("上海市/嘉定区", "上海"),
            ("江苏省/南通市/如东县", "南通"),
        ] {
            assert_eq!(short_place(&Region { path, code: "" }), name);
        }
    }
}
