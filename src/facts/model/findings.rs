//! What was found so far: the value of each field, the place where it was, and how sure it is.
//! How a field is found is not known here.

use serde_json::{Map, Value};

use crate::facts::model::document::Facts;
use crate::facts::model::fact::{Confidence, Fact, Number, Place, Spans};
use crate::facts::model::kinds::Member;
use crate::facts::model::members::Members;
use crate::facts::text::normal::{Normal, Span};

/// The facts of one text while it is read.
pub struct Findings {
    values: Members<Fact>,
    spans: Spans,
    confidence: Confidence,
    extra: Map<String, Value>,
}

/// As many fields as an inquiry that says much has.
const USUAL: usize = 24;

impl Default for Findings {
    fn default() -> Self {
        Self {
            values: Members::with_capacity(USUAL),
            spans: Members::with_capacity(USUAL),
            confidence: Members::with_capacity(USUAL),
            extra: Map::new(),
        }
    }
}

impl Findings {
    /// A field with the piece of text it comes from; `confidence` from 0 to 1. The first one counts; below
    /// the field's threshold it is left out.
    pub fn put(
        &mut self,
        page: &Normal<'_>,
        field: Member,
        value: impl Into<Fact>,
        span: Span,
        confidence: f64,
    ) {
        if self.has(field) || confidence < field.threshold() {
            return;
        }
        let (start, end) = page.in_source(span);
        self.values.insert(field, value.into());
        self.spans.insert(field, Place([start, end]));
        self.confidence.insert(field, Number::of_confidence(confidence));
    }

    /// Whether the field has a value.
    pub fn has(&self, field: Member) -> bool {
        self.values.get(field).is_some()
    }

    /// A side fact. The first one counts.
    pub fn extra(&mut self, name: &str, value: impl Into<Value>) {
        if !self.extra.contains_key(name) {
            self.extra.insert(name.to_owned(), value.into());
        }
    }

    /// All of it, with the text that was read and the rules that read it.
    pub fn into_facts(mut self, text: impl Into<String>, version: &str) -> Facts {
        if !self.extra.is_empty() {
            self.values.insert(Member::Extra, self.extra.into());
        }
        self.values.insert(Member::Text, text.into().into());
        self.values.insert(Member::Spans, self.spans.into());
        self.values.insert(Member::Confidence, self.confidence.into());
        self.values.insert(Member::ParserVersion, version.into());
        Facts::new(self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_counts() {
        let page = Normal::of("甲乙");
        let mut found = Findings::default();
        found.put(&page, Member::Contact, "甲", Span::new(0, 3), 0.9);
        found.put(&page, Member::Contact, "乙", Span::new(3, 6), 0.9);
        let facts = found.into_facts("甲乙", "1");
        assert_eq!(facts.words(Member::Contact), Some("甲"));
        let mut found = Findings::default();
        found.put(&page, Member::Phone, "1", Span::new(0, 3), 0.7);
        found.put(&page, Member::Company, "甲", Span::new(0, 3), 0.9 * 0.9);
        let written = serde_json::to_value(found.into_facts("甲", "1")).unwrap();
        assert_eq!(written["confidence"], serde_json::json!({"company": 0.81}));
        assert_eq!(facts.spans().and_then(|spans| spans.get(Member::Contact)), Some(&Place([0, 1])));
    }
}
