//! The wire of forms: list, make, read, change, delete, and try a submission out.
//! What the settings look like is `settings.rs`, the rules are in `mod.rs` and `compiled.rs`.

use std::sync::Arc;

use actix_web::{HttpResponse, delete, get, patch, post, web};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::cache::{FORM_CHANGED, TRIES, is_form_changed};
use super::compiled::CompiledForm;
use super::settings::{Answer, Consent, Fields, PageSettings, Profile, Proof};
use super::{Draft, FormPatch, shown_proof};
use crate::access::{Authorized, may};
use crate::facts::Facts;
use crate::intake::actions;
use crate::intake::api::FrontDoor;
use crate::intake::model::{Form, Outcome};
use crate::intake::reading::proof::Proven;
use crate::intake::reading::raw::RawSubmission;
use crate::intake::reading::{self, Asked, Reading};
use crate::intake::store;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{BAD_FORMAT, Error, Fault, Result, TOO_LONG};
use crate::kernel::id::kind::Form as FormKind;
use crate::kernel::id::{FormId, ReceiptId};
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::schema::Line;
use crate::platform::http::{Body, PathId, Precondition, Query, Reply, problem};

/// Bytes of a submission that is tried out.
const BODY_MAX: usize = 256 << 10;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(read_one).service(change).service(remove).service(dry_run);
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
    fn take(from: &mut QueryReader) -> Self {
        Self(from.page())
    }
}

/// The forms, in the order in which they were made.
#[utoipa::path(params(Authorized<may::ReadForms, Query<FormList>>),
    responses((status = 200, body = Page<FormView>)))]
#[get("/api/v1/forms")]
async fn list(caller: Authorized<may::ReadForms, Query<FormList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(FormList(page))| store::list_forms(read.conn, &caller.scope, page))
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
    door: web::Data<FrontDoor>,
) -> Result<HttpResponse> {
    // Nothing is compiled for somebody who may not make a form.
    caller.read(|_, _, _| Ok(())).await?;
    let (written, public_url, parts) =
        (caller.input().0.written(), door.forms.public_url.clone(), door.db.parts().clone());
    let draft = web::block(move || {
        let now = parts.clock.now();
        Draft::new(parts.ids.make(now), &written, now, &public_url)
    });
    let draft = draft.await.map_err(Error::unavailable)??;
    caller
        .write(move |tx, _, _| {
            let form = super::create(tx, &draft)?;
            let (location, version) = (format!("/api/v1/forms/{}", form.id), form.version);
            Reply::created(&FormView::from(form), version, location)
        })
        .await
}

/// One form.
#[utoipa::path(params(Authorized<may::ReadForms, PathId<FormKind>>), responses((status = 200, body = FormView)))]
#[get("/api/v1/forms/{id}")]
async fn read_one(caller: Authorized<may::ReadForms, PathId<FormKind>>) -> Result<HttpResponse> {
    let form = caller
        .read(|read, caller, PathId(id)| {
            store::find_form(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
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
    door: web::Data<FrontDoor>,
) -> Result<HttpResponse> {
    for _ in 0..TRIES {
        let before = caller
            .read(|read, caller, (PathId(id), precondition, _)| {
                super::find_for_update(read.conn, caller, *id, precondition)
            })
            .await?;
        let (patch, public_url) = (caller.input().2.0.written(), door.forms.public_url.clone());
        let draft = web::block(move || Draft::next(&before, &patch, &public_url))
            .await
            .map_err(Error::unavailable)??;
        let answer = caller.write(move |tx, caller, (_, precondition, _)| {
            let form = super::change(tx, caller, &draft, precondition)?;
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
#[utoipa::path(params(Authorized<may::WriteForms, (PathId<FormKind>, Precondition)>), responses((status = 204)))]
#[delete("/api/v1/forms/{id}")]
async fn remove(
    caller: Authorized<may::WriteForms, (PathId<FormKind>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            super::delete(tx, caller, *id, precondition).map(|()| Reply::nothing())
        })
        .await
}

/// A submission to be tried out. Either `body` or `body_base64`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"content_type": "application/x-www-form-urlencoded",
    "body": "需求=求租厂房3000平方米&姓名=周启澜&电话=13800138000"}))]
struct DryRunRequest {
    #[serde(default)]
    #[schema(max_length = 1000)]
    content_type: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(max_length = 262_144)]
    body: Option<String>,
    #[serde(default)]
    #[schema(max_length = 360_000)]
    body_base64: Option<String>,
    /// Without the question mark.
    #[serde(default)]
    #[schema(max_length = 8000)]
    query: Option<String>,
}

/// What a submission would become.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    example = json!({"outcome": "accepted", "proof": "none", "reasons": [],
        "document": {"需求": "求租厂房3000平方米", "姓名": "周启澜", "电话": "13800138000"},
        "values": {"need": "求租厂房3000平方米", "contact": "周启澜", "phone": "13800138000"},
        "answer": {"status": 202, "content_type": "application/json",
            "body": "{\"receipt_id\":\"rcp_06a9e1t7qdw0x3f8m2c5kz4rpg\"}"}})
)]
struct DryRun {
    outcome: Outcome,
    reasons: Vec<String>,
    /// `ok`, `failed` or `none`
    proof: &'static str,
    /// The JSON value that the pairs were read from; null if the body could not be read.
    document: Option<Value>,
    /// By their known names.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    #[schema(value_type = Facts)]
    facts: Arc<Facts>,
    external_id: Option<String>,
    answer: DryRunAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
struct DryRunAnswer {
    status: u16,
    content_type: Option<String>,
    body: Option<String>,
}

impl DryRunRequest {
    fn raw(&self, at: Timestamp, address: Option<std::net::IpAddr>) -> Result<RawSubmission> {
        let body = match (&self.body, &self.body_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(text)) => BASE64.decode(text.as_bytes()).map_err(|_| {
                Error::invalid(vec![Fault::with(
                    "/body_base64",
                    &BAD_FORMAT,
                    ("Base64 编码（RFC 4648）", "base64 (RFC 4648)"),
                )])
            })?,
            (None, None) => Vec::new(),
            (Some(_), Some(_)) => {
                return Err(Error::invalid(vec![Fault::with(
                    "/body_base64",
                    &BAD_FORMAT,
                    ("body 与 body_base64 二者之一", "either body or body_base64"),
                )]));
            }
        };
        if body.len() > BODY_MAX {
            return Err(Error::invalid(vec![Fault::with("/body", &TOO_LONG, BODY_MAX)]));
        }
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())))
            .collect();
        if let Some(content_type) = &self.content_type {
            headers.retain(|(name, _)| name != "content-type");
            headers.push(("content-type".to_owned(), content_type.clone()));
        }
        let query = self.query.as_deref().unwrap_or_default().trim_start_matches('?').to_owned();
        Ok(RawSubmission { method: "POST".to_owned(), query, headers, body, address, at, hidden: None })
    }
}

