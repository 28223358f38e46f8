//! The incoming submission: parsed, with the receipt that it will leave. Made before the transaction, so that
//! nothing is computed inside it. What becomes of it is decided in `decision.rs`.

use std::sync::Arc;

use serde_json::Map;

use super::decision::Verdict;
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::reading::Submission;
use crate::intake::reading::consent::ConsentRecord;
use crate::intake::reading::raw::{Keepable, RawSubmission};
use crate::intake::receipts::model::{Outcome, Receipt};
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, ReceiptId};
use crate::platform::db::types::Json;

/// A submission that was parsed, before the transaction that takes it in.
#[derive(Debug, Clone)]
pub struct IncomingSubmission {
    pub form: Arc<CompiledForm>,
    pub submission: Box<Submission>,
    /// All of the receipt but what the decision adds.
    pub receipt: Receipt,
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
        let receipt = receipt(id, &form, raw, answered)?;
        Ok(Self { form, submission, receipt })
    }
}

/// The receipt of a raw submission, without secrets.
fn receipt(id: ReceiptId, form: &CompiledForm, raw: &RawSubmission, answered: u16) -> Result<Receipt> {
    let places = form.proof.secret_places();
    let secrets = raw.secrets(&places, form.proof.shown_secrets());
    let Keepable { headers, query, hidden } = raw.without_secrets(&places, &secrets, id.as_bytes())?;
    Ok(Receipt {
        id,
        form_id: form.id,
        received_at: raw.at,
        method: raw.method.clone(),
        query,
        content_type: raw.content_type().map(str::to_owned),
        headers: Json(headers),
        body: raw.body.clone(),
        remote_ip: raw.address.map(|address| address.to_string()),
        hidden: Json(hidden),
        outcome: Outcome::Failed,
        reasons: Json(Vec::new()),
        inquiry_id: None,
        external_id: None,
        consent: Json(ConsentRecord::default()),
        items: Json(Map::new()),
        custom: Json(Map::new()),
        answered: i32::from(answered),
        replayed_at: None,
        fingerprint: None,
        nonce: None,
        token: None,
    })
}

/// Writes into a receipt what its submission says and what became of it.
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
