//! HTTP API of the calendar: read and set it, and ask it when something would be due.
//! The reckoning is in `working_time.rs`.

use actix_web::{HttpResponse, get, put};
use serde::Serialize;
use utoipa::ToSchema;

use super::actions;
use super::model::Calendar;
use super::request::CalendarRequest;
use super::working_time::{HORIZON_DAYS, WorkingTime};
use crate::access::{Authorized, may};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Class, Error, FaultKind, Refusal, Result};
use crate::kernel::precondition::Precondition;
use crate::platform::db::Read;
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::versioned::Versioned;
use crate::platform::http::{Body, Operations, Query};
use crate::platform::settings;
use crate::versioned;

static NO_WORKING_TIME: Refusal = Refusal::new(
    Class::Invalid,
    "no_working_time",
    "400 天之内没有足够的工作时间。",
    "There is not that much working time within 400 days.",
);
static ONE_OF_THREE: FaultKind = FaultKind::new(
    "one_of_three",
    "minutes、working_days、days 只能给其中一个。",
    "Give one of minutes, working_days and days.",
);

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(read_calendar).service(put_calendar).service(preview);
}

versioned!(CalendarView of Calendar);

/// Working time: the week's hours, holidays, make-up days, and the organisation's time zone.
#[utoipa::path(params(Authorized<may::ReadSettings>), responses((status = 200, body = CalendarView)))]
#[get("/api/v1/settings/calendar")]
async fn read_calendar(caller: Authorized<may::ReadSettings>) -> Result<HttpResponse> {
    let stored = caller.read(|read, _, ()| settings::stored::<Calendar>(read.conn)).await?;
    Ok(Versioned::from(stored).reply()?.into())
}

/// Set working time. Absent members take their default. It counts at once, everywhere.
#[utoipa::path(
    params(Authorized<may::WriteSettings, (Precondition, Body<CalendarRequest>)>),
    request_body = CalendarRequest,
    responses((status = 200, body = CalendarView)),
)]
#[put("/api/v1/settings/calendar")]
async fn put_calendar(
    caller: Authorized<may::WriteSettings, (Precondition, Body<CalendarRequest>)>,
) -> Result<HttpResponse> {
    caller
        .write(|tx, _, (precondition, Body(request))| {
            Versioned::from(actions::put(tx, request.check()?, precondition)?).reply()
        })
        .await
}

/// What is asked of the calendar.
#[derive(Debug, Clone, Copy)]
enum Span {
    Minutes(u32),
    WorkingDays(u32),
    Days(u32),
}

struct PreviewQuery {
    from: Option<Timestamp>,
    span: Span,
}

impl Parameters for PreviewQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let begin = from.about("Since when; now unless given.").moment("from");
        let minutes =
            from.about("Minutes of working time; 0 unless anything is given.").count("minutes", MINUTES_MAX);
        let working_days = from.about("Days with working time.").count("working_days", HORIZON_DAYS);
        let days = from.about("Days.").count("days", HORIZON_DAYS);
        let spans = [minutes.map(Span::Minutes), working_days.map(Span::WorkingDays), days.map(Span::Days)];
        let mut given = spans.into_iter().flatten();
        let span = given.next().unwrap_or(Span::Minutes(0));
        if given.next().is_some() {
            from.refuse("minutes", &ONE_OF_THREE);
        }
        Self { from: begin, span }
    }
}

/// All minutes of the days that are looked through.
const MINUTES_MAX: u32 = HORIZON_DAYS * 1440;

/// When something would be due.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": "2026-11-23T08:00:00.000Z", "due_at": "2026-11-23T08:30:00.000Z",
    "due_at_local": "2026-11-23T16:30:00+08:00", "timezone": "Asia/Shanghai"}))]
struct Preview {
    from: Timestamp,
    due_at: Timestamp,
    /// The same in the organisation's time zone.
    due_at_local: String,
    /// The organisation's time zone.
    timezone: &'static str,
}

/// When so many minutes of working time, working days or days have passed since a moment.
#[utoipa::path(params(Authorized<may::ReadSettings, Query<PreviewQuery>>),
    responses((status = 200, body = Preview), (status = 422)))]
#[get("/api/v1/settings/calendar/preview")]
async fn preview(caller: Authorized<may::ReadSettings, Query<PreviewQuery>>) -> Result<HttpResponse> {
    let preview = caller.read(|read, _, Query(asked)| due(read, asked)).await?;
    Ok(HttpResponse::Ok().json(preview))
}

fn due(read: &mut Read<'_>, asked: &PreviewQuery) -> Result<Preview> {
    let zone = read.zone()?;
    let working = WorkingTime::new(&settings::read::<Calendar>(read.conn)?, zone);
    let from = asked.from.unwrap_or(read.now);
    let due_at = match asked.span {
        Span::Minutes(minutes) => working.minutes(from, minutes),
        Span::WorkingDays(days) => working.working_days(from, days),
        Span::Days(days) => working.days(from, days),
    };
    let due_at = due_at.ok_or_else(|| Error::refuse(&NO_WORKING_TIME))?;
    Ok(Preview {
        from,
        due_at,
        due_at_local: due_at.utc().with_timezone(&zone).to_rfc3339(),
        timezone: zone.name(),
    })
}
