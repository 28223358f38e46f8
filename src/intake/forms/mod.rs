//! Forms: what an operator says about each source of inquiries, and the verbs that make, change and delete one.
//! How a submission is read by these settings is `../reading`.

pub mod api;
pub mod checked;
pub mod desk;
mod logo;
pub mod page;
pub mod presets;
pub mod settings;

use serde_json::{Map, Value, json};

use self::checked::{Checked, merged};
use super::model::{DEFAULT_FORM, Form};
use super::store;
use crate::access::Caller;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Faults, INVALID, Refusal, Result};
use crate::kernel::id::{FormId, random_bytes};
use crate::kernel::patch::Patch;
use crate::platform::config::PublicUrl;
use crate::platform::db::Tx;
use crate::platform::db::types::Json;
use crate::platform::http::Precondition;

static TAKEN: Refusal =
    Refusal::new(Class::Conflict, "taken", "该 key 已被使用，且不会再次分配。", "This key is taken, or was once: a key is never given again.");
static KEY_IS_FOR_EVER: FaultKind = FaultKind::new("read_only", "key 不能修改。", "A key is not changed: links and pages have it.");

/// What an operator writes of a form.
#[derive(Debug, Clone, Default)]
pub struct FormPatch {
    pub key: Option<String>,
    pub name: Option<String>,
    pub active: Option<bool>,
    pub allowed_origins: Option<Vec<String>>,
    pub redirect_url: Patch<String>,
    pub locale: Option<String>,
    pub fields: Patch<Map<String, Value>>,
    pub consent: Patch<Map<String, Value>>,
    pub profile: Patch<Map<String, Value>>,
    pub answer: Patch<Map<String, Value>>,
    pub proof: Patch<Map<String, Value>>,
    pub page: Patch<Map<String, Value>>,
}

impl FormPatch {
    fn apply(&self, form: &mut Form) {
        let lay = |under: &mut Json<Map<String, Value>>, over: &Patch<Map<String, Value>>| match over {
            None => {}
            Some(None) => under.0.clear(),
            Some(Some(over)) => under.0 = merged(&under.0, over),
        };
        if let Some(name) = &self.name {
            form.name = name.trim().to_owned();
        }
        if let Some(active) = self.active {
            form.active = active;
        }
        if let Some(origins) = &self.allowed_origins {
            form.allowed_origins.0.clone_from(origins);
        }
        if let Some(url) = &self.redirect_url {
            form.redirect_url = url.as_deref().and_then(crate::kernel::text::some);
        }
        if let Some(locale) = &self.locale {
            form.locale.clone_from(locale);
        }
        lay(&mut form.fields, &self.fields);
        lay(&mut form.consent, &self.consent);
        lay(&mut form.profile, &self.profile);
        lay(&mut form.answer, &self.answer);
        lay(&mut form.proof, &self.proof);
        lay(&mut form.page, &self.page);
        // These two are only told, never kept.
        form.proof.0.remove("has_secret");
        form.proof.0.remove("has_previous_secret");
    }
}

fn blank(tx: &Tx<'_>, key: String, name: String) -> Form {
    Form {
        id: tx.id(),
        key,
        name,
        active: true,
        allowed_origins: Json(Vec::new()),
        redirect_url: None,
        fields: Json(Map::new()),
        locale: "zh-CN".to_owned(),
        consent: Json(Map::new()),
        profile: Json(Map::new()),
        answer: Json(Map::new()),
        proof: Json(Map::new()),
        page: Json(Map::new()),
        created_at: tx.now,
        updated_at: tx.now,
        deleted_at: None,
        version: 1,
    }
}

/// A form that is whole, with its origins as browsers write them.
fn checked(form: &mut Form, public_url: &PublicUrl) -> Result<Checked> {
    let rules = Checked::of(form, public_url)?;
    form.allowed_origins.0 = rules.destinations.normalised();
    Ok(rules)
}

/// Makes a form.
pub fn create(tx: &mut Tx<'_>, written: &FormPatch, public_url: &PublicUrl) -> Result<(Form, Checked)> {
    let key = match &written.key {
        Some(key) => key.clone(),
        None => made_up_key()?,
    };
    let mut form = blank(tx, key, String::new());
    written.apply(&mut form);
    let rules = checked(&mut form, public_url)?;
    if store::key_exists(tx.conn, &form.key)? {
        return Err(Error::refuse(&TAKEN));
    }
    store::insert_form(tx, &form)?;
    Ok((form, rules))
}

fn made_up_key() -> Result<String> {
    Ok(format!("f-{}", data_encoding::BASE32_NOPAD.encode(&random_bytes::<10>()?).to_ascii_lowercase()))
}

fn sought(tx: &mut Tx<'_>, caller: &Caller, id: FormId, precondition: &Precondition) -> Result<Form> {
    let form = store::find_form(tx.conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(form.version)?;
    Ok(form)
}

/// Changes a form.
pub fn change(tx: &mut Tx<'_>, caller: &Caller, id: FormId, patch: &FormPatch, precondition: &Precondition, public_url: &PublicUrl) -> Result<(Form, Checked)> {
    let before = sought(tx, caller, id, precondition)?;
    let mut faults = Faults::default();
    if patch.key.as_ref().is_some_and(|key| *key != before.key) {
        faults.add(Fault::new("/key", &KEY_IS_FOR_EVER));
    }
    faults.none_or(&INVALID)?;
    let mut after = before.clone();
    patch.apply(&mut after);
    let rules = checked(&mut after, public_url)?;
    if after == before {
        return Ok((before, rules));
    }
    after.version = before.version.saturating_add(1);
    after.updated_at = tx.now;
    store::update_form(tx, &before, &after)?;
    Ok((after, rules))
}

/// Deletes a form. Its receipts and inquiries stay, and its key is not given again.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: FormId, precondition: &Precondition) -> Result<()> {
    let before = sought(tx, caller, id, precondition)?;
    let after = Form { active: false, deleted_at: Some(tx.now), updated_at: tx.now, version: before.version.saturating_add(1), ..before.clone() };
    store::update_form(tx, &before, &after)
}

/// Makes the form that exists from the start.
pub fn ensure_default(tx: &mut Tx<'_>) -> Result<()> {
    if store::key_exists(tx.conn, DEFAULT_FORM)? {
        return Ok(());
    }
    let form = blank(tx, DEFAULT_FORM.to_owned(), "默认表单 Default".to_owned());
    store::insert_form(tx, &form)
}

/// The proof as it may be shown: without its secrets.
pub fn shown_proof(form: &Form, rules: &Checked) -> Value {
    let mut proof = form.proof.0.clone();
    proof.remove("secret");
    proof.remove("previous_secret");
    proof.insert("has_secret".to_owned(), json!(rules.secrets.present));
    proof.insert("has_previous_secret".to_owned(), json!(rules.secrets.previous));
    Value::Object(proof)
}
