//! From the bytes of a submission to what it says, and what is to be thought of it. Pure: the database is not
//! asked here. What becomes of it is decided in `../actions.rs`.

pub mod answer;
pub mod characters;
pub mod decode;
#[cfg(test)]
mod fuzz;
pub mod mapping;
pub mod multipart;
pub mod names;
pub mod pairs;
pub mod paths;
pub mod proof;
pub mod raw;
pub mod script_json;
pub mod secrets;
pub mod selector;
pub mod spam;
pub mod token;
pub mod transform;
pub mod typed;
pub mod understanding;
pub mod values;
pub mod whose;
pub mod work;

use chrono::Duration;
use serde_json::Value;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use self::decode::{Decoded, decode};
use self::mapping::{Submission, TRANSFORM_FAILED};
use self::names::Item;
use self::proof::{Challenged, Proven};
use self::raw::RawSubmission;
use self::secrets::Secrets;
use self::selector::Ground;
use self::token::Token;
use self::understanding::understood;
use self::work::Work;
use super::forms::compiled::CompiledForm;
use super::model::ConsentRecord;
use crate::access::tokens::Keys;
use crate::facts::{Member, could_be_an_account, understand_text};
use crate::inquiries::NewInquiry;
use crate::kernel::characters::is_invisible;
use crate::kernel::error::{Class, Error, Fault, FaultKind, INVALID, REQUIRED, Refusal};
use crate::kernel::phone;
use crate::kernel::text::{cleaned_line, could_be_mailed};
use crate::kernel::threads::assert_no_database_thread;

static NOTHING_IN_IT: Refusal =
    Refusal::new(Class::Invalid, "empty", "请至少填写一项。", "Fill in at least one field.");
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

static NO_NUMBER: FaultKind = FaultKind::new(
    "no_phone_number",
    "这不是可以拨打的电话号码。请填写手机号，或带区号的座机号，例如 138 0013 8000、0512-6395 0000；国外号码请以 + 开头。",
    "This number cannot be called. Give a mobile number, or a landline with its area code, such as 138 0013 \
    8000; outside China begin with +.",
);

/// Equal submissions of one person within this time are one.
const EQUAL_WITHIN: Duration = Duration::hours(24);
/// The same where nobody can be told from another but by the address.
const EQUAL_WITHIN_ADDRESS: Duration = Duration::seconds(60);
/// Why a receipt's characters are not all what was sent.
const CHARSET_REPLACED: &str = "charset_replaced";
const JSON_FAILED: &str = "json_failed";
/// What the word for yes is where somebody agrees.
const YES: [&str; 8] = ["true", "1", "on", "yes", "y", "agree", "同意", "是"];

/// Why a submission is not taken.
#[derive(Debug, Clone)]
pub struct Refused {
    pub refusal: &'static Refusal,
    pub faults: Vec<Fault>,
}

impl From<&Refused> for Error {
    fn from(refused: &Refused) -> Self {
        Self::refuse(refused.refusal).faults(refused.faults.clone())
    }
}

/// What a sender wants to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Create,
    Update,
    Delete,
    /// It only tries.
    Try,
    /// What it says in the place of an event is not known: kept, and nothing done.
    Unknown,
}

/// By what an equal submission is known, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupKey {
    pub fingerprint: Vec<u8>,
    pub within: Duration,
}

/// What was read of a submission.
#[derive(Debug, Clone)]
pub struct Reading {
    pub proven: Proven,
    pub refused: Option<Refused>,
    /// As the pairs were read from it.
    pub document: Option<Value>,
    pub submission: Submission,
    pub reasons: Vec<&'static str>,
    pub intent: Intent,
    pub external_id: Option<String>,
    pub nonce: Option<String>,
    pub token: Option<Token>,
    /// Reasons to take it for spam, and whether some of them count less.
    pub spam: Vec<&'static str>,
    pub is_plausible: bool,
    pub consent: ConsentRecord,
    pub dedup_key: DedupKey,
    /// What becomes of it if it is taken.
    pub new: NewInquiry,
}

/// A request to a form's address.
#[derive(Debug, Clone)]
pub enum Asked {
    /// A sender sees whether the address is ours.
    Challenge(Challenged),
    Submission(Box<Reading>),
}

