//! From pairs to items: what the profile maps, then what the usual names tell, and what is left over. Texts
//! are cleaned here. What a person wrote is never refused for what it says; the receipt keeps every byte.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::names::{Item, campaign, folded, folded_without_brackets, item};
use super::pairs::Pair;
use super::secrets::Secrets;
use super::selector::{EvalContext, Found, Selector};
use super::values::{beside, text_of};
use crate::facts::unit_of_label;
use crate::intake::forms::settings::{Leftover, Profile};
use crate::kernel::error::{Fault, FaultKind, Faults, TOO_LONG, TOO_MANY_ITEMS, WRONG_TYPE};
use crate::kernel::text::{NAME_MAX, cleaned_line, cleaned_lines, cut};

static NO_ITEM: FaultKind =
    FaultKind::new("no_item", "没有这个项目，可用：{}。", "There is no such item. Use one of: {}.");

/// The reason of a receipt in which a step of the profile failed.
pub const TRANSFORM_FAILED: &str = "transform_failed";
/// Fields by which a page says where the browser is to go.
const REDIRECTS: [&str; 3] = ["_next", "retURL", "redirect"];
/// Targets of one map, and further names of one item.
const TARGETS_MAX: usize = 50;
const SYNONYMS_MAX: usize = 200;
/// Characters in the address of a page.
pub const URL_MAX: usize = 2_000;
/// The field that a page's signed token comes in.
pub const TOKEN_FIELD: &str = "_t";
pub const CONSENT_VERSION_FIELD: &str = "consent_version";

/// How a form's pairs become items.
#[derive(Debug, Clone)]
pub struct Mapping {
    map: Vec<(Target, Selector)>,
    auto_map: bool,
    synonyms: HashMap<String, Item>,
    leftover: Leftover,
    honeypots: Vec<String>,
}

/// What a mapped value becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Item(Item),
    Campaign(String),
}

impl Target {
    fn of(name: &str) -> Option<Self> {
        match name.strip_prefix("utm_") {
            Some(rest) => Some(Self::Campaign(rest.to_owned())),
            None => Item::from_word(name).map(Self::Item),
        }
    }
}

/// What the fields of a submission say, each text cleaned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MappedFields {
    values: HashMap<Item, String>,
    /// The unit that a value's label names, in its brackets: of 年税收（万元） what 300 is.
    units: HashMap<Item, String>,
    /// Campaign parameters, without `utm_`.
    pub utm: Map<String, Value>,
    /// What no item took, by its label or name.
    pub custom: Map<String, Value>,
    /// Which version of the notice was seen.
    pub consent_version: Option<String>,
    /// Where the browser wishes to go, in the order of preference.
    pub redirects: Vec<String>,
    /// The token of the hosted page.
    pub token: Option<String>,
    /// Which of them are links to files, as services write them.
    pub files: HashSet<String>,
    /// How many fields of one name `custom` has.
    namesakes: HashMap<String, u32>,
    /// A field that people do not see was filled.
    pub is_trapped: bool,
    pub reasons: Vec<&'static str>,
}

impl MappedFields {
    pub fn get(&self, item: Item) -> Option<&str> {
        self.values.get(&item).map(String::as_str)
    }

    /// The unit in the brackets of the label that a value came by.
    pub fn unit(&self, item: Item) -> &str {
        self.units.get(&item).map_or("", String::as_str)
    }

    /// The values by their known names.
    pub fn named(&self) -> Map<String, Value> {
        let items = Item::ALL
            .iter()
            .filter_map(|item| Some((item.word().to_owned(), Value::String(self.get(*item)?.to_owned()))));
        items.chain(self.utm.iter().map(|(name, value)| (format!("utm_{name}"), value.clone()))).collect()
    }

    /// Whether there is nothing in it at all. A filled trap is something.
    pub fn is_empty(&self) -> bool {
        let said = |item: &&Item| !matches!(item, Item::PageUrl | Item::Referrer | Item::Consent);
        !self.is_trapped
            && self.custom.is_empty()
            && !Item::ALL.iter().filter(said).any(|item| self.values.contains_key(item))
    }

    /// Masks secrets in the addresses of pages.
    pub fn mask_addresses(&mut self, secrets: &Secrets) {
        for item in [Item::PageUrl, Item::Referrer] {
            if let Some(url) = self.values.get_mut(&item) {
                *url = secrets.masked_url(url).into_owned();
            }
        }
    }

