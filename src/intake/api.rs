//! The public side: what forms send, the pages around them, and what other sites load from here. No
//! credential is asked for. What becomes of a submission is decided in `actions.rs`, what a page shows in
//! `pages.rs`.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_TYPE, VARY,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::{self, Incoming, SenderResponse};
use super::embed::{self, FRAME_PATH};
use super::forms::cache::{Current, FormCache, TRIES, is_form_changed};
use super::forms::compiled::CompiledForm;
use super::model::DEFAULT_FORM;
use super::pages::{self, Sent, Viewer};
use super::reading::answer::CorsDecision;
use super::reading::decode::Format;
use super::reading::proof::Challenged;
use super::reading::raw::RawSubmission;
use super::reading::selector::Ground;
use super::reading::token::Token;
use super::reading::typed::Typed;
use super::reading::work::Work;
use super::reading::{self, Asked};
use crate::access::AuthContext;
use crate::access::tokens::Keys;
use crate::kernel::error::{Class, Error, Refusal, Result};
use crate::kernel::id::{ApiKeyId, ReceiptId};
use crate::platform::db::{Actor, Context, Db, Tx};
use crate::platform::http::Requester;
use crate::platform::http::body::{TOO_LARGE, read};
use crate::platform::http::client::ClientKey;
use crate::platform::http::document::{NO_ROUTE, Page};
use crate::platform::http::idempotency::{IdempotencyKey, IdempotencyScope, with_idempotency};
use crate::platform::http::limits::Limiter;
use crate::platform::http::middleware::ExtraHeaders;
use crate::platform::http::page::{ErrorPage, Site, wants_page};
use crate::platform::http::request::wanted_language;

/// Bytes that are read of a submission that is too large, so that a person at a browser does not lose what
/// they typed.
const TYPED_MAX: usize = 1 << 20;
/// Bytes in the body of a submission.
const SUBMISSION_MAX: usize = 64 << 10;
/// The same of an HTML form, where a Chinese character is nine bytes.
const HTML_FORM_MAX: usize = 256 << 10;
/// Bytes in the body of one that is read on the thread that received it: a fraction of a millisecond.
const READ_AT_ONCE_MAX: usize = 4 << 10;
/// Seconds that other sites may keep what they load from here.
const KEPT: &str = "public, max-age=3600";

static CHALLENGE_FAILED: Refusal = Refusal::new(
    Class::Forbidden,
    "challenge_failed",
    "校验口令不正确。",
    "The token of the challenge is not the one that this form expects.",
);

/// What the public side needs; one for the app.
pub struct FrontDoor {
    pub db: Db,
    pub site: Arc<Site>,
    pub forms: FormCache,
    pub keys: Arc<Keys>,
    /// The limit of submissions per client address and form.
    pub limit: Limiter<(ClientKey, String)>,
    /// The limit of those that show an API key for it, per key: a site's own server sends for many visitors.
    pub key_limit: Limiter<ApiKeyId>,
    /// The limit of pages that show again what was refused by another limit, per client address: reading it
    /// costs what the limit saves.
    pub page_limit: Limiter<ClientKey>,
}

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .route(FRAME_PATH, web::get().to(frame_script))
        .service(submit)
        .service(form_page)
        .service(embed_script)
        .service(qr);
}

/// Where the pages are that are no operations of the API. The start page is not among them: to programs there
/// is nothing at `/`.
pub const PAGES: [Page; 4] = [
    (FRAME_PATH, &["GET"]),
    ("/f/{key}", &["OPTIONS"]),
    ("/f/{key}/thanks", &["GET"]),
    ("/i/{id}", &["GET"]),
];

/// The pages themselves, and the question that browsers ask before they submit.
pub fn page_routes(config: &mut web::ServiceConfig) {
    config
        .service(start_page)
        .service(thanks_page)
        .service(inquiry_page)
        .route("/f/{key}", web::method(actix_web::http::Method::OPTIONS).to(preflight));
}

