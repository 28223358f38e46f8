//! HTTP API of report schedules: list, read, make, change, delete, run now, and their runs.
//! What is valid in one is in `check.rs`, what a mail has in `mailing.rs`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::{self, Draft};
use super::model::{FileFormat, ScheduledReport};
use super::plan::{DayOfMonth, Every, MailedPeriod, OnHoliday};
use super::view::{self, RunView, ScheduleView};
use super::{run_store, store};
use crate::access::sessions::api::PlainList;
use crate::access::{Authorized, may};
use crate::calendar::WallTime;
use crate::kernel::error::{Error, Result};
use crate::kernel::id::{ReportRunId, kind};
use crate::kernel::line::Line;
use crate::kernel::page::Page;
use crate::kernel::patch::{Patch, patched};
use crate::kernel::precondition::Precondition;
use crate::platform::http::body::MaybeBody;
use crate::platform::http::{Body, Operations, PathId, Query, Reply};
use crate::word_enum;

pub fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_schedules)
        .service(create_schedule)
        .service(read_schedule)
        .service(update_schedule)
        .service(delete_schedule)
        .service(run_schedule)
        .service(list_runs);
}

/// Report schedules: one's own, admins see all; the oldest first.
#[utoipa::path(params(Authorized<may::ReadReportSchedules, Query<PlainList>>),
    responses((status = 200, body = Page<ScheduleView>)))]
#[get("/api/v1/report-schedules")]
async fn list_schedules(
    caller: Authorized<may::ReadReportSchedules, Query<PlainList>>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, Query(PlainList(page))| {
            let Page { data, next_cursor, total } = store::list(read.conn, &caller.scope, page)?;
            Ok(Page { data: view::schedules(read.conn, data)?, next_cursor, total })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "周一晨会", "reports": [{"report": "overview", "query": {"group_by": "team"}},
    {"report": "funnel", "query": {}}], "period": "last_week", "compare": true, "every": "week", "weekday": 1,
    "at": "08:30", "receivers": ["usr_06a9e1t7qdw0x3f8m2c5kz4rpg"], "formats": ["xlsx"]}))]
struct NewReportScheduleRequest {
    name: Line<1, 100>,
    #[schema(min_items = 1, max_items = 8)]
    reports: Vec<ScheduledReport>,
    /// The dates that the reports are of. Those of what is open at a moment are of all dates.
    period: MailedPeriod,
    /// Whether the mails have the figures of the period before besides; false unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    compare: Option<bool>,
    every: Every,
    /// Of `week` and of no other: 1 (Monday) to 7 (Sunday).
    #[serde(default)]
    #[schema(minimum = 1, maximum = 7)]
    weekday: Option<u8>,
    /// Of `month` and of no other.
    #[serde(default)]
    day_of_month: Option<DayOfMonth>,
    /// In the organisation's time zone, before `24:00`.
    at: WallTime,
    /// Dates without working time; `send` unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    on_holiday: Option<OnHoliday>,
    /// Ids of users: agents name themselves, managers also their team, admins all who are active.
    #[schema(min_items = 1, max_items = 100)]
    receivers: Vec<String>,
    /// Files with each report; none unless given.
    #[serde(default)]
    #[schema(max_items = 10, nullable = false)]
    formats: Option<Vec<FileFormat>>,
    /// Whether those get no mail of whose counts each is 0; false unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    skip_empty: Option<bool>,
    /// True unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl NewReportScheduleRequest {
    fn draft(&self) -> Draft {
        Draft {
            name: Some(self.name.0.clone()),
            reports: Some(self.reports.clone()),
            period: Some(self.period),
            compare: self.compare,
            every: Some(self.every),
            weekday: Some(self.weekday),
            day_of_month: Some(self.day_of_month),
            at: Some(self.at),
            on_holiday: self.on_holiday,
            receivers: Some(self.receivers.clone()),
            formats: self.formats.clone(),
            skip_empty: self.skip_empty,
            active: self.active,
        }
    }
}

/// Make a report schedule of one's own. Each receiver gets a mail with the figures within their own reach.
#[utoipa::path(
    params(Authorized<may::WriteReportSchedules, Body<NewReportScheduleRequest>>),
    request_body = NewReportScheduleRequest,
    responses((status = 201, body = ScheduleView), (status = 409)),
)]
#[post("/api/v1/report-schedules")]
async fn create_schedule(
    caller: Authorized<may::WriteReportSchedules, Body<NewReportScheduleRequest>>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, Body(request)| {
            let schedule = actions::create(tx, caller, &request.draft())?;
            let view = view::schedule(tx.conn, schedule)?;
            Reply::created(&view, view.version, format!("/api/v1/report-schedules/{}", view.id))
        })
        .await
}

/// One report schedule.
#[utoipa::path(params(Authorized<may::ReadReportSchedules, PathId<kind::ReportSchedule>>),
    responses((status = 200, body = ScheduleView)))]
