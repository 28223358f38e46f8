//! The wire of this room: lists, single inquiries, their changes, their timeline, the statuses.
//! Making a new one is `intake`'s, giving it to somebody `assignment`'s.

use std::time::Duration;

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use super::actions::{self, Move};
use super::conditions::Filter;
use super::conditions::api::read_filter;
use super::event_view::EventView;
use super::history::{HistoryEvent, HistoryOf};
use super::items::{Item, each_item};
use super::list::{self, Sort};
use super::model::InquiryPatch;
use super::pool_view::{MaskingBulkheads, viewer_of};
use super::status::{Category, Names, Reason, Status};
use super::store;
use super::view::{Fields, InquiryView, Shown, reply};
use crate::access::{Authorized, Viewer, may};
use crate::facts::Facts;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::kind;
use crate::kernel::line::{Line, Lines};
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::platform::events;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::reply::etag;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(read_inquiry)
        .service(list_inquiries)
        .service(update_inquiry)
        .service(delete_inquiry)
        .service(restore_inquiry)
        .service(change_status)
        .service(timeline)
        .service(statuses);
}

/// A list of inquiries as it is asked for.
pub struct InquiryList {
    pub filter: Filter,
    pub sort: Sort,
    pub fields: Fields,
    pub page: PageRequest,
}

impl Parameters for InquiryList {
    fn from_query(from: &mut QueryReader) -> Self {
        let filter = read_filter(from);
        let sort = from
            .about("The order: `-` for descending; `-received_at` unless given.")
            .word("sort", &Sort::words(), Sort::from_word)
            .unwrap_or_default();
        Self { filter, sort, fields: Fields::read(from), page: from.page() }
    }
}

/// The inquiries within reach: filtered, sorted, paged.
///
/// Of several words with commas between, any will do. What has no value comes last in every sort. Facts come
/// without `text`, `spans` and `confidence`, unless `fields` asks for them.
#[utoipa::path(params(Authorized<may::ReadInquiries, Query<InquiryList>>),
    responses((status = 200, body = Page<Shown>)))]
#[get("/api/v1/inquiries")]
async fn list_inquiries(caller: Authorized<may::ReadInquiries, Query<InquiryList>>) -> Result<HttpResponse> {
    let fields = caller.input().0.fields.clone();
    let page = caller
        .read(|read, caller, Query(wanted)| {
            let page = list::list(read.conn, &caller.scope, &wanted.filter, wanted.sort, &wanted.page)?;
            let viewer = Viewer::of(caller);
            Ok(page.map(|inquiry| viewer.sees(inquiry)))
        })
        .await?;
    let page = page.try_map(|inquiry| fields.listed(inquiry.into()))?;
    Ok(HttpResponse::Ok().json(page))
}

struct OneInquiry(Fields);

impl Parameters for OneInquiry {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(Fields::read(from))
    }
}

/// One inquiry within reach.
#[utoipa::path(params(Authorized<may::ViewInquiry, (PathId<kind::Inquiry>, Query<OneInquiry>)>),
    responses((status = 200, body = Shown)))]
#[get("/api/v1/inquiries/{id}")]
async fn read_inquiry(
    caller: Authorized<may::ViewInquiry, (PathId<kind::Inquiry>, Query<OneInquiry>)>,
) -> Result<HttpResponse> {
    let seen = caller
        .read(|read, caller, (PathId(id), _)| {
            let found = store::find_stored(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            let viewer = viewer_of(read.conn, &found, Viewer::of(caller))?;
            Ok(viewer.sees(found))
        })
        .await?;
    let (_, Query(OneInquiry(fields))) = caller.input();
    let (version, shown) = (seen.inquiry.version, fields.shown(seen.into())?);
    Ok(HttpResponse::Ok().insert_header((ETAG, etag(version))).json(shown))
}

macro_rules! inquiry_patch_request {
    ({} $(($name:ident $variant:ident $word:literal [$($shape:tt)+] [$($schema:tt)*] $($row:tt)*))+) => {
        /// What a person may change. Absent: unchanged; null: cleared.
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!({"company": "启澜精密机械（苏州）有限公司", "wechat": null,
            "tags": ["重点", "汽车零部件"], "facts": {"area_min_sqm": 3500}}))]
        struct InquiryPatchRequest {
            $(
                #[serde(default, deserialize_with = "patched")]
                #[schema(value_type = Option<$($shape)+>, $($schema)*)]
                $name: Patch<String>,
            )+
            /// All of them: the list is replaced.
            #[serde(default)]
            #[schema(nullable = false, max_items = 50)]
            tags: Option<Vec<Line<1, 50>>>,
            /// Merged (RFC 7396).
            #[serde(default, deserialize_with = "patched")]
            #[schema(value_type = Option<Object>)]
            custom: Patch<Map<String, Value>>,
            /// Merged (RFC 7396).
            #[serde(default, deserialize_with = "patched")]
            #[schema(value_type = Option<Facts>)]
            facts: Patch<Map<String, Value>>,
        }

        impl From<&InquiryPatchRequest> for InquiryPatch {
            fn from(request: &InquiryPatchRequest) -> Self {
                let items = [$((Item::$variant, &request.$name)),+];
                let named = items.into_iter().filter_map(|(item, text)| Some((item, text.clone()?)));
                Self {
                    items: named.collect(),
                    tags: request.tags.as_ref().map(|tags| tags.iter().map(|tag| tag.0.clone()).collect()),
                    custom: request.custom.clone(),
                    facts: request.facts.clone(),
                }
            }
        }
    };
}
each_item!(inquiry_patch_request);