    fn put(&mut self, item: Item, words: &str) -> bool {
        let cleaned = match item {
            Item::PageUrl | Item::Referrer => cleaned_line(words).map(|url| cut(url, URL_MAX)),
            item if item.is_one_line() => cleaned_line(words),
            _ => cleaned_lines(words),
        };
        match cleaned {
            Some(cleaned) if !self.values.contains_key(&item) => self.values.insert(item, cleaned).is_none(),
            _ => false,
        }
    }

    /// The same of a pair, with the unit that its label or its name tells.
    fn put_pair(&mut self, item: Item, pair: &Pair, words: &str) -> bool {
        let is_put = self.put(item, words);
        if is_put
            && let Some(unit) =
                pair.label.as_deref().and_then(unit_of_label).or_else(|| unit_of_label(&pair.name))
        {
            self.units.insert(item, unit);
        }
        is_put
    }

    fn put_campaign(&mut self, name: &str, words: &str) {
        if let (Some(name), Some(words)) = (cleaned_line(name), cleaned_line(words)) {
            self.utm.entry(cut(name, NAME_MAX)).or_insert(Value::String(cut(words, NAME_MAX)));
        }
    }
}

impl Mapping {
    pub fn parse(profile: &Profile, pointer: &str, faults: &mut Faults) -> Self {
        let known = || format!("{}, utm_*", Item::all_words());
        let mut map = Vec::new();
        if profile.map.as_ref().is_some_and(|map| map.len() > TARGETS_MAX) {
            faults.add(Fault::with(format!("{pointer}/map"), &TOO_MANY_ITEMS, TARGETS_MAX));
        }
        for (name, selector) in profile.map.iter().flatten() {
            let at = format!("{pointer}/map/{}", name.replace('~', "~0").replace('/', "~1"));
            match Target::of(name) {
                Some(target) => {
                    map.extend(Selector::parse(selector, &at, faults).map(|selector| (target, selector)))
                }
                None => faults.add(Fault::with(at, &NO_ITEM, &known())),
            }
        }
        let mut synonyms = HashMap::new();
        for (name, more) in profile.synonyms.iter().flatten() {
            let at = format!("{pointer}/synonyms/{}", name.replace('~', "~0").replace('/', "~1"));
            let Some(item) = Item::from_word(name) else {
                faults.add(Fault::with(at, &NO_ITEM, &known()));
                continue;
            };
            match more.as_array() {
                Some(names) if names.len() > SYNONYMS_MAX => {
                    faults.add(Fault::with(at, &TOO_MANY_ITEMS, SYNONYMS_MAX))
                }
                Some(names) if names.iter().any(|name| text_of(name).chars().count() > NAME_MAX) => {
                    faults.add(Fault::with(at, &TOO_LONG, NAME_MAX))
                }
                Some(names) if names.iter().all(Value::is_string) => {
                    synonyms.extend(names.iter().map(|name| (folded(&text_of(name)), item)))
                }
                _ => faults.add(Fault::with(at, &WRONG_TYPE, ("字符串数组", "array of strings"))),
            }
        }
        let honeypots = profile
            .spam
            .as_ref()
            .and_then(|spam| spam.honeypots.clone())
            .unwrap_or_else(|| vec!["_gotcha".to_owned()]);
        Self {
            map,
            auto_map: profile.auto_map.unwrap_or(true),
            synonyms,
            leftover: profile.leftover.unwrap_or(Leftover::Custom),
            honeypots,
        }
    }

    /// Bytes that are compiled for its expressions.
    pub fn compiled_bytes(&self) -> usize {
        self.map.iter().fold(0, |sum, (_, selector)| sum.saturating_add(selector.compiled_bytes()))
    }

    /// The first of the fields that people do not see.
    pub fn honeypot(&self) -> Option<&str> {
        self.honeypots.first().map(String::as_str)
    }

    /// What a name means by itself.
    pub fn item(&self, name: &str) -> Option<Item> {
        let known = |folded: &str| self.synonyms.get(folded).copied().or_else(|| item(folded));
        known(&folded(name)).or_else(|| known(&folded_without_brackets(name)?))
    }

