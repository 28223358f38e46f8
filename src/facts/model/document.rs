//! Facts as one typed document: an ordered map of members, read from what was stored and changed by members.
//! Which members there are is said in `kinds.rs`; how they are found in a text is not known here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::facts::model::fact::{Confidence, Fact, Number, Place, Spans};
use crate::facts::model::kinds::{Member, NeedKind, Shape};
use crate::facts::model::members::{Members, Name};
use crate::facts::text::normal::between;
use crate::kernel::error::{Error, Result};
use crate::kernel::patch::{Patch, merge_json, without_nulls};

/// The facts of an inquiry: an ordered map of typed members. A stored document is taken as it is: what the
/// present rules do not know stays in its place.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Facts(Members<Fact>);

/// Facts as they are stored, without the text that was read, where in it, and how sure each is.
pub fn without_reading(stored: &str) -> Result<String> {
    const LEFT_OUT: [Member; 3] = [Member::Text, Member::Spans, Member::Confidence];
    let mut members: Members<&RawValue> = serde_json::from_str(stored).map_err(Error::internal)?;
    members.retain(|name| !matches!(name, Name::Known(member) if LEFT_OUT.contains(member)));
    serde_json::to_string(&members).map_err(Error::internal)
}

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

/// Whether figures are made of a member.
pub fn is_counted(name: &str) -> bool {
    Member::from_word(name).is_some_and(|member| Member::COUNTED.contains(&member))
}

impl Facts {
    /// The members that figures are made of.
    pub fn counted(&self) -> impl Iterator<Item = (String, Value)> + '_ {
        Member::COUNTED
            .into_iter()
            .filter_map(|member| Some((member.word().to_owned(), self.get(member)?.clone().into())))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::model::kinds::MoneyShape;
    use serde_json::json;

    /// As PostgreSQL and SQLite hand them out, with what no rule of today writes.
    const STORED: [&str; 5] = [
        "{}",
        concat!(
            r#"{"text":"x","spans":{"phone":[0,1],"floors":[1,2]},"phone":"+8613800000001","#,
            r#""confidence":{"phone":1,"floors":0.5}}"#
        ),
        concat!(
            r#"{"floors":{"a":[null,1.5]},"need_kind":"castle","land_mu":"3","#,
            r#""area_min_sqm":3000.0,"area_max_sqm":3000}"#
        ),
        concat!(
            r#"{"budget":{"max":30,"min":25,"much":true,"currency":"CNY"},"company":null,"#,
            r#""phones":["a",1],"Company":"x"}"#
        ),
        concat!(
            r#"{"spans":{"phone":[0,1,2]},"confidence":[],"extra":{"lab":true,"":{}},"#,
            r#""need_kind_also":["land","x"]}"#
        ),
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
