//! The verbs of this room: take a submission in, or try one out. Receipt, inquiry, owner, events and the
//! messages they cause are one transaction. Taking one in again is in `receipts`, what a user enters in
//! `entry`, forms in `forms`.

use std::sync::Arc;

use chrono::Duration;
use serde_json::Map;

use super::forms::cache::FORM_CHANGED;
use super::forms::compiled::CompiledForm;
use super::forms::settings::Repeat;
use super::model::{ConsentRecord, Outcome, Receipt};
use super::reading::raw::{Keepable, RawSubmission};
use super::reading::spam::{TOKEN_REUSED, USES_MAX, is_spam};
use super::reading::{Intent, Reading, Refused};
use super::store;
use crate::assignment::actions as assignment;
use crate::facts::{Facts, Member};
use crate::inquiries::events::Trigger;
use crate::inquiries::{self, Inquiry, Submitted, resubmission};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{InquiryId, ReceiptId};
use crate::kernel::search;
use crate::platform::db::types::Json;
use crate::platform::db::{Actor, DbConnection, Tx, dialect};
use crate::platform::http::{Reply, problem};

/// A nonce is remembered this long.
const NONCE_LIFE: Duration = Duration::hours(24);
/// Open inquiries of one number that are looked through for one that a new submission belongs to.
const KNOWN_MAX: i64 = 20;

const REPLAYED_NONCE: &str = "replayed_nonce";
pub(super) const KNOWN_PERSON: &str = "known_person";
const UNKNOWN_EVENT: &str = "event";

/// A submission, read before the transaction begins.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub raw: Arc<RawSubmission>,
    pub rules: Arc<CompiledForm>,
    pub reading: Box<Reading>,
}

/// What a sender is answered.
#[derive(Debug)]
pub enum SenderResponse {
    Kept(Reply),
    Refused(Refused),
}

/// What became of a submission.
#[derive(Debug)]
pub struct Taken {
    pub response: SenderResponse,
    pub outcome: Outcome,
    /// The inquiry that it belongs to now.
    pub inquiry: Option<InquiryId>,
}

/// What is to be done with a submission.
#[derive(Debug)]
pub(super) enum Decision {
    Refuse(Refused),
    /// Kept, and nothing else.
    Keep(Outcome),
    /// The same was there before.
    Same(Option<InquiryId>),
    /// Somebody who is known asks again.
    Join(Box<Inquiry>),
    /// What was sent before has changed.
    Follow(InquiryId),
    /// What was sent before was deleted there.
    NoteDeleted(Option<InquiryId>),
    Make,
}

/// Under which circumstances a submission is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub receipt: ReceiptId,
    pub received_at: Timestamp,
    /// A person has said that it is no spam.
    pub not_spam: bool,
    /// The inquiry that came of it before.
    pub made: Option<InquiryId>,
}

/// Refuses with `FORM_CHANGED` what was read by another version of its form than the one that counts now.
/// Nothing is read again here: the caller does that, outside the transaction.
pub fn check_version(tx: &mut Tx<'_>, rules: &CompiledForm) -> Result<()> {
    tx.context.actor = Actor::Form(rules.id);
    match store::standing_version(tx.conn, rules.id)? {
        Some(version) if version == rules.version => Ok(()),
        _ => Err(Error::refuse(&FORM_CHANGED)),
    }
}

/// Takes a submission in: the receipt, and what becomes of it.
pub fn submit(tx: &mut Tx<'_>, incoming: &Incoming) -> Result<Taken> {
    let Incoming { raw, rules, reading } = incoming;
    let id: ReceiptId = tx.id();
    let circumstances = Circumstances { receipt: id, received_at: raw.at, not_spam: false, made: None };
    if reading.refused.is_none() {
        wait_for_turn(tx, rules, reading)?;
    }
    let mut reasons: Vec<String> = reading.reasons.iter().map(|reason| (*reason).to_owned()).collect();
    let decision = decide(tx.conn, rules, reading, circumstances, &mut reasons)?;
    let response = match &decision {
        Decision::Refuse(refused) => SenderResponse::Refused(refused.clone()),
        _ => {
            let destination = raw
                .wants_html()
                .then(|| rules.destinations.after(&reading.submission, &rules.key, raw.is_framed()));
            SenderResponse::Kept(rules.answer.reply(id, destination)?)
        }
    };
    let answered = match &response {
        SenderResponse::Kept(reply) => reply.status,
        SenderResponse::Refused(refused) => problem::status(refused.refusal.class).as_u16(),
    };
    let (outcome, inquiry_id) = apply(tx, rules, reading, circumstances, decision, &mut reasons)?;
    let places = rules.proof.secret_places();
    let secrets = raw.secrets(&places, rules.proof.shown_secrets());
    let Keepable { headers, query, hidden } = raw.without_secrets(&places, &secrets, id.as_bytes())?;
    let mut receipt = Receipt {
        id,
        form_id: rules.id,
        received_at: raw.at,
        method: raw.method.clone(),
        query,
        content_type: raw.content_type().map(str::to_owned),
        headers: Json(headers),
        body: raw.body.clone(),
        remote_ip: raw.address.map(|address| address.to_string()),
        hidden: Json(hidden),
        outcome,
        reasons: Json(reasons),
        inquiry_id,
        external_id: None,
        consent: Json(ConsentRecord::default()),
        items: Json(Map::new()),
        custom: Json(Map::new()),
        answered: i32::from(answered),
        replayed_at: None,
        fingerprint: None,
        nonce: None,
        token: None,
    };
    note_reading(&mut receipt, reading);
    store::insert_receipt(tx, &receipt)?;
    Ok(Taken { response, outcome, inquiry: inquiry_id })
}

