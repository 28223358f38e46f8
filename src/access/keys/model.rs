//! An API key as stored, and the input for a new one.
//! What a scope permits is in `../policy.rs`.

use diesel::{Insertable, Queryable, Selectable};

use super::schema::api_keys;
use crate::access::policy::KeyScope;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{ApiKeyId, UserId};
use crate::platform::db::MultiBackend;
use crate::platform::db::types::Json;

/// How a key's secret begins.
pub const PREFIX: &str = "ldk_";

/// An API key as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, check_for_backend(MultiBackend), treat_none_as_default_value = false)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub secret_hash: Vec<u8>,
    pub scopes: Json<Vec<KeyScope>>,
    pub creator_id: UserId,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// The input for a new key.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub scopes: Vec<KeyScope>,
    pub expires_at: Option<Timestamp>,
}
