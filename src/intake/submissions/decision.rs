//! The decision: what a submission becomes, by what it says and what is there already. Nothing is written
//! here: a dry run ends with it. Applying a decision is in `actions.rs`.

use chrono::Duration;

use crate::facts::{Facts, Member};
use crate::inquiries::{self, Inquiry, resubmission};
use crate::intake::forms::compiled::CompiledForm;
use crate::intake::forms::settings::Repeat;
use crate::intake::reading::spam::{TOKEN_REUSED, USES_MAX, is_spam};
use crate::intake::reading::token::PageToken;
use crate::intake::reading::{Intent, Submission};
use crate::intake::receipts::model::Outcome;
use crate::intake::receipts::store;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::{InquiryId, ReceiptId};
use crate::kernel::search;
use crate::platform::db::DbConnection;

/// A nonce is remembered this long.
const NONCE_LIFE: Duration = Duration::hours(24);
/// Open inquiries of one number that are looked through for one that a new submission belongs to.
const KNOWN_MAX: i64 = 20;

const REPLAYED_NONCE: &str = "replayed_nonce";
pub const KNOWN_PERSON: &str = "known_person";
const UNKNOWN_EVENT: &str = "event";
const DELETED: &str = "deleted";

/// What is to be done with a submission.
#[derive(Debug)]
pub enum Decision {
    /// It is refused; the receipt says why.
    Refuse,
    /// Only the receipt is stored.
    Keep(Outcome),
    /// An equal one was there before; of which inquiry, if it made one.
    Duplicate(Option<InquiryId>),
    /// Somebody who is known asks again.
    Resubmit(Box<Inquiry>),
    /// The sender changed what it sent before.
    Update(Box<SenderUpdate>),
    /// The same, of an inquiry in the bin: what somebody threw away does not come back by itself.
    UpdateDeleted(InquiryId),
    /// The sender deleted what it sent before.
    SenderDeleted(Option<InquiryId>),
    /// A new inquiry is made.
    Create,
}

/// An inquiry as it is, and as its sender wants it to be.
#[derive(Debug)]
pub struct SenderUpdate {
    pub before: Inquiry,
    pub after: Inquiry,
    /// It counts as accepted even where nothing changes: the sender said that it is an update.
    is_asked_for: bool,
}

/// A decision with the reasons that the receipt keeps.
#[derive(Debug)]
pub struct Verdict {
    pub decision: Decision,
    pub reasons: Vec<String>,
}

impl Verdict {
    /// What becomes of the submission.
    pub fn outcome(&self) -> Outcome {
        match &self.decision {
            Decision::Refuse => Outcome::Failed,
            Decision::Keep(outcome) => *outcome,
            Decision::Duplicate(_) | Decision::UpdateDeleted(_) => Outcome::Duplicate,
            Decision::Update(update) if !update.is_asked_for && update.after == update.before => {
                Outcome::Duplicate
            }
            Decision::Resubmit(_) | Decision::Update(_) | Decision::SenderDeleted(_) | Decision::Create => {
                Outcome::Accepted
            }
        }
    }
}

/// Under which circumstances a submission is judged.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    pub receipt: ReceiptId,
    pub received_at: Timestamp,
    /// A person has said that it is no spam.
    pub not_spam: bool,
    /// The inquiry that it made before, of a replay.
    pub made: Option<InquiryId>,
}

impl Circumstances {
    /// Those of a submission that comes in for the first time.
    pub fn first(receipt: ReceiptId, received_at: Timestamp) -> Self {
        Self { receipt, received_at, not_spam: false, made: None }
    }
}

/// What was there before with the nonce and the page's token of a submission.
#[derive(Debug, Clone, Copy, Default)]
pub struct PriorUses {
    /// The first submission with the nonce, and its inquiry.
    pub nonce: Option<Option<InquiryId>>,
    pub token_uses: i64,
}

/// What follows from a submission alone.
#[derive(Debug)]
pub struct Alone {
    /// None if it depends on which inquiries there are.
    pub decision: Option<Decision>,
    /// In words that the receipt keeps.
    pub reasons: Vec<String>,
}

/// The page's token, if the number of its uses counts.
pub fn counted_token(submission: &Submission, at: Timestamp) -> Option<PageToken> {
    submission.token.filter(|token| token.counts(at))
}

/// Decides what follows from a submission, its nonce, its token and the verdict on spam alone.
pub fn decide_alone(submission: &Submission, at: Circumstances, seen: PriorUses) -> Alone {
    let mut reasons: Vec<String> = submission.reasons.iter().map(|reason| (*reason).to_owned()).collect();
    let decision = if let Some(refused) = &submission.refused {
        reasons.push(refused.refusal.code.to_owned());
        Some(Decision::Refuse)
    } else if let Some(first) = seen.nonce {
        reasons.push(REPLAYED_NONCE.to_owned());
        Some(Decision::Duplicate(first))
    } else if submission.intent == Intent::Try {
        Some(Decision::Keep(Outcome::Test))
    } else if submission.intent == Intent::Unknown {
        reasons.push(UNKNOWN_EVENT.to_owned());
        Some(Decision::Keep(Outcome::Test))
    } else if at.not_spam {
        None
    } else {
        let mut spam = submission.spam.clone();
        if counted_token(submission, at.received_at).is_some() && seen.token_uses >= USES_MAX {
            spam.push(TOKEN_REUSED);
        }
        reasons.extend(spam.iter().map(|reason| (*reason).to_owned()));
        is_spam(&spam, submission.is_plausible).then_some(Decision::Keep(Outcome::Spam))
    };
    Alone { decision, reasons }
}

