//! Conditions joined by *and*: as JSON, on an inquiry in memory, and as SQL. Which there are is in
//! `fields.rs`, how they arrive in a query string in `api.rs`.

use std::fmt;

use diesel::QueryDsl;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::fields::{Bound, Field, Key, Kind, Texts, Written, field};
use super::predicate::{OnFacts, OnWork, Predicate, Traversal};
use super::subject::Subject;
use crate::access::Scope;
use crate::inquiries::store::{InquiryQuery, visible};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::UserId;
use crate::platform::db::dialect::Search;

/// Narrows a list of inquiries; without conditions it narrows nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter(Vec<Condition>);

/// One condition.
#[derive(Clone)]
pub struct Condition {
    field: &'static Field,
    asked: Asked,
}

/// What a condition asks of its field.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    AnyOf(Vec<String>),
    Number(Bound, f64),
    Time(Bound, Timestamp),
    Contains(Needles),
}

/// Texts, and the search for any of them.
#[derive(Clone)]
struct Needles {
    texts: Vec<String>,
    search: Search,
}

impl Needles {
    /// None if there is nothing to look for in one of them, or there are none.
    fn of(texts: &[String]) -> Option<Self> {
        Search::any_of(texts).map(|search| Self { texts: texts.to_owned(), search })
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.texts, f)
    }
}

impl PartialEq for Needles {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.field.name, self.asked)
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.field.name == other.field.name && self.asked == other.asked
    }
}

impl Condition {
    /// That it is any of these words. `None` if the name takes no words, or not all of these.
    pub fn any_of(name: &str, words: Vec<String>) -> Option<Self> {
        let field = field(name)?;
        let Kind::Word(word) = &field.kind else { return None };
        let is_fit = |text: &String| match &word.written {
            Written::OneOf(all) => all().split(", ").any(|known| known == text),
            Written::Pattern(_, is_valid, _) => is_valid(text),
            Written::Text(max, _) => text.chars().count() <= *max,
        };
        (!words.is_empty() && words.iter().all(is_fit)).then_some(Self { field, asked: Asked::AnyOf(words) })
    }

    /// That it is on one side of a number. `None` if the name takes no numbers.
    pub fn number(name: &str, bound: Bound, value: f64) -> Option<Self> {
        let field = field(name).filter(|field| matches!(field.kind, Kind::Number(_)) && value.is_finite())?;
        Some(Self { field, asked: Asked::Number(bound, value) })
    }

    /// That it is on one side of a moment. `None` if the name takes no times.
    pub fn time(name: &str, bound: Bound, at: Timestamp) -> Option<Self> {
        let field = field(name).filter(|field| matches!(field.kind, Kind::Time(_)))?;
        Some(Self { field, asked: Asked::Time(bound, at) })
    }

    /// That it is found by any of these texts. `None` if there is nothing to look for in one of them.
    pub fn contains(name: &str, texts: &[String]) -> Option<Self> {
        let field = field(name)?;
        let Kind::Search(how_many) = field.kind else { return None };
        let is_fit = how_many == Texts::Any || texts.len() == 1;
        let needles = Needles::of(texts).filter(|_| is_fit)?;
        Some(Self { field, asked: Asked::Contains(needles) })
    }

    /// Whether it asks for texts, and one of them is in this one.
    pub fn finds(&self, text: &str) -> bool {
        match &self.asked {
            Asked::Contains(needles) => needles.search.finds(text),
            Asked::AnyOf(_) | Asked::Number(..) | Asked::Time(..) => false,
        }
    }

    /// Whether it asks for words, and one of them is among these.
    pub fn asks_for_any_of(&self, these: &[String]) -> bool {
        match &self.asked {
            Asked::AnyOf(words) => words.iter().any(|word| these.contains(word)),
            Asked::Contains(_) | Asked::Number(..) | Asked::Time(..) => false,
        }
    }

    /// Whether it searches in texts.
    pub fn is_search(&self) -> bool {
        matches!(self.asked, Asked::Contains(_))
    }