/// What a person says: something, at least. Members may have other names in Chinese or English, a form may
/// have members of its own; nothing is refused for what it says.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes what is read member by member, and in any shape")]
#[schema(
    as = Submission,
    example = json!({"need": "求租标准厂房3000-5000平方米", "usage": "汽车零部件机加工", "tax": "年税收约300万元",
        "company": "启澜精密机械（苏州）有限公司",
        "contact": "周启澜", "phone": "138 0013 8000", "page_url": "https://park.example/factory",
            "utm_source": "baidu"})
)]
struct SubmissionBody {
    #[schema(nullable = false)]
    need: Option<String>,
    #[schema(nullable = false)]
    usage: Option<String>,
    #[schema(nullable = false)]
    tax: Option<String>,
    #[schema(nullable = false)]
    company: Option<String>,
    #[schema(nullable = false)]
    contact: Option<String>,
    #[schema(nullable = false)]
    phone: Option<String>,
    #[schema(nullable = false)]
    email: Option<String>,
    #[schema(nullable = false)]
    wechat: Option<String>,
    #[schema(nullable = false)]
    message: Option<String>,
    /// All in one.
    #[schema(nullable = false)]
    text: Option<String>,
    #[schema(nullable = false)]
    page_url: Option<String>,
    #[schema(nullable = false)]
    referrer: Option<String>,
    #[schema(nullable = false)]
    utm_source: Option<String>,
    /// Whatever is neither empty nor a no means yes.
    #[schema(nullable = false)]
    consent: Option<String>,
    /// Anything else is kept in `custom`.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// The submission is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"receipt_id": "rcp_06a9e1t7qdw0x3f8m2c5kz4rpg"}))]
struct Submitted {
    receipt_id: ReceiptId,
}

impl FrontDoor {
    /// The form of this key as it is now, if it takes submissions.
    async fn form(&self, key: &str) -> Result<Arc<CompiledForm>> {
        let (forms, key) = (self.forms.clone(), key.to_owned());
        match self.db.read(move |read| forms.current(read.conn, &key)).await? {
            Current::Compiled(rules) => Ok(rules),
            Current::Stored(form) => {
                let forms = self.forms.clone();
                web::block(move || forms.compile(&form)).await.map_err(Error::unavailable)?
            }
        }
    }

    /// Reads a submission: a small one by simple rules here, what may take milliseconds on a thread of its
    /// own.
    async fn read(&self, rules: &Arc<CompiledForm>, raw: &Arc<RawSubmission>) -> Result<Asked> {
        if raw.body.len() <= READ_AT_ONCE_MAX && !rules.is_heavy() {
            return Ok(reading::read(rules, raw, &self.keys));
        }
        let (rules, raw, keys) = (Arc::clone(rules), Arc::clone(raw), Arc::clone(&self.keys));
        web::block(move || reading::read(&rules, &raw, &keys)).await.map_err(Error::unavailable)
    }

    /// Stores a submission that was read, unless its form has changed since. IdempotencyScope, under an Idempotency-Key.
    async fn store(
        &self,
        context: Context,
        incoming: &Arc<Incoming>,
        key: Option<&IdempotencyScope>,
    ) -> Result<SenderResponse> {
        let (incoming, key) = (Arc::clone(incoming), key.cloned());
        let stored = self.db.write_batched(context, move |tx| {
            actions::check_version(tx, &incoming.rules)?;
            let mut outcome = None;
            let mut take = |tx: &mut Tx<'_>| {
                let taken = actions::submit(tx, &incoming)?;
                outcome = Some(taken.outcome);
                Ok::<_, Error>(taken.response)
            };
            if incoming.reading.refused.is_some() {
                return Ok((take(tx)?, outcome));
            }
            let kept = with_idempotency(tx, key.as_ref(), |tx| match take(tx)? {
                SenderResponse::Kept(reply) => Ok(reply),
                SenderResponse::Refused(refused) => Err(Error::from(&refused)),
            })?;
            Ok((SenderResponse::Kept(kept), outcome))
        });
        let (response, outcome) = stored.await?;
        // What was answered before under the same key is no new receipt.
        if let Some(outcome) = outcome {
            metrics::counter!("leaddock_receipts_total", "outcome" => outcome.word()).increment(1);
        }
        Ok(response)
    }
}

fn raw(request: &HttpRequest, requester: &Requester, body: &[u8], door: &FrontDoor) -> RawSubmission {
    // What is not UTF-8 is read byte by byte, as HTTP once had it.
    let text = |bytes: &[u8]| {
        std::str::from_utf8(bytes)
            .map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
    };
    RawSubmission {
        method: request.method().to_string(),
        query: request.query_string().to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
            .collect(),
        body: body.to_vec(),
        address: requester.address.known(),
        at: door.db.parts().clock.now(),
        hidden: None,
    }
}