/// Change an inquiry.
#[utoipa::path(
    params(Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<InquiryPatchRequest>)>),
    request_body = InquiryPatchRequest,
    responses((status = 200, body = InquiryView)),
)]
#[patch("/api/v1/inquiries/{id}")]
async fn update_inquiry(
    caller: Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<InquiryPatchRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            reply(actions::update(tx, caller, *id, &request.into(), precondition)?, &Viewer::of(caller))
        })
        .await
}

/// Put an inquiry into the bin.
#[utoipa::path(params(Authorized<may::DeleteInquiry, (PathId<kind::Inquiry>, Precondition)>),
    responses((status = 204)))]
#[delete("/api/v1/inquiries/{id}")]
async fn delete_inquiry(
    caller: Authorized<may::DeleteInquiry, (PathId<kind::Inquiry>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            actions::delete(tx, caller, *id, precondition)?;
            Ok(Reply::nothing())
        })
        .await
}

/// Take an inquiry out of the bin.
#[utoipa::path(params(Authorized<may::DeleteInquiry, (PathId<kind::Inquiry>, Precondition)>),
    responses((status = 200, body = InquiryView)))]
#[post("/api/v1/inquiries/{id}/restore")]
async fn restore_inquiry(
    caller: Authorized<may::DeleteInquiry, (PathId<kind::Inquiry>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            reply(actions::restore(tx, caller, *id, precondition)?, &Viewer::of(caller))
        })
        .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "lost", "reason": "price", "note": "租金高于预算，明年再联系"}))]
struct StatusRequest {
    status: Status,
    /// A reason's key, as listed under `/statuses`; needed for `lost` and `invalid`.
    #[serde(default)]
    reason: Option<Line<0, 50>>,
    #[serde(default)]
    note: Option<Lines<10_000>>,
}

/// Move an inquiry to another status.
#[utoipa::path(
    params(Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<StatusRequest>)>),
    request_body = StatusRequest,
    responses((status = 200, body = InquiryView)),
)]
#[post("/api/v1/inquiries/{id}/status")]
async fn change_status(
    caller: Authorized<may::WriteInquiry, (PathId<kind::Inquiry>, Precondition, Body<StatusRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let text = |text: Option<&str>| text.and_then(crate::kernel::text::some);
            let wanted = Move {
                status: request.status,
                reason: text(request.reason.as_ref().map(|line| line.0.as_str())),
                note: text(request.note.as_ref().map(|lines| lines.0.as_str())),
            };
            reply(actions::move_to(tx, caller, *id, &wanted, precondition)?, &Viewer::of(caller))
        })
        .await
}

/// How long the place in the log of what was committed just now is waited for.
const PUBLISHED_WITHIN: Duration = Duration::from_millis(300);

struct TimelineList(PageRequest);

impl Parameters for TimelineList {
    fn from_query(from: &mut QueryReader) -> Self {
        Self(from.page())
    }
}

/// The history of an inquiry, newest first.
#[utoipa::path(params(Authorized<may::ViewInquiry, (PathId<kind::Inquiry>, Query<TimelineList>)>),
    responses((status = 200, body = Page<EventView>)))]
#[get("/api/v1/inquiries/{id}/timeline")]
async fn timeline(
    caller: Authorized<may::ViewInquiry, (PathId<kind::Inquiry>, Query<TimelineList>)>,
    masking: web::Data<MaskingBulkheads>,
) -> Result<HttpResponse> {
    let read = || {
        caller.read(|read, caller, (PathId(id), Query(TimelineList(page)))| {
            let inquiry = store::find_stored(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            let events = events::timeline(read, *id, page)?;
            let names = EventView::names(read.conn, &events.data)?;
            let viewer = viewer_of(read.conn, &inquiry, Viewer::of(caller))?;
            Ok((viewer, HistoryOf::from(inquiry), events, names))
        })
    };
    let mut published = caller.auth().db.parts().publication.subscribe();
    let mut found = read().await?;
    let end = Instant::now() + PUBLISHED_WITHIN;
    while found.2.data.iter().any(|event| event.position.is_none())
        && timeout_at(end, published.changed()).await.is_ok()
    {
        found = read().await?;
    }
    let (viewer, history, events, names) = found;
    let (who, is_masked) = (viewer.clone(), history.is_masked_for(&viewer));
    let show = move || {
        let seen = |event| viewer.sees(HistoryEvent { event, of: &history });
        events.try_map(|event| EventView::new(seen(event), &names))
    };
    Ok(HttpResponse::Ok().json(masking.show(&who, is_masked, show).await?))
}

/// A status, where it leads, and the reasons it can have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    example = json!({"key": "lost", "category": "lost", "names": {"zh": "已流失", "en": "Lost"},
        "next": ["contacted"],
        "reasons": [{"key": "price", "names": {"zh": "价格不合适", "en": "Price"}}]})
)]
struct StatusView {
    key: Status,
    category: Category,
    names: Names,
    next: Vec<Status>,
    reasons: Vec<Reason>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StatusList {
    data: Vec<StatusView>,
}

/// The statuses, their legal moves and reasons.
#[utoipa::path(params(Authorized<may::ReadStatuses>), responses((status = 200, body = StatusList)))]
#[get("/api/v1/statuses")]
async fn statuses(caller: Authorized<may::ReadStatuses>) -> Result<HttpResponse> {
    caller.read(|_, _, ()| Ok(())).await?;
    let view = |status: &Status| StatusView {
        key: *status,
        category: status.category(),
        names: status.names(),
        next: status.next(),
        reasons: status.reasons().to_vec(),
    };
    Ok(HttpResponse::Ok().json(StatusList { data: Status::ALL.iter().map(view).collect() }))
}
