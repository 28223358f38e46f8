//! The shape of facts, and those of them that lists filter by. Areas in square metres, land in mu (亩), money in
//! 万元 (10,000 yuan) unless a currency is named. Absent means that nothing is known. How a text is read is not
//! known here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::fact::{Confidence, Fact, Number, Place, Spans};
use super::members::{Members, Name};
use super::normal::between;
use crate::kernel::patch::{Patch, merge_json, without_nulls};
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

/// The one list of members: `Variant member: [type in the schema] as Form`.
macro_rules! members {
    ($($(#[$meta:meta])* $variant:ident $name:ident: [$($type:tt)+] as $form:ident),+ $(,)?) => {
        /// A member of facts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Member { $($variant),+ }

        impl Member {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the wire and in the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name)),+ }
            }

            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.word() == word)
            }

            /// What its value is.
            pub(super) const fn form(self) -> Form {
                match self { $(Self::$variant => Form::$form),+ }
            }
        }

        /// The facts of an inquiry. In a PATCH null takes one away.
        #[derive(ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(
            example = json!({"need_kind": "factory_rent", "area_min_sqm": 3000, "area_max_sqm": 5000,
                "region": "江苏省/苏州市/吴中区", "region_code": "320506",
                "tax_wan_per_year": 300})
        )]
        #[expect(dead_code, reason = "the schema of what is kept as a list of members")]
        struct Shape { $($(#[$meta])* $name: Option<$($type)+>),+ }
    };
}

/// What the value of a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Kind,
    Kinds,
    Number,
    Text,
    Texts,
    Money,
    Details,
    Spans,
    Confidence,
}

/// An amount of money or a range.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money, example = json!({"currency": "CNY", "min": 25, "max": 30, "per": "sqm_month"}))]
#[expect(dead_code, reason = "the schema of `Money`")]
struct MoneyShape {
    /// ISO 4217, such as `CNY`.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    /// What the amount is for, such as `sqm_month`; absent for the whole.
    #[schema(max_length = 50)]
    per: Option<String>,
}

members! {
    NeedKind need_kind: [NeedKind] as Kind,
    #[schema(max_items = 13)]
    NeedKindAlso need_kind_also: [Vec<NeedKind>] as Kinds,
    #[schema(minimum = 0)]
    AreaMinSqm area_min_sqm: [f64] as Number,
    #[schema(minimum = 0)]
    AreaMaxSqm area_max_sqm: [f64] as Number,
    #[schema(minimum = 0)]
    LandMu land_mu: [f64] as Number,
    #[schema(minimum = 0)]
    LandMuMin land_mu_min: [f64] as Number,
    #[schema(minimum = 0)]
    LandMuMax land_mu_max: [f64] as Number,
    /// 省/市/区
    #[schema(max_length = 100)]
    Region region: [String] as Text,
    /// Six digits (GB/T 2260)
    #[schema(pattern = "^[0-9]{6}$")]
    RegionCode region_code: [String] as Text,
    #[schema(max_items = 50)]
    RegionCodes region_codes: [Vec<String>] as Texts,
    #[schema(max_length = 100)]
    Industry industry: [String] as Text,
    #[schema(max_length = 10)]
    IndustryCode industry_code: [String] as Text,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    TaxWanPerYear tax_wan_per_year: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    TaxWanPerYearMax tax_wan_per_year_max: [f64] as Number,
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    TaxWanPerMu tax_wan_per_mu: [f64] as Number,
    Budget budget: [MoneyShape] as Money,
    Investment investment: [MoneyShape] as Money,
    #[schema(max_length = 200)]
    Company company: [String] as Text,
    #[schema(max_length = 200)]
    Contact contact: [String] as Text,
    /// E.164
    #[schema(pattern = "^\\+[0-9]{5,15}$")]
    Phone phone: [String] as Text,
    #[schema(max_items = 20)]
    Phones phones: [Vec<String>] as Texts,
    #[schema(max_length = 100)]
    Wechat wechat: [String] as Text,
    #[schema(max_length = 254)]
    Email email: [String] as Text,
    /// 统一社会信用代码
    #[schema(max_length = 18)]
    Uscc uscc: [String] as Text,
    #[schema(value_type = Option<Object>)]
    Extra extra: [Map<String, Value>] as Details,
    /// What was parsed.
    #[schema(read_only)]
    Text text: [String] as Text,
    /// The place of each fact in `text`, in code points.
    #[schema(read_only, value_type = Option<Object>)]
    Spans spans: [Map<String, Value>] as Spans,
    #[schema(read_only, value_type = Option<Object>)]
    Confidence confidence: [Map<String, Value>] as Confidence,
    #[schema(read_only)]
    ParserVersion parser_version: [String] as Text,
}

