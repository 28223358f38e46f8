//! The raw inbox: every submission as it came, taken in again on request, and deleted when it is old.
//! Inquiries stay. What becomes of a submission is decided in `../actions.rs`.

pub mod api;

use chrono::Duration;

use super::actions::{Circumstances, KNOWN_PERSON, apply, decide, note_reading, wait_for_turn};
use super::forms::cache::FORM_CHANGED;
use super::forms::compiled::CompiledForm;
use super::model::{FORM, Form, Outcome, Receipt};
use super::reading::raw::{Hidden, RawSubmission};
use super::reading::{self, Asked, Reading};
use super::store;
use crate::access::Caller;
use crate::access::tokens::Keys;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::ReceiptId;
use crate::platform::config::PublicUrl;
use crate::platform::db::types::Json;
use crate::platform::db::{Actor, DbConnection, Tx, dialect};

/// Receipts that are deleted in one transaction.
const AGED_OUT_AT_ONCE: i64 = 500;

/// The submission that a receipt keeps, as it arrived. Secrets that were masked are compared by their
/// digests.
fn kept(receipt: &Receipt) -> RawSubmission {
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

/// A submission that was kept, read by the form's present settings: before the transaction that takes it in
/// again.
#[derive(Debug)]
pub struct Reread {
    receipt: ReceiptId,
    rules: CompiledForm,
    /// None where the request only asks whether the address is ours.
    reading: Option<Box<Reading>>,
}

/// A receipt within reach, with its form, whether or not that takes submissions.
pub fn find_for_update(conn: &mut DbConnection, caller: &Caller, id: ReceiptId) -> Result<(Receipt, Form)> {
    let receipt = store::find_receipt(conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    let form = store::form_by_id(conn, receipt.form_id)?.ok_or_else(Error::not_found)?;
    Ok((receipt, form))
}

impl Reread {
    /// Compiles the form and reads the submission.
    pub fn of(receipt: &Receipt, form: &Form, public_url: &PublicUrl, keys: &Keys) -> Result<Self> {
        let rules = CompiledForm::stored(form, public_url)?;
        let reading = match reading::read(&rules, &kept(receipt), keys) {
            Asked::Submission(reading) => Some(reading),
            Asked::Challenge(_) => None,
        };
        Ok(Self { receipt: receipt.id, rules, reading })
    }
}

/// Takes a submission in again. If its form was changed since it was read, it refuses with `FORM_CHANGED`.
pub fn replay(tx: &mut Tx<'_>, caller: &Caller, reread: &Reread, not_spam: bool) -> Result<Receipt> {
    let Reread { receipt: id, rules, reading } = reread;
    // Of several who ask at once each sees what the one before has made.
    dialect::advisory_lock(tx, &id.to_string())?;
    let mut receipt = store::find_receipt(tx.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
    if store::version_of(tx.conn, rules.id)? != Some(rules.version) {
        return Err(Error::refuse(&FORM_CHANGED));
    }
    let Some(reading) = reading else { return Ok(receipt) };
    // Whatever became of it in between: what was made of it once is not made again. A duplicate's inquiry is
    // another one's.
    let made = receipt.inquiry_id.filter(|_| receipt.outcome != Outcome::Duplicate);
    if made.is_some() && receipt.reasons.0.iter().any(|reason| reason == KNOWN_PERSON) {
        // Its words were told to the owner, and filled in what was empty: they never take the place of the
        // first ones.
        receipt.replayed_at = Some(tx.now);
        store::update_receipt(tx, &receipt)?;
        return Ok(receipt);
    }
    let at = Circumstances { receipt: *id, received_at: receipt.received_at, not_spam, made };
    let mut reasons: Vec<String> = reading.reasons.iter().map(|reason| (*reason).to_owned()).collect();
    wait_for_turn(tx, rules, reading)?;
    // What follows is the sender's doing: a user has only had it read again.
    let user = std::mem::replace(&mut tx.context.actor, Actor::new(FORM, rules.id));
    let decision = decide(tx.conn, rules, reading, at, &mut reasons)?;
    let (outcome, inquiry_id) = apply(tx, rules, reading, at, decision, &mut reasons)?;
    tx.context.actor = user;
    receipt.outcome = outcome;
    receipt.reasons = Json(reasons);
    receipt.inquiry_id = inquiry_id;
    receipt.replayed_at = Some(tx.now);
    note_reading(&mut receipt, reading);
    store::update_receipt(tx, &receipt)?;
    Ok(receipt)
}

/// Deletes receipts that are older than they are kept. Inquiries stay. Tells whether there may be more.
pub fn age_out(tx: &mut Tx<'_>, keep: Duration) -> Result<bool> {
    let deleted = store::delete_receipts_before(tx, tx.now.minus(keep), AGED_OUT_AT_ONCE)?;
    Ok(i64::try_from(deleted).unwrap_or(0) >= AGED_OUT_AT_ONCE)
}