/// Try a submission out by the form's present settings. Nothing is stored.
#[utoipa::path(
    params(Authorized<may::WriteForms, (PathId<FormKind>, Body<DryRunRequest>)>),
    request_body = DryRunRequest,
    responses((status = 200, body = DryRun)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/forms/{id}/dry-run")]
async fn dry_run(
    caller: Authorized<may::WriteForms, (PathId<FormKind>, Body<DryRunRequest>)>,
    door: web::Data<FrontDoor>,
) -> Result<HttpResponse> {
    let form = caller
        .read(|read, caller, (PathId(id), _)| {
            store::find_form(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)
        })
        .await?;
    let raw = caller.input().1.0.raw(door.db.parts().clock.now(), caller.requester().address.known())?;
    let (public_url, keys) = (door.forms.public_url.clone(), Arc::clone(&door.keys));
    let tried = web::block(move || {
        let rules = CompiledForm::stored(&form, &public_url)?;
        let asked = reading::read(&rules, &raw, &keys);
        Ok::<_, Error>((rules, raw, asked))
    });
    let (rules, raw, asked) = tried.await.map_err(Error::unavailable)??;
    let Asked::Submission(reading) = asked else {
        return Ok(HttpResponse::Ok().json(DryRun::of_challenge()));
    };
    let tried = Arc::new((rules, raw, reading));
    let judged = Arc::clone(&tried);
    let (outcome, reasons) =
        caller.read(move |read, _, _| actions::try_out(read.conn, &judged.0, &judged.2, judged.1.at)).await?;
    let (rules, raw, reading) = &*tried;
    Ok(HttpResponse::Ok().json(DryRun::of(rules, raw, reading, (outcome, reasons))?))
}

impl DryRun {
    fn of(
        rules: &CompiledForm,
        raw: &RawSubmission,
        reading: &Reading,
        (outcome, reasons): (Outcome, Vec<String>),
    ) -> Result<Self> {
        let answer = match &reading.refused {
            Some(refused) => DryRunAnswer {
                status: problem::status(refused.refusal.class).as_u16(),
                content_type: Some("application/problem+json".to_owned()),
                body: None,
            },
            None => {
                let destination = raw
                    .wants_html()
                    .then(|| rules.destinations.after(&reading.submission, &rules.key, raw.is_framed()));
                let reply = rules.answer.reply(ReceiptId::floor(raw.at), destination)?;
                let has_body = !reply.body.is_empty();
                let content_type = has_body.then(|| reply.content_type.into_owned());
                DryRunAnswer {
                    status: reply.status,
                    content_type,
                    body: String::from_utf8(reply.body).ok().filter(|_| has_body),
                }
            }
        };
        let proof = match reading.proven {
            Proven::None => "none",
            Proven::Yes => "ok",
            Proven::No => "failed",
        };
        Ok(Self {
            outcome,
            reasons,
            proof,
            document: reading.document.clone(),
            values: reading.submission.named(),
            custom: reading.submission.custom.clone(),
            facts: Arc::clone(&reading.new.facts),
            external_id: reading.external_id.clone(),
            answer,
        })
    }

    /// The sender only asks whether the address is ours.
    fn of_challenge() -> Self {
        let (values, custom) = (Map::new(), Map::new());
        let answer = DryRunAnswer { status: 200, content_type: None, body: None };
        Self {
            outcome: Outcome::Test,
            reasons: vec!["challenge".to_owned()],
            proof: "none",
            document: None,
            values,
            custom,
            facts: Arc::default(),
            external_id: None,
            answer,
        }
    }
}