impl Member {
    /// Those that speak of the reading, not of who asks: they are not a caller's to write.
    pub const OF_THE_READING: [Self; 4] = [Self::Text, Self::Spans, Self::Confidence, Self::ParserVersion];

    pub fn is_of_the_reading(self) -> bool {
        Self::OF_THE_READING.contains(&self)
    }
}

/// The facts of an inquiry: an ordered map of typed members. A stored document is taken as it is: what the
/// present rules do not know stays in its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Facts(Members<Fact>);

impl Facts {
    pub(super) fn new(members: Members<Fact>) -> Self {
        Self(members)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Fact)> {
        self.0.iter()
    }

    pub fn get(&self, member: Member) -> Option<&Fact> {
        self.0.get(member)
    }

    pub fn named(&self, name: &Name) -> Option<&Fact> {
        self.0.named(name)
    }

    pub fn has(&self, member: Member) -> bool {
        self.get(member).is_some()
    }

    pub fn need_kind(&self) -> Option<NeedKind> {
        if let Some(Fact::Kind(kind)) = self.get(Member::NeedKind) { Some(*kind) } else { None }
    }

    /// A member that is a text.
    pub fn words(&self, member: Member) -> Option<&str> {
        self.get(member)?.as_text()
    }

    /// A member that is a number.
    pub fn number(&self, member: Member) -> Option<f64> {
        self.get(member)?.as_f64()
    }

    /// All the numbers to call, E.164, if there are several.
    pub fn phones(&self) -> &[String] {
        if let Some(Fact::Texts(phones)) = self.get(Member::Phones) { phones } else { &[] }
    }

    /// The text that was read.
    pub fn text(&self) -> Option<&str> {
        self.words(Member::Text)
    }

    /// The rules that read it.
    pub fn parser_version(&self) -> Option<&str> {
        self.words(Member::ParserVersion)
    }

    pub fn spans(&self) -> Option<&Spans> {
        if let Some(Fact::Spans(spans)) = self.get(Member::Spans) { Some(spans) } else { None }
    }

    pub fn confidence(&self) -> Option<&Confidence> {
        if let Some(Fact::Confidence(confidence)) = self.get(Member::Confidence) {
            Some(confidence)
        } else {
            None
        }
    }

    /// A fact as it is written in the text that was read.
    pub fn as_written(&self, member: Member) -> Option<&str> {
        let Place([start, end]) = *self.spans()?.get(member)?;
        let words = between(self.text()?, start, end);
        (start < end && !words.is_empty()).then_some(words)
    }

    /// Whether a fact was read in the text; what a person gave has neither a place nor a confidence.
    pub fn was_read(&self, name: &Name) -> bool {
        self.confidence().is_some_and(|of| of.named(name).is_some())
            || self.spans().is_some_and(|of| of.named(name).is_some())
    }

    pub fn set(&mut self, member: Member, fact: impl Into<Fact>) {
        self.0.insert(member, fact.into());
    }

    pub fn insert(&mut self, name: Name, fact: Fact) {
        self.0.insert(name, fact);
    }

    pub fn remove(&mut self, member: Member) {
        self.0.remove(&Name::Known(member));
    }

    /// Puts a number before the others, if there are others. At most twenty are kept.
    pub fn put_first(&mut self, number: &str) {
        if let Some(Fact::Texts(all)) = self.0.get_mut(Member::Phones) {
            all.retain(|one| one != number);
            all.insert(0, number.to_owned());
            all.truncate(20);
        }
    }

    /// Takes away where a fact was read, and how sure it is: one that a person gives is not guessed.
    pub fn forget_reading(&mut self, name: &Name) {
        if let Some(Fact::Spans(spans)) = self.0.get_mut(Member::Spans) {
            spans.remove(name);
        }
        if let Some(Fact::Confidence(confidence)) = self.0.get_mut(Member::Confidence) {
            confidence.remove(name);
        }
    }

    /// Says how sure a fact is.
    pub fn trust(&mut self, member: Member, confidence: f64) {
        if let Some(Fact::Confidence(of)) = self.0.get_mut(Member::Confidence) {
            of.insert(member, Number::of_confidence(confidence));
        }
    }