    /// Reads what the pairs say.
    pub fn read(&self, context: &EvalContext<'_>) -> MappedFields {
        let mut read = MappedFields::default();
        let mut used = vec![false; context.pairs.len()];
        for (target, selector) in &self.map {
            let Some(found) = selector.find(context) else { continue };
            if found.transform_failed && !read.reasons.contains(&TRANSFORM_FAILED) {
                read.reasons.push(TRANSFORM_FAILED);
            }
            match target {
                Target::Item(item) => {
                    match found.pair.and_then(|place| context.pairs.get(place)) {
                        Some(pair) => read.put_pair(*item, pair, &found.text),
                        None => read.put(*item, &found.text),
                    };
                }
                Target::Campaign(name) => read.put_campaign(name, &found.text),
            }
            if context.work.spend(context.pairs.len().saturating_mul(found.places.len())) {
                for (pair, used) in context.pairs.iter().zip(used.iter_mut()) {
                    *used = *used || is_taken_from(pair, &found);
                }
            }
            if let Some(used) = found.pair.and_then(|n| used.get_mut(n)) {
                *used = true;
            }
        }
        let mut names = (None, None);
        for (pair, used) in context.pairs.iter().zip(used) {
            if !used && !pair.value.trim().is_empty() {
                self.take(pair, &mut read, &mut names);
            }
        }
        // Chinese names are written the last one first.
        if let Some(name) = match names {
            (Some(first), Some(last)) if is_han(last) => {
                Some(beside([last.to_owned(), first.to_owned()].into_iter()))
            }
            (Some(first), Some(last)) => Some(beside([first.to_owned(), last.to_owned()].into_iter())),
            (one, other) => one.or(other).map(str::to_owned),
        } {
            read.put(Item::Contact, &name);
        }
        read
    }

    fn take<'a>(
        &self,
        pair: &'a Pair,
        read: &mut MappedFields,
        names: &mut (Option<&'a str>, Option<&'a str>),
    ) {
        let Pair { name, label, value, .. } = pair;
        if self.honeypots.contains(name) {
            read.is_trapped = true;
            return;
        }
        if name == TOKEN_FIELD {
            read.token = Some(value.trim().to_owned());
        }
        if REDIRECTS.contains(&name.as_str()) {
            read.redirects.push(value.clone());
        }
        if name == CONSENT_VERSION_FIELD {
            read.consent_version = cleaned_line(value);
        }
        if name == CONSENT_VERSION_FIELD || (name.starts_with('_') && name != "_replyto") {
            return;
        }
        if let Some(campaign) = campaign(name).or_else(|| campaign(label.as_deref()?)) {
            return read.put_campaign(&campaign, value);
        }
        if self.auto_map {
            let folded_name = folded(name);
            match folded_name.as_str() {
                "firstname" if names.0.is_none() => return names.0 = Some(value.trim()),
                "lastname" if names.1.is_none() => return names.1 = Some(value.trim()),
                _ => {}
            }
            let meant = self.item(name).or_else(|| self.item(label.as_deref()?));
            if meant.is_some_and(|item| read.put_pair(item, pair, value)) {
                return;
            }
        }
        self.leave(pair, read);
    }

    /// What is no item is kept under its own name.
    fn leave(&self, pair: &Pair, read: &mut MappedFields) {
        let name = pair.label.as_deref().and_then(cleaned_line).or_else(|| cleaned_line(&pair.name));
        let (Some(name), Some(words)) = (name, cleaned_lines(&pair.value)) else { return };
        match self.leftover {
            Leftover::Drop => {}
            Leftover::Message => {
                let line = format!("{name}：{words}");
                let message = read.values.entry(Item::Message).or_default();
                if !message.is_empty() {
                    message.push('\n');
                }
                message.push_str(&line);
            }
            Leftover::Custom => {
                // Two of one label: both are kept.
                let name = cut(name, NAME_MAX);
                let mut free = name.clone();
                while read.custom.contains_key(&free) {
                    let n = read.namesakes.entry(name.clone()).or_insert(1_u32);
                    *n = n.saturating_add(1);
                    free = format!("{name} {n}");
                }
                if pair.is_file {
                    read.files.insert(free.clone());
                }
                read.custom.insert(free, Value::String(words));
            }
        }
    }
}

