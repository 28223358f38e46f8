//! The pages of the dashboard: the dashboard itself, a report with all its columns, and what is behind one
//! of its figures. Whoever may read reports may open them; what each has is made in the files beside.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use chrono_tz::Tz;
use serde_json::Value;

use super::address::{Address, DASHBOARD, Parts};
use super::choices::Known;
use super::pictures::{self, Picture};
use super::query::{DashboardQuery, days};
use super::tables::{Extent, Table};
use super::things::{self, Thing};
use super::tiles::{pool_request, tiles};
use super::views::{
    Choosing, DashboardPage, DrillPage, Frame, Link, Moment, ReportPage, periods, spans, whose, with_query,
};
use super::words::{DASHBOARD_TITLE, Words};
use crate::access::{Authorized, Caller, Role, may};
use crate::inquiries::Status;
use crate::kernel::error::{Error, Result};
use crate::kernel::language::Language;
use crate::kernel::page::Page as Rows;
use crate::platform::db::Read;
use crate::platform::http::context::HttpContext;
use crate::platform::http::page::{self, Layout, Policy};
use crate::platform::http::routes::Page;
use crate::platform::http::{Query, Requester};
use crate::reports::api::{answer, check_chart};
use crate::reports::catalogue;
use crate::reports::definitions::{Definition, Figure, Unit};
use crate::reports::drill::{self, Drilled};
use crate::reports::engine::{Reports, Request};
use crate::reports::formats::Format;
use crate::reports::formats::chart::{self, Amounts, ChartOptions};
use crate::reports::groups::GroupBy;
use crate::reports::labels::Labels;
use crate::reports::prepare::{self, Prepared, prepare};
use crate::reports::query::{DrillQuery, ReportQuery};
use crate::reports::question::Question;
use crate::reports::report::Report;
use crate::reports::showing::Links;

/// Where the pages are; they are no operations of the API.
pub const PAGES: [Page; 3] =
    [(DASHBOARD, &["GET"]), ("/dashboard/{report}", &["GET"]), ("/dashboard/{report}/drill", &["GET"])];

pub fn page_routes(config: &mut web::ServiceConfig) {
    config.service(dashboard).service(report_page).service(drill_page);
}

/// Who opens these pages. The one place to let people in by a session of the browser, too: until there are
/// such sessions it is a token or an API key in the header, and without one the answer is 401.
type Reader<In> = Authorized<may::ReadReports, Query<In>>;

/// Names that a form of the dashboard, and one of a report, offers of each kind.
const FEW: usize = 50;
const MANY: usize = 200;
/// The pictures of a report, of which one is shown: ids, and pixels that they are drawn for.
const SIZES: [(&str, u32); 2] = [("wide", 560), ("narrow", 340)];

fn html(template: &impl Template) -> Result<HttpResponse> {
    let mut response = page::page(template, StatusCode::OK, &Policy::default())?;
    response.headers_mut().insert(page::ROBOTS, page::NOINDEX);
    Ok(response)
}

fn no_links() -> Links {
    Links { query: String::new(), drill_query: String::new() }
}

#[get("/dashboard")]
async fn dashboard(
    request: HttpRequest,
    requester: Requester,
    caller: Reader<DashboardQuery>,
    http: web::Data<HttpContext>,
    reports: web::Data<Reports>,
) -> Result<HttpResponse> {
    let read = |read: &mut Read<'_>, caller: &Caller, Query(wanted): &Query<DashboardQuery>| {
        let prepared = prepare(read, caller, &wanted.asked)?;
        let known = Known::read(read.conn, caller, &[], FEW)?;
        Ok((caller.role, prepared, known))
    };
    let (role, prepared, known) = caller.read(read).await?;
    let Query(wanted) = caller.input();
    let (mut shown, pool) = computed(&reports, &prepared, wanted, role, requester).await?;
    let site = Arc::clone(&http.site);
    let language = requester.language;
    let draw = move || {
        let layout = Layout::own(&site, language);
        let drawn: Vec<Picture> = shown.iter().filter_map(|report| Picture::of(report, &layout)).collect();
        let tiles = tiles(&shown, pool.as_ref(), &layout);
        shown.truncate(1);
        (shown, drawn, tiles)
    };
    let (shown, pictures, tiles) = tokio::task::spawn_blocking(draw).await.map_err(Error::internal)?;
    let overview = shown.first().ok_or_else(|| Error::internal("the dashboard has no overview"))?;
    let layout = Layout::own(&http.site, language);
    let like = Parts {
        report: "",
        group_by: None,
        filters: &wanted.asked.filters,
        from: overview.from,
        to: overview.to,
        as_of: overview.as_of,
    };
    let anew = with_query(&layout.at(DASHBOARD), request.query_string(), &["as_of"], &[]);
    html(&DashboardPage {
        frame: Frame::new(layout, language.pick(DASHBOARD_TITLE.0, DASHBOARD_TITLE.1).to_owned(), &like),
        moment: Moment::new((overview.from, overview.to), overview.as_of, prepared.zone(), anew),
        whose: whose(role, language),
        periods: spans(&layout, wanted),
        form: Choosing::of_dashboard(&layout, wanted, overview, &known),
        tiles,
        pictures,
    })
}