    /// Says where a fact was read.
    pub fn locate(&mut self, member: Member, place: Place) {
        if let Some(Fact::Spans(of)) = self.0.get_mut(Member::Spans) {
            of.insert(member, place);
        }
    }

    /// Keeps those members alone, with what was said of their reading.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&Name) -> bool) {
        self.0.retain(&mut is_kept);
        if let Some(Fact::Spans(spans)) = self.0.get_mut(Member::Spans) {
            spans.retain(&mut is_kept);
        }
        if let Some(Fact::Confidence(confidence)) = self.0.get_mut(Member::Confidence) {
            confidence.retain(&mut is_kept);
        }
    }

    /// The same with a merge patch over it (RFC 7396). What a person gives was read nowhere.
    pub fn merged(&self, patch: &Patch<Map<String, Value>>) -> Self {
        let patch = match patch {
            None => return self.clone(),
            Some(None) => return Self::default(),
            Some(Some(patch)) => patch,
        };
        let mut facts = self.clone();
        for (name, value) in patch {
            let key = Name::of(name);
            let before = facts.named(&key).map(|fact| (name.clone(), fact.clone().into()));
            let mut member: Map<String, Value> = before.into_iter().collect();
            let change = Map::from_iter([(name.clone(), value.clone())]);
            merge_json(&mut member, &Some(Some(change)));
            match member.remove(name) {
                Some(value) => facts.insert_json(key, value),
                None => drop(facts.0.remove(&key)),
            }
        }
        for name in patch.keys() {
            facts.forget_reading(&Name::of(name));
        }
        facts
    }

    /// Lays what a person gives over what was read: each member as a whole, and null takes one away.
    pub fn give(&mut self, members: Map<String, Value>) {
        for (name, value) in members {
            let key = Name::of(&name);
            self.forget_reading(&key);
            self.0.remove(&key);
            for (_, value) in without_nulls(Map::from_iter([(name, value)])) {
                self.insert_json(key.clone(), value);
            }
        }
    }

    fn insert_json(&mut self, name: Name, value: Value) {
        let fact = match &name {
            Name::Known(member) => Fact::read(member.form(), value),
            Name::Other(_) => Fact::Odd(value),
        };
        self.0.insert(name, fact);
    }

    /// The members that are not as others have them, as JSON.
    pub fn unlike(&self, others: &Self) -> Map<String, Value> {
        self.iter()
            .filter(|(name, fact)| others.named(name) != Some(fact))
            .map(|(name, fact)| (name.as_str().to_owned(), fact.clone().into()))
            .collect()
    }
}

impl From<Map<String, Value>> for Facts {
    fn from(members: Map<String, Value>) -> Self {
        let mut facts = Self(Members::with_capacity(members.len()));
        for (name, value) in members {
            facts.insert_json(Name::of(&name), value);
        }
        facts
    }
}

