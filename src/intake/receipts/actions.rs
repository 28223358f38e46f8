//! The verbs of receipts: take a submission in again by the form's present settings, and delete old ones.
//! Deciding and applying are those of a first submission, in `../submissions`.

use chrono::Duration;

use super::model::{Outcome, Receipt};
use super::store;
use crate::access::Caller;
use crate::inquiries::events::FORM;
use crate::intake::forms::cache::FORM_CHANGED;
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::forms::model::Form;
use crate::intake::forms::store as forms;
use crate::intake::reading::raw::{Hidden, RawSubmission};
use crate::intake::reading::token::PageTokens;
use crate::intake::reading::{Parsed, Submission};
use crate::intake::submissions::actions::{apply, lock_keys};
use crate::intake::submissions::decision::{Circumstances, KNOWN_PERSON, decide};
use crate::intake::submissions::incoming::conclude;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::ReceiptId;
use crate::platform::config::PublicUrl;
use crate::platform::db::{Actor, DbConnection, Tx, transactions};

/// Receipts that are deleted in one transaction.
const AGED_OUT_AT_ONCE: i64 = 500;

/// The raw submission that a receipt keeps. Secrets that were masked are compared by their digests.
fn raw_submission(receipt: &Receipt) -> RawSubmission {
    let headers =
        receipt.headers.0.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let mut headers: Vec<(String, String)> = headers.collect();
    if let Some(content_type) =
        receipt.content_type.as_ref().filter(|_| !receipt.headers.0.contains_key("content-type"))
    {
        headers.push(("content-type".to_owned(), content_type.clone()));
    }
    RawSubmission {
        method: receipt.method.clone(),
        query: receipt.query.clone(),
        headers,
        body: receipt.body.clone(),
        address: receipt.remote_ip.as_ref().and_then(|address| address.parse().ok()),
        at: receipt.received_at,
        hidden: Some(Hidden { salt: receipt.id.as_bytes().to_vec(), digests: receipt.hidden.0.clone() }),
    }
}

/// A submission of a receipt, parsed by the form's present settings: before the transaction that takes it in
/// again.
#[derive(Debug)]
pub struct Replay {
    receipt: ReceiptId,
    form: CompiledForm,
    /// None where the request only asks whether the address is ours.
    submission: Option<Box<Submission>>,
}

/// A receipt within reach, with its form, whether or not that takes submissions.
pub fn find_with_form(conn: &mut DbConnection, caller: &Caller, id: ReceiptId) -> Result<(Receipt, Form)> {
    let receipt = store::find(conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    let form = forms::by_id(conn, receipt.form_id)?.ok_or_else(Error::not_found)?;
    Ok((receipt, form))
}

impl Replay {
    /// Compiles the form and parses the submission.
    pub fn of(receipt: &Receipt, form: &Form, public_url: &PublicUrl, tokens: &PageTokens) -> Result<Self> {
        let form = CompiledForm::stored(form, public_url)?;
        let raw = raw_submission(receipt);
        let cors = form.destinations.cors(raw.header("origin"));
        let submission = match form.parse(&raw, &cors, tokens) {
            Parsed::Submission(submission) => Some(submission),
            Parsed::Challenge(_) => None,
        };
        Ok(Self { receipt: receipt.id, form, submission })
    }
}

/// Takes a submission in again. If its form was changed since it was parsed, it refuses with `FORM_CHANGED`.
pub fn replay(tx: &mut Tx<'_>, caller: &Caller, replay: &Replay, not_spam: bool) -> Result<Receipt> {
    let Replay { receipt: id, form, submission } = replay;
    // Of several who ask at once each sees what the one before has made.
    transactions::advisory_locks(tx, std::iter::once(id.to_string()))?;
    let mut receipt = store::find(tx.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
    if forms::version(tx.conn, form.id)? != Some(form.version) {
        return Err(Error::refuse(&FORM_CHANGED));
    }
    let Some(submission) = submission else { return Ok(receipt) };
    receipt.replayed_at = Some(tx.now);
    // Whatever became of it in between: what was made of it once is not made again. A duplicate's inquiry is
    // another one's.
    let made = receipt.inquiry_id.filter(|_| receipt.outcome != Outcome::Duplicate);
    if made.is_some() && receipt.reasons.0.iter().any(|reason| reason == KNOWN_PERSON) {
        // The owner has heard its words, and they filled in what was empty: they never replace the first
        // ones.
        store::update(tx, &receipt)?;
        return Ok(receipt);
    }
    let at = Circumstances { receipt: *id, received_at: receipt.received_at, not_spam, made };
    lock_keys(tx, std::iter::once((form, &**submission)))?;
    // What follows is the sender's doing: a user has only had it read again.
    let user = std::mem::replace(&mut tx.context.actor, Actor::new(FORM, form.id));
    let verdict = decide(tx.conn, form, submission, at)?;
    let inquiry = apply(tx, form, submission, at, &verdict.decision)?;
    tx.context.actor = user;
    conclude(&mut receipt, submission, verdict, inquiry);
    store::update(tx, &receipt)?;
    Ok(receipt)
}

/// Deletes receipts that are older than they are kept. Inquiries stay. Returns whether there may be more.
pub fn age_out(tx: &mut Tx<'_>, keep: Duration) -> Result<bool> {
    let deleted = store::delete_receipts_before(tx, tx.now.minus(keep), AGED_OUT_AT_ONCE)?;
    Ok(i64::try_from(deleted).unwrap_or(0) >= AGED_OUT_AT_ONCE)
}