/// Decides what a submission becomes. Writes nothing.
pub fn decide(
    conn: &mut DbConnection,
    form: &CompiledForm,
    submission: &Submission,
    at: Circumstances,
) -> Result<Verdict> {
    let mut judge = Judge { conn, form, submission, at, reasons: Vec::new() };
    let decision = judge.decide()?;
    Ok(Verdict { decision, reasons: judge.reasons })
}

struct Judge<'a> {
    conn: &'a mut DbConnection,
    form: &'a CompiledForm,
    submission: &'a Submission,
    at: Circumstances,
    reasons: Vec<String>,
}

impl Judge<'_> {
    fn decide(&mut self) -> Result<Decision> {
        if let Some(decided) = self.by_itself()? {
            return Ok(decided);
        }
        if let Some(made) = self.at.made {
            return self.update(made);
        }
        if let Some(decided) = self.by_external_id()? {
            return Ok(decided);
        }
        let (receipt, key) = (self.at.receipt, &self.submission.dedup_key);
        let since = self.at.received_at.minus(key.within);
        if let Some(first) = store::equal_since(self.conn, &key.fingerprint, since, receipt)? {
            return Ok(Decision::Duplicate(Some(first)));
        }
        match self.known_person()? {
            Some(inquiry) => {
                self.reasons.push(KNOWN_PERSON.to_owned());
                Ok(Decision::Resubmit(Box::new(inquiry)))
            }
            None => Ok(Decision::Create),
        }
    }

    /// What follows from the submission, its nonce, its token and the verdict on spam alone.
    fn by_itself(&mut self) -> Result<Option<Decision>> {
        let seen = self.seen()?;
        let Alone { decision, reasons } = decide_alone(self.submission, self.at, seen);
        self.reasons = reasons;
        Ok(decision)
    }

    /// What its nonce and its token are known for.
    fn seen(&mut self) -> Result<PriorUses> {
        let (submission, at) = (self.submission, self.at);
        if submission.refused.is_some() {
            return Ok(PriorUses::default());
        }
        let since = at.received_at.minus(NONCE_LIFE);
        let nonce = match &submission.nonce {
            Some(nonce) => store::with_nonce(self.conn, self.form.id, nonce, since, at.receipt)?,
            None => None,
        };
        let token_uses = match counted_token(submission, at.received_at) {
            Some(token) => store::uses_of(self.conn, &token.nonce, Some(at.receipt))?,
            None => 0,
        };
        Ok(PriorUses { nonce, token_uses })
    }

    fn by_external_id(&mut self) -> Result<Option<Decision>> {
        let known = match &self.submission.external_id {
            Some(external_id) => store::of_external_id(self.conn, self.form.id, external_id)?,
            None => None,
        };
        match (self.submission.intent, known) {
            (Intent::Delete, known) => Ok(Some(Decision::SenderDeleted(known))),
            (Intent::Update, Some(known)) => self.update(known).map(Some),
            (_, Some(known)) if self.form.repeat == Repeat::Update => self.update(known).map(Some),
            (_, Some(known)) => Ok(Some(Decision::Duplicate(Some(known)))),
            (_, None) => Ok(None),
        }
    }

    fn update(&mut self, id: InquiryId) -> Result<Decision> {
        let Some(before) = inquiries::store::by_id(self.conn, id)? else {
            self.reasons.push(DELETED.to_owned());
            return Ok(Decision::UpdateDeleted(id));
        };
        let after = resubmission::sender_update(self.conn, &before, &self.submission.new)?;
        let is_asked_for = self.submission.intent == Intent::Update || self.at.made.is_some();
        Ok(Decision::Update(Box::new(SenderUpdate { before, after, is_asked_for })))
    }

    /// The open inquiry of the same number and, as far as they are named, the same company.
    fn known_person(&mut self) -> Result<Option<Inquiry>> {
        let new = &self.submission.new;
        let Some(number) = new.phone_e164() else { return Ok(None) };
        let theirs = company(new.items.company.as_deref(), &new.facts);
        let known = inquiries::store::open_with_phone(self.conn, number, KNOWN_MAX)?;
        let is_theirs = |inquiry: &Inquiry| {
            let content = &inquiry.content;
            may_be_of_one_company(company(content.items.company.as_deref(), &content.facts.0), theirs)
        };
        Ok(known.into_iter().find(is_theirs))
    }
}

/// The company that an inquiry is for: the item, else the fact.
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
