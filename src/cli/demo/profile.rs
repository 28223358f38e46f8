//! Generates what one inquirer submits: items, facts, tags and source.
//! The later life of the inquiry is generated in `story.rs`, the texts are in `texts.json`.

use serde_json::{Map, Value, json};

use super::texts::{Chance, Industry, Need, Region, Texts, Unit};
use crate::facts::NeedKind;
use crate::inquiries::items::Item;
use crate::inquiries::model::Items;
use crate::kernel::error::{Error, Result};

/// What an inquirer submits, and the facts and tags that an agent will enter about it.
#[derive(Debug, Clone)]
pub struct Profile {
    pub kind: NeedKind,
    pub items: Items,
    /// The form's other fields: the page, the referrer, the campaign, custom ones.
    pub fields: Map<String, Value>,
    pub facts: Map<String, Value>,
    pub tags: Vec<String>,
}

/// The wanted space, as numbers and as text.
#[derive(Default)]
struct Wanted {
    least: i64,
    most: i64,
    words: String,
}

impl Profile {
    /// A serious inquirer; the number makes their telephone number unique.
    pub fn generate(chance: &mut Chance, texts: &Texts, number: usize) -> Result<Self> {
        let need = chance.pick_weighted(&texts.needs, |need| need.weight)?;
        let industries = texts.industries.get(&need.industries);
        let industry = chance.pick(industries.map(Vec::as_slice).unwrap_or_default())?;
        let region = chance.pick_early(&texts.regions)?;
        let wanted = wanted(chance, need)?;
        let (district, _) = places(region);
        let said = chance.pick(&need.texts)?.replace("{area}", &wanted.words).replace("{region}", district);
        let tax = tax(chance, need, &wanted);
        let tax_words = match tax {
            Some(tax) => chance.pick(&texts.taxes)?.replace("{tax}", &tax.to_string()),
            None => chance.pick(&texts.no_taxes)?.clone(),
        };
        let usage = chance.pick(&industry.usages)?.clone();
        let (company, contact) = (company(chance, texts, industry, region)?, contact(chance, texts)?);
        let mut items = Items {
            need: Some(said),
            usage: chance.percent(84).then_some(usage),
            tax: (need.tax.1 > 0 && chance.percent(72)).then_some(tax_words),
            company: chance.percent(86).then_some(company),
            contact: chance.percent(93).then_some(contact),
            message: if chance.percent(35) { Some(chance.pick(&texts.messages)?.clone()) } else { None },
            ..Items::default()
        };
        add_addresses(chance, number, &mut items);
        Ok(Self {
            kind: need.kind,
            items,
            fields: fields(chance, texts, need)?,
            facts: facts(need, industry, region, &wanted, tax)?,
            tags: tags(chance, texts, tax)?,
        })
    }

    /// Somebody tries the form.
    pub fn test(texts: &Texts) -> Self {
        let items = Items {
            need: Some("测试".to_owned()),
            contact: Some("测试".to_owned()),
            message: Some("测试提交，请忽略".to_owned()),
            ..Items::default()
        };
        let fields = Map::from_iter([("page_url".to_owned(), json!(texts.site))]);
        Self { kind: NeedKind::Other, items, fields, facts: Map::new(), tags: Vec::new() }
    }

    /// The body that the park's site submits.
    pub fn body(&self) -> Result<Vec<u8>> {
        let mut fields = self.fields.clone();
        let said = self.items.iter().filter_map(|(item, text)| Some((item.word().to_owned(), json!(text?))));
        fields.extend(said);
        serde_json::to_vec(&fields).map_err(Error::internal)
    }
}

fn wanted(chance: &mut Chance, need: &Need) -> Result<Wanted> {
    let Some(space) = &need.space else { return Ok(Wanted::default()) };
    // Small ones are asked for more often.
    let any = chance.between(space.from, space.to).min(chance.between(space.from, space.to));
    let least = if space.unit == Unit::Sqm { any / space.step * space.step } else { any };
    let unit = match space.unit {
        Unit::Sqm => *chance.pick(&["平方米", "平", "㎡"])?,
        Unit::Mu => "亩",
    };
    let most = (least + least * chance.between(2, 8) / 10) / space.step * space.step;
    if most > least && chance.percent(38) {
        return Ok(Wanted { least, most, words: format!("{least}-{most}{unit}") });
    }
    let about = chance.pick(&["", "左右", "以上"])?;
    Ok(Wanted { least, most: least, words: format!("{least}{unit}{about}") })
}