/// Reads a request by a form's rules.
pub fn read(rules: &CompiledForm, raw: &RawSubmission, keys: &Keys) -> Asked {
    assert_no_database_thread("reading a submission");
    let decoded = decode(raw.content_type(), &raw.body, rules.charset.as_deref());
    let as_it_came = decoded.as_ref().ok().map(|decoded| &decoded.document);
    let work = Work::default();
    let ground = Ground { document: as_it_came, pairs: &[], raw, work: &work };
    if let Some(challenged) = rules.proof.challenged(&ground) {
        return Asked::Challenge(challenged);
    }
    let (proven, nonce) = (rules.proof.check(&ground), rules.proof.nonce(&ground));
    let refuse = |refusal| Some(Refused { refusal, faults: Vec::new() });
    let mut reading = match decoded {
        Ok(mut decoded) => {
            let secrets = raw.secrets(&rules.proof.secret_places(), rules.proof.shown_secrets());
            if !secrets.is_empty() {
                secrets.mask(&mut decoded.document);
            }
            of_document(rules, raw, keys, decoded, &secrets, proven)
        }
        Err(error) => Reading { refused: refuse(error.refusal()), ..nothing(rules, raw) },
    };
    // The first of these is what is told; the receipt has all of them.
    let first = if rules.destinations.cors(raw.header("origin")) == answer::CorsDecision::Refused {
        refuse(&ORIGIN_NOT_ALLOWED)
    } else if proven == Proven::No {
        refuse(&PROOF_FAILED)
    } else {
        None
    };
    if first.is_some() {
        let hidden = std::mem::replace(&mut reading.refused, first);
        reading.reasons.extend(hidden.map(|hidden| hidden.refusal.code));
    }
    reading.proven = proven;
    reading.nonce = nonce.filter(|nonce| !nonce.contains('\0'));
    Asked::Submission(Box::new(reading))
}

/// The reading of what cannot be read.
fn nothing(rules: &CompiledForm, raw: &RawSubmission) -> Reading {
    let submission = Submission::default();
    let new = understood(rules, &submission, None);
    Reading {
        proven: Proven::None,
        refused: None,
        document: None,
        reasons: Vec::new(),
        intent: Intent::Create,
        external_id: None,
        nonce: None,
        token: None,
        spam: Vec::new(),
        is_plausible: false,
        consent: ConsentRecord::default(),
        dedup_key: dedup_key(rules, raw, &submission, &new),
        submission,
        new,
    }
}

fn of_document(
    rules: &CompiledForm,
    raw: &RawSubmission,
    keys: &Keys,
    decoded: Decoded,
    secrets: &Secrets,
    proven: Proven,
) -> Reading {
    let Decoded { mut document, replaced } = decoded;
    let mut reasons = Vec::new();
    if replaced {
        reasons.push(CHARSET_REPLACED);
    }
    let work = Work::default();
    if !rules.places.open(&mut document, &work) {
        reasons.push(JSON_FAILED);
    }
    let pairs = rules.places.pairs(&document, &work);
    let ground = Ground { document: Some(&document), pairs: &pairs, raw, work: &work };
    let mut submission = rules.mapping.read(&ground);
    submission.mask_addresses(secrets);
    reasons.extend(submission.reasons.iter().copied());
    let intent = intent(rules, &ground);
    let external_id = rules
        .external_id
        .as_ref()
        .and_then(|selector| selector.text(&ground))
        .and_then(|id| cleaned_line(&id));
    if work.is_exceeded() && !reasons.contains(&TRANSFORM_FAILED) {
        reasons.push(TRANSFORM_FAILED);
    }
    let token = submission.token.as_deref().and_then(|text| Token::read(keys, rules.id, text));
    let spam = rules.spam.reasons(&submission, token, raw.at, proven == Proven::Yes);
    let referer = raw.header("referer").map(|url| secrets.masked_url(url));
    let new = understood(rules, &submission, referer.as_deref());
    let consent = consent(rules, raw, &submission, referer.as_deref());
    let refused = match intent {
        // A person at the page hears of each field that is missing, of an empty form too.
        Intent::Create => missing(rules, &submission, &consent).or_else(|| nothing_in(&submission)),
        Intent::Update => nothing_in(&submission),
        _ => None,
    };
    let dedup_key = dedup_key(rules, raw, &submission, &new);
    Reading {
        proven: Proven::None,
        refused,
        document: Some(document),
        submission,
        reasons,
        intent,
        external_id,
        nonce: None,
        token,
        spam,
        is_plausible: spam::is_plausible(&new),
        consent,
        dedup_key,
        new,
    }
}

fn intent(rules: &CompiledForm, ground: &Ground<'_>) -> Intent {
    if let Some(test) = &rules.test
        && test.at.text(ground).is_some_and(|text| test.equals.contains(&text))
    {
        return Intent::Try;
    }
    let Some(event) = &rules.event else { return Intent::Create };
    match event.at.text(ground) {
        None => Intent::Create,
        Some(word) if event.create.contains(&word) => Intent::Create,
        Some(word) if event.update.contains(&word) => Intent::Update,
        Some(word) if event.delete.contains(&word) => Intent::Delete,
        Some(_) => Intent::Unknown,
    }
}

