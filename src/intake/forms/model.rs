//! The form as it is stored.
//! What its settings mean is in `settings.rs` and `compiled.rs`.

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde_json::{Map, Value};

use super::schema::forms;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::FormId;
use crate::kernel::size::json_size;
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;

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
