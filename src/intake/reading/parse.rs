//! Parsing: from the raw request to the parsed submission, by the settings of its form. Takes up to
//! milliseconds: never on a database thread. What becomes of the submission is decided in `../submissions`.

use serde_json::Value;

use super::answer::CorsDecision;
use super::consent::{ConsentRecord, consent};
use super::decode::{Decoded, decode};
use super::dedup::dedup_key;
use super::mapping::{MappedFields, TRANSFORM_FAILED};
use super::proof::Proven;
use super::raw::RawSubmission;
use super::required::{missing, nothing_in};
use super::secrets::Secrets;
use super::selector::EvalContext;
use super::spam;
use super::submission::{Intent, Parsed, Refused, Submission};
use super::token::PageTokens;
use super::understanding::understood;
use super::work::Work;
use crate::intake::forms::compiled::CompiledForm;
use crate::kernel::error::{Class, Refusal};
use crate::kernel::text::cleaned_line;
use crate::kernel::threads::assert_no_database_thread;

static PROOF_FAILED: Refusal = Refusal::new(
    Class::Unproven,
    "proof_failed",
    "无法确认提交来源。",
    "The sender of this submission could not be verified.",
);
static ORIGIN_NOT_ALLOWED: Refusal = Refusal::new(
    Class::Forbidden,
    "origin_not_allowed",
    "该网站不允许提交到此表单。",
    "Pages of this website may not submit to this form.",
);

/// Why a receipt's characters are not all what was sent.
const CHARSET_REPLACED: &str = "charset_replaced";
const JSON_FAILED: &str = "json_failed";

impl CompiledForm {
    /// Parses a request to this form's address. `cors`: what its origin may do.
    pub fn parse(&self, raw: &RawSubmission, cors: &CorsDecision, tokens: &PageTokens) -> Parsed {
        assert_no_database_thread("parsing a submission");
        let decoded = decode(raw.content_type(), &raw.body, self.charset.as_deref());
        let as_it_came = decoded.as_ref().ok().map(|decoded| &decoded.document);
        let work = Work::default();
        let context = EvalContext { document: as_it_came, pairs: &[], raw, work: &work };
        if let Some(challenged) = self.proof.challenged(&context) {
            return Parsed::Challenge(challenged);
        }
        let (proven, nonce) = (self.proof.check(&context), self.proof.nonce(&context));
        let mut submission = match decoded {
            Ok(mut decoded) => {
                let secrets = raw.secrets(&self.proof.secret_places(), self.proof.shown_secrets());
                if !secrets.is_empty() {
                    secrets.mask(&mut decoded.document);
                }
                Extraction { form: self, raw, tokens, secrets: &secrets, proven }.submission(decoded)
            }
            Err(error) => Submission {
                refused: Some(Refused::of(error.refusal())),
                undecodable: Some(error.refusal()),
                ..Submission::unreadable(self, raw)
            },
        };
        // The first of these is the answer; the receipt has all of them.
        let first = if *cors == CorsDecision::Refused {
            Some(&ORIGIN_NOT_ALLOWED)
        } else if proven == Proven::No {
            Some(&PROOF_FAILED)
        } else {
            None
        };
        if let Some(first) = first {
            let hidden = submission.refused.replace(Refused::of(first));
            submission.reasons.extend(hidden.map(|hidden| hidden.refusal.code));
        }
        submission.proven = proven;
        submission.nonce = nonce.filter(|nonce| !nonce.contains('\0'));
        Parsed::Submission(Box::new(submission))
    }

    /// What the sender wants, by the profile's words for it.
    fn intent(&self, context: &EvalContext<'_>) -> Intent {
        if let Some(test) = &self.test
            && test.at.text(context).is_some_and(|text| test.equals.contains(&text))
        {
            return Intent::Try;
        }
        let Some(event) = &self.event else { return Intent::Create };
        match event.at.text(context) {
            None => Intent::Create,
            Some(word) if event.create.contains(&word) => Intent::Create,
            Some(word) if event.update.contains(&word) => Intent::Update,
            Some(word) if event.delete.contains(&word) => Intent::Delete,
            Some(_) => Intent::Unknown,
        }
    }
}

impl Submission {
    /// A submission of which nothing can be read.
    fn unreadable(form: &CompiledForm, raw: &RawSubmission) -> Self {
        let fields = MappedFields::default();
        let new = understood(form, &fields, None);
        Self {
            proven: Proven::None,
            refused: None,
            undecodable: None,
            document: None,
            reasons: Vec::new(),
            intent: Intent::Create,
            external_id: None,
            nonce: None,
            token: None,
            spam: Vec::new(),
            is_plausible: false,
            consent: ConsentRecord::default(),
            dedup_key: dedup_key(form, raw, &fields, &new),
            fields,
            new,
        }
    }
}

/// What a decoded document is extracted with.
struct Extraction<'a> {
    form: &'a CompiledForm,
    raw: &'a RawSubmission,
    tokens: &'a PageTokens,
    secrets: &'a Secrets,
    proven: Proven,
}

/// A document as its fields were taken from it.
struct Extracted {
    document: Value,
    fields: MappedFields,
    intent: Intent,
    external_id: Option<String>,
    reasons: Vec<&'static str>,
}

impl Extraction<'_> {
    fn submission(self, decoded: Decoded) -> Submission {
        let Self { form, raw, tokens, secrets, proven } = self;
        let Extracted { document, fields, intent, external_id, reasons } = self.extract(decoded);
        let token = fields.token.as_deref().and_then(|text| tokens.verified(form.id, text));
        let spam = form.spam.reasons(&fields, token, raw.at, proven == Proven::Yes);
        let referer = raw.header("referer").map(|url| secrets.masked_url(url));
        let new = understood(form, &fields, referer.as_deref());
        let consent = consent(form, raw, &fields, referer.as_deref());
        let refused = match intent {
            // A person at the page hears of each field that is missing, of an empty form too.
            Intent::Create => missing(form, &fields, &consent).or_else(|| nothing_in(&fields)),
            Intent::Update => nothing_in(&fields),
            _ => None,
        };
        Submission {
            proven: Proven::None,
            refused,
            undecodable: None,
            document: Some(document),
            reasons,
            intent,
            external_id,
            nonce: None,
            token,
            spam,
            is_plausible: spam::is_plausible(&new),
            consent,
            dedup_key: dedup_key(form, raw, &fields, &new),
            fields,
            new,
        }
    }

    fn extract(&self, decoded: Decoded) -> Extracted {
        let Decoded { mut document, replaced } = decoded;
        let mut reasons = Vec::new();
        if replaced {
            reasons.push(CHARSET_REPLACED);
        }
        let work = Work::default();
        if !self.form.places.open(&mut document, &work) {
            reasons.push(JSON_FAILED);
        }
        let pairs = self.form.places.pairs(&document, &work);
        let context = EvalContext { document: Some(&document), pairs: &pairs, raw: self.raw, work: &work };
        let mut fields = self.form.mapping.read(&context);
        fields.mask_addresses(self.secrets);
        reasons.extend(fields.reasons.iter().copied());
        let intent = self.form.intent(&context);
        let external_id = self.form.external_id.as_ref().and_then(|selector| selector.text(&context));
        let external_id = external_id.and_then(|id| cleaned_line(&id));
        if work.is_exceeded() && !reasons.contains(&TRANSFORM_FAILED) {
            reasons.push(TRANSFORM_FAILED);
        }
        Extracted { document, fields, intent, external_id, reasons }
    }
}
