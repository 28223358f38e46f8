//! HTTP API of follow-ups: record, plan, change, drop, complete, list.
//! The rules are in `actions.rs`.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::{self, Completion};
use super::model::{Bucket, FollowUpPatch, Kind, NewFollowUp, Outcome, Plan};
use super::store::{self, FollowUpFilter, FollowUpWithOwner};
use crate::access::{Authorized, Seen, Viewer, may};
use crate::inquiries::Filter;
use crate::inquiries::conditions::api::read_conditions;
use crate::inquiries::store as inquiries;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{FollowUpId, InquiryId, UserId, kind};
use crate::kernel::line::Lines;
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::kernel::text::some;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(add)
        .service(list_of_inquiry)
        .service(list_follow_ups)
        .service(read_follow_up)
        .service(change)
        .service(delete)
        .service(complete);
}

/// A follow-up as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    as = FollowUp,
    example = json!({"assignee_id": "usr_06a9e1t7qdw0x3f8m2c5kz4rpg", "kind": "call",
        "done_at": "2026-11-23T08:30:00.000Z", "outcome": "reached", "note": "需要一楼，下周三看房"})
)]
pub struct FollowUpView {
    id: FollowUpId,
    inquiry_id: InquiryId,
    /// The owner of the inquiry.
    assignee_id: Option<UserId>,
    kind: Kind,
    due_at: Option<Timestamp>,
    done_at: Option<Timestamp>,
    outcome: Option<Outcome>,
    note: Option<String>,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Seen<FollowUpWithOwner>> for FollowUpView {
    fn from(seen: Seen<FollowUpWithOwner>) -> Self {
        let (row, assignee_id) = seen.into_record();
        Self {
            id: row.id,
            inquiry_id: row.inquiry_id,
            assignee_id,
            kind: row.kind,
            due_at: row.due_at,
            done_at: row.done_at,
            outcome: row.outcome,
            note: row.note,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What comes next.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "viewing", "due_at": "2026-11-25T06:00:00.000Z", "note": "带客户看 3 号厂房"}))]
struct PlanRequest {
    kind: Kind,
    due_at: Timestamp,
    #[serde(default)]
    note: Option<Lines<10_000>>,
}

impl PlanRequest {
    fn plan(&self) -> Plan {
        Plan { kind: self.kind, due_at: self.due_at, note: note(self.note.as_ref()) }
    }
}

fn note(lines: Option<&Lines<10_000>>) -> Option<String> {
    lines.and_then(|lines| some(&lines.0))
}

/// `outcome` or `done_at`: it is done. One of the three is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(
    example = json!({"kind": "call", "outcome": "reached", "note": "需要一楼，下周三看房",
        "next": {"kind": "viewing", "due_at": "2026-11-25T06:00:00.000Z", "note": "带客户看 3 号厂房"}})
)]
struct FollowUpRequest {
    kind: Kind,
    #[serde(default)]
    due_at: Option<Timestamp>,
    #[serde(default)]
    done_at: Option<Timestamp>,
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    note: Option<Lines<10_000>>,
    #[serde(default)]
    next: Option<PlanRequest>,
}

/// Record a contact, plan one, or both.
#[utoipa::path(
    params(Authorized<may::WriteFollowUps, (PathId<kind::Inquiry>, Precondition, Body<FollowUpRequest>)>),
    request_body = FollowUpRequest,
    responses((status = 201, body = FollowUpView)),
)]
#[post("/api/v1/inquiries/{id}/follow-ups")]
async fn add(
    caller: Authorized<may::WriteFollowUps, (PathId<kind::Inquiry>, Precondition, Body<FollowUpRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let new = NewFollowUp {
                kind: request.kind,
                due_at: request.due_at,
                done_at: request.done_at,
                outcome: request.outcome,
                note: note(request.note.as_ref()),
                next: request.next.as_ref().map(PlanRequest::plan),
            };
            let added = actions::add(tx, caller, *id, &new, precondition)?;
            let view = FollowUpView::from(Viewer::of(caller).sees(added));
            Reply::created(&view, view.version, format!("/api/v1/follow-ups/{}", view.id))
        })
        .await
}

struct FollowUpList {
    bucket: Option<Bucket>,
    among: Filter,
    page: PageRequest,
}

impl Parameters for FollowUpList {
    fn from_query(from: &mut QueryReader) -> Self {
        let about = "`overdue` (due now or before), `today` (later on this date), `upcoming` (later dates) \
            or `done`.";
        let bucket = from.about(about).word("bucket", &Bucket::all_words(), Bucket::from_word);
        let among = read_conditions(from, &["assignee"]);
        Self { bucket, among, page: from.page() }
    }
}

impl FollowUpList {
    fn filter(&self, inquiry: Option<InquiryId>) -> FollowUpFilter {
        FollowUpFilter { bucket: self.bucket, among: self.among.clone(), inquiry }
    }
}

