//! HTTP API of reports: which there are, a report in any of its forms, and what is behind its figures.
//! Figures are computed in `engine.rs` and below.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use super::catalogue;
use super::definitions::{Counted, Definition, ReportKind};
use super::drill::{self, Drilled};
use super::drill_view::{self, ThingView};
use super::engine::{Reports, Request, drill_from_log, from_log};
use super::formats::{Form, Format, Written};
use super::groups::GroupBy;
use super::outcome::Outcome;
use super::prepare::{Prepared, prepare};
use super::query::{DrillQuery, ReportQuery, Via};
use super::report::{Column, Report, columns};
use super::showing::Links;
use crate::access::{Authorized, Caller, may};
use crate::kernel::error::{BAD_QUERY, Error, Fault, NOT_ONE_OF, Result};
use crate::kernel::language::{Bilingual, Language};
use crate::kernel::page::Page;
use crate::platform::bulkhead::Turn;
use crate::platform::db::Read;
use crate::platform::http::parameter::{self, Shape};
use crate::platform::http::{Operations, Query, Requester};

/// Of a picture.
const SVG: &str = "image/svg+xml";

pub fn routes(operations: &mut Operations<'_>) {
    operations.service(list).service(drill_down).service(read_report);
}

/// What a report is, before it is asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportDefinition)]
struct DefinitionView {
    #[schema(example = "overview")]
    report: &'static str,
    #[schema(example = "总览")]
    title: String,
    kind: ReportKind,
    /// What it can be grouped by; the first unless asked for another.
    group_by: Vec<GroupBy>,
    /// With the first grouping.
    columns: Vec<Column>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReportList {
    data: Vec<DefinitionView>,
}

/// The reports, with their groupings and columns.
#[utoipa::path(params(Authorized<may::ReadReports>), responses((status = 200, body = ReportList)))]
#[get("/api/v1/reports")]
async fn list(requester: Requester, caller: Authorized<may::ReadReports>) -> Result<HttpResponse> {
    caller.read(|_, _, ()| Ok(())).await?;
    let language = requester.language;
    let view = |definition: &Definition| {
        let (zh, en) = definition.title;
        DefinitionView {
            report: definition.name,
            title: language.pick(zh, en).to_owned(),
            kind: definition.kind,
            group_by: definition.groups.to_vec(),
            columns: columns(definition, first_group(definition), language),
        }
    };
    Ok(HttpResponse::Ok().json(ReportList { data: catalogue::ALL.iter().map(|one| view(one)).collect() }))
}

fn first_group(definition: &Definition) -> GroupBy {
    definition.groups.first().copied().unwrap_or(GroupBy::None)
}

/// The name of a report in the path.
struct Name;

impl IntoParams for Name {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let names: Vec<&str> = catalogue::ALL.iter().map(|report| report.name).collect();
        vec![parameter::path("name", "Which report.", &Shape::words(&names.join(", ")))]
    }
}

fn named(request: &HttpRequest) -> Option<&'static Definition> {
    catalogue::by_name(request.match_info().query("name"))
}

/// A report over the inquiries within reach.
///
/// Its columns say what each figure means. What counts is what was so at `as_of`: with one that has passed,
/// the same request gives the same figures whatever happens later. `self` is that request.
#[utoipa::path(
    params(Name, Authorized<may::ReadReports, Query<ReportQuery>>),
    responses((
        status = 200,
        description = "The report.",
        content((Report = "application/json"),
            (String = "text/csv", example = json!("date,label,received\r\n2026-11-27,2026-11-27,12\r\n")),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                example = json!("(a workbook)")),
            (String = "image/svg+xml", example = json!("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"))),
        headers(("Content-Disposition" = String, description = "The name of the file, of CSV and XLSX."))
    )),
)]
#[get("/api/v1/reports/{name}")]
async fn read_report(
    request: HttpRequest,
    requester: Requester,
    caller: Authorized<may::ReadReports, Query<ReportQuery>>,
    reports: web::Data<Reports>,
) -> Result<HttpResponse> {
    let Some(definition) = named(&request) else {
        caller.read(|_, _, _| Ok(())).await?;
        return Err(Error::not_found());
    };
    let Query(wanted) = caller.input();
    check_chart(&wanted.form, definition)?;
    let asked =
        Request { definition, asked: wanted.asked.clone(), compare: wanted.compare, limit: wanted.limit };
    let (prepared, outcome) = match wanted.via {
        Via::Log => {
            let _turn = turn(&caller, &reports).await?;
            by_log(&caller, asked).await?
        }
        Via::Image => {
            let prepared =
                caller.read(|read, caller, Query(wanted)| prepare(read, caller, &wanted.asked)).await?;
            let outcome = reports.outcome(&asked, &prepared).await?;
            (prepared, outcome)
        }
    };
    if matches!(wanted.form.format, Format::Csv | Format::Xlsx) {
        // What leaves as a file is noted.
        caller.export(|_, _, _| Ok(())).await?;
    }
    let language = wanted.language.unwrap_or(requester.language);
    let links = links(request.query_string(), language);
    let filters = &wanted.asked.filters;
    let report = reports.show(outcome, &prepared, (filters, &links), language).await?;
    answer(report, wanted.form.clone(), language).await
}

