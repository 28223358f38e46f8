//! The wire of this room: public submissions and their pages, and the API's own create.
//! What becomes of a submission is decided in `actions.rs`.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::actions::{self, Arrived, Assign, Entered};
use super::decode::{self, Format};
use super::model::Form;
use super::pages::{FormPage, InquiryPage, ThanksPage, page};
use super::store;
use crate::access::{Allowed, may};
use crate::facts::Facts;
use crate::inquiries::api::InquiryView;
use crate::inquiries::model::Items;
use crate::kernel::error::{Error, Fault, NOT_ONE_OF, Result};
use crate::kernel::id::ReceiptId;
use crate::platform::db::{Actor, Context, Db};
use crate::platform::http::body::read;
use crate::platform::http::document::Page;
use crate::platform::http::idempotency::{IdempotencyKey, Once, once};
use crate::platform::http::limits::Limiter;
use crate::platform::http::schema::{Line, Lines};
use crate::platform::http::{Body, Reply, Requester};

/// Bytes in the body of a submission.
const SUBMISSION_MAX: usize = 64 << 10;

/// What the public side needs; one for the app.
pub struct FrontDoor {
    pub db: Db,
    pub organisation: String,
    /// The limit of submissions per client address and form.
    pub limit: Limiter<(IpAddr, String)>,
}

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(submit).service(form_page).service(create);
}

/// Where the pages are that are no operations of the API.
pub const PAGES: [Page; 2] = [("/f/{key}/thanks", &["GET"]), ("/i/{id}", &["GET"])];

/// The pages themselves.
pub fn pages(config: &mut web::ServiceConfig) {
    config.service(thanks_page).service(inquiry_page);
}

#[derive(Debug, Serialize, ToSchema)]
struct Submitted {
    receipt_id: ReceiptId,
}

async fn known_form(door: &FrontDoor, key: &str) -> Result<Form> {
    let key = key.to_owned();
    door.db.read(move |read| store::active_form(read.conn, &key)).await?.ok_or_else(Error::not_found)
}

/// Submit a form.
///
/// JSON or urlencoded, fields in any order. Known names and their usual Chinese and English synonyms become items,
/// what is not known is kept in `custom`. Only something is required; nothing is refused for what it says.
/// Once answered with 202 or 303 it is on disk.
#[utoipa::path(
    tag = "intake",
    params(("key" = String, Path, description = "The form's key")),
    request_body(content(
        (Value = "application/json"),
        (Value = "application/x-www-form-urlencoded"),
    ), description = "need, usage, tax, company, contact, phone, email, wechat, message, text, page_url, referrer, utm_*, and anything else"),
    responses(
        (status = 202, description = "Kept", body = Submitted),
        (status = 303, description = "Kept; for browsers (Accept has text/html)"),
    )
)]
#[post("/f/{key}")]
async fn submit(request: HttpRequest, payload: web::Payload, requester: Requester, door: web::Data<FrontDoor>, key: web::Path<String>) -> Result<HttpResponse> {
    let key = key.into_inner();
    door.limit.check(&request, &(requester.address, key.clone()))?;
    let idempotency = IdempotencyKey::of(&request)?.0;
    let body = read(&request, &mut payload.into_inner(), SUBMISSION_MAX).await?.to_vec();
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let format = Format::of(content_type.as_deref(), &body)?;
    let browser = wants_html(&request);
    let context = Context::by(Actor::System, Some(requester.id));

    let submission = match decode::fields(format, &body).and_then(actions::read_fields) {
        Ok(submission) => submission,
        Err(refusal) => {
            let (form_key, reason) = (key.clone(), refusal.refusal().code);
            door.db.write_crowded(context, move |tx| actions::note_failed(tx, &form_key, content_type.clone(), body.clone(), reason)).await?;
            if browser && reason == "empty" {
                return Ok(HttpResponse::SeeOther().insert_header(("Location", format!("/f/{key}?empty=true"))).finish());
            }
            return Err(refusal);
        }
    };
    let once_key = idempotency.map(|once_key| Once::new(requester.address.to_string(), format!("POST /f/{key}"), once_key, Sha256::digest(&body).to_vec()));
    let arrived = Arrived::new(content_type, body, submission);
    let reply = door
        .db
        .write_crowded(context, move |tx| {
            once(tx, once_key.as_ref(), |tx| {
                let receipt_id = actions::submit(tx, &key, &arrived)?;
                answer(receipt_id, browser, &key)
            })
        })
        .await?;
    Ok(reply.into())
}

fn answer(receipt_id: ReceiptId, browser: bool, key: &str) -> Result<Reply> {
    if !browser {
        return Reply::json(StatusCode::ACCEPTED, &Submitted { receipt_id });
    }
    Ok(Reply { status: 303, location: Some(format!("/f/{key}/thanks")), ..Reply::nothing() })
}