/// Notes on the request what its answer tells browsers of other origins, whatever the answer is.
fn tell_origin(request: &HttpRequest, rules: &CompiledForm) -> CorsDecision {
    let origin = request.headers().get("origin").map(|origin| origin.to_str().unwrap_or("null"));
    let cors = rules.destinations.cors(origin);
    let mut also = ExtraHeaders(vec![(VARY, "Origin".to_owned())]);
    if let CorsDecision::Readable(origin) = &cors {
        also.0.push((ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
    }
    request.extensions_mut().insert(also);
    cors
}

/// Submit a form.
///
/// JSON, urlencoded, multipart or JSON as text/plain; fields in any order, in UTF-8 or GB18030. Known names
/// and their usual Chinese and English synonyms become items, what is not known is kept in `custom`. Only
/// something is required; nothing is refused for what it says. Once answered with 200, 202 or 303 it is on
/// disk. Forms may answer otherwise: see docs/forms.md.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    request_body(
        content((SubmissionBody = "application/json"),
            (SubmissionBody = "application/x-www-form-urlencoded"), (SubmissionBody = "multipart/form-data")),
        description = "What the person says. JSON may also come as text/plain."
    ),
    responses(
        (status = 202, description = "Kept.", body = Submitted),
        (status = 200, description = "Kept; for senders that want another answer."),
        (status = 303, description = "Kept; for browsers (`Accept` has text/html).",
            headers(("Location" = String, description = "The next page."))),
        (status = 401),
        (status = 403),
    ),
    security((), ("key" = []), ("bearer" = [])),
    operation_id = "intake_submit",
    tag = "intake",
    extensions(("x-limit" = json!("intake")), ("x-pages" = json!(true)), ("x-kept" = json!(true))),
)]
#[post("/f/{key}")]
async fn submit(
    request: HttpRequest,
    payload: web::Payload,
    requester: Requester,
    auth: web::Data<AuthContext>,
    door: web::Data<FrontDoor>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let key = key.into_inner();
    let known = door.forms.known(&key);
    if let Some(rules) = &known {
        tell_origin(&request, rules);
    }
    let counted = match auth.intake_key(&request).await {
        Some(api_key) => door.key_limit.check(&request, &api_key),
        None => door.limit.check(&request, &(requester.address.key(), key.clone())),
    };
    if let Err(error) = counted {
        return Err(not_taken(&request, &requester, &door, known, payload.into_inner(), error).await);
    }
    let rules = match known {
        Some(rules) => rules,
        None => door.form(&key).await?,
    };
    tell_origin(&request, &rules);
    let idempotency = IdempotencyKey::of(&request)?.0;
    let body = match body(&request, &mut payload.into_inner()).await? {
        Body::Whole(body) => body,
        Body::TooLarge(body) => {
            let error = Error::refuse(&TOO_LARGE);
            note_page(&request, &requester, &door, rules, body, &error).await;
            return Err(error);
        }
    };
    let raw = raw(&request, &requester, &body, &door);
    Format::of(raw.content_type(), &body)?;
    let context = Context::by(Actor::SYSTEM, Some(requester.id));
    let once_key = idempotency.map(|once_key| {
        IdempotencyScope::new(
            requester.address.to_string(),
            format!("POST /f/{key}"),
            once_key,
            Sha256::digest(&body).to_vec(),
        )
    });
    let (mut rules, raw) = (rules, Arc::new(raw));
    for _ in 0..TRIES {
        let reading = match door.read(&rules, &raw).await? {
            Asked::Challenge(challenged) => return challenge(challenged),
            Asked::Submission(reading) => reading,
        };
        let incoming = Arc::new(Incoming { raw: Arc::clone(&raw), rules, reading });
        match door.store(context.clone(), &incoming, once_key.as_ref()).await {
            Ok(SenderResponse::Kept(reply)) => return Ok(reply.into()),
            Ok(SenderResponse::Refused(refused)) => {
                return Err(refuse(&request, &requester, &door, &incoming, Error::from(&refused)));
            }
            Err(error) if is_form_changed(&error) => {}
            Err(error) => return Err(refuse(&request, &requester, &door, &incoming, error)),
        }
        rules = door.form(&key).await?;
        tell_origin(&request, &rules);
    }
    Err(Error::unavailable("the form was changed again and again while this was read"))
}

/// What was read and is not taken, in words: on the page again for a person's browser, else as a problem.
fn refuse(
    request: &HttpRequest,
    requester: &Requester,
    door: &FrontDoor,
    incoming: &Incoming,
    error: Error,
) -> Error {
    tell_origin(request, &incoming.rules);
    if wants_page(request) {
        note_form(
            request,
            requester,
            door,
            &incoming.rules,
            &incoming.raw,
            &Typed::of(&incoming.reading),
            &error,
        );
    }
    error
}

