//! The receipt: one raw submission, exactly as it came, and what became of it.
//! How it is parsed is in `../reading`, what it becomes is decided in `../submissions`.

use std::sync::Arc;

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde_json::{Map, Value};

use super::schema::receipts;
use crate::intake::reading::consent::ConsentRecord;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::kernel::size::json_size;
use crate::platform::db::MultiBackend;
use crate::platform::db::types::{Json, JsonText};
use crate::text_enum;

text_enum! {
    /// What became of a submission.
    pub enum Outcome as "ReceiptOutcome" {
        Accepted => "accepted",
        /// The same was there already.
        Duplicate => "duplicate",
        Spam => "spam",
        /// It was refused.
        Failed => "failed",
        /// The sender only tried.
        Test => "test",
    }
}

/// One raw submission, exactly as it came, and what became of it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = receipts, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct Receipt {
    pub id: ReceiptId,
    pub form_id: FormId,
    pub received_at: Timestamp,
    pub method: String,
    pub query: String,
    pub content_type: Option<String>,
    pub headers: Json<Map<String, Value>>,
    pub body: Vec<u8>,
    pub remote_ip: Option<String>,
    pub hidden: Json<Map<String, Value>>,
    pub outcome: Outcome,
    pub reasons: Json<Vec<String>>,
    pub inquiry_id: Option<InquiryId>,
    pub external_id: Option<String>,
    pub consent: Json<ConsentRecord>,
    /// The values by their known names.
    pub items: Json<Map<String, Value>>,
    pub custom: Json<Map<String, Value>>,
    /// The status that the sender was answered with.
    pub answered: i32,
    pub replayed_at: Option<Timestamp>,
    pub fingerprint: Option<Vec<u8>>,
    pub nonce: Option<String>,
    pub token: Option<Vec<u8>>,
}

/// All of a new receipt that does not depend on what its submission becomes: made before the transaction.
#[derive(Debug)]
pub struct ReceiptDraft {
    pub id: ReceiptId,
    pub form_id: FormId,
    pub received_at: Timestamp,
    pub method: String,
    pub query: String,
    pub content_type: Option<String>,
    pub headers: JsonText,
    pub body: Vec<u8>,
    pub remote_ip: Option<String>,
    pub hidden: JsonText,
    pub external_id: Option<String>,
    pub consent: JsonText,
    pub items: JsonText,
    pub custom: JsonText,
    /// The status that the sender is answered with.
    pub answered: i32,
    pub fingerprint: Vec<u8>,
    pub nonce: Option<String>,
    pub token: Option<Vec<u8>>,
}

/// A new receipt: the draft, and what the submission became.
#[derive(Debug)]
pub struct NewReceipt {
    pub draft: Arc<ReceiptDraft>,
    pub outcome: Outcome,
    pub reasons: JsonText,
    pub inquiry_id: Option<InquiryId>,
}

impl NewReceipt {
    /// By what an equal submission is recognised: of accepted ones only.
    pub fn fingerprint(&self) -> Option<&[u8]> {
        let is_first = self.outcome == Outcome::Accepted && self.inquiry_id.is_some();
        is_first.then_some(self.draft.fingerprint.as_slice())
    }

    /// A refused submission uses up neither its nonce nor its token.
    pub fn nonce(&self) -> Option<&str> {
        self.draft.nonce.as_deref().filter(|_| self.outcome != Outcome::Failed)
    }

    pub fn token(&self) -> Option<&[u8]> {
        self.draft.token.as_deref().filter(|_| self.outcome != Outcome::Failed)
    }
}

impl Receipt {
    /// Bytes of what a list tells of it, which is without what came.
    pub fn size(&self) -> usize {
        [
            json_size(&self.items.0),
            json_size(&self.custom.0),
            json_size(&self.consent.0),
            json_size(&self.reasons.0),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}