/// The follow-ups of one inquiry.
#[utoipa::path(params(Authorized<may::ReadFollowUps, (PathId<kind::Inquiry>, Query<FollowUpList>)>),
    responses((status = 200, body = Page<FollowUpView>)))]
#[get("/api/v1/inquiries/{id}/follow-ups")]
async fn list_of_inquiry(
    caller: Authorized<may::ReadFollowUps, (PathId<kind::Inquiry>, Query<FollowUpList>)>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, (PathId(id), Query(list))| {
            if !inquiries::reaches(read.conn, &caller.scope, *id)? {
                return Err(Error::not_found());
            }
            let zone = read.zone()?;
            let filter = list.filter(Some(*id));
            let page = store::list(read.conn, &caller.scope, &filter, read.now, zone, &list.page)?;
            let viewer = Viewer::of(caller);
            Ok(page.map(|follow_up| FollowUpView::from(viewer.sees(follow_up))))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The follow-ups of all inquiries within reach.
#[utoipa::path(params(Authorized<may::ReadFollowUps, Query<FollowUpList>>),
    responses((status = 200, body = Page<FollowUpView>)))]
#[get("/api/v1/follow-ups")]
async fn list_follow_ups(
    caller: Authorized<may::ReadFollowUps, Query<FollowUpList>>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(list)| {
            let zone = read.zone()?;
            let filter = list.filter(None);
            let page = store::list(read.conn, &caller.scope, &filter, read.now, zone, &list.page)?;
            let viewer = Viewer::of(caller);
            Ok(page.map(|follow_up| FollowUpView::from(viewer.sees(follow_up))))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// One follow-up within reach.
#[utoipa::path(params(Authorized<may::ReadFollowUps, PathId<kind::FollowUp>>),
    responses((status = 200, body = FollowUpView)))]
#[get("/api/v1/follow-ups/{id}")]
async fn read_follow_up(
    caller: Authorized<may::ReadFollowUps, PathId<kind::FollowUp>>,
) -> Result<HttpResponse> {
    let view = caller
        .read(|read, caller, PathId(id)| {
            let found = store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            Ok(FollowUpView::from(Viewer::of(caller).sees(found)))
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(view.version))).json(view))
}

/// What changes; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FollowUpPatchRequest,
    example = json!({"due_at": "2026-11-26T06:00:00.000Z", "note": "客户改期"}))]
struct PatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    kind: Option<Kind>,
    #[serde(default)]
    #[schema(nullable = false)]
    due_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Lines<10_000>>)]
    note: Patch<Lines<10_000>>,
}

/// Move or change a plan. Of what is done only the note can be changed.
#[utoipa::path(
    params(Authorized<may::WriteFollowUps, (PathId<kind::FollowUp>, Precondition, Body<PatchRequest>)>),
    request_body = PatchRequest,
    responses((status = 200, body = FollowUpView), (status = 409)),
)]
#[patch("/api/v1/follow-ups/{id}")]
async fn change(
    caller: Authorized<may::WriteFollowUps, (PathId<kind::FollowUp>, Precondition, Body<PatchRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let patch = FollowUpPatch {
                kind: request.kind,
                due_at: request.due_at,
                note: request.note.as_ref().map(|lines| note(lines.as_ref())),
            };
            let changed = actions::change(tx, caller, *id, &patch, precondition)?;
            let view = FollowUpView::from(Viewer::of(caller).sees(changed));
            Reply::resource(&view, view.version)
        })
        .await
}

/// Drop a plan. What is done stays.
#[utoipa::path(params(Authorized<may::WriteFollowUps, (PathId<kind::FollowUp>, Precondition)>),
    responses((status = 204), (status = 409)))]
#[delete("/api/v1/follow-ups/{id}")]
async fn delete(
    caller: Authorized<may::WriteFollowUps, (PathId<kind::FollowUp>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            actions::delete(tx, caller, *id, precondition).map(|()| Reply::nothing())
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "reached", "note": "看过 3 号厂房，本周给报价"}))]
struct CompleteRequest {
    outcome: Outcome,
    /// Appended to the plan's note on a line of its own.
    #[serde(default)]
    note: Option<Lines<10_000>>,
    #[serde(default)]
    next: Option<PlanRequest>,
}

/// Complete a planned follow-up.
#[utoipa::path(
    params(Authorized<may::WriteFollowUps, (PathId<kind::FollowUp>, Precondition, Body<CompleteRequest>)>),
    request_body = CompleteRequest,
    responses((status = 200, body = FollowUpView), (status = 409)),
)]
#[post("/api/v1/follow-ups/{id}/complete")]
async fn complete(
    caller: Authorized<may::WriteFollowUps, (PathId<kind::FollowUp>, Precondition, Body<CompleteRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let done = Completion {
                outcome: request.outcome,
                note: note(request.note.as_ref()),
                next: request.next.as_ref().map(PlanRequest::plan),
            };
            let completed = actions::complete(tx, caller, *id, &done, precondition)?;
            let view = FollowUpView::from(Viewer::of(caller).sees(completed));
            Reply::resource(&view, view.version)
        })
        .await
}
