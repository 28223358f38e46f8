//! What a person typed into a form, for the page to show it again when it was not taken: nothing typed is
//! lost. What it means is read in `mod.rs`.

use serde_json::Value;

use super::decode::decode;
use super::mapping::{MappedFields, TOKEN_FIELD};
use super::raw::RawSubmission;
use super::selector::EvalContext;
use super::submission::Submission;
use super::token::PageTokens;
use super::values::text_of;
use super::work::Work;
use crate::intake::forms::compiled::CompiledForm;

#[derive(Debug)]
pub struct Typed {
    /// The fields by their names.
    pub values: Vec<(String, String)>,
    pub fields: MappedFields,
    /// The token of the page was genuine: it can be sent again.
    pub has_token: bool,
}

impl Typed {
    /// Of a submission that was read.
    pub fn of(submission: &Submission) -> Self {
        Self {
            values: named_values(submission.document.as_ref()),
            fields: submission.fields.clone(),
            has_token: submission.token.is_some(),
        }
    }

    /// Of one that was refused before it was read: without a look at what it means. None if it cannot be
    /// decoded.
    pub fn at_a_glance(form: &CompiledForm, raw: &RawSubmission, tokens: &PageTokens) -> Option<Self> {
        let mut document = decode(raw.content_type(), &raw.body, form.charset.as_deref()).ok()?.document;
        let work = Work::default();
        form.places.open(&mut document, &work);
        let pairs = form.places.pairs(&document, &work);
        let fields =
            form.mapping.read(&EvalContext { document: Some(&document), pairs: &pairs, raw, work: &work });
        let has_token = fields.token.as_deref().is_some_and(|text| tokens.verified(form.id, text).is_some());
        Some(Self { values: named_values(Some(&document)), fields, has_token })
    }
}

fn named_values(document: Option<&Value>) -> Vec<(String, String)> {
    let members = document.and_then(Value::as_object).into_iter().flatten();
    members
        .filter(|(name, _)| name.as_str() != TOKEN_FIELD)
        .map(|(name, value)| (name.clone(), text_of(value)))
        .collect()
}
