//! Forms and receipts as they are kept.
//! What a form's settings mean is in `forms`, what is read out of a submission in `reading`.

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::store::{forms, receipts};
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{FormId, InquiryId, ReceiptId};
use crate::kernel::size::json_size;
use crate::platform::db::types::Json;
use crate::platform::db::{ActorKind, MultiBackend};
use crate::text_enum;

/// A form, as the one that causes a change.
pub const FORM: ActorKind = ActorKind::new("form");

/// The form that exists from the start.
pub const DEFAULT_FORM: &str = "default";

/// A source of inquiries. Its settings are kept as they were written; secrets are among those of the proof.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = forms, check_for_backend(MultiBackend), treat_none_as_default_value = false,
    treat_none_as_null = true)]
pub struct Form {
    pub id: FormId,
    pub key: String,
    pub name: String,
    pub active: bool,
    pub allowed_origins: Json<Vec<String>>,
    pub redirect_url: Option<String>,
    pub fields: Json<Map<String, Value>>,
    pub locale: String,
    pub consent: Json<Map<String, Value>>,
    pub profile: Json<Map<String, Value>>,
    pub answer: Json<Map<String, Value>>,
    pub proof: Json<Map<String, Value>>,
    pub page: Json<Map<String, Value>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub version: i64,
}

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

/// What the person agreed to, and how that can be shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ReceiptConsent)]
pub struct ConsentRecord {
    pub given: bool,
    /// Which version of the notice was seen.
    pub version: Option<String>,
    /// SHA-256 of that text, in hex; null if the version is not known.
    pub text_sha256: Option<String>,
    pub at: Option<Timestamp>,
    pub page_url: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
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

impl Form {
    /// Bytes of its settings.
    pub fn size(&self) -> usize {
        let objects = [&self.fields, &self.consent, &self.profile, &self.answer, &self.proof, &self.page];
        objects
            .into_iter()
            .map(|object| json_size(&object.0))
            .fold(json_size(&self.allowed_origins.0), usize::saturating_add)
    }
}