impl From<Facts> for Map<String, Value> {
    fn from(facts: Facts) -> Self {
        facts.0.into_iter().map(|(name, fact)| (name.as_str().to_owned(), fact.into())).collect()
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Facts;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
                let mut facts = Facts::default();
                while let Some((name, value)) = map.next_entry::<Name, Value>()? {
                    facts.insert_json(name, value);
                }
                Ok(facts)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl PartialSchema for Facts {
    fn schema() -> RefOr<Schema> {
        Shape::schema()
    }
}

impl ToSchema for Facts {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Facts")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Shape::schemas(schemas);
    }
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
    pub fn of(facts: &Facts) -> Self {
        let (min, max) = (facts.number(Member::AreaMinSqm), facts.number(Member::AreaMaxSqm));
        Self {
            need_kind: facts.need_kind(),
            region_code: facts.words(Member::RegionCode).map(str::to_owned),
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
    use serde_json::json;

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

    /// As PostgreSQL and SQLite hand them out, with what no rule of today writes.
    const STORED: [&str; 5] = [
        "{}",
        r#"{"text":"x","spans":{"phone":[0,1],"floors":[1,2]},"phone":"+8613800000001","confidence":{"phone":1,"floors":0.5}}"#,
        r#"{"floors":{"a":[null,1.5]},"need_kind":"castle","land_mu":"3","area_min_sqm":3000.0,"area_max_sqm":3000}"#,
        r#"{"budget":{"max":30,"min":25,"much":true,"currency":"CNY"},"company":null,"phones":["a",1],"Company":"x"}"#,
        r#"{"spans":{"phone":[0,1,2]},"confidence":[],"extra":{"lab":true,"":{}},"need_kind_also":["land","x"]}"#,
    ];

    #[test]
    fn a_stored_document_stays_as_it_is() {
        for stored in STORED {
            let facts: Facts = serde_json::from_str(stored).unwrap();
            assert_eq!(serde_json::to_string(&facts).unwrap(), stored);
            let members: Map<String, Value> = serde_json::from_str(stored).unwrap();
            assert_eq!(Map::from(facts.clone()), members);
            assert_eq!(Facts::from(members), facts);
        }
        assert!(serde_json::from_str::<Facts>("[]").is_err());
    }

    #[test]
    fn an_odd_member_is_no_fact_and_outlives_a_change() {
        let mut facts: Facts = serde_json::from_str(STORED[2]).unwrap();
        assert_eq!((facts.need_kind(), facts.number(Member::LandMu)), (None, None));
        assert_eq!(facts.number(Member::AreaMinSqm), Some(3000.0));
        facts.set(Member::LandMu, Number::of(3.0).unwrap());
        facts.forget_reading(&Member::LandMu.into());
        let patch = Some(Some(Map::from_iter([("company".to_owned(), json!("甲"))])));
        let written = json!(facts.merged(&patch));
        let wanted = json!({"floors": {"a": [null, 1.5]}, "need_kind": "castle", "land_mu": 3,
            "area_min_sqm": 3000.0, "area_max_sqm": 3000, "company": "甲"});
        assert_eq!(written, wanted);
    }

    #[test]
    fn a_patch_merges_and_what_a_person_gives_was_read_nowhere() {
        let facts: Facts = serde_json::from_value(json!({"company": "甲", "contact": "乙",
            "budget": {"currency": "CNY", "min": 20}, "spans": {"company": [0, 1], "contact": [1, 2]},
            "confidence": {"company": 0.9, "contact": 0.9}}))
        .unwrap();
        let Value::Object(patch) = json!({"company": "丙", "contact": null, "land_mu": null,
            "budget": {"min": null, "max": 30}, "need_kind": "land"})
        else {
            unreachable!()
        };
        let merged = facts.merged(&Some(Some(patch)));
        assert_eq!(
            json!(merged),
            json!({"company": "丙", "budget": {"currency": "CNY", "max": 30}, "need_kind": "land",
                "spans": {}, "confidence": {}})
        );
        assert_eq!(merged.need_kind(), Some(NeedKind::Land));
        assert_eq!(facts.merged(&None), facts);
        assert!(facts.merged(&Some(None)).is_empty());
    }

    #[test]
    fn what_a_person_knows_goes_before_what_was_read() {
        let mut facts: Facts = serde_json::from_value(json!({"company": "甲", "contact": "乙",
            "budget": {"currency": "CNY"}, "confidence": {"company": 0.9, "contact": 0.9}}))
        .unwrap();
        let Value::Object(given) = json!({"company": null, "budget": {"max": 30, "per": null}}) else {
            unreachable!()
        };
        facts.give(given);
        assert_eq!(
            json!(facts),
            json!({"contact": "乙", "confidence": {"contact": 0.9}, "budget": {"max": 30}})
        );
    }

    #[test]
    fn facts_are_equal_in_whatever_order() {
        let of = |text: &str| serde_json::from_str::<Facts>(text).unwrap();
        let one = of(r#"{"phone":"1","spans":{"phone":[0,1],"company":[1,2]}}"#);
        let other = of(r#"{"spans":{"company":[1,2],"phone":[0,1]},"phone":"1"}"#);
        assert_eq!(one, other);
        assert!(one.unlike(&other).is_empty());
        let more = of(r#"{"phone":"1","spans":{"phone":[0,1],"company":[1,3]}}"#);
        assert_ne!(one, more);
        assert_eq!(Value::Object(more.unlike(&one)), json!({"spans": {"phone": [0, 1], "company": [1, 3]}}));
    }

    #[test]
    fn every_member_has_a_name_of_its_own() {
        for member in Member::ALL {
            assert_eq!(Member::from_word(member.word()), Some(*member));
        }
        assert_eq!(Member::from_word("floors"), None);
        let RefOr::T(Schema::Object(schema)) = Facts::schema() else { panic!("an object") };
        let names: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
        assert_eq!(names, Member::ALL.iter().map(|member| member.word()).collect::<Vec<_>>());
        assert_eq!((Facts::name(), MoneyShape::name()), ("Facts".into(), "Money".into()));
    }
}