/// Tax in 万元 a year, if known.
fn tax(chance: &mut Chance, need: &Need, wanted: &Wanted) -> Option<i64> {
    let space = if need.space.is_some() { wanted.most } else { 1_000 };
    let exact = space * chance.between(need.tax.0, need.tax.1) / 1_000;
    let round = if exact >= 200 { exact / 50 * 50 } else { exact / 5 * 5 };
    (round > 0 && chance.percent(70)).then_some(round)
}

/// The district, and the town or city by which companies are called: 上海, 启东.
fn places(region: &Region) -> (&str, &str) {
    let mut parts = region.path.split('/').rev();
    let (district, city) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let named = if district.ends_with('市') || city.is_empty() { district } else { city };
    (district, named.trim_end_matches('市'))
}

fn company(chance: &mut Chance, texts: &Texts, industry: &Industry, region: &Region) -> Result<String> {
    let (_, town) = places(region);
    let (first, second) = (chance.pick(&texts.brands.0)?, chance.pick(&texts.brands.1)?);
    let legal = if chance.percent(8) { "股份有限公司" } else { "有限公司" };
    Ok(format!("{town}{first}{second}{}{legal}", chance.pick(&industry.suffixes)?))
}

fn contact(chance: &mut Chance, texts: &Texts) -> Result<String> {
    let rest = if chance.percent(58) { &texts.given_names } else { &texts.titles };
    Ok(format!("{}{}", chance.pick(&texts.surnames)?, chance.pick(rest)?))
}

/// How the inquirer can be reached. No operator has numbers that begin with 169: nobody's telephone rings.
fn add_addresses(chance: &mut Chance, number: usize, items: &mut Items) {
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

fn fields(chance: &mut Chance, texts: &Texts, need: &Need) -> Result<Map<String, Value>> {
    let page = if chance.percent(75) { &need.page } else { "" };
    let mut fields = Map::from_iter([("page_url".to_owned(), json!(format!("{}{page}", texts.site)))]);
    if chance.percent(62) {
        let campaign = chance.pick_weighted(&texts.campaigns, |campaign| campaign.weight)?;
        let names = ["utm_source", "utm_medium", "utm_campaign"];
        fields
            .extend(names.into_iter().zip(&campaign.utm).map(|(name, word)| (name.to_owned(), json!(word))));
    } else if chance.percent(40) {
        fields.insert("referrer".to_owned(), json!("https://search.example.com/"));
    }
    if chance.percent(15) {
        fields.insert("预计入驻时间".to_owned(), json!(chance.pick(&texts.move_in)?));
    }
    Ok(fields)
}

fn facts(
    need: &Need,
    industry: &Industry,
    region: &Region,
    wanted: &Wanted,
    tax: Option<i64>,
) -> Result<Map<String, Value>> {
    let (min, max) = (wanted.least, wanted.most);
    let about = match &need.space {
        _ if matches!(need.kind, NeedKind::Spam | NeedKind::Supply) => json!({}),
        None => json!({"tax_wan_per_year": tax}),
        Some(space) if space.unit == Unit::Sqm => {
            json!({"area_min_sqm": min, "area_max_sqm": max, "tax_wan_per_year": tax})
        }
        Some(_) if min < max => json!({"land_mu_min": min, "land_mu_max": max, "tax_wan_per_year": tax}),
        Some(_) => json!({"land_mu": min, "tax_wan_per_year": tax}),
    };
    let mut facts: Map<String, Value> = serde_json::from_value(about).map_err(Error::internal)?;
    if !facts.is_empty() {
        let (path, code) = (&region.path, &region.code);
        facts.extend([("region".to_owned(), json!(path)), ("region_code".to_owned(), json!(code))]);
        let (name, code) = (&industry.name, &industry.code);
        facts.extend([("industry".to_owned(), json!(name)), ("industry_code".to_owned(), json!(code))]);
    }
    facts.insert("need_kind".to_owned(), json!(need.kind));
    facts.retain(|_, value| !value.is_null());
    Ok(facts)
}

/// The tags that an agent sets; always on large ones.
fn tags(chance: &mut Chance, texts: &Texts, tax: Option<i64>) -> Result<Vec<String>> {
    let mut tags = Vec::new();
    if tax.is_some_and(|tax| tax >= 500) {
        tags.push("重点".to_owned());
    }
    for percent in [38, 10] {
        if chance.percent(percent) {
            tags.push(chance.pick(&texts.tags)?.clone());
        }
    }
    Ok(tags)
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
        let (mut chance, texts) = (Chance::seeded(3), Texts::load().unwrap());
        for number in 0..500 {
            let Profile { items, facts, .. } = Profile::generate(&mut chance, &texts, number).unwrap();
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
            let mut new = NewInquiry::new(items, Source::of(Channel::Api));
            new.facts = Arc::new(facts.into());
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
            assert_eq!(places(&Region { path: path.to_owned(), code: String::new() }).1, name);
        }
    }
}
