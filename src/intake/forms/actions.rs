//! The verbs of forms: make, change, delete. A change is compiled before the transaction that stores it.
//! How a submission is read by these settings is `../reading`.

use serde_json::{Map, Value, json};

use super::cache::FORM_CHANGED;
use super::compiled::{CompiledForm, Secrets, merged};
use super::model::{DEFAULT_FORM, Form};
use super::store;
use crate::access::Caller;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, Fault, FaultKind, Faults, INVALID, Refusal, Result, TOO_LARGE};
use crate::kernel::id::{FormId, random_bytes};
use crate::kernel::language::Bilingual;
use crate::kernel::patch::Patch;
use crate::kernel::precondition::Precondition;
use crate::kernel::size::json_size;
use crate::platform::config::PublicUrl;
use crate::platform::db::types::Json;
use crate::platform::db::{DbConnection, Tx};

static TAKEN: Refusal = Refusal::new(
    Class::Conflict,
    "taken",
    "该 key 已被使用，且不会再次分配。",
    "This key is in use, or was used before: a key is never given out twice.",
);
static KEY_IS_FOR_EVER: FaultKind =
    FaultKind::new("read_only", "key 不能修改。", "The key cannot be changed: links and pages use it.");

/// Bytes of each of a form's settings as JSON. A logo alone may have 87 KiB.
const SETTINGS_MAX: usize = 256 << 10;

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
        // These two are only shown, never stored.
        form.proof.0.remove("has_secret");
        form.proof.0.remove("has_previous_secret");
    }
}

fn blank(id: FormId, key: String, name: String, now: Timestamp) -> Form {
    Form {
        id,
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
        created_at: now,
        updated_at: now,
        deleted_at: None,
        version: 1,
    }
}

/// Tells which settings are too large: merging adds to them with every change.
fn check_size(form: &Form) -> Result<()> {
    let sizes = [
        ("/fields", json_size(&form.fields.0)),
        ("/consent", json_size(&form.consent.0)),
        ("/profile", json_size(&form.profile.0)),
        ("/answer", json_size(&form.answer.0)),
        ("/proof", json_size(&form.proof.0)),
        ("/page", json_size(&form.page.0)),
        ("/allowed_origins", json_size(&form.allowed_origins.0)),
    ];
    let large = sizes.into_iter().filter(|(_, size)| *size > SETTINGS_MAX);
    let faults: Vec<Fault> =
        large.map(|(pointer, _)| Fault::with(pointer, &TOO_LARGE, Bilingual::same("256 KiB"))).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// A form as it is to be stored, found valid by compiling it: every fault is reported before the
/// transaction.
#[derive(Debug, Clone)]
pub struct Draft {
    form: Form,
    /// The version that it was made from.
    from: i64,
}

impl Draft {
    /// Compiles a form that is about to be written, with its origins as browsers write them.
    fn of(mut form: Form, from: i64, public_url: &PublicUrl) -> Result<Self> {
        check_size(&form)?;
        let compiled = CompiledForm::of(&form, public_url)?;
        form.allowed_origins.0 = compiled.destinations.normalised();
        Ok(Self { form, from })
    }

    /// A new form.
    pub fn new(id: FormId, written: &FormPatch, now: Timestamp, public_url: &PublicUrl) -> Result<Self> {
        let key = match &written.key {
            Some(key) => key.clone(),
            None => made_up_key()?,
        };
        let mut form = blank(id, key, String::new(), now);
        written.apply(&mut form);
        Self::of(form, 0, public_url)
    }

    /// The next version of a form; the same one if nothing changes.
    pub fn next(before: &Form, patch: &FormPatch, public_url: &PublicUrl) -> Result<Self> {
        let mut faults = Faults::default();
        if patch.key.as_ref().is_some_and(|key| *key != before.key) {
            faults.add(Fault::new("/key", &KEY_IS_FOR_EVER));
        }
        faults.none_or(&INVALID)?;
        let mut after = before.clone();
        patch.apply(&mut after);
        after.version = before.version.saturating_add(1);
        let draft = Self::of(after, before.version, public_url)?;
        let unchanged = Form { version: before.version, ..draft.form.clone() } == *before;
        Ok(if unchanged { Self { form: before.clone(), ..draft } } else { draft })
    }
}

/// Makes a form.
pub fn create(tx: &mut Tx<'_>, draft: &Draft) -> Result<Form> {
    let form = Form { created_at: tx.now, updated_at: tx.now, ..draft.form.clone() };
    if store::key_exists(tx.conn, &form.key)? {
        return Err(Error::refuse(&TAKEN));
    }
    store::insert(tx, &form)?;
    Ok(form)
}

fn made_up_key() -> Result<String> {
    Ok(format!("f-{}", data_encoding::BASE32_NOPAD.encode(&random_bytes::<10>()?).to_ascii_lowercase()))
}

/// A form that is about to be changed, if it is as its caller saw it.
pub fn find_for_update(
    conn: &mut DbConnection,
    caller: &Caller,
    id: FormId,
    precondition: &Precondition,
) -> Result<Form> {
    let form = store::find(conn, &caller.scope, id)?.ok_or_else(Error::not_found)?;
    precondition.check(form.version)?;
    Ok(form)
}

/// Changes a form. If another change came between, it refuses with `FORM_CHANGED`: the draft is to be made
/// anew.
pub fn change(tx: &mut Tx<'_>, caller: &Caller, draft: &Draft, precondition: &Precondition) -> Result<Form> {
    let before = find_for_update(tx.conn, caller, draft.form.id, precondition)?;
    if before.version != draft.from {
        return Err(Error::refuse(&FORM_CHANGED));
    }
    if draft.form.version == draft.from {
        return Ok(before);
    }
    let after = Form { updated_at: tx.now, ..draft.form.clone() };
    store::update(tx, &before, &after)?;
    Ok(after)
}

/// Deletes a form. Its receipts and inquiries stay, and its key is not given again.
pub fn delete(tx: &mut Tx<'_>, caller: &Caller, id: FormId, precondition: &Precondition) -> Result<()> {
    let before = find_for_update(tx.conn, caller, id, precondition)?;
    let after = Form {
        active: false,
        deleted_at: Some(tx.now),
        updated_at: tx.now,
        version: before.version.saturating_add(1),
        ..before.clone()
    };
    store::update(tx, &before, &after)
}

/// Makes the form that exists from the start.
pub fn ensure_default(tx: &mut Tx<'_>) -> Result<()> {
    if store::key_exists(tx.conn, DEFAULT_FORM)? {
        return Ok(());
    }
    let form = blank(tx.id(), DEFAULT_FORM.to_owned(), "默认表单 Default".to_owned(), tx.now);
    store::insert(tx, &form)
}

/// The proof as it may be shown: without its secrets.
pub fn shown_proof(form: &Form) -> Value {
    let mut proof = form.proof.0.clone();
    proof.remove("secret");
    proof.remove("previous_secret");
    let secrets = Secrets::of(form);
    proof.insert("has_secret".to_owned(), json!(secrets.present));
    proof.insert("has_previous_secret".to_owned(), json!(secrets.previous));
    Value::Object(proof)
}
