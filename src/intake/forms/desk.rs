//! The forms that take submissions, made ready once and kept until they change.
//! That one of them still stands is asked in the transaction that uses it.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::checked::Checked;
use crate::intake::store;
use crate::kernel::error::{Error, Result};
use crate::platform::config::PublicUrl;
use crate::platform::db::DbConnection;

/// Forms that are kept ready at most; beyond it all are made ready anew.
const KEPT_MAX: usize = 1_000;

/// The forms of one server.
#[derive(Clone)]
pub struct Desk {
    /// Where people reach this server.
    pub public_url: Arc<PublicUrl>,
    ready: Arc<RwLock<HashMap<String, Arc<Checked>>>>,
}

impl Desk {
    pub fn new(public_url: PublicUrl) -> Self {
        Self { public_url: Arc::new(public_url), ready: Arc::default() }
    }

    /// The form as it was when it was last looked at.
    pub fn known(&self, key: &str) -> Option<Arc<Checked>> {
        self.ready.read().ok()?.get(key).cloned()
    }

    /// The form as it is now, if it takes submissions.
    pub fn fetch(&self, conn: &mut DbConnection, key: &str) -> Result<Arc<Checked>> {
        let form = store::active_form(conn, key)?.ok_or_else(Error::not_found)?;
        // It was whole when it was written: a preset was taken away.
        let rules = Checked::of(&form, &self.public_url).map_err(|error| Error::internal(format!("the settings of a form do not hold: {error}")))?;
        let rules = Arc::new(rules);
        if let Ok(mut ready) = self.ready.write() {
            if ready.len() >= KEPT_MAX {
                ready.clear();
            }
            ready.insert(key.to_owned(), Arc::clone(&rules));
        }
        Ok(rules)
    }

    /// The form that stands now: the known one, if its version still does.
    pub fn standing(&self, conn: &mut DbConnection, known: &Arc<Checked>) -> Result<Arc<Checked>> {
        match store::standing_version(conn, known.id)? {
            Some(version) if version == known.version => Ok(Arc::clone(known)),
            _ => self.fetch(conn, &known.key),
        }
    }
}
