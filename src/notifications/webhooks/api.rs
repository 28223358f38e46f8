//! HTTP API of webhooks: make, list, read, change, rotate the secret, delete; what was posted, and once more.
//! What an address gets is made in `source.rs`.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, delete, get, patch, post, web};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions;
use super::model::{NewWebhook, Targets, Webhook, WebhookAttempt, WebhookPatch};
use super::signing::shown;
use super::store::{self, DeliveryFilter, Posted};
use crate::access::sessions::api::PlainList;
use crate::access::{Authorized, may};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{EventId, WebhookDeliveryId, WebhookId, kind};
use crate::kernel::line::{Line, Lines};
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::kernel::text::some;
use crate::notifications::catalogue::PUBLIC_EVENTS;
use crate::notifications::events::DisabledReason;
use crate::platform::delivery::Status;
use crate::platform::events::publish_all;
use crate::platform::http::body::MaybeBody;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, Operations, PathDeliveryId, PathId, Query, Reply};

/// How long the former secret signs as well, unless somebody says otherwise.
const OVERLAP_HOURS: u32 = 24;

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_webhooks)
        .service(create_webhook)
        .service(read_webhook)
        .service(update_webhook)
        .service(delete_webhook)
        .service(rotate_secret)
        .service(list_deliveries)
        .service(redeliver)
        .service(replay);
}

/// A webhook without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = Webhook,
    example = json!({"url": "https://crm.example.com/leaddock", "events": ["inquiry.*", "sla.breached"],
        "active": true, "description": "客户管理系统", "include_personal": false})
)]
struct WebhookView {
    id: WebhookId,
    url: String,
    /// Names of events, `prefix.*`, or `*` for all.
    events: Vec<String>,
    active: bool,
    description: Option<String>,
    /// Whether phones, names, e-mail addresses and WeChat accounts of inquirers are posted.
    include_personal: bool,
    /// Why it was switched off, if nobody did.
    disabled_reason: Option<DisabledReason>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<Webhook> for WebhookView {
    fn from(hook: Webhook) -> Self {
        Self {
            id: hook.id,
            url: hook.url,
            events: hook.events.0,
            active: hook.active,
            description: hook.description,
            include_personal: hook.include_personal,
            disabled_reason: hook.disabled_reason,
            created_at: hook.created_at,
            updated_at: hook.updated_at,
            version: hook.version,
        }
    }
}

/// A webhook with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
struct WebhookWithSecretView {
    #[serde(flatten)]
    webhook: WebhookView,
    /// What is posted is signed with the bytes behind `whsec_`, in base64. It is shown only here.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    secret: String,
}

impl From<Webhook> for WebhookWithSecretView {
    fn from(hook: Webhook) -> Self {
        Self { secret: shown(&hook.secret), webhook: hook.into() }
    }
}

/// All webhooks, the oldest first.
#[utoipa::path(params(Authorized<may::ManageWebhooks, Query<PlainList>>),
    responses((status = 200, body = Page<WebhookView>)))]
#[get("/api/v1/webhooks")]
async fn list_webhooks(caller: Authorized<may::ManageWebhooks, Query<PlainList>>) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(PlainList(page))| {
            Ok(store::list(read.conn, &caller.scope, page)?.map(WebhookView::from))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://crm.example.com/leaddock", "events": ["inquiry.*", "sla.breached"],
    "description": "客户管理系统"}))]
struct NewWebhookRequest {
    /// `http` or `https`, without a user name or password, not on port 25; on the public internet, unless the
    /// configuration allows others.
    url: Line<1, 2048>,
    /// Names of events, `prefix.*`, or `*` for all, which it is unless given.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    events: Option<Vec<Line<1, 100>>>,
    /// True unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
    #[serde(default)]
    description: Option<Lines<500>>,
    /// False unless given: phones, names, e-mail addresses and WeChat accounts of inquirers are masked.
    #[serde(default)]
    #[schema(nullable = false)]
    include_personal: Option<bool>,
}

fn patterns(lines: &[Line<1, 100>]) -> Vec<String> {
    lines.iter().map(|line| line.0.clone()).collect()
}

fn description(lines: Option<&Lines<500>>) -> Option<String> {
    lines.and_then(|lines| some(&lines.0))
}

impl NewWebhookRequest {
    fn webhook(&self) -> NewWebhook {
        NewWebhook {
            url: self.url.0.clone(),
            events: self.events.as_ref().map_or_else(|| vec!["*".to_owned()], |events| patterns(events)),
            active: self.active.unwrap_or(true),
            description: description(self.description.as_ref()),
            include_personal: self.include_personal.unwrap_or(false),
        }
    }
}

