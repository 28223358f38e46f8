//! The parsed submission: what it says, what its sender wants, whether it is proven, and how it looks.
//! It is made in `parse.rs`.

use chrono::Duration;
use serde_json::Value;

use super::consent::ConsentRecord;
use super::mapping::MappedFields;
use super::proof::{Challenged, Proven};
use super::token::PageToken;
use crate::inquiries::NewInquiry;
use crate::kernel::error::{Error, Fault, Refusal};

/// The refusal of a submission.
#[derive(Debug, Clone)]
pub struct Refused {
    pub refusal: &'static Refusal,
    pub faults: Vec<Fault>,
}

impl Refused {
    pub fn of(refusal: &'static Refusal) -> Self {
        Self { refusal, faults: Vec::new() }
    }
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

/// What a raw submission says.
#[derive(Debug, Clone)]
pub struct Submission {
    pub proven: Proven,
    pub refused: Option<Refused>,
    /// Why its body could not be decoded.
    pub undecodable: Option<&'static Refusal>,
    /// As the pairs were read from it.
    pub document: Option<Value>,
    pub fields: MappedFields,
    pub reasons: Vec<&'static str>,
    pub intent: Intent,
    pub external_id: Option<String>,
    pub nonce: Option<String>,
    pub token: Option<PageToken>,
    /// Reasons to take it for spam, and whether some of them count less.
    pub spam: Vec<&'static str>,
    pub is_plausible: bool,
    pub consent: ConsentRecord,
    pub dedup_key: DedupKey,
    /// The inquiry that it makes, if it makes one.
    pub new: NewInquiry,
}

/// A request to a form's address.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// A sender checks whether the address is ours.
    Challenge(Challenged),
    Submission(Box<Submission>),
}