fn nothing_in(submission: &Submission) -> Option<Refused> {
    submission.is_empty().then(|| Refused { refusal: &NOTHING_IN_IT, faults: Vec::new() })
}

/// What the hosted page's form asks for and is not there. Only what was sent from the page is held to it.
fn missing(rules: &CompiledForm, submission: &Submission, consent: &ConsentRecord) -> Option<Refused> {
    submission.token.as_ref()?;
    let asked = rules.fields.each();
    let required = asked.iter().filter(|(item, field)| field.is_shown(*item) && field.is_required());
    let fault = |item: Item| match submission.get(item) {
        None => Some(&REQUIRED),
        Some(written) if item == Item::Phone && !has_number(written) => Some(&NO_NUMBER),
        Some(_) => None,
    };
    let mut faults: Vec<Fault> = required
        .filter_map(|(item, _)| Some(Fault::new(format!("/{}", item.word()), fault(*item)?)))
        .collect();
    if rules.consent.required == Some(true) && !consent.given {
        faults.push(Fault::new("/consent", &REQUIRED));
    }
    (!faults.is_empty()).then_some(Refused { refusal: &INVALID, faults })
}

/// Whether there is a number in it that can be called.
fn has_number(written: &str) -> bool {
    phone::to_e164(written).is_some() || understand_text(written).has(Member::Phone)
}

fn consent(
    rules: &CompiledForm,
    raw: &RawSubmission,
    submission: &Submission,
    referer: Option<&str>,
) -> ConsentRecord {
    let version = submission.consent_version.clone();
    let ours = rules.consent.version.as_ref().map(|version| version.0.as_str());
    let is_known = version.is_some() && version.as_deref() == ours;
    let agreed =
        submission.get(Item::Consent).is_some_and(|word| YES.contains(&word.trim().to_lowercase().as_str()));
    let text = rules.consent.text.as_ref().filter(|_| is_known);
    ConsentRecord {
        given: agreed && is_known,
        version,
        text_sha256: text.map(|text| data_encoding::HEXLOWER.encode(&Sha256::digest(text.0.as_bytes()))),
        at: Some(raw.at),
        page_url: submission.get(Item::PageUrl).or(referer).map(str::to_owned),
        ip: raw.address.map(|address| address.to_string()),
        user_agent: raw.header("user-agent").map(str::to_owned),
    }
}

fn dedup_key(
    rules: &CompiledForm,
    raw: &RawSubmission,
    submission: &Submission,
    new: &NewInquiry,
) -> DedupKey {
    let plain =
        |text: &str| text.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect::<String>();
    let number =
        submission.get(Item::Phone).map(|written| phone::to_e164(written).unwrap_or_else(|| plain(written)));
    let number = number.or_else(|| new.phone_e164().map(str::to_owned));
    let email = || {
        new.items
            .email
            .as_deref()
            .filter(|email| could_be_mailed(email))
            .map(|email| plain(email).to_lowercase())
    };
    let wechat = || new.items.wechat.as_deref().filter(|account| could_be_an_account(account)).map(plain);
    let person =
        number.clone().filter(|number| number.chars().any(char::is_numeric)).or_else(email).or_else(wechat);
    // Whoever is named by what no item took: so may all the rest be.
    let is_said = |words: &str| {
        Item::ALL.iter().any(|item| submission.get(*item).is_some_and(|value| value.contains(words)))
    };
    let is_nobody = ![&new.items.phone, &new.items.email, &new.items.wechat]
        .into_iter()
        .flatten()
        .any(|words| is_said(words));
    let (who, within) = match person {
        Some(person) => (person, EQUAL_WITHIN),
        None => (raw.address.map(|address| address.to_string()).unwrap_or_default(), EQUAL_WITHIN_ADDRESS),
    };
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.as_bytes());
        hash.update(b"\0");
    };
    part(&rules.id.to_string());
    part(&who);
    for item in
        Item::ALL.iter().filter(|item| !matches!(item, Item::PageUrl | Item::Referrer | Item::Consent))
    {
        match (item, &number) {
            (Item::Phone, Some(number)) if submission.get(Item::Phone).is_some() => part(number),
            (Item::Email, _) => part(
                &submission.get(Item::Email).map(|email| plain(email).to_lowercase()).unwrap_or_default(),
            ),
            _ => part(&submission.get(*item).map(plain).unwrap_or_default()),
        }
    }
    // Where no item names anybody, what no item took is content, too: of a form that is not mapped yet it is
    // all there is.
    for (name, value) in submission.custom.iter().filter(|_| is_nobody) {
        part(&plain(name));
        part(&value.as_str().map(plain).unwrap_or_default());
    }
    DedupKey { fingerprint: hash.finalize().iter().copied().take(16).collect(), within }
}