/// The reports of the dashboard, the overview first; and, for those who reach it, that of the pool.
async fn computed(
    reports: &Reports,
    prepared: &Prepared,
    wanted: &DashboardQuery,
    role: Role,
    requester: Requester,
) -> Result<(Vec<Report>, Option<Report>)> {
    let is_agent = role == Role::Agent;
    let today = wanted.asked.as_of.unwrap_or(prepared.now).date(prepared.zone());
    let mut requests = pictures::requests(&wanted.asked, days(&wanted.asked, today), !is_agent);
    let pool = pool_request(&wanted.asked).filter(|_| !is_agent);
    let has_pool = pool.is_some();
    requests.extend(pool);
    let filters: Vec<_> = requests.iter().map(|request| request.asked.filters.clone()).collect();
    let outcomes = reports.outcomes(requests, prepared).await?;
    let mut shown = Vec::with_capacity(outcomes.len());
    for (outcome, filters) in outcomes.into_iter().zip(&filters) {
        shown.push(reports.show(outcome, prepared, (filters, &no_links()), requester.language).await?);
    }
    let pool = if has_pool { shown.pop() } else { None };
    Ok((shown, pool))
}

fn named(request: &HttpRequest) -> Option<&'static Definition> {
    catalogue::by_name(request.match_info().query("report"))
}

#[get("/dashboard/{report}")]
async fn report_page(
    request: HttpRequest,
    requester: Requester,
    caller: Reader<ReportQuery>,
    http: web::Data<HttpContext>,
    reports: web::Data<Reports>,
) -> Result<HttpResponse> {
    let Some(definition) = named(&request) else {
        caller.read(|_, _, _| Ok(())).await?;
        return Err(Error::not_found());
    };
    let Query(wanted) = caller.input();
    check_chart(&wanted.form, definition)?;
    let read = |read: &mut Read<'_>, caller: &Caller, Query(wanted): &Query<ReportQuery>| {
        let prepared = prepare(read, caller, &wanted.asked)?;
        let known = Known::read(read.conn, caller, &prepared.people, MANY)?;
        Ok((prepared, known))
    };
    let (prepared, known) = caller.read(read).await?;
    let asked =
        Request { definition, asked: wanted.asked.clone(), compare: wanted.compare, limit: wanted.limit };
    let outcome = reports.outcome(&asked, &prepared).await?;
    let is_file = matches!(wanted.form.format, Format::Csv | Format::Xlsx);
    if is_file {
        // What leaves as a file is noted.
        caller.export(|_, _, _| Ok(())).await?;
    }
    let filters = &wanted.asked.filters;
    let report = reports.show(outcome, &prepared, (filters, &no_links()), requester.language).await?;
    if is_file || wanted.form.format == Format::Svg {
        return answer(report, wanted.form.clone(), requester.language).await;
    }
    let (site, language) = (Arc::clone(&http.site), requester.language);
    let figure = wanted.form.chart.figure.clone();
    let draw = move || {
        let layout = Layout::own(&site, language);
        let svgs = SIZES.map(|size| (size.0, drawn(&report, figure.as_deref(), size, language))).into();
        let table = Table::of(&report, Extent { figures: &[], bytes: usize::MAX, compares: true }, &layout);
        (report, svgs, table)
    };
    let (report, svgs, table) = tokio::task::spawn_blocking(draw).await.map_err(Error::internal)?;
    let layout = Layout::own(&http.site, language);
    let asked = (wanted, request.query_string());
    html(&report_view(layout, (definition, report), asked, (svgs, table), (&prepared, &known)))
}

fn drawn(report: &Report, figure: Option<&str>, (id, width): (&str, u32), language: Language) -> String {
    let options =
        ChartOptions { chart: figure, width, language, inline: true, id, ..ChartOptions::default() };
    chart::render(report, &options)
}

