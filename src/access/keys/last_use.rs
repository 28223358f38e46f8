//! When each API key was last used: held in memory, and stored by a job.
//! The keys themselves are in `model.rs`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use super::store;
use crate::access::caller::CredentialId;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Result;
use crate::kernel::id::ApiKeyId;
use crate::platform::db::{Context, Db};

/// The precision of `last_used_at`.
const LAST_USE_PRECISION: Duration = Duration::minutes(1);

/// Last use of keys, held in memory until a job stores it, so that reads do not write.
#[derive(Debug, Default)]
pub struct LastUse(Mutex<HashMap<ApiKeyId, Timestamp>>);

impl LastUse {
    /// Records the use of a credential, if it is an API key.
    pub fn record(&self, credential: Option<CredentialId>, now: Timestamp) {
        if let Some(CredentialId::Key(key)) = credential {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, now);
        }
    }

    /// Stores what was recorded.
    pub async fn flush_last_use(&self, db: &Db) -> Result<()> {
        let used = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return Ok(());
        }
        db.write_in_background(Context::system(), move |tx| {
            used.iter().try_for_each(|(key, at)| store::touch(tx, *key, *at, LAST_USE_PRECISION))
        })
        .await
    }
}
