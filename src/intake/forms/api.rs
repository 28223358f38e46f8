//! The wire of forms: list, make, read, change and delete. Trying a submission out is in `../submissions`.
//! What the settings look like is `settings.rs`, the rules are in `actions.rs` and `compiled.rs`.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::actions::{self, Draft, FormPatch, shown_proof};
use super::cache::{FORM_CHANGED, TRIES, is_form_changed};
use super::model::Form;
use super::settings::{Answer, Consent, Fields, PageSettings, Profile, Proof};
use super::store;
use crate::access::{Authorized, may};
use crate::intake::context::Intake;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::FormId;
use crate::kernel::id::kind::Form as FormKind;
use crate::kernel::line::Line;
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list).service(create).service(read_one).service(change).service(remove);
}

/// A source of inquiries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = Form,
    example = json!({"name": "官网首页", "key": "website", "allowed_origins": ["https://park.example"],
        "locale": "zh-CN",
        "fields": {"phone": {"required": true}},
            "consent": {"text": "我同意为回复本咨询而使用以上信息", "version": "2026-11"}})
)]
struct FormView {
    id: FormId,
    name: String,
    /// The last part of its address, `/f/{key}`. Never changed, and never given again.
    key: String,
    active: bool,
    /// Exact origins whose pages may submit and read the answer; `*` for any. Empty: any may submit, none may
    /// read.
    allowed_origins: Vec<String>,
    /// Where browsers go after a submission; null for the page that says thanks.
    redirect_url: Option<String>,
    #[schema(value_type = Fields)]
    fields: Map<String, Value>,
    /// The language of its page where the browser wants neither Chinese nor English.
    locale: String,
    #[schema(value_type = Consent)]
    consent: Map<String, Value>,
    #[schema(value_type = Profile)]
    profile: Map<String, Value>,
    #[schema(value_type = Answer)]
    answer: Map<String, Value>,
    /// Without the secrets.
    #[schema(value_type = Proof)]
    proof: Value,
    /// What its pages say and how they look; null where they say and look as usual.
    page: PageSettings,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<Form> for FormView {
    fn from(form: Form) -> Self {
        let proof = shown_proof(&form);
        // It was valid when it was written.
        let page = serde_json::from_value(Value::Object(form.page.0.clone())).unwrap_or_default();
        let Form {
            id,
            key,
            name,
            active,
            allowed_origins,
            redirect_url,
            fields,
            locale,
            consent,
            profile,
            answer,
            created_at,
            updated_at,
            version,
            ..
        } = form;
        Self {
            id,
            name,
            key,
            active,
            allowed_origins: allowed_origins.0,
            redirect_url,
            fields: fields.0,
            locale,
            consent: consent.0,
            profile: profile.0,
            answer: answer.0,
            proof,
            page,
            created_at,
            updated_at,
            version,
        }
    }
}

/// What an operator writes of a form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
    example = json!({"name": "官网首页", "key": "website", "allowed_origins": ["https://park.example"],
        "locale": "zh-CN",
        "fields": {"phone": {"required": true, "label": {"zh": "手机号", "en": "Phone"}}}})
)]
struct NewFormRequest {
    name: Line<1, 200>,
    /// Made up if absent.
    #[serde(default)]
    #[schema(pattern = "^[a-z0-9-]{3,64}$", nullable = false)]
    key: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
    #[serde(default)]
    #[schema(max_items = 100, nullable = false)]
    allowed_origins: Option<Vec<String>>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    redirect_url: Option<String>,
    #[serde(default)]
    #[schema(nullable = false, pattern = "^(zh|en)(-[A-Za-z]{2,4})?$")]
    locale: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Fields>)]
    fields: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<Consent>)]
    consent: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<Profile>)]
    profile: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<Answer>)]
    answer: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<Proof>)]
    proof: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<PageSettings>)]
    page: Option<Map<String, Value>>,
}

/// What is changed of a form. Objects are merged at every depth (RFC 7396), lists are replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "官网首页（新版）", "redirect_url": null,
    "consent": {"text": "我同意为回复本咨询而使用以上信息", "version": "2026-11"}}))]
struct FormPatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 200>>,
    /// Only as it is.
    #[serde(default)]
    #[schema(nullable = false)]
    key: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
    #[serde(default)]
    #[schema(max_items = 100, nullable = false)]
    allowed_origins: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    redirect_url: Patch<String>,
    #[serde(default)]
    #[schema(nullable = false, pattern = "^(zh|en)(-[A-Za-z]{2,4})?$")]
    locale: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Fields>)]
    fields: Patch<Map<String, Value>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Consent>)]
    consent: Patch<Map<String, Value>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Profile>)]
    profile: Patch<Map<String, Value>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Answer>)]
    answer: Patch<Map<String, Value>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Proof>)]
    proof: Patch<Map<String, Value>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<PageSettings>)]
    page: Patch<Map<String, Value>>,
}

