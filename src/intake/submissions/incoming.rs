//! The incoming submission: parsed, with the receipt that it will leave. Made before the transaction, so that
//! nothing is computed inside it. What becomes of it is decided in `decision.rs`.

use std::sync::Arc;

use super::decision::Verdict;
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::reading::Submission;
use crate::intake::reading::raw::{Keepable, RawSubmission};
use crate::intake::receipts::model::{NewReceipt, Outcome, Receipt, ReceiptDraft};
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, ReceiptId, RequestId};
use crate::platform::db::types::{Json, JsonText};

/// A submission that was parsed, before the transaction that takes it in.
#[derive(Debug, Clone)]
pub struct IncomingSubmission {
    pub form: Arc<CompiledForm>,
    pub submission: Box<Submission>,
    /// All of the receipt but what the decision adds.
    pub receipt: Arc<ReceiptDraft>,
    /// The request that it came by.
    pub request: Option<RequestId>,
}

impl IncomingSubmission {
    /// `answered`: the status that the sender is answered with.
    pub fn new(
        id: ReceiptId,
        form: Arc<CompiledForm>,
        raw: &RawSubmission,
        submission: Box<Submission>,
        answered: u16,
    ) -> Result<Self> {
        let receipt = Arc::new(receipt(id, &form, raw, &submission, answered)?);
        Ok(Self { form, submission, receipt, request: None })
    }

    /// The receipt, now that it is known what became of the submission.
    pub fn receipt(&self, verdict: &Verdict, inquiry: Option<InquiryId>) -> Result<NewReceipt> {
        let (draft, outcome) = (Arc::clone(&self.receipt), verdict.outcome());
        Ok(NewReceipt { draft, outcome, reasons: JsonText::of(&verdict.reasons)?, inquiry_id: inquiry })
    }
}

/// The receipt of a raw submission, without secrets.
fn receipt(
    id: ReceiptId,
    form: &CompiledForm,
    raw: &RawSubmission,
    submission: &Submission,
    answered: u16,
) -> Result<ReceiptDraft> {
    let places = form.proof.secret_places();
    let secrets = raw.secrets(&places, form.proof.shown_secrets());
    let Keepable { headers, query, hidden } = raw.without_secrets(&places, &secrets, id.as_bytes())?;
    Ok(ReceiptDraft {
        id,
        form_id: form.id,
        received_at: raw.at,
        method: raw.method.clone(),
        query,
        content_type: raw.content_type().map(str::to_owned),
        headers: JsonText::of(&headers)?,
        body: raw.body.clone(),
        remote_ip: raw.address.map(|address| address.to_string()),
        hidden: JsonText::of(&hidden)?,
        external_id: submission.external_id.clone(),
        consent: JsonText::of(&submission.consent)?,
        items: JsonText::of(&submission.fields.named())?,
        custom: JsonText::of(&submission.fields.custom)?,
        answered: i32::from(answered),
        fingerprint: submission.dedup_key.fingerprint.clone(),
        nonce: submission.nonce.clone(),
        token: submission.token.map(|token| token.nonce.to_vec()),
    })
}

/// Writes into a receipt what its submission says by the present settings, and what became of it.
pub fn conclude(
    receipt: &mut Receipt,
    submission: &Submission,
    verdict: Verdict,
    inquiry: Option<InquiryId>,
) {
    let outcome = verdict.outcome();
    let kept = outcome != Outcome::Failed;
    receipt.outcome = outcome;
    receipt.reasons = Json(verdict.reasons);
    receipt.inquiry_id = inquiry;
    receipt.external_id.clone_from(&submission.external_id);
    receipt.consent = Json(submission.consent.clone());
    receipt.items = Json(submission.fields.named());
    receipt.custom = Json(submission.fields.custom.clone());
    receipt.fingerprint =
        (outcome == Outcome::Accepted && inquiry.is_some()).then(|| submission.dedup_key.fingerprint.clone());
    receipt.nonce = submission.nonce.clone().filter(|_| kept);
    receipt.token = submission.token.filter(|_| kept).map(|token| token.nonce.to_vec());
}