/// Submissions of one nonce, of one id of the sender's, and of one person (of one content where nobody is
/// named) are taken one after the other.
pub(super) fn wait_for_turn(tx: &mut Tx<'_>, rules: &CompiledForm, reading: &Reading) -> Result<()> {
    if let Some(nonce) = &reading.nonce {
        dialect::advisory_lock(tx, &format!("nonce {} {nonce}", rules.id))?;
    }
    if let Some(external_id) = &reading.external_id {
        dialect::advisory_lock(tx, &format!("external id {} {external_id}", rules.id))?;
    }
    let who = reading
        .new
        .phone_e164()
        .map_or_else(|| data_encoding::HEXLOWER.encode(&reading.dedup_key.fingerprint), str::to_owned);
    dialect::advisory_lock(tx, &who)
}

/// Writes what was read of a submission into its receipt.
pub(super) fn note_reading(receipt: &mut Receipt, reading: &Reading) {
    receipt.external_id.clone_from(&reading.external_id);
    receipt.consent = Json(reading.consent.clone());
    receipt.items = Json(reading.submission.named());
    receipt.custom = Json(reading.submission.custom.clone());
    let kept = receipt.outcome != Outcome::Failed;
    receipt.fingerprint = (receipt.outcome == Outcome::Accepted && receipt.inquiry_id.is_some())
        .then(|| reading.dedup_key.fingerprint.clone());
    receipt.nonce = reading.nonce.clone().filter(|_| kept);
    receipt.token = reading.token.filter(|_| kept).map(|token| token.nonce.to_vec());
}

/// What is to be done with a submission: decided by what it says and what is there already. Nothing is
/// written.
pub(super) fn decide(
    conn: &mut DbConnection,
    rules: &CompiledForm,
    reading: &Reading,
    at: Circumstances,
    reasons: &mut Vec<String>,
) -> Result<Decision> {
    if let Some(refused) = &reading.refused {
        reasons.push(refused.refusal.code.to_owned());
        return Ok(Decision::Refuse(refused.clone()));
    }
    if let Some(nonce) = &reading.nonce
        && let Some(first) =
            store::with_nonce(conn, rules.id, nonce, at.received_at.minus(NONCE_LIFE), at.receipt)?
    {
        reasons.push(REPLAYED_NONCE.to_owned());
        return Ok(Decision::Same(first));
    }
    match reading.intent {
        Intent::Try => return Ok(Decision::Keep(Outcome::Test)),
        Intent::Unknown => {
            reasons.push(UNKNOWN_EVENT.to_owned());
            return Ok(Decision::Keep(Outcome::Test));
        }
        Intent::Create | Intent::Update | Intent::Delete => {}
    }
    if !at.not_spam {
        let spam = spam(conn, reading, at)?;
        reasons.extend(spam.iter().map(|reason| (*reason).to_owned()));
        if is_spam(&spam, reading.is_plausible) {
            return Ok(Decision::Keep(Outcome::Spam));
        }
    }
    if let Some(made) = at.made {
        return Ok(Decision::Follow(made));
    }
    let of_sender = match &reading.external_id {
        Some(external_id) => store::of_external_id(conn, rules.id, external_id)?,
        None => None,
    };
    match (reading.intent, of_sender) {
        (Intent::Delete, known) => return Ok(Decision::NoteDeleted(known)),
        (Intent::Update, Some(known)) => return Ok(Decision::Follow(known)),
        (_, Some(known)) if rules.repeat == Repeat::Update => return Ok(Decision::Follow(known)),
        (_, Some(known)) => return Ok(Decision::Same(Some(known))),
        (_, None) => {}
    }
    let since = at.received_at.minus(reading.dedup_key.within);
    if let Some(first) = store::equal_since(conn, &reading.dedup_key.fingerprint, since, at.receipt)? {
        return Ok(Decision::Same(Some(first)));
    }
    if let Some(number) = reading.new.phone_e164() {
        let company = company(reading.new.items.company.as_deref(), &reading.new.facts);
        let known = inquiries::store::open_with_phone(conn, number, KNOWN_MAX)?;
        let is_theirs = |inquiry: &Inquiry| {
            may_be_of_one_company(self::company(inquiry.company.as_deref(), &inquiry.facts.0), company)
        };
        if let Some(inquiry) = known.into_iter().find(is_theirs) {
            reasons.push(KNOWN_PERSON.to_owned());
            return Ok(Decision::Join(Box::new(inquiry)));
        }
    }
    Ok(Decision::Make)
}