impl NewFormRequest {
    fn written(&self) -> FormPatch {
        let object = |object: &Option<Map<String, Value>>| object.clone().map(Some);
        FormPatch {
            key: self.key.clone(),
            name: Some(self.name.0.clone()),
            active: self.active,
            allowed_origins: self.allowed_origins.clone(),
            redirect_url: Some(self.redirect_url.clone()),
            locale: self.locale.clone(),
            fields: object(&self.fields),
            consent: object(&self.consent),
            profile: object(&self.profile),
            answer: object(&self.answer),
            proof: object(&self.proof),
            page: object(&self.page),
        }
    }
}

impl FormPatchRequest {
    fn written(&self) -> FormPatch {
        FormPatch {
            key: self.key.clone(),
            name: self.name.as_ref().map(|name| name.0.clone()),
            active: self.active,
            allowed_origins: self.allowed_origins.clone(),
            redirect_url: self.redirect_url.clone(),
            locale: self.locale.clone(),
            fields: self.fields.clone(),
            consent: self.consent.clone(),
            profile: self.profile.clone(),
            answer: self.answer.clone(),
            proof: self.proof.clone(),
            page: self.page.clone(),
        }
    }
}

struct FormList(PageRequest);

impl Parameters for FormList {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.page())
    }
}

/// The forms, in the order in which they were made.
#[utoipa::path(params(Authorized<may::ReadForms, Query<FormList>>),
    responses((status = 200, body = Page<FormView>)))]
#[get("/api/v1/forms")]
async fn list(caller: Authorized<may::ReadForms, Query<FormList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(FormList(page))| store::list(read.conn, &caller.scope, page))
        .await?;
    let Page { data, next_cursor, total } = page;
    let data: Vec<FormView> = data.into_iter().map(FormView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor, total }))
}

/// Make a form.
#[utoipa::path(
    params(Authorized<may::WriteForms, Body<NewFormRequest>>),
    request_body = NewFormRequest,
    responses((status = 201, body = FormView), (status = 409)),
)]
#[post("/api/v1/forms")]
async fn create(
    caller: Authorized<may::WriteForms, Body<NewFormRequest>>,
    intake: web::Data<Intake>,
) -> Result<HttpResponse> {
    // Nothing is compiled for somebody who may not make a form.
    caller.read(|_, _, _| Ok(())).await?;
    let (written, public_url, parts) =
        (caller.input().0.written(), intake.forms.public_url.clone(), intake.db.parts().clone());
    let draft = web::block(move || {
        let now = parts.clock.now();
        Draft::new(parts.ids.make(now), &written, now, &public_url)
    });
    let draft = draft.await.map_err(Error::unavailable)??;
    caller
        .write(move |tx, _, _| {
            let form = actions::create(tx, &draft)?;
            let (location, version) = (format!("/api/v1/forms/{}", form.id), form.version);
            Reply::created(&FormView::from(form), version, location)
        })
        .await
}

/// One form.
#[utoipa::path(
    params(Authorized<may::ReadForms, PathId<FormKind>>),
    responses((status = 200, body = FormView)),
)]
#[get("/api/v1/forms/{id}")]
async fn read_one(caller: Authorized<may::ReadForms, PathId<FormKind>>) -> Result<HttpResponse> {
    let form = caller
        .read(|read, caller, PathId(id)| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let version = form.version;
    Ok(Reply::resource(&FormView::from(form), version)?.into())
}

/// Change a form.
#[utoipa::path(
    params(Authorized<may::WriteForms, (PathId<FormKind>, Precondition, Body<FormPatchRequest>)>),
    request_body = FormPatchRequest,
    responses((status = 200, body = FormView), (status = 409)),
)]
#[patch("/api/v1/forms/{id}")]
async fn change(
    caller: Authorized<may::WriteForms, (PathId<FormKind>, Precondition, Body<FormPatchRequest>)>,
    intake: web::Data<Intake>,
) -> Result<HttpResponse> {
    for _ in 0..TRIES {
        let before = caller
            .read(|read, caller, (PathId(id), precondition, _)| {
                actions::find_for_update(read.conn, caller, *id, precondition)
            })
            .await?;
        let (patch, public_url) = (caller.input().2.0.written(), intake.forms.public_url.clone());
        let draft = web::block(move || Draft::next(&before, &patch, &public_url))
            .await
            .map_err(Error::unavailable)??;
        let answer = caller.write(move |tx, caller, (_, precondition, _)| {
            let form = actions::change(tx, caller, &draft, precondition)?;
            let version = form.version;
            Reply::resource(&FormView::from(form), version)
        });
        match answer.await {
            Err(error) if is_form_changed(&error) => {}
            answer => return answer,
        }
    }
    Err(Error::refuse(&FORM_CHANGED))
}

/// Delete a form. Its inquiries and receipts stay.
#[utoipa::path(
    params(Authorized<may::WriteForms, (PathId<FormKind>, Precondition)>),
    responses((status = 204)),
)]
#[delete("/api/v1/forms/{id}")]
async fn remove(
    caller: Authorized<may::WriteForms, (PathId<FormKind>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            actions::delete(tx, caller, *id, precondition).map(|()| Reply::nothing())
        })
        .await
}
