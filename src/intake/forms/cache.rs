//! The cache of forms: each is compiled once and kept until it changes. Which version counts is asked in the
//! transaction that uses it. Compiling takes milliseconds, with many expressions a second: never on a thread
//! that holds a database connection.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::compiled::CompiledForm;
use super::model::Form;
use super::store;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::platform::config::PublicUrl;
use crate::platform::db::DbConnection;

/// Forms that are kept at most, and how much they may weigh together; beyond it all are compiled anew.
const KEPT_MAX: usize = 1_000;
const WEIGHT_MAX: usize = 20_000;
/// Times that a form is compiled anew because it was changed meanwhile, before its caller has to try
/// again.
pub const TRIES: usize = 5;

/// A form was changed between its compilation and the transaction that relies on it.
pub static FORM_CHANGED: Refusal = Refusal::new(
    Class::Conflict,
    "form_changed",
    "表单正在被修改，请稍后重试。",
    "The form is being changed. Try again shortly.",
);

/// Whether the same may succeed with the form as it is now.
pub fn is_form_changed(error: &Error) -> bool {
    std::ptr::eq(error.refusal(), &FORM_CHANGED)
}

/// The forms of one server.
#[derive(Clone)]
pub struct FormCache {
    /// Where people reach this server.
    pub public_url: Arc<PublicUrl>,
    ready: Arc<RwLock<HashMap<String, Arc<CompiledForm>>>>,
}

/// A form that takes submissions, as the database has it now.
#[derive(Debug)]
pub enum Current {
    /// The one in the cache.
    Cached(Arc<CompiledForm>),
    /// Another one: it must be compiled first.
    Stored(Box<Form>),
}

impl FormCache {
    pub fn new(public_url: PublicUrl) -> Self {
        Self { public_url: Arc::new(public_url), ready: Arc::default() }
    }

    /// The form in the cache, whether or not it has changed since.
    pub fn cached(&self, key: &str) -> Option<Arc<CompiledForm>> {
        self.ready.read().ok()?.get(key).cloned()
    }

    /// The form as it is now, if it takes submissions.
    pub fn current(&self, conn: &mut DbConnection, key: &str) -> Result<Current> {
        if let Some(known) = self.cached(key)
            && store::active_version(conn, known.id)? == Some(known.version)
        {
            return Ok(Current::Cached(known));
        }
        Ok(Current::Stored(Box::new(store::active(conn, key)?.ok_or_else(Error::not_found)?)))
    }

    /// Compiles a form that takes submissions, and keeps it.
    pub fn compile(&self, form: &Form) -> Result<Arc<CompiledForm>> {
        // It was valid when it was written: a preset was taken away since.
        let rules = CompiledForm::stored(form, &self.public_url)?;
        let rules = Arc::new(rules);
        if let Ok(mut ready) = self.ready.write() {
            let weight = ready.values().fold(rules.weight, |sum, kept| sum.saturating_add(kept.weight));
            if ready.len() >= KEPT_MAX || weight > WEIGHT_MAX {
                ready.clear();
            }
            ready.insert(form.key.clone(), Arc::clone(&rules));
        }
        Ok(rules)
    }
}