/// Whether a pair is what a selector found, or holds it.
fn is_taken_from(pair: &Pair, found: &Found) -> bool {
    found.places.iter().any(|place| {
        place.strip_prefix(&pair.place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn is_han(text: &str) -> bool {
    text.chars().next().is_some_and(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'))
}

#[cfg(test)]
mod tests {
    use super::super::pairs::Places;
    use super::super::raw::tests::raw;
    use super::super::work::Work;
    use super::*;
    use serde_json::json;

    fn read(profile: Value, document: Value) -> MappedFields {
        let profile: Profile = serde_json::from_value(profile).unwrap();
        let mut faults = Faults::default();
        let (places, mapping) = (
            Places::parse(&profile, "/profile", &mut faults),
            Mapping::parse(&profile, "/profile", &mut faults),
        );
        faults.none_or(&crate::kernel::error::INVALID).unwrap();
        let work = Work::default();
        let (pairs, raw) = (places.pairs(&document, &work), raw("application/json", b""));
        mapping.read(&EvalContext { document: Some(&document), pairs: &pairs, raw: &raw, work: &work })
    }

    #[test]
    fn usual_names_become_items_and_the_rest_is_kept() {
        let read = read(
            json!({}),
            json!({"需求": "厂房", "Company-Name": "甲", "手机号码": "138", "电话": "139", "您好": "x",
                "utm_source": "baidu", "page_url": "https://e.com/?x=1",
                   "_next": "https://e.com/ok", "_gotcha": "", "consent_version": "1", "status": "signed",
                       "first_name": "秋", "last_name": "湛"}),
        );
        let of = |item| read.get(item);
        assert_eq!(
            (of(Item::Need), of(Item::Company), of(Item::Phone), of(Item::Contact)),
            (Some("厂房"), Some("甲"), Some("138"), Some("湛秋"))
        );
        assert_eq!(
            Value::Object(read.custom.clone()),
            json!({"电话": "139", "您好": "x", "status": "signed"})
        );
        assert_eq!(Value::Object(read.utm.clone()), json!({"source": "baidu"}));
        assert_eq!(
            (read.redirects.as_slice(), read.consent_version.as_deref(), read.is_trapped),
            (&["https://e.com/ok".to_owned()][..], Some("1"), false)
        );
        assert_eq!(read.named()["utm_source"], "baidu");
    }

    #[test]
    fn a_value_keeps_the_unit_of_its_label() {
        let read = read(
            json!({"map": {"usage": "用"}}),
            json!({"年税收（万元）": 300, "公司（全称）": "甲", "用": "注塑", "用地面积（亩）": "30", "UTM Source": "baidu",
                "Utm_Medium": "cpc"}),
        );
        assert_eq!(
            (read.get(Item::Tax), read.unit(Item::Tax), read.unit(Item::Company), read.unit(Item::Usage)),
            (Some("300"), "（万元）", "", "")
        );
        assert_eq!(Value::Object(read.custom), json!({"用地面积（亩）": "30"}));
        assert_eq!(Value::Object(read.utm), json!({"source": "baidu", "medium": "cpc"}));
    }

    #[test]
    fn the_map_goes_before_the_names() {
        let read = read(
            json!({"map": {"need": {"from": "$.wants[*]", "all": true}, "usage": {"value": "来自展会"},
                "tax": {"from": "t", "transform": [{"date": "%Y"}]}, "utm_term": "q"},
                    "synonyms": {"phone": ["联络号"]}}),
            json!({"wants": ["厂房", "", null, "宿舍"], "need": "另外", "t": "三百", "联络号": "138", "q": "x"}),
        );
        assert_eq!(
            (read.get(Item::Need), read.get(Item::Usage), read.get(Item::Tax), read.get(Item::Phone)),
            (Some("厂房、宿舍"), Some("来自展会"), Some("三百"), Some("138"))
        );
        assert_eq!(
            (Value::Object(read.custom), read.reasons),
            (json!({"need": "另外"}), vec![TRANSFORM_FAILED])
        );
    }

    #[test]
    fn odd_values_are_cleaned_and_kept() {
        let said = read(
            json!({}),
            json!({"company": "a\u{0}b\r\nc", "need": ["a", "b"], "tax": 300, "phone": null, "contact": "  ",
                "x": {"y": true}}),
        );
        let of = |item| said.get(item);
        assert_eq!(
            (of(Item::Company), of(Item::Need), of(Item::Tax), of(Item::Phone)),
            (Some("ab c"), Some("a、b"), Some("300"), None)
        );
        assert_eq!(Value::Object(said.custom), json!({"x": "true"}));
        assert!(read(json!({}), json!({"company": " ", "need": "", "_x": "1", "consent": "on"})).is_empty());
        assert!(!read(json!({}), json!({"_gotcha": "1"})).is_empty());
    }

    #[test]
    fn leftovers_may_go_into_the_message_or_away() {
        let document = || json!({"message": "你好", "楼层": "三楼"});
        assert_eq!(
            read(json!({"leftover": "message"}), document()).get(Item::Message),
            Some("你好\n楼层：三楼")
        );
        let dropped = read(json!({"leftover": "drop"}), document());
        assert_eq!((dropped.get(Item::Message), dropped.custom.len()), (Some("你好"), 0));
    }
}
