//! The verbs of a submission: take it in, and apply what was decided. Receipt, inquiry, owner, events and the
//! messages they cause are one transaction. Deciding is in `decision.rs`.

use super::decision::{Circumstances, Decision, decide};
use super::incoming::IncomingSubmission;
use crate::assignment::decision::Decisions;
use crate::inquiries::events::FORM;
use crate::inquiries::{Submitted, resubmission};
use crate::intake::forms;
use crate::intake::forms::cache::FORM_CHANGED;
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::reading::Submission;
use crate::intake::receipts::model::Outcome;
use crate::intake::receipts::store;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::InquiryId;
use crate::platform::db::{Actor, Tx, transactions};

/// What became of a submission.
#[derive(Debug, Clone, Copy)]
pub struct TakenIn {
    pub outcome: Outcome,
    /// The inquiry that it belongs to now.
    pub inquiry: Option<InquiryId>,
}

/// Takes a submission in: the receipt, and what becomes of it. Refuses with `FORM_CHANGED` what was parsed by
/// another version of its form than the present one: the caller parses it again, outside the transaction. The
/// caller holds the locks of its keys.
pub fn take_in(tx: &mut Tx<'_>, incoming: &IncomingSubmission) -> Result<TakenIn> {
    let IncomingSubmission { form, submission, receipt, .. } = incoming;
    if forms::store::active_version(tx.conn, form.id)? != Some(form.version) {
        return Err(Error::refuse(&FORM_CHANGED));
    }
    tx.context.actor = Actor::new(FORM, form.id);
    let at = Circumstances::first(receipt.id, receipt.received_at);
    let verdict = decide(tx.conn, form, submission, at)?;
    let inquiry = apply(tx, form, submission, at, &verdict.decision)?;
    tx.insert(incoming.receipt(&verdict, inquiry)?)?;
    Ok(TakenIn { outcome: verdict.outcome(), inquiry })
}

/// Serialises the submissions of one nonce, of one external id, and of one person (of one content where
/// nobody is named), on all nodes, until the transaction ends.
pub fn lock_keys<'s>(
    tx: &mut Tx<'_>,
    submissions: impl Iterator<Item = (&'s CompiledForm, &'s Submission)>,
) -> Result<()> {
    let accepted = submissions.filter(|(_, submission)| submission.refused.is_none());
    transactions::advisory_locks(tx, accepted.flat_map(|(form, submission)| keys(form, submission)))
}

/// The keys of which submissions wait for each other.
fn keys(form: &CompiledForm, submission: &Submission) -> Vec<String> {
    let nonce = submission.nonce.as_ref().map(|nonce| format!("nonce {} {nonce}", form.id));
    let external = submission.external_id.as_ref().map(|id| format!("external id {} {id}", form.id));
    let person = submission
        .new
        .phone_e164()
        .map_or_else(|| data_encoding::HEXLOWER.encode(&submission.dedup_key.fingerprint), str::to_owned);
    nonce.into_iter().chain(external).chain([person]).collect()
}

/// Applies a decision. Returns the inquiry that the submission belongs to now.
pub fn apply(
    tx: &mut Tx<'_>,
    form: &CompiledForm,
    submission: &Submission,
    at: Circumstances,
    decision: &Decision,
) -> Result<Option<InquiryId>> {
    let submitted = Submitted { form: form.id, receipt: at.receipt };
    let inquiry = match decision {
        Decision::Refuse | Decision::Keep(_) => return Ok(at.made),
        Decision::SenderDeleted(known) => {
            if let Some(id) = known {
                resubmission::record_sender_deletion(tx, *id, submitted)?;
            }
            return Ok(*known);
        }
        Decision::Duplicate(first) => *first,
        Decision::UpdateDeleted(id) => Some(*id),
        Decision::Resubmit(known) => Some(resubmission::repeat(tx, known, &submission.new, submitted)?.id),
        Decision::Update(update) => {
            resubmission::apply_sender_update(tx, &update.before, &update.after, submitted)?;
            Some(update.before.id)
        }
        Decision::Create => {
            let receive = |tx: &mut Tx<'_>, decisions: &mut Decisions| {
                decisions.receive(tx, &submission.new, Some(submitted))
            };
            Some(Decisions::of(tx, receive)?.id)
        }
    };
    if let (Some(external_id), Some(inquiry)) = (&submission.external_id, inquiry)
        && store::of_external_id(tx.conn, form.id, external_id)?.is_none()
    {
        store::insert_external_id(tx, form.id, external_id, inquiry)?;
    }
    Ok(inquiry)
}
