//! What was found so far: the value of each field, the place where it stands, and how sure it is.
//! How a field is found is not known here.

use serde_json::{Map, Number, Value, json};

use super::normal::{Normal, Span};

/// The facts of one text while it is read.
pub struct Findings {
    values: Map<String, Value>,
    spans: Map<String, Value>,
    confidence: Map<String, Value>,
    extra: Map<String, Value>,
}

/// As many fields as an inquiry that says much has.
const USUAL: usize = 24;

impl Default for Findings {
    fn default() -> Self {
        Self {
            values: Map::with_capacity(USUAL),
            spans: Map::with_capacity(USUAL),
            confidence: Map::with_capacity(USUAL),
            extra: Map::new(),
        }
    }
}

impl Findings {
    /// A field with the piece of text it comes from; `confidence` from 0 to 1. The first one counts.
    pub fn put(
        &mut self,
        page: &Normal<'_>,
        field: &str,
        value: impl Into<Value>,
        span: Span,
        confidence: f64,
    ) {
        if self.values.contains_key(field) {
            return;
        }
        let (start, end) = page.in_source(span);
        self.values.insert(field.to_owned(), value.into());
        self.spans.insert(field.to_owned(), json!([start, end]));
        self.confidence.insert(field.to_owned(), json!(confidence));
    }

    /// Whether the field has a value.
    pub fn has(&self, field: &str) -> bool {
        self.values.contains_key(field)
    }

    /// A side fact. The first one counts.
    pub fn extra(&mut self, name: &str, value: impl Into<Value>) {
        if !self.extra.contains_key(name) {
            self.extra.insert(name.to_owned(), value.into());
        }
    }

    /// All of it, as the members of `facts`.
    pub fn into_facts(mut self, text: &str, version: &str) -> Map<String, Value> {
        if !self.extra.is_empty() {
            self.values.insert("extra".to_owned(), Value::Object(self.extra));
        }
        self.values.insert("text".to_owned(), text.into());
        self.values.insert("spans".to_owned(), Value::Object(self.spans));
        self.values.insert("confidence".to_owned(), Value::Object(self.confidence));
        self.values.insert("parser_version".to_owned(), version.into());
        self.values
    }
}

/// A number as JSON: rounded to six places, whole ones without a point; `None` for what is no number.
pub fn number(value: f64) -> Option<Value> {
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
        return Some(Value::from(rounded as i64));
    }
    Number::from_f64(rounded).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_point() {
        assert_eq!(number(3000.0), Some(json!(3000)));
        assert_eq!(number(0.1 + 0.2), Some(json!(0.3)));
        assert_eq!(number(-0.0), Some(json!(0)));
        assert_eq!(number(f64::NAN), None);
        assert_eq!(number(1e300), None);
    }

    #[test]
    fn the_first_value_counts() {
        let page = Normal::of("甲乙");
        let mut found = Findings::default();
        found.put(&page, "contact", "甲", Span::new(0, 3), 0.9);
        found.put(&page, "contact", "乙", Span::new(3, 6), 0.9);
        let facts = found.into_facts("甲乙", "1");
        assert_eq!(facts.get("contact"), Some(&json!("甲")));
        assert_eq!(facts.get("spans"), Some(&json!({"contact": [0, 1]})));
    }
}