fn wants_html(request: &HttpRequest) -> bool {
    request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// What a link to the form page brings along: any parameters, for campaigns and messengers add their own.
struct PageQuery {
    empty: bool,
    /// The campaign's parameters, which ride along with the submission.
    campaign: Vec<(String, String)>,
}

impl PageQuery {
    fn of(request: &HttpRequest) -> Self {
        let mut query = Self { empty: false, campaign: Vec::new() };
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
            if name == "empty" {
                query.empty = value == "true";
            } else if name.starts_with("utm_") && query.campaign.len() < 10 {
                query.campaign.push((name.into_owned(), value.into_owned()));
            }
        }
        query
    }
}

/// The hosted page of a form, in Chinese or English.
#[utoipa::path(
    tag = "intake",
    params(("key" = String, Path, description = "The form's key")),
    responses((status = 200, content_type = "text/html", body = String))
)]
#[get("/f/{key}")]
async fn form_page(request: HttpRequest, requester: Requester, door: web::Data<FrontDoor>, key: web::Path<String>) -> Result<HttpResponse> {
    let form = known_form(&door, &key).await?;
    let PageQuery { empty, campaign } = PageQuery::of(&request);
    page(&FormPage { language: requester.language, organisation: &door.organisation, key: &form.key, empty, campaign: &campaign }, StatusCode::OK)
}

#[get("/f/{key}/thanks")]
async fn thanks_page(requester: Requester, door: web::Data<FrontDoor>, key: web::Path<String>) -> Result<HttpResponse> {
    let form = known_form(&door, &key).await?;
    page(&ThanksPage { language: requester.language, organisation: &door.organisation, key: &form.key }, StatusCode::OK)
}

#[get("/i/{id}")]
async fn inquiry_page(requester: Requester, door: web::Data<FrontDoor>) -> Result<HttpResponse> {
    page(&InquiryPage { language: requester.language, organisation: &door.organisation }, StatusCode::OK)
}

/// What a person may write. At least one of the six items, `message` or `text`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInquiryRequest {
    #[serde(default)]
    need: Option<Lines<10_000>>,
    #[serde(default)]
    usage: Option<Lines<10_000>>,
    #[serde(default)]
    tax: Option<Lines<10_000>>,
    #[serde(default)]
    company: Option<Line<0, 200>>,
    #[serde(default)]
    contact: Option<Line<0, 200>>,
    #[serde(default)]
    phone: Option<Line<0, 100>>,
    #[serde(default)]
    #[schema(max_length = 254, format = "email")]
    email: Option<String>,
    #[serde(default)]
    wechat: Option<Line<0, 200>>,
    #[serde(default)]
    message: Option<Lines<10_000>>,
    /// All in one; kept as the message, after an own message if there is one.
    #[serde(default)]
    text: Option<Lines<10_000>>,
    #[serde(default)]
    #[schema(max_items = 50)]
    tags: Option<Vec<Line<1, 50>>>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    custom: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Option<Facts>)]
    facts: Option<Map<String, Value>>,
    /// `auto`, `none`, `me` or (managers and admins) a user's id; agents keep it themselves unless they say otherwise.
    #[serde(default)]
    #[schema(pattern = "^(auto|none|me|usr_[0-9a-z]+)$")]
    assign: Option<String>,
}

impl NewInquiryRequest {
    fn entered(&self) -> Result<Entered> {
        let lines = |text: &Option<Lines<10_000>>| text.as_ref().map(|lines| lines.0.clone());
        let line = |text: &Option<Line<0, 200>>| text.as_ref().map(|line| line.0.clone());
        let assign = match self.assign.as_deref() {
            None => None,
            Some("auto") => Some(Assign::Auto),
            Some("none") => Some(Assign::None),
            Some("me") => Some(Assign::Me),
            Some(id) => {
                let fault = |_| Error::invalid(vec![Fault::with("/assign", &NOT_ONE_OF, "auto, none, me, a user's id")]);
                Some(Assign::User(id.parse().map_err(fault)?))
            }
        };
        let items = Items {
            need: lines(&self.need),
            usage: lines(&self.usage),
            tax: lines(&self.tax),
            company: line(&self.company),
            contact: line(&self.contact),
            phone: self.phone.as_ref().map(|line| line.0.clone()),
            email: self.email.clone(),
            wechat: line(&self.wechat),
            message: lines(&self.message),
        };
        Ok(Entered {
            items,
            text: lines(&self.text),
            tags: self.tags.iter().flatten().map(|tag| tag.0.clone()).collect(),
            custom: self.custom.clone().unwrap_or_default(),
            facts: self.facts.clone().unwrap_or_default(),
            assign,
        })
    }
}

/// Make an inquiry.
#[utoipa::path(tag = "inquiries", extensions(("x-permission" = json!("inquiries.create"))), request_body = NewInquiryRequest, responses((status = 201, body = InquiryView)))]
#[post("/api/v1/inquiries")]
async fn create(caller: Allowed<may::CreateInquiry, Body<NewInquiryRequest>>) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, Body(request)| {
            let view: InquiryView = actions::enter(tx, caller, &request.entered()?)?.into();
            Reply::created(&view, view.version(), view.location())
        })
        .await
}