    /// The name that it asks by.
    pub fn field(&self) -> &'static str {
        self.field.name
    }

    /// Whether an inquiry in memory fits; `me` is whoever asks.
    pub fn fits(&self, subject: &Subject<'_>, me: UserId) -> bool {
        match (&self.field.kind, &self.asked) {
            (Kind::Word(word), Asked::AnyOf(words)) => {
                words.iter().any(|text| (word.fits)(subject, text, me))
            }
            (Kind::Number(number), Asked::Number(bound, value)) => (number.fits)(subject, *bound, *value),
            (Kind::Time(time), Asked::Time(bound, at)) => {
                (time.of)(subject).is_some_and(|moment| bound.holds(moment, *at))
            }
            (Kind::Search(_), Asked::Contains(needles)) => needles.search.finds(subject.text()),
            _ => false,
        }
    }

    /// The same as SQL; `None` if it narrows nothing.
    fn predicate(&self, me: UserId) -> Option<Predicate> {
        match (&self.field.kind, &self.asked) {
            (Kind::Word(word), Asked::AnyOf(words)) => Some((word.sql)(words, me)),
            (Kind::Number(number), Asked::Number(bound, value)) => Some((number.sql)(*bound, *value)),
            (Kind::Time(time), Asked::Time(bound, at)) => Some((time.sql)(*bound, *at)),
            (_, Asked::Contains(needles)) => Some(Predicate::Found(needles.search.clone())),
            _ => None,
        }
    }

    fn on_facts(&self, me: UserId) -> Option<OnFacts> {
        match self.predicate(me) {
            Some(Predicate::Facts(predicate)) => Some(predicate),
            _ => None,
        }
    }

    /// The name and, in brackets, the operator.
    fn name(&self) -> String {
        match &self.asked {
            Asked::AnyOf(_) | Asked::Contains(_) => self.field.name.to_owned(),
            Asked::Number(bound, _) | Asked::Time(bound, _) => {
                format!("{}[{}]", self.field.name, bound.word())
            }
        }
    }

    /// The condition of a member of a JSON object; `None` if it is none.
    fn of_member(name: &str, value: &Value) -> Option<Self> {
        let (name, bound) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, word)) => (name, Some(Bound::ALL.into_iter().find(|bound| bound.word() == word)?)),
            None => (name, None),
        };
        match (&field(name)?.kind, bound) {
            (Kind::Word(_), None) => Self::any_of(name, words_of(value)?),
            (Kind::Search(_), None) => Self::contains(name, &words_of(value)?),
            (Kind::Number(_), Some(bound)) => Self::number(name, bound, value.as_f64()?),
            (Kind::Time(_), Some(bound)) => Self::time(name, bound, Timestamp::parse(value.as_str()?)?),
            _ => None,
        }
    }
}

/// One word or several.
fn words_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(words) => words.iter().map(|word| Some(word.as_str()?.to_owned())).collect(),
        word => word.as_str().map(|word| vec![word.to_owned()]),
    }
}

impl Filter {
    /// The conditions.
    pub fn conditions(&self) -> &[Condition] {
        &self.0
    }

    /// The conditions that are so, and the filter without them.
    pub fn split(self, is_so: impl FnMut(&Condition) -> bool) -> (Vec<Condition>, Self) {
        let (those, rest) = self.0.into_iter().partition(is_so);
        (those, Self(rest))
    }

    /// The same with a further condition, if there is one.
    #[must_use]
    pub fn and(mut self, condition: impl Into<Option<Condition>>) -> Self {
        self.0.extend(condition.into());
        self
    }

    /// Whether an inquiry in memory fits; `me` is whoever asks.
    pub fn fits(&self, subject: &Subject<'_>, me: UserId) -> bool {
        self.0.iter().all(|condition| condition.fits(subject, me))
    }

    /// The name of the condition that searches, and what for.
    pub fn search(&self) -> Option<(&'static str, Search)> {
        self.0.iter().find_map(|condition| match &condition.asked {
            Asked::Contains(needles) => Some((condition.field.name, needles.search.clone())),
            _ => None,
        })
    }

    /// The inquiries within reach that fit; the conditions of these names are answered otherwise.
    pub fn of_reach(&self, scope: &Scope, traversal: Traversal, answered: &[&str]) -> InquiryQuery {
        let asked = self.0.iter().filter(|condition| !answered.contains(&condition.field.name));
        let predicates = asked.filter_map(|condition| condition.predicate(scope.user));
        predicates.fold(visible(scope), |query, predicate| query.filter(predicate.on_work(traversal)))
    }