#[get("/api/v1/report-schedules/{id}")]
async fn read_schedule(
    caller: Authorized<may::ReadReportSchedules, PathId<kind::ReportSchedule>>,
) -> Result<HttpResponse> {
    let view = caller
        .read(|read, caller, PathId(id)| {
            let found = store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            view::schedule(read.conn, found)
        })
        .await?;
    Ok(Reply::resource(&view, view.version)?.into())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at": "07:30", "active": true}))]
struct ReportSchedulePatchRequest {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<Line<1, 100>>,
    #[serde(default)]
    #[schema(min_items = 1, max_items = 8, nullable = false)]
    reports: Option<Vec<ScheduledReport>>,
    #[serde(default)]
    #[schema(nullable = false)]
    period: Option<MailedPeriod>,
    #[serde(default)]
    #[schema(nullable = false)]
    compare: Option<bool>,
    #[serde(default)]
    #[schema(nullable = false)]
    every: Option<Every>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 7)]
    weekday: Patch<u8>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<DayOfMonth>)]
    day_of_month: Patch<DayOfMonth>,
    #[serde(default)]
    #[schema(nullable = false)]
    at: Option<WallTime>,
    #[serde(default)]
    #[schema(nullable = false)]
    on_holiday: Option<OnHoliday>,
    /// Whom its owner may name.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    receivers: Option<Vec<String>>,
    #[serde(default)]
    #[schema(max_items = 10, nullable = false)]
    formats: Option<Vec<FileFormat>>,
    #[serde(default)]
    #[schema(nullable = false)]
    skip_empty: Option<bool>,
    /// Switched on, it goes on with the next moment; what was missed is not caught up with.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl ReportSchedulePatchRequest {
    fn draft(&self) -> Draft {
        Draft {
            name: self.name.as_ref().map(|name| name.0.clone()),
            reports: self.reports.clone(),
            period: self.period,
            compare: self.compare,
            every: self.every,
            weekday: self.weekday,
            day_of_month: self.day_of_month,
            at: self.at,
            on_holiday: self.on_holiday,
            receivers: self.receivers.clone(),
            formats: self.formats.clone(),
            skip_empty: self.skip_empty,
            active: self.active,
        }
    }
}

/// What a change takes.
type Change = (PathId<kind::ReportSchedule>, Precondition, Body<ReportSchedulePatchRequest>);

/// Change a report schedule, or switch it on again.
#[utoipa::path(
    params(Authorized<may::WriteReportSchedules, Change>),
    request_body = ReportSchedulePatchRequest,
    responses((status = 200, body = ScheduleView), (status = 409)),
)]
#[patch("/api/v1/report-schedules/{id}")]
async fn update_schedule(caller: Authorized<may::WriteReportSchedules, Change>) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition, Body(request))| {
            let schedule = actions::update(tx, caller, *id, &request.draft(), precondition)?;
            let view = view::schedule(tx.conn, schedule)?;
            Reply::resource(&view, view.version)
        })
        .await
}

/// Delete a report schedule with its runs. Its mails that wait are not sent.
#[utoipa::path(
    params(Authorized<may::WriteReportSchedules, (PathId<kind::ReportSchedule>, Precondition)>),
    responses((status = 204)),
)]
#[delete("/api/v1/report-schedules/{id}")]
async fn delete_schedule(
    caller: Authorized<may::WriteReportSchedules, (PathId<kind::ReportSchedule>, Precondition)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), precondition)| {
            actions::delete(tx, caller, *id, precondition)?;
            Ok(Reply::nothing())
        })
        .await
}

word_enum! {
    /// Whom a run is for.
    pub enum RunTo as "ReportRunTo" {
        /// All receivers.
        All => "all",
        /// The caller alone.
        Me => "me",
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "me"}))]
struct ReportRunRequest {
    /// Whom it is for; all receivers unless given.
    #[serde(default)]
    #[schema(nullable = false)]
    to: Option<RunTo>,
}

#[derive(Serialize, ToSchema)]
struct ReportRunBegun {
    run_id: ReportRunId,
}

/// What a run takes.
type RunAsked = (PathId<kind::ReportSchedule>, MaybeBody<ReportRunRequest>);

/// Have the mails of a report schedule sent now, with the figures of now. It moves nothing in the plan.
#[utoipa::path(
    params(Authorized<may::WriteReportSchedules, RunAsked>),
    request_body(content = Option<ReportRunRequest>),
    responses((status = 202, body = ReportRunBegun), (status = 429)),
)]
#[post("/api/v1/report-schedules/{id}/run")]
async fn run_schedule(caller: Authorized<may::WriteReportSchedules, RunAsked>) -> Result<HttpResponse> {
    caller
        .write(|tx, caller, (PathId(id), MaybeBody(request))| {
            let to = request.as_ref().and_then(|request| request.to);
            let run_id = actions::run_now(tx, caller, *id, to == Some(RunTo::Me))?;
            Reply::json(StatusCode::ACCEPTED, &ReportRunBegun { run_id })
        })
        .await
}

/// The runs of a report schedule and what became of each mail, the newest first. They are kept 180 days.
#[utoipa::path(
    params(Authorized<may::ReadReportSchedules, (Query<PlainList>, PathId<kind::ReportSchedule>)>),
    responses((status = 200, body = Page<RunView>)),
)]
#[get("/api/v1/report-schedules/{id}/runs")]
async fn list_runs(
    caller: Authorized<may::ReadReportSchedules, (Query<PlainList>, PathId<kind::ReportSchedule>)>,
) -> Result<HttpResponse> {
    let page = caller
        .read(|read, caller, (Query(PlainList(page)), PathId(id))| {
            store::find(read.conn, &caller.scope, *id)?.ok_or_else(Error::not_found)?;
            let Page { data, next_cursor, total } = run_store::list(read.conn, *id, page)?;
            Ok(Page { data: view::runs(read.conn, data)?, next_cursor, total })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