/// The body of a submission.
enum Body {
    Whole(web::Bytes),
    /// More than is taken; with what a person may have typed, if it is not much more.
    TooLarge(Option<web::Bytes>),
}

/// How long a submission of this type may be.
fn longest(request: &HttpRequest) -> usize {
    let is_html_form = ["application/x-www-form-urlencoded", "multipart/form-data"]
        .iter()
        .any(|kind| request.content_type().eq_ignore_ascii_case(kind));
    if is_html_form { HTML_FORM_MAX } else { SUBMISSION_MAX }
}

async fn body(request: &HttpRequest, payload: &mut Payload) -> Result<Body> {
    let max = longest(request);
    if !wants_page(request) {
        return read(request, payload, max).await.map(Body::Whole);
    }
    match read(request, payload, TYPED_MAX).await {
        Ok(body) if body.len() <= max => Ok(Body::Whole(body)),
        Ok(body) => Ok(Body::TooLarge(Some(body))),
        Err(error) if error.class() == Class::TooLarge => Ok(Body::TooLarge(None)),
        Err(error) => Err(error),
    }
}

/// A submission that was refused before it was read. A person's browser gets the form again, with what they
/// typed.
async fn not_taken(
    request: &HttpRequest,
    requester: &Requester,
    door: &FrontDoor,
    known: Option<Arc<CompiledForm>>,
    mut payload: Payload,
    error: Error,
) -> Error {
    if let Some(rules) =
        known.filter(|_| wants_page(request) && door.page_limit.allows(&requester.address.key()))
    {
        let body = read(request, &mut payload, longest(request)).await.ok();
        note_page(request, requester, door, rules, body, &error).await;
    }
    error
}

/// The form again where what was typed can be read, else a page that says what is wrong.
async fn note_page(
    request: &HttpRequest,
    requester: &Requester,
    door: &FrontDoor,
    rules: Arc<CompiledForm>,
    body: Option<web::Bytes>,
    error: &Error,
) {
    let raw = raw(request, requester, body.as_deref().unwrap_or_default(), door);
    let (its_rules, keys) = (Arc::clone(&rules), Arc::clone(&door.keys));
    let glance = web::block(move || {
        let glance = Typed::at_a_glance(&its_rules, &raw, &keys);
        (raw, glance)
    });
    match glance.await {
        Ok((raw, Some(typed))) if body.is_some() => {
            note_form(request, requester, door, &rules, &raw, &typed, error);
        }
        _ => note(request, pages::error(&door.site, &rules, viewer(request, &rules), error, requester)),
    }
}

/// The form again, with what was typed and what is wrong: for the answer to a person's browser.
fn note_form(
    request: &HttpRequest,
    requester: &Requester,
    door: &FrontDoor,
    rules: &CompiledForm,
    raw: &RawSubmission,
    typed: &Typed,
    error: &Error,
) {
    let token = match &typed.submission.token {
        // It was no use of it.
        Some(token) if typed.has_token => Ok(token.clone()),
        _ => Token::give(&door.keys, rules.id, raw.at),
    };
    let sent =
        Sent { values: &typed.values, items: Some(&typed.submission), refused: Some((error, *requester)) };
    note(
        request,
        token.and_then(|token| {
            pages::form(&door.site, rules, viewer(request, rules), token, &sent, error.status_code())
        }),
    );
}

/// Notes the page of an error on the request; without one the answer has a plain page.
fn note(request: &HttpRequest, page: Result<HttpResponse>) {
    match page {
        Ok(page) => drop(request.extensions_mut().insert(ErrorPage(page))),
        Err(error) => {
            tracing::warn!(error = %error.chain(), "the page of a refused submission cannot be made")
        }
    }
}

/// Who looks at the pages of a form.
fn viewer(request: &HttpRequest, rules: &CompiledForm) -> Viewer {
    let framed = url::form_urlencoded::parse(request.query_string().as_bytes())
        .any(|(name, value)| name == "embed" && value == "1");
    Viewer { language: wanted_language(request).unwrap_or(rules.language), framed }
}

fn challenge(challenged: Challenged) -> Result<HttpResponse> {
    match challenged {
        Challenged::Refused => Err(Error::refuse(&CHALLENGE_FAILED)),
        Challenged::Echo { body, content_type } => {
            Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, content_type)).body(body))
        }
    }
}