fn spam(conn: &mut DbConnection, reading: &Reading, at: Circumstances) -> Result<Vec<&'static str>> {
    let mut reasons = reading.spam.clone();
    if let Some(token) = reading.token.filter(|token| token.counts(at.received_at))
        && store::uses_of(conn, &token.nonce, at.receipt)? >= USES_MAX
    {
        reasons.push(TOKEN_REUSED);
    }
    Ok(reasons)
}

/// The company that an inquiry is for: the item, else what was read of it in whatever field or sentence it
/// is.
fn company<'a>(item: Option<&'a str>, facts: &'a Facts) -> Option<&'a str> {
    item.or_else(|| facts.words(Member::Company))
}

/// Whether two company names, or the want of one, may mean one company. Brokers ask for many firms.
fn may_be_of_one_company(a: Option<&str>, b: Option<&str>) -> bool {
    let unbracketed = |name: &str| search::folded(name).replace(['(', ')', '[', ']', '【', '】'], "");
    match (a, b) {
        (Some(a), Some(b)) => search::is_same_name(&unbracketed(a), &unbracketed(b)),
        _ => true,
    }
}

/// Does what was decided. Tells what became of the submission, and of which inquiry it is now.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    rules: &CompiledForm,
    reading: &Reading,
    at: Circumstances,
    decision: Decision,
    reasons: &mut Vec<String>,
) -> Result<(Outcome, Option<InquiryId>)> {
    let submitted = Submitted { form: rules.id, receipt: at.receipt };
    let (outcome, inquiry) = match decision {
        Decision::Refuse(_) => return Ok((Outcome::Failed, at.made)),
        Decision::Keep(outcome) => return Ok((outcome, at.made)),
        Decision::Same(first) => (Outcome::Duplicate, first),
        Decision::Join(known) => {
            (Outcome::Accepted, Some(resubmission::repeat(tx, &known, &reading.new, submitted)?.id))
        }
        Decision::Follow(id) => match inquiries::store::by_id(tx.conn, id)? {
            Some(before) => {
                let after = resubmission::follow_sender(tx, &before, &reading.new, submitted)?;
                let is_news =
                    after.version != before.version || reading.intent == Intent::Update || at.made.is_some();
                (if is_news { Outcome::Accepted } else { Outcome::Duplicate }, Some(id))
            }
            // In the bin: what somebody threw away does not come back by itself.
            None => {
                reasons.push("deleted".to_owned());
                (Outcome::Duplicate, Some(id))
            }
        },
        Decision::NoteDeleted(known) => {
            if let Some(id) = known {
                resubmission::note_sender_deleted(tx, id, submitted)?;
            }
            return Ok((Outcome::Accepted, known));
        }
        Decision::Make => {
            let owner = assignment::next_by_rotation(tx, Trigger::Received)?;
            (
                Outcome::Accepted,
                Some(inquiries::actions::receive(tx, &reading.new, Some(submitted), owner)?.id),
            )
        }
    };
    if let (Some(external_id), Some(inquiry)) = (&reading.external_id, inquiry)
        && store::of_external_id(tx.conn, rules.id, external_id)?.is_none()
    {
        store::insert_external_id(tx, rules.id, external_id, inquiry)?;
    }
    Ok((outcome, inquiry))
}

/// What a submission would become. Nothing is written, and no nonce used up.
pub fn try_out(
    conn: &mut DbConnection,
    rules: &CompiledForm,
    reading: &Reading,
    now: Timestamp,
) -> Result<(Outcome, Vec<String>)> {
    let mut reasons: Vec<String> = reading.reasons.iter().map(|reason| (*reason).to_owned()).collect();
    let at = Circumstances { receipt: ReceiptId::floor(now), received_at: now, not_spam: false, made: None };
    let outcome = match decide(conn, rules, reading, at, &mut reasons)? {
        Decision::Refuse(_) => Outcome::Failed,
        Decision::Keep(outcome) => outcome,
        Decision::Same(_) => Outcome::Duplicate,
        Decision::Join(_) | Decision::Follow(_) | Decision::NoteDeleted(_) | Decision::Make => {
            Outcome::Accepted
        }
    };
    Ok((outcome, reasons))
}