/// Make a webhook. It gets what happens from now on.
///
/// The answer is never stored for an `Idempotency-Key`: it holds the secret.
#[utoipa::path(
    params(Authorized<may::ManageWebhooks, Body<NewWebhookRequest>>),
    request_body = NewWebhookRequest,
    responses((status = 201, body = WebhookWithSecretView), (status = 409)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/webhooks")]
async fn create_webhook(
    caller: Authorized<may::ManageWebhooks, Body<NewWebhookRequest>>,
    targets: web::Data<Targets>,
) -> Result<HttpResponse> {
    caller.read(|_, _, _| Ok(())).await?;
    publish_all(&caller.auth().db).await?;
    caller
        .write_without_idempotency(move |tx, _, Body(request)| {
            let hook = actions::create(tx, &request.webhook(), &targets)?;
            let (id, version) = (hook.id, hook.version);
            Reply::created(&WebhookWithSecretView::from(hook), version, format!("/api/v1/webhooks/{id}"))
        })
        .await
}

/// One webhook.
#[utoipa::path(params(Authorized<may::ManageWebhooks, PathId<kind::Webhook>>),
    responses((status = 200, body = WebhookView)))]
#[get("/api/v1/webhooks/{id}")]
async fn read_webhook(
    caller: Authorized<may::ManageWebhooks, PathId<kind::Webhook>>,
) -> Result<HttpResponse> {
    let view = caller
        .read(|read, caller, PathId(id)| {
            let hook = store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            Ok(WebhookView::from(hook))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(view.version))).json(view))
}

/// What changes; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": true}))]
struct WebhookPatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    url: Option<Line<1, 2048>>,
    /// All of them.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    events: Option<Vec<Line<1, 100>>>,
    /// True switches it on again: it gets what happens from then on. False: what waits for it is given up.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Lines<500>>)]
    description: Patch<Lines<500>>,
    #[serde(default)]
    #[schema(nullable = false)]
    include_personal: Option<bool>,
}

impl WebhookPatchRequest {
    fn patch(&self) -> WebhookPatch {
        WebhookPatch {
            url: self.url.as_ref().map(|url| url.0.clone()),
            events: self.events.as_ref().map(|events| patterns(events)),
            active: self.active,
            description: self.description.as_ref().map(|lines| description(lines.as_ref())),
            include_personal: self.include_personal,
        }
    }
}

/// Change a webhook, switch it off or on again.
#[utoipa::path(
    params(Authorized<may::ManageWebhooks,
        (PathId<kind::Webhook>, Precondition, Body<WebhookPatchRequest>)>),
    request_body = WebhookPatchRequest,
    responses((status = 200, body = WebhookView)),
)]
#[patch("/api/v1/webhooks/{id}")]
async fn update_webhook(
    caller: Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, Precondition, Body<WebhookPatchRequest>)>,
    targets: web::Data<Targets>,
) -> Result<HttpResponse> {
    let (.., Body(asked)) = caller.input();
    if asked.active == Some(true) {
        caller.read(|_, _, _| Ok(())).await?;
        publish_all(&caller.auth().db).await?;
    }
    caller
        .write(move |tx, caller, (PathId(id), precondition, Body(request))| {
            let hook = actions::update(tx, caller, *id, &request.patch(), &targets, precondition)?;
            let view = WebhookView::from(hook);
            Reply::resource(&view, view.version)
        })
        .await
}

/// Delete a webhook, with what was posted to it.
#[utoipa::path(params(Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, Precondition)>),
    responses((status = 204)))]
#[delete("/api/v1/webhooks/{id}")]
async fn delete_webhook(
    caller: Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            actions::delete(tx, caller, *id, precondition).map(|()| Reply::nothing())
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_hours": 24}))]
struct RotateRequest {
    /// Hours for which the former secret signs as well; 24 unless given.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 168, nullable = false)]
    overlap_hours: Option<u32>,
}

/// Give a webhook another secret. For a while both sign.
///
/// The answer is never stored for an `Idempotency-Key`: it holds the secret.
#[utoipa::path(
    params(Authorized<may::ManageWebhooks,
        (PathId<kind::Webhook>, Precondition, MaybeBody<RotateRequest>)>),
    request_body(content = Option<RotateRequest>),
    responses((status = 200, body = WebhookWithSecretView)),
    extensions(("x-not-kept" = json!(true))),
)]
#[post("/api/v1/webhooks/{id}/rotate-secret")]
async fn rotate_secret(
    caller: Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, Precondition, MaybeBody<RotateRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write_without_idempotency(|tx, caller, (PathId(id), precondition, MaybeBody(request))| {
            let hours = request.as_ref().and_then(|request| request.overlap_hours).unwrap_or(OVERLAP_HOURS);
            let overlap = Duration::hours(i64::from(hours));
            let hook = actions::rotate_secret(tx, caller, *id, overlap, precondition)?;
            let version = hook.version;
            Reply::resource(&WebhookWithSecretView::from(hook), version)
        })
        .await
}

/// A try.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt, example = json!({"status_code": 200, "duration_ms": 84}))]
struct AttemptView {
    at: Timestamp,
    /// Null if there was no answer.
    status_code: Option<i32>,
    /// Why it failed; null if it did not.
    error: Option<String>,
    duration_ms: i64,
}

