//! What a person typed into a form, for the page to show it again when it was not taken: nothing typed is
//! lost. What it means is read in `mod.rs`.

use serde_json::Value;

use super::Reading;
use super::decode::decode;
use super::mapping::{Submission, TOKEN_FIELD};
use super::raw::RawSubmission;
use super::selector::Ground;
use super::token::Token;
use super::values::text_of;
use super::work::Work;
use crate::access::tokens::Keys;
use crate::intake::forms::compiled::CompiledForm;

#[derive(Debug)]
pub struct Typed {
    /// The fields by their names.
    pub values: Vec<(String, String)>,
    pub submission: Submission,
    /// The token of the page was genuine: it can be sent again.
    pub has_token: bool,
}

impl Typed {
    /// Of a submission that was read.
    pub fn of(reading: &Reading) -> Self {
        Self {
            values: fields(reading.document.as_ref()),
            submission: reading.submission.clone(),
            has_token: reading.token.is_some(),
        }
    }

    /// Of one that was refused before it was read: without a look at what it means. None if it cannot be
    /// decoded.
    pub fn at_a_glance(rules: &CompiledForm, raw: &RawSubmission, keys: &Keys) -> Option<Self> {
        let mut document = decode(raw.content_type(), &raw.body, rules.charset.as_deref()).ok()?.document;
        let work = Work::default();
        rules.places.open(&mut document, &work);
        let pairs = rules.places.pairs(&document, &work);
        let submission =
            rules.mapping.read(&Ground { document: Some(&document), pairs: &pairs, raw, work: &work });
        let has_token =
            submission.token.as_deref().is_some_and(|text| Token::read(keys, rules.id, text).is_some());
        Some(Self { values: fields(Some(&document)), submission, has_token })
    }
}

fn fields(document: Option<&Value>) -> Vec<(String, String)> {
    let members = document.and_then(Value::as_object).into_iter().flatten();
    members
        .filter(|(name, _)| name.as_str() != TOKEN_FIELD)
        .map(|(name, value)| (name.clone(), text_of(value)))
        .collect()
}