/// A turn for the slow way: it keeps nobody else out.
async fn turn<Q: Send + Sync + 'static>(
    caller: &Authorized<may::ReadReports, Query<Q>>,
    reports: &Reports,
) -> Result<Turn> {
    let id = caller.read(|_, caller, _| Ok(caller.id)).await?;
    reports.turn(id).await
}

async fn by_log(
    caller: &Authorized<may::ReadReports, Query<ReportQuery>>,
    asked: Request,
) -> Result<(Prepared, Outcome)> {
    caller
        .read_at_length(move |read, caller, _, is_awaited| {
            let prepared = prepare(read, caller, &asked.asked)?;
            let outcome = from_log(read, &asked, &prepared, is_awaited)?;
            Ok((prepared, outcome))
        })
        .await
}

async fn drill_by_log(
    caller: &Authorized<may::ReadReports, Query<DrillQuery>>,
    definition: &'static Definition,
) -> Result<Drilled> {
    caller
        .read_at_length(move |read, caller, Query(wanted), is_awaited| {
            let prepared = prepare(read, caller, &wanted.asked)?;
            drill_from_log(read, (definition, &wanted.asked), &prepared, &wanted.cell, is_awaited)
        })
        .await
}

/// The query of a request without what its answer adds to it.
fn links(query: &str, language: Language) -> Links {
    let without = |left_out: &[&str]| {
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if !left_out.contains(&name.as_ref()) {
                kept.append_pair(&name, &value);
            }
        }
        kept.finish()
    };
    let of_reports = [
        "as_of",
        "language",
        "compare",
        "limit",
        "format",
        "via",
        "charset",
        "bom",
        "delimiter",
        "header",
        "chart",
        "theme",
        "width",
    ];
    let query = without(&["as_of", "language"]);
    let separator = if query.is_empty() { "" } else { "&" };
    let word = language.pick("zh", "en");
    Links { query: format!("{query}{separator}language={word}"), drill_query: without(&of_reports) }
}

/// A report in the form that was asked for.
pub(super) async fn answer(report: Report, form: Form, language: Language) -> Result<HttpResponse> {
    let write = move || form.write(&report, language);
    let Written { content_type, file_name, body } =
        tokio::task::spawn_blocking(write).await.map_err(Error::internal)??;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, content_type));
    if let Some(name) = file_name {
        answer.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    }
    if content_type == SVG {
        answer.insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"));
    }
    Ok(answer.body(body))
}

/// Refuses a picture of what is no figure.
pub(super) fn check_chart(form: &Form, definition: &Definition) -> Result<()> {
    let is_known = |key: &String| definition.figure(key).is_some();
    if form.chart.figure.as_ref().is_none_or(is_known) {
        return Ok(());
    }
    let keys: Vec<&str> = definition.figures.iter().map(|figure| figure.key).collect();
    let fault = Fault::with("?chart", &NOT_ONE_OF, Bilingual::words(&keys.join(", ")));
    Err(Error::refuse(&BAD_QUERY).fault(fault))
}

/// What is behind a figure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Drill)]
struct DrillView {
    #[schema(example = "overview")]
    report: &'static str,
    #[schema(example = "received")]
    cell: &'static str,
    of: Counted,
    /// The figure as the report has it.
    #[schema(value_type = Option<f64>, example = 31)]
    figure: serde_json::Value,
    data: Vec<ThingView>,
    next_cursor: Option<String>,
    /// How many there are in all.
    total: i64,
}

/// What is behind a figure of a report: the inquiries, follow-ups or events that it counts, as they are now,
/// by id. Of a percentile: what it is taken of.
#[utoipa::path(
    params(Name, Authorized<may::ReadReports, Query<DrillQuery>>),
    responses((status = 200, body = DrillView)),
)]
#[get("/api/v1/reports/{name}/drill")]
async fn drill_down(
    request: HttpRequest,
    caller: Authorized<may::ReadReports, Query<DrillQuery>>,
    reports: web::Data<Reports>,
) -> Result<HttpResponse> {
    let Some(definition) = named(&request) else {
        caller.read(|_, _, _| Ok(())).await?;
        return Err(Error::not_found());
    };
    let Query(wanted) = caller.input();
    let drilled = match wanted.via {
        Via::Log => {
            let _turn = turn(&caller, &reports).await?;
            drill_by_log(&caller, definition).await?
        }
        Via::Image => {
            let prepared =
                caller.read(|read, caller, Query(wanted)| prepare(read, caller, &wanted.asked)).await?;
            reports.drill(definition, wanted.asked.clone(), &prepared, wanted.cell.clone()).await?
        }
    };
    let Drilled { figure, counted, value, hits, .. } = drilled;
    let read = move |read: &mut Read<'_>, caller: &Caller, Query(wanted): &Query<DrillQuery>| {
        let page = drill::page(read.conn, &hits, &wanted.page)?;
        let Page { data, next_cursor, total } = page;
        Ok((drill_view::views(read.conn, caller, &data)?, next_cursor, total))
    };
    let (data, next_cursor, total) = caller.read(read).await?;
    Ok(HttpResponse::Ok().json(DrillView {
        report: definition.name,
        cell: figure.key,
        of: counted,
        figure: value,
        data,
        next_cursor,
        total: total.unwrap_or_default(),
    }))
}
