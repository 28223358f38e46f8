//! HTTP API of reports: a report by its name, as JSON or CSV.
//! Figures are computed in the reports' own files.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::overview;
use super::period::Period;
use super::report::Report;
use crate::access::{Authorized, Caller, may};
use crate::inquiries::conditions::Bound;
use crate::inquiries::conditions::api::read_conditions;
use crate::inquiries::{Condition, Filter};
use crate::kernel::clock::{day_span, day_start};
use crate::kernel::error::{BAD_QUERY, Error, Fault, FaultKind, OUT_OF_RANGE, Result};
use crate::kernel::language::Bilingual;
use crate::platform::db::Read;
use crate::platform::http::parameter::{self, Shape};
use crate::platform::http::query::{Parameters, QueryReader};
use crate::platform::http::{Query, Requester};

/// Days that a report may span.
const SPAN_MAX: u64 = 1_100;
/// Days that a report spans unless asked for others.
const SPAN: u64 = 30;

static REVERSED: FaultKind =
    FaultKind::new("reversed", "起始日期晚于结束日期。", "The first date is after the last date.");

static EITHER: FaultKind =
    FaultKind::new("either", "period 不能与 from、to 同时使用。", "Give either period, or from and to.");

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(report);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupBy {
    Day,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

struct ReportQuery {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    period: Option<Period>,
    among: Filter,
    group_by: GroupBy,
    format: Format,
    /// The filters as requested.
    filters: Map<String, Value>,
}

impl Parameters for ReportQuery {
    fn from_query(from: &mut QueryReader) -> Self {
        let begin = from.about("The first date, inside; 30 days in all unless given.").date("from");
        let end = from.about("The last date, inside; today unless given.").date("to");
        let about = "A period by its name, instead of `from` and `to`. Weeks begin on Monday; those that are \
            not over count to their end.";
        let period = from.about(about).word("period", &Period::all_words(), Period::from_word);
        if period.is_some() && (begin.is_some() || end.is_some()) {
            from.refuse("period", &EITHER);
        }
        let mut filters = Map::new();
        for name in ["team", "assignee", "form"] {
            if let Some(text) = from.peek(name) {
                filters.insert(name.to_owned(), json!(text));
            }
        }
        Self {
            from: begin,
            to: end,
            period,
            among: read_conditions(from, &["assignee", "team", "form"]),
            group_by: from
                .about("`day` (unless given): a row for each date; `none`: one row.")
                .word("group_by", "day, none", |word| match word {
                    "day" => Some(GroupBy::Day),
                    "none" => Some(GroupBy::None),
                    _ => None,
                })
                .unwrap_or(GroupBy::Day),
            format: from
                .about("`json` (unless given) or `csv`.")
                .word("format", "json, csv", |word| match word {
                    "json" => Some(Format::Json),
                    "csv" => Some(Format::Csv),
                    _ => None,
                })
                .unwrap_or(Format::Json),
            filters,
        }
    }
}

impl ReportQuery {
    /// The first and the last day, both inside.
    fn span(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        if let Some(period) = self.period {
            return Ok(period.span(today));
        }
        let to = self.to.unwrap_or_else(|| self.from.map_or(today, |from| from.max(today)));
        let from = self.from.unwrap_or_else(|| to.checked_sub_days(Days::new(SPAN - 1)).unwrap_or(to));
        if from > to {
            return Err(Error::refuse(&BAD_QUERY).fault(Fault::new("?from", &REVERSED)));
        }
        if from.checked_add_days(Days::new(SPAN_MAX)).is_some_and(|end| to >= end) {
            return Err(Error::refuse(&BAD_QUERY).fault(Fault::with(
                "?from",
                &OUT_OF_RANGE,
                Bilingual::new(format!("最多 {SPAN_MAX} 天"), format!("{SPAN_MAX} days at most")),
            )));
        }
        Ok((from, to))
    }
}

/// The schema of the overview in the OpenAPI document: a report whose rows have a member for each column.
struct OverviewReport;

const ROW: &str = "OverviewRow";

impl PartialSchema for OverviewReport {
    fn schema() -> RefOr<Schema> {
        let mut schema = Report::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            let row = || RefOr::Ref(Ref::from_schema_name(ROW));
            object
                .properties
                .insert("rows".to_owned(), Schema::from(ArrayBuilder::new().items(row())).into());
            object.properties.insert("totals".to_owned(), row());
        }
        schema
    }
}

impl ToSchema for OverviewReport {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ROW.to_owned(), overview::row_schema().into()));
        Report::schemas(schemas);
    }
}

/// The name of a report in the path.
struct Name;

impl IntoParams for Name {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter::path("name", "Which report.", &Shape::words("overview"))]
    }
}

/// A report over the inquiries within reach, by the date of receipt.
///
/// `overview`: counts of the present status. `valid` = received − invalid; `assigned` = has an owner now;
/// response times in minutes from receipt to the first real contact; `expected_tax_wan` = tax a year of the
/// open inquiries.
#[utoipa::path(
    params(Name, Authorized<may::ReadReports, Query<ReportQuery>>),
    responses((
        status = 200,
        description = "The report.",
        content((OverviewReport = "application/json"),
            (String = "text/csv", example = json!("date,received\r\n2026-11-27,12\r\n"))),
        headers(("Content-Disposition" = String, description = "The name of the file, of a CSV."))
    )),
)]
#[get("/api/v1/reports/{name}")]
async fn report(
    request: HttpRequest,
    requester: Requester,
    caller: Authorized<may::ReadReports, Query<ReportQuery>>,
) -> Result<HttpResponse> {
    if request.match_info().query("name") != "overview" {
        caller.read(|_, _, _| Ok(())).await?;
        return Err(Error::not_found());
    }
    let language = requester.language;
    let make = move |read: &mut Read<'_>, caller: &Caller, Query(wanted): &Query<ReportQuery>| {
        let zone = read.zone()?;
        let (from, to) = wanted.span(read.now.date(zone))?;
        let received = |bound, at| Condition::time("received_at", bound, at);
        let among = wanted.among.clone().and(received(Bound::AtLeast, day_start(from, zone)));
        let filter = among.and(received(Bound::Before, day_span(to, zone).1));
        let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= to).collect();
        let (rows, totals) = overview::figures(read, &caller.scope, &filter, &days, zone)?;
        let rows = if wanted.group_by == GroupBy::Day { rows } else { vec![totals.clone()] };
        let report = Report {
            report: "overview",
            from,
            to,
            timezone: zone.name().to_owned(),
            as_of: read.now,
            filters: wanted.filters.clone(),
            columns: overview::columns(language),
            rows,
            totals,
        };
        Ok(report)
    };
    match caller.input().0.format {
        Format::Json => Ok(HttpResponse::Ok().json(caller.read(make).await?)),
        Format::Csv => {
            let report = caller.export(make).await?;
            let name = format!("attachment; filename=\"overview-{}-{}.csv\"", report.from, report.to);
            Ok(HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
                .insert_header((CONTENT_DISPOSITION, name))
                .body(report.csv()?))
        }
    }
}
