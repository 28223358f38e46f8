//! The value of one member of facts: a number, a text, an amount of money …, as JSON has it.
//! Which member holds which is said in `kinds.rs`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::facts::model::kinds::{Form, NeedKind};
use crate::facts::model::members::Members;

/// A number as it is written in JSON: a whole one has no point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(serde_json::Number);

impl Number {
    /// Rounded to six places; `None` for what is no number, or is too large to be meant.
    pub fn of(value: f64) -> Option<Self> {
        if !value.is_finite() || value.abs() > 1e15 {
            return None;
        }
        let rounded = (value * 1e6).round() / 1e6;
        if rounded.fract() == 0.0 {
            #[expect(
                clippy::as_conversions,
                clippy::cast_possible_truncation,
                reason = "whole, and of at most fifteen digits"
            )]
            return Some(Self((rounded as i64).into()));
        }
        serde_json::Number::from_f64(rounded).map(Self)
    }

    /// How sure a reading is, from 0 to 1; always with a point.
    pub fn of_confidence(confidence: f64) -> Self {
        // To hundredths: 0.9 times 0.9 is written as 0.81.
        Self(serde_json::Number::from_f64((confidence * 100.0).round() / 100.0).unwrap_or_else(|| 0.into()))
    }

    pub fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number.0)
    }
}

/// An amount of money or a range: `currency` (ISO 4217), `min`, `max`, `per`; a patch may leave any of them
/// out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Money(Map<String, Value>);

impl Money {
    pub fn new(currency: &str, min: Option<Number>, max: Option<Number>, per: Option<&str>) -> Self {
        let mut members = Map::new();
        members.insert("currency".to_owned(), currency.into());
        for (name, value) in [("min", min), ("max", max)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.into());
            }
        }
        if let Some(per) = per {
            members.insert("per".to_owned(), per.into());
        }
        Self(members)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Object(money.0)
    }
}

/// The place of a fact in the text: code points, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(pub [u32; 2]);

impl From<Place> for Value {
    fn from(place: Place) -> Self {
        Self::Array(place.0.into_iter().map(Self::from).collect())
    }
}

/// The place of each fact.
pub type Spans = Members<Place>;
/// How sure each fact is, from 0 to 1.
pub type Confidence = Members<Number>;

/// The value of a member.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Fact {
    Kind(NeedKind),
    Kinds(Vec<NeedKind>),
    Number(Number),
    Text(String),
    Texts(Vec<String>),
    Money(Money),
    Details(Map<String, Value>),
    Spans(Spans),
    Confidence(Confidence),
    /// What a stored document has and the present rules would not write; it stays as it is.
    Odd(Value),
}

impl Fact {
    /// A JSON value as a member of this form has it.
    pub(super) fn read(form: Form, value: Value) -> Self {
        let words = |values: Vec<Value>| {
            values.into_iter().filter_map(|value| match value {
                Value::String(text) => Some(text),
                _ => None,
            })
        };
        match (form, value) {
            (Form::Text, Value::String(text)) => Self::Text(text),
            (Form::Number, Value::Number(number)) => Self::Number(Number(number)),
            (Form::Texts, Value::Array(values)) if values.iter().all(Value::is_string) => {
                Self::Texts(words(values).collect())
            }
            (Form::Kind, Value::String(word)) => {
                NeedKind::from_word(&word).map_or(Self::Odd(Value::String(word)), Self::Kind)
            }
            (Form::Kinds, value @ Value::Array(_)) => {
                Vec::<NeedKind>::deserialize(&value).map_or(Self::Odd(value), Self::Kinds)
            }
            (Form::Money, Value::Object(members)) => Self::Money(Money(members)),
            (Form::Details, Value::Object(members)) => Self::Details(members),
            (Form::Spans, value @ Value::Object(_)) => {
                Spans::deserialize(&value).map_or(Self::Odd(value), Self::Spans)
            }
            (Form::Confidence, value @ Value::Object(_)) => {
                Confidence::deserialize(&value).map_or(Self::Odd(value), Self::Confidence)
            }
            (_, value) => Self::Odd(value),
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { number.as_f64() } else { None }
    }
}

impl From<Fact> for Value {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Kind(kind) => kind.word().into(),
            Fact::Kinds(kinds) => kinds.into_iter().map(NeedKind::word).collect(),
            Fact::Number(number) => number.into(),
            Fact::Text(text) => text.into(),
            Fact::Texts(texts) => texts.into(),
            Fact::Money(money) => money.into(),
            Fact::Details(members) => Self::Object(members),
            Fact::Spans(spans) => spans.to_value(),
            Fact::Confidence(confidence) => confidence.to_value(),
            Fact::Odd(value) => value,
        }
    }
}

macro_rules! fact_of {
    ($($type:ty => $form:ident),+ $(,)?) => {
        $(impl From<$type> for Fact {
            fn from(value: $type) -> Self {
                Self::$form(value)
            }
        })+
    };
}

fact_of! {
    NeedKind => Kind,
    Vec<NeedKind> => Kinds,
    Number => Number,
    String => Text,
    Vec<String> => Texts,
    Money => Money,
    Map<String, Value> => Details,
    Spans => Spans,
    Confidence => Confidence,
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_have_no_point() {
        let number = |value| Number::of(value).map(Value::from);
        assert_eq!(number(3000.0), Some(json!(3000)));
        assert_eq!(number(0.1 + 0.2), Some(json!(0.3)));
        assert_eq!(number(-0.0), Some(json!(0)));
        assert_eq!(number(f64::NAN), None);
        assert_eq!(number(1e300), None);
    }

    #[test]
    fn what_no_rule_would_write_is_odd_and_stays() {
        for (form, value) in [
            (Form::Text, json!(5)),
            (Form::Text, json!(null)),
            (Form::Number, json!("300")),
            (Form::Texts, json!(["a", 1])),
            (Form::Kind, json!("castle")),
            (Form::Kinds, json!(["land", "castle"])),
            (Form::Money, json!([1])),
            (Form::Spans, json!({"phone": [1]})),
            (Form::Spans, json!({"phone": [-1, 2]})),
            (Form::Confidence, json!({"phone": "sure"})),
        ] {
            let fact = Fact::read(form, value.clone());
            assert_eq!(fact, Fact::Odd(value.clone()), "{form:?}");
            assert_eq!(Value::from(fact), value);
        }
    }
}