    /// The conditions as SQL, for what hangs on inquiries; `me` is whoever asks.
    pub fn predicates(&self, me: UserId) -> impl Iterator<Item = OnWork> {
        let predicates = self.0.iter().filter_map(move |condition| condition.predicate(me));
        predicates.map(|predicate| predicate.on_work(Traversal::Ordered))
    }

    /// How many values a statement with all of them has, at most: a region has two.
    pub fn values_at_most(&self) -> usize {
        let values = |condition: &Condition| match &condition.asked {
            Asked::AnyOf(words) => 2 * words.len(),
            Asked::Number(..) | Asked::Time(..) => 1,
            Asked::Contains(needles) => needles.texts.iter().map(String::len).sum(),
        };
        // Reach, the edge and the limit.
        self.0.iter().map(values).sum::<usize>() + 8
    }

    /// The names of conditions, and what each could be looked up by in an index that is in the order of
    /// receipt.
    pub fn keys(&self, me: UserId) -> Vec<(&'static str, Vec<Key>)> {
        let keys = |condition: &Condition| match (&condition.field.kind, &condition.asked) {
            (Kind::Word(word), Asked::AnyOf(words)) => {
                word.keys.map(|keys| (condition.field.name, different(keys(words, me))))
            }
            _ => None,
        };
        self.0.iter().filter_map(keys).collect()
    }

    /// The conditions that ask the facts alone.
    pub fn on_facts(&self, me: UserId) -> impl Iterator<Item = OnFacts> {
        self.0.iter().filter_map(move |condition| condition.on_facts(me))
    }

    /// The conditions on facts that an index leads to, but not in the order of receipt.
    pub fn ranges_of_facts(&self, me: UserId) -> Vec<OnFacts> {
        let is_range = |condition: &&Condition| match &condition.field.kind {
            Kind::Number(number) => number.is_indexed,
            Kind::Word(word) => word.keys.is_none(),
            Kind::Time(_) | Kind::Search(_) => false,
        };
        self.0.iter().filter(is_range).filter_map(|condition| condition.on_facts(me)).collect()
    }
}

/// Each key once: two words may mean the same, as `me` and one's own id do.
fn different(keys: Vec<Key>) -> Vec<Key> {
    keys.into_iter().fold(Vec::new(), |mut kept, key| {
        if !kept.contains(&key) {
            kept.push(key);
        }
        kept
    })
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for condition in &self.0 {
            let name = condition.name();
            match &condition.asked {
                Asked::AnyOf(words) => map.serialize_entry(&name, words)?,
                Asked::Number(_, value) => map.serialize_entry(&name, value)?,
                Asked::Time(_, at) => map.serialize_entry(&name, at)?,
                Asked::Contains(needles) => match (&condition.field.kind, needles.texts.as_slice()) {
                    (Kind::Search(Texts::One), [text]) => map.serialize_entry(&name, text)?,
                    (_, texts) => map.serialize_entry(&name, texts)?,
                },
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::<String, Value>::deserialize(deserializer)?;
        let condition = |(name, value): (&String, &Value)| {
            Condition::of_member(name, value)
                .ok_or_else(|| D::Error::custom(format!("{name:?} is no condition of this form")))
        };
        members.iter().map(condition).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_is_the_same_after_json() {
        let said = json!({"status": ["new", "lost"], "tax[gte]": 100.0, "area[lt]": 5.5, "assignee": ["me"],
            "received_at[lt]": "2026-11-23T08:30:00.000Z", "region": ["3205"], "industry": ["C38"],
            "q": "厂房", "keyword": ["冷库", "热处理"]});
        let filter: Filter = serde_json::from_value(said.clone()).unwrap();
        assert_eq!(serde_json::to_value(&filter).unwrap(), said);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            json!({"status": ["gone"]}),
            json!({"status": []}),
            json!({"status[gte]": "new"}),
            json!({"tax": 1}),
            json!({"tax[gte]": "1"}),
            json!({"tax[near]": 1}),
            json!({"received_at[gte]": "yesterday"}),
            json!({"colour": "red"}),
            json!({"region": "32a"}),
            json!({"q": " "}),
            json!({"q": ["a", "b"]}),
            json!({"keyword": []}),
            json!({"industry": "c38"}),
        ] {
            assert!(serde_json::from_value::<Filter>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