fn report_view<'a>(
    layout: Layout<'a>,
    (definition, report): (&'static Definition, Report),
    (wanted, query): (&ReportQuery, &str),
    (svgs, table): (Vec<(&'static str, String)>, Table),
    (prepared, known): (&Prepared, &Known),
) -> ReportPage<'a> {
    let address = Address::of(&layout, &report);
    let path = layout.at(&format!("{DASHBOARD}/{}", report.report));
    let language = layout.language;
    let file = |(format, label): (&str, &str)| {
        let mut href = address.download(format);
        if wanted.compare {
            href.push_str("&compare=previous");
        }
        Link { label: label.to_owned(), href, is_current: false }
    };
    let like = Parts {
        report: report.report,
        group_by: None,
        filters: &wanted.asked.filters,
        from: report.from,
        to: report.to,
        as_of: report.as_of,
    };
    let all = with_query(&path, query, &["limit", "format"], &[("limit", "1000")]);
    let has_more = report.more > 0 && report.rows.len() < 1_000;
    ReportPage {
        frame: Frame::new(layout, report.title.clone(), &like),
        moment: Moment::new(
            (report.from, report.to),
            report.as_of,
            prepared.zone(),
            with_query(&path, query, &["as_of", "format"], &[]),
        ),
        periods: periods(&layout, &report, wanted, prepared.zone()),
        form: Choosing::of_report(&layout, wanted, (definition, &report), known),
        svgs,
        table,
        downloads: [("csv", "CSV"), ("xlsx", "XLSX"), ("svg", language.pick("SVG 图", "SVG"))]
            .map(file)
            .into(),
        all: has_more.then_some(all),
        columns: report.columns,
    }
}

#[get("/dashboard/{report}/drill")]
async fn drill_page(
    request: HttpRequest,
    requester: Requester,
    caller: Reader<DrillQuery>,
    http: web::Data<HttpContext>,
    reports: web::Data<Reports>,
) -> Result<HttpResponse> {
    let Some(definition) = named(&request) else {
        caller.read(|_, _, _| Ok(())).await?;
        return Err(Error::not_found());
    };
    let prepared = caller.read(|read, caller, Query(wanted)| prepare(read, caller, &wanted.asked)).await?;
    let Query(wanted) = caller.input();
    let drilled = reports.drill(definition, wanted.asked.clone(), &prepared, wanted.cell.clone()).await?;
    let Drilled { question, figure, counted, value, hits } = drilled;
    let (language, zone, group) = (requester.language, prepared.zone(), question.group);
    let read = move |read: &mut Read<'_>, caller: &Caller, Query(wanted): &Query<DrillQuery>| {
        let Rows { data, next_cursor, total } = drill::page(read.conn, &hits, &wanted.page)?;
        let row = wanted.cell.row.as_ref().filter(|row| *row != "none" && group != GroupBy::None);
        let names = prepare::names(read.conn, group, row.map(std::slice::from_ref).unwrap_or_default())?;
        let named = wanted.cell.row.as_ref().filter(|_| group != GroupBy::None);
        let label = named.map(|_| Labels { names: &names, language }.name(group, row.map(String::as_str)));
        Ok((things::read(read.conn, caller, &data, (language, zone))?, next_cursor, total, label))
    };
    let (things, next, total, row) = caller.read(read).await?;
    let layout = Layout::own(&http.site, language);
    let behind = Behind { question, figure, value, row, things, next, total: total.unwrap_or_default() };
    let headings = things::headings(counted, language);
    html(&drill_view(layout, behind, headings, (wanted, request.query_string()), zone))
}

/// What is behind a figure: which it is, and a page of the list.
struct Behind {
    question: Question,
    figure: &'static Figure,
    value: Value,
    /// What the row is called.
    row: Option<String>,
    things: Vec<Thing>,
    /// The cursor of the next page.
    next: Option<String>,
    total: i64,
}

fn drill_view<'a>(
    layout: Layout<'a>,
    behind: Behind,
    headings: Vec<&'static str>,
    (wanted, query): (&DrillQuery, &str),
    zone: Tz,
) -> DrillPage<'a> {
    let Behind { question, figure, value, row, things, next, total } = behind;
    let Question { definition, as_of, .. } = question;
    let language = layout.language;
    let (from, to) = question.span.unzip();
    let path = layout.at(&format!("{DASHBOARD}/{}", definition.name));
    let own = format!("{path}/drill");
    let pick = |(zh, en): Words| language.pick(zh, en).to_owned();
    let stage = wanted.cell.stage.map(Status::names).map(|names| pick((names.zh, names.en)));
    let parts = [Some(pick(definition.title)), row, stage, Some(pick(figure.label))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let value = value.as_f64().filter(|_| figure.unit != Unit::Count);
    let filters = &wanted.asked.filters;
    let like = Parts { report: definition.name, group_by: None, filters, from, to, as_of };
    let anew = with_query(&own, query, &["as_of", "cursor"], &[]);
    DrillPage {
        frame: Frame::new(layout, parts.join(" · "), &like),
        moment: Moment::new((from, to), as_of, zone, anew),
        figure: pick(figure.label),
        definition: pick(figure.definition),
        value: value.map(|value| Amounts::new(figure.unit, language).full(value)),
        total,
        headings,
        things,
        back: with_query(&path, query, &["cell", "row", "stage", "cursor", "limit", "count"], &[]),
        next: next.map(|cursor| with_query(&own, query, &["cursor"], &[("cursor", &cursor)])),
    }
}