async fn preflight(
    request: HttpRequest,
    door: web::Data<FrontDoor>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let rules = door.form(&key).await?;
    let mut response = HttpResponse::NoContent();
    if let CorsDecision::Readable(_) = tell_origin(&request, &rules) {
        response
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key, x-requested-with"))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "600"));
    }
    Ok(response.finish())
}

/// The hosted page of a form, in Chinese or English. Known names in the query fill it in; `utm_*` ride along.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    responses(
        (status = 200, description = "The page; to the question of a sender whose form has a \
            `proof.challenge`, the echo.", content(
            (String = "text/html",
                example = json!("<!doctype html><html lang=\"zh\"><title>招商咨询</title>…</html>")),
            (String = "text/plain", example = json!("115"))
        )),
        (status = 403),
    ),
    extensions(("x-pages" = json!(true))),
    operation_id = "intake_page",
    tag = "intake",
)]
#[get("/f/{key}")]
async fn form_page(
    request: HttpRequest,
    requester: Requester,
    door: web::Data<FrontDoor>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let rules = door.form(&key).await?;
    let raw = raw(&request, &requester, b"", &door);
    if let Some(challenged) =
        rules.proof.challenged(&Ground { document: None, pairs: &[], raw: &raw, work: &Work::default() })
    {
        return challenge(challenged);
    }
    let values: Vec<(String, String)> = url::form_urlencoded::parse(request.query_string().as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let token = Token::give(&door.keys, rules.id, raw.at)?;
    let sent = Sent { values: &values, items: None, refused: None };
    pages::form(&door.site, &rules, viewer(&request, &rules), token, &sent, StatusCode::OK)
}

/// A script that puts the hosted page into the place of its own tag on another site.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    responses((status = 200, content_type = "text/javascript", body = String,
        example = json!("(() => { … })();\n"))),
    extensions(("x-pages" = json!(true))),
    operation_id = "intake_embed",
    tag = "intake",
)]
#[get("/f/{key}/embed.js")]
async fn embed_script(door: web::Data<FrontDoor>, key: web::Path<String>) -> Result<HttpResponse> {
    let rules = door.form(&key).await?;
    let script = embed::script(&door.forms.public_url, &rules)?;
    let mut response = HttpResponse::Ok();
    // Browsers load a module of another site only where it may be read; it is the same for everybody.
    response
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    Ok(response.insert_header((CACHE_CONTROL, KEPT)).body(script))
}

/// The QR code of the hosted page, with the `utm_*` of the query.
#[utoipa::path(
    params(("key" = String, Path, description = "The form's key.", pattern = "^[a-z0-9-]{3,64}$")),
    responses((status = 200, content_type = "image/svg+xml", body = String,
        example = json!("<svg xmlns=\"http://www.w3.org/2000/svg\">…</svg>"))),
    extensions(("x-pages" = json!(true))),
    operation_id = "intake_qr",
    tag = "intake",
)]
#[get("/f/{key}/qr.svg")]
async fn qr(
    request: HttpRequest,
    door: web::Data<FrontDoor>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let rules = door.form(&key).await?;
    let picture = embed::qr_code(&door.forms.public_url, &rules, request.query_string())?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "image/svg+xml"))
        .insert_header((CACHE_CONTROL, KEPT))
        .body(picture))
}

#[get("/f/{key}/thanks")]
async fn thanks_page(
    request: HttpRequest,
    door: web::Data<FrontDoor>,
    key: web::Path<String>,
) -> Result<HttpResponse> {
    let rules = door.form(&key).await?;
    pages::thanks(&door.site, &rules, viewer(&request, &rules))
}

#[get("/i/{id}")]
async fn inquiry_page(requester: Requester, door: web::Data<FrontDoor>) -> Result<HttpResponse> {
    pages::inquiry(&door.site, requester.language)
}

/// For a person at a browser; to programs there is nothing at this address.
#[get("/")]
async fn start_page(
    request: HttpRequest,
    requester: Requester,
    door: web::Data<FrontDoor>,
) -> Result<HttpResponse> {
    if !wants_page(&request) {
        return Err(Error::refuse(&NO_ROUTE));
    }
    let form = door.form(DEFAULT_FORM).await;
    if let Err(error) = &form
        && error.class() != Class::NotFound
    {
        tracing::warn!(error = %error.chain(), "the start page is shown without the form");
    }
    pages::start(&door.site, form.ok().as_deref(), requester.language)
}

/// What a framed page runs.
async fn frame_script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, KEPT))
        .body(embed::FRAME)
}