impl From<WebhookAttempt> for AttemptView {
    fn from(tried: WebhookAttempt) -> Self {
        let WebhookAttempt { at, status_code, error, duration_ms, .. } = tried;
        Self { at, status_code, error, duration_ms }
    }
}

/// An event that is posted to a webhook, and what became of that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery, example = json!({"type": "inquiry.assigned", "status": "delivered"}))]
struct DeliveryView {
    id: WebhookDeliveryId,
    /// The `webhook-id` of each try.
    event_id: EventId,
    r#type: String,
    status: Status,
    /// The latest 50.
    attempts: Vec<AttemptView>,
    /// Null once it is delivered or dead.
    next_attempt_at: Option<Timestamp>,
}

impl DeliveryView {
    fn new((row, delivery): Posted, attempts: Vec<WebhookAttempt>) -> Self {
        Self {
            id: row.id,
            event_id: row.event_id,
            r#type: row.event,
            status: delivery.status,
            attempts: attempts.into_iter().map(AttemptView::from).collect(),
            next_attempt_at: delivery.next_attempt_at,
        }
    }
}

struct DeliveryList {
    filter: DeliveryFilter,
    page: PageRequest,
}

impl Parameters for DeliveryList {
    fn from_query(from: &mut QueryReader) -> Self {
        let about = "`pending` (not tried yet), `delivered`, `failed` (will be tried again) or `dead`.";
        let statuses = from.about(about).words("status", &Status::all_words(), Status::from_word);
        let is_event = |text: &str| PUBLIC_EVENTS.contains(&text).then(|| text.to_owned());
        let events = from.about("Only these events.").words("event", &PUBLIC_EVENTS.join(", "), is_event);
        Self { filter: DeliveryFilter { statuses, events }, page: from.page() }
    }
}

/// What is posted to a webhook, the newest first.
#[utoipa::path(params(Authorized<may::ManageWebhooks, (Query<DeliveryList>, PathId<kind::Webhook>)>),
    responses((status = 200, body = Page<DeliveryView>)))]
#[get("/api/v1/webhooks/{id}/deliveries")]
async fn list_deliveries(
    caller: Authorized<may::ManageWebhooks, (Query<DeliveryList>, PathId<kind::Webhook>)>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, (Query(list), PathId(id))| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            let page = store::list_deliveries(read.conn, *id, &list.filter, &list.page)?;
            let ids: Vec<WebhookDeliveryId> = page.data.iter().map(|(row, _)| row.id).collect();
            let mut tries = store::attempts_of(read.conn, &ids)?;
            Ok(page.map(|posted| {
                let tries = tries.remove(&posted.0.id).unwrap_or_default();
                DeliveryView::new(posted, tries)
            }))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Have an event posted once more, whatever became of it, with the same `webhook-id`.
#[utoipa::path(
    params(Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, PathDeliveryId<kind::WebhookDelivery>)>),
    responses((status = 202, body = DeliveryView), (status = 409)),
)]
#[post("/api/v1/webhooks/{id}/deliveries/{did}/redeliver")]
async fn redeliver(
    caller: Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, PathDeliveryId<kind::WebhookDelivery>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), PathDeliveryId(delivery))| {
            let posted = actions::redeliver(tx, caller, (*id, *delivery))?;
            let tries = store::attempts_of(tx.conn, &[*delivery])?.remove(delivery).unwrap_or_default();
            Reply::json(StatusCode::ACCEPTED, &DeliveryView::new(posted, tries))
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-11-23T00:00:00.000Z", "to": "2026-11-24T00:00:00.000Z"}))]
struct WebhookReplayRequest {
    from: Timestamp,
    /// Not what happened at this moment.
    to: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookReplay, example = json!({"count": 42}))]
struct ReplayView {
    /// Events that are posted again.
    count: i64,
}

/// Have all events of a span of time posted again that a webhook wants, delivered or not, each with the same
/// `webhook-id`.
#[utoipa::path(
    params(Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, Body<WebhookReplayRequest>)>),
    request_body = WebhookReplayRequest,
    responses((status = 202, body = ReplayView), (status = 409)),
)]
#[post("/api/v1/webhooks/{id}/replay")]
async fn replay(
    caller: Authorized<may::ManageWebhooks, (PathId<kind::Webhook>, Body<WebhookReplayRequest>)>,
) -> Result<HttpResponse> {
    caller.read(|_, _, _| Ok(())).await?;
    publish_all(&caller.auth().db).await?;
    let planned = caller.read(|read, caller, (PathId(id), Body(request))| {
        actions::plan_replay(read, caller, *id, (request.from, request.to))
    });
    let (planned, count) = planned.await?;
    caller
        .write(move |tx, caller, _| {
            if count > 0 {
                actions::replay(tx, caller, &planned)?;
            }
            Reply::json(StatusCode::ACCEPTED, &ReplayView { count })
        })
        .await
}
