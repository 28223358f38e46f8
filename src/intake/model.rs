//! Forms and receipts as they are kept.
//! What is read out of a submission is in `fields.rs`.

use diesel::{Insertable, Queryable, Selectable};

use super::store::{forms, receipts};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::platform::db::MultiBackend;
use crate::words;

/// The form that exists from the start.
pub const DEFAULT_FORM: &str = "default";

/// A source of inquiries.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = forms, check_for_backend(MultiBackend))]
pub struct Form {
    pub id: FormId,
    pub key: String,
    pub name: String,
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

words! {
    /// What became of a submission.
    pub enum Outcome as "ReceiptOutcome" {
        Accepted => "accepted",
        Failed => "failed",
    }
}

/// One raw submission, exactly as it came.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = receipts, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct Receipt {
    pub id: ReceiptId,
    pub form_id: FormId,
    pub received_at: Timestamp,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
    pub outcome: Outcome,
    /// Why it failed.
    pub reason: Option<String>,
    pub inquiry_id: Option<InquiryId>,
}
